"""Reading what a mail server writes in a shape of its own instead of a delivery report.

qmail, Exim, old Exchange and many more say in words that a letter has failed; the library
flufl.bounce knows their words. It was made for mailing lists, where a mistake costs little, and
takes a delay or an absence note for a failure now and then. So more is asked for here: a mail
server wrote the message, does not go on trying, and names the address that the letter went to.

Nothing in a message is trusted, and the library's patterns are slow with what was made to slow them
down: it gets text alone, the beginning of it, in short lines.
"""

from __future__ import annotations

import logging
import re
from email import policy
from email.message import Message
from email.parser import BytesParser
from email.utils import parseaddr

from flufl.bounce import all_failures

from survey.mail.delivery_report import (
    ARRIVED,
    LONGEST_PROBLEM,
    LONGEST_READ,
    UNDELIVERABLE,
    as_one_line,
)

_DELIVERY_STATUS = "message/delivery-status"
# Whom mail servers call themselves before the @, without what stands between the words.
_MAIL_SYSTEMS = frozenset(
    {"", "maildaemon", "maildeliverysubsystem", "maildeliverysystem", "mailerdaemon"}
    | {"mdaemon", "postmaster"}
)
_BETWEEN_WORDS = re.compile(r"[-_. ]")
# They go on trying, so nothing has failed yet.
_NOT_YET = re.compile(
    r"not yet been delivered|has(?: not)? been (?:delayed|postponed)|delay reason"
    r"|no action is required|do(?: not|n't) need to (?:take any action|resend)"
    r"|(?:will|to) be retried|will (?:keep|continue) (?:on )?trying|attempts will continue"
    r"|(?:warning|message|delivery)[^\n]{0,60}delayed|this is (?:only|just) a warning"
    r"|this is a warning",
    re.IGNORECASE,
)
# The server's own words, such as "550 5.1.1 No such user".
_ANSWER = re.compile(r"(?:^|[\s:(])(5\d\d[ -](?:#?5\.\d{1,3}\.\d{1,3}\b)?.*\w.*)")
_RETURNED_LETTER = re.compile(r"^[ \t>]*(?:Received|Return-Path|Message-ID):", re.IGNORECASE)
_MOST_PARTS = 30
_MOST_TEXT = 16 * 1024
_LONGEST_LINE = 200
_LONGEST_HEADER = 2000

# It logs its steps, and with a traceback what it stumbles upon: pieces of people's letters.
logging.getLogger("flufl.bounce").disabled = True


def other_failure_in(content: bytes, address: str) -> str | None:
    """What a message says about a letter to this address that failed for good.

    None when it says no such thing, and for a delivery report: that is read elsewhere.
    """
    try:
        message = BytesParser(policy=policy.compat32).parsebytes(content[:LONGEST_READ])
        parts = list(message.walk())
        if len(parts) > _MOST_PARTS or not _is_by_a_mail_system(message):
            return None
        if _is_delivery_report(message, parts) or not _names(
            content[:LONGEST_READ].decode("latin-1"), parts, address
        ):
            return None
        text = _shorten(parts)
        if _NOT_YET.search(text) or _NOT_YET.search(str(message.get("Subject", ""))):
            return None
        temporary, permanent = all_failures(message)
    except Exception:
        # Broken in a way that the parser or one of many patterns does not expect. Whatever it is, a
        # message that a stranger made must not keep others from being read.
        return None
    return _answer(text) if permanent and not temporary else None


def _is_by_a_mail_system(message: Message) -> bool:
    """Whether a machine wrote it; people's absence notes and replies have their own address."""
    if any(len(str(value)) > _LONGEST_HEADER for value in message.values()):
        return False
    _name, address = parseaddr(str(message.get("From", "")))
    return _BETWEEN_WORDS.sub("", address.rpartition("@")[0]).lower() in _MAIL_SYSTEMS


def _is_delivery_report(message: Message, parts: list[Message]) -> bool:
    """Whether it is one as it should be, or one of another kind that says that somebody got it.

    Virus scanners and list servers wrap reports up, so that they are none any more by their type.
    """
    if not any(part.get_content_type() == _DELIVERY_STATUS for part in parts):
        return False
    if message.get_content_type() == "multipart/report":
        return True
    actions = {str(part.get("Action", "")).strip().lower() for part in parts}
    return bool(actions & ARRIVED)


def _names(raw: str, parts: list[Message], address: str) -> bool:
    """Whether the letter's address stands in the message: as one that failed, or in the letter.

    Where somebody has mail forwarded, the failed address is another one, and this one stands in
    the headers of the letter that is returned.
    """
    local, _, domain = address.rpartition("@")
    spelt = re.escape(f"{local}@{domain.encode('idna').decode()}")
    whole = re.compile(rf"(?<![\w.+-]){spelt}(?![\w-]|\.\w)", re.IGNORECASE)
    return whole.search(raw) is not None or any(whole.search(_text(part)) for part in parts)


def _text(part: Message) -> str:
    """What a part says, where it says it in plain text."""
    if part.is_multipart() or part.get_content_maintype() != "text":
        return ""
    payload = part.get_payload(decode=True)
    return payload.decode("latin-1") if isinstance(payload, bytes) else ""


def _shorten(parts: list[Message]) -> str:
    """Leave of each part the beginning of its text, decoded, in short lines; tells all of it."""
    room, whole = _MOST_TEXT, []
    for part in parts:
        if part.is_multipart():
            continue
        lines = [line[:_LONGEST_LINE] for line in _text(part)[:room].splitlines()]
        text = "\n".join(lines)
        room -= len(text)
        del part["Content-Transfer-Encoding"]
        # As ASCII, so that nothing is encoded again.
        part.set_payload(text.encode("ascii", "replace").decode() + "\n")
        whole.append(text)
    return "\n".join(whole)


def _answer(text: str) -> str:
    """The reason in the words of the server that refused, as far as there are such words."""
    for line in text.splitlines():
        if _RETURNED_LETTER.match(line):
            # From here on it is our own letter.
            break
        if found := _ANSWER.search(line):
            return as_one_line(found[1])[:LONGEST_PROBLEM]
    return UNDELIVERABLE
