"""When two spellings of an e-mail address belong to one person."""

import unicodedata

from email_validator import ValidatedEmail, validate_email

MAX_ADDRESS_LENGTH = 254

_GMAIL = {"gmail.com", "googlemail.com"}


def normalise_address(address: str) -> str:
    """The form of an address on which duplicates are found; not one to send mail to.

    Why (the sybil rule): a group is shown only from a number of responses on, so one person who
    is invited twice would count twice towards the threshold that protects the others, and could
    then read their answers by taking away their own. So spellings that reach the same mailbox
    must compare equal: Unicode in its compatibility form (NFKC) and lower case, the domain in its
    ASCII form, no "+tag" before the at-sign, and for Gmail, which ignores them, no dots there
    (googlemail.com is gmail.com). Where a server does tell such spellings apart, two people might
    be taken for one; the mentor then sees a problem, which is the safe side to err on.

    Raises ValueError when it is not an address.
    """
    reduced = _reduced(address)
    for _ in range(8):  # what one step leaves can be a new case for another: repeat till it stays
        again = _reduced(reduced)
        if again == reduced:
            break
        reduced = again
    return reduced


def _reduced(address: str) -> str:
    valid = validated_address(unicodedata.normalize("NFKC", address).lower())
    domain = (valid.ascii_domain or valid.domain).lower()
    local = valid.local_part.partition("+")[0].rstrip(".") or valid.local_part
    if domain in _GMAIL:
        domain = "gmail.com"
        local = local.replace(".", "")
    return f"{local}@{domain}"


def validated_address(address: str) -> ValidatedEmail:
    """The address, checked for its form alone. Raises ValueError when it is not one."""
    if len(address) > MAX_ADDRESS_LENGTH:
        raise ValueError("an address has at most 254 characters")
    return validate_email(address, check_deliverability=False)
