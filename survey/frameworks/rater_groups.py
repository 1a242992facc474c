"""Who rates: the standard rater groups and the ones a mentor adds."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass

GROUP_KEY = re.compile(r"[a-z][a-z0-9_]{1,30}")
"""The form of a group key; match it with ``fullmatch``."""

MAX_KEY_LENGTH = 31
MAX_LABEL_LENGTH = 60


@dataclass(frozen=True)
class RaterGroup:
    """One group of raters; the members of an anonymous group are never shown one by one."""

    key: str
    label: str
    anonymous: bool


SELF = RaterGroup("self", "Self", anonymous=False)
MANAGER = RaterGroup("manager", "Manager", anonymous=False)
PEERS = RaterGroup("peers", "Peers", anonymous=True)
DIRECT_REPORTS = RaterGroup("direct_reports", "Direct reports", anonymous=True)
CUSTOMERS = RaterGroup("customers", "Customers", anonymous=True)

STANDARD_GROUPS: tuple[RaterGroup, ...] = (SELF, MANAGER, PEERS, DIRECT_REPORTS, CUSTOMERS)
STANDARD_KEYS: tuple[str, ...] = tuple(group.key for group in STANDARD_GROUPS)


def custom_group(label: str) -> RaterGroup:
    """Make a group from the label a mentor typed; it is always anonymous.

    The same label always gives the same key. Labels that differ only in case, spacing or
    punctuation share a key, so the caller refuses a second group with a key already taken.

    Raises ValueError, with a sentence fit for the mentor, when the label has no letters, is too
    long, holds unprintable characters, or means one of the standard groups.
    """
    label = " ".join(label.split())
    if not any(character.isalpha() for character in label):
        raise ValueError("A rater group needs a name with at least one letter.")
    if len(label) > MAX_LABEL_LENGTH:
        raise ValueError(f"The name of a rater group has at most {MAX_LABEL_LENGTH} characters.")
    if not label.isprintable():
        raise ValueError("The name of a rater group holds an invisible control character.")
    key = _key_from(label)
    for standard in STANDARD_GROUPS:
        if key == standard.key:
            raise ValueError(
                f"“{label}” is the standard group “{standard.label}”; "
                "use that one or choose another name."
            )
    return RaterGroup(key, label, anonymous=True)


def _key_from(label: str) -> str:
    folded = unicodedata.normalize("NFKD", label.casefold())
    letters = [character for character in folded if not unicodedata.combining(character)]
    slug = re.sub(r"[^a-z0-9]+", "_", "".join(letters)).strip("_")
    # A key that lost letters (Cyrillic, say) or its tail would be shared by different labels; a
    # digest of the label tells them apart.
    lossy = any(character.isalnum() and not character.isascii() for character in letters)
    if not slug or not slug[0].isalpha() or len(slug) == 1:
        slug = f"group_{slug}".strip("_")
    if lossy or len(slug) > MAX_KEY_LENGTH:
        digest = hashlib.sha256(label.casefold().encode()).hexdigest()[:8]
        slug = f"{slug[: MAX_KEY_LENGTH - 9].strip('_')}_{digest}"
    return slug
