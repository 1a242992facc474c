"""A letter ready to send."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Enclosure:
    """A text file that goes along with a letter. Its type may carry parameters."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Envelope:
    """Everything that goes into one e-mail. Header values hold no line breaks."""

    message_id: str
    recipient_name: str
    recipient: str
    subject: str
    text: str
    html: str
    reply_to: str | None
    # Where a mail program's "unsubscribe" leads: for raters, the page to decline.
    unsubscribe_url: str | None
    # The sender on the envelope, where a letter that cannot be delivered comes back to.
    return_path: str | None = None
    enclosures: Sequence[Enclosure] = ()
    # Who the letter is from, where the address of the sender has no name of its own.
    sender_name: str = ""
