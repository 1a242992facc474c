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
_LONGEST_PROBLEM = 300
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
    actions = [_field(recipient, "Action").lower() for recipient in recipients]
    # Of several recipients of a forwarded letter, one that got it is enough.
    if "failed" not in actions or set(actions) & {"delivered", "relayed", "expanded"}:
        return None
    return _problem(recipients[actions.index("failed")])


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
    return (diagnosis or status or "returned as undeliverable")[:_LONGEST_PROBLEM]


def _field(block: Message, name: str) -> str:
    """A field as one line of plain, printable text."""
    text = str(block.get(name) or "")
    return " ".join(_UNPRINTED.sub(" ", text).split())
