"""Reading a delivery report (DSN, RFC 3464): did the letter fail for good, and why?

Anybody can send mail to the address for bounces, so nothing in a message is trusted: it is cut to
a size, and whatever cannot be read as a report is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import policy
from email.message import Message
from email.parser import BytesParser

# Reports quote the letter after what they have to say, some of them with attachments.
LONGEST_READ = 256 * 1024
LONGEST_PROBLEM = 300
# The reason where the server names none.
UNDELIVERABLE = "returned as undeliverable"
# What a report says of a recipient for whom it failed: the standard's word, and those of some.
_FAILED = frozenset({"failed", "failure", "error"})
# What a report says of a recipient whom the letter reached.
ARRIVED = frozenset({"delivered", "relayed", "expanded"})
_UNPRINTED = re.compile(r"[^\w\s!-/:-@\[-`{-~]")


def failure_in(content: bytes) -> str | None:
    """What a report says about a letter that failed for good; None when it says no such thing.

    A delay, a success, an absence note or any other message is none.
    """
    try:
        message = BytesParser(policy=policy.compat32).parsebytes(content[:LONGEST_READ])
        recipients = list(_recipients(message))
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError):
        # Deeply nested, or broken in a way that the parser does not expect.
        return None
    # Some servers explain the word behind it, in parentheses.
    actions = [_field(recipient, "Action").lower().partition(" ")[0] for recipient in recipients]
    failed = [at for at, action in enumerate(actions) if action in _FAILED]
    # Of several recipients of a forwarded letter, one that got it is enough.
    if not failed or set(actions) & ARRIVED:
        return None
    return _problem(recipients[failed[0]])


def _recipients(message: Message) -> Iterator[Message]:
    """The fields of each recipient in a report."""
    if message.get_content_type() != "multipart/report" or not message.is_multipart():
        return
    for part in message.get_payload():
        if isinstance(part, Message) and part.get_content_type() == "message/delivery-status":
            blocks = part.get_payload()
            # The first block is about the message as a whole.
            for block in blocks if isinstance(blocks, list) else ():
                if isinstance(block, Message) and block.get("Action"):
                    yield block
            return


def _problem(recipient: Message) -> str:
    """The reason in the words of the server that refused, as "550 5.1.1 No such user"."""
    diagnosis = _field(recipient, "Diagnostic-Code")
    kind, separator, text = diagnosis.partition(";")
    if separator and kind.strip().replace("-", "").isalnum():
        diagnosis = text.strip()
    status = _field(recipient, "Status").split(" ")[0]
    return (diagnosis or status or UNDELIVERABLE)[:LONGEST_PROBLEM]


def _field(block: Message, name: str) -> str:
    return as_one_line(str(block.get(name) or ""))


def as_one_line(text: str) -> str:
    """What a server wrote, as one line of plain, printable text."""
    return " ".join(_UNPRINTED.sub(" ", text).split())
