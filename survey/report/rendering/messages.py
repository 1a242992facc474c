"""What travels through the pipe: one byte that says what it is, the length, and the content."""

from __future__ import annotations

import struct
from typing import IO

_HEAD = struct.Struct(">cQ")

# Orders: a picture (a Vega specification as JSON), and a PDF file (its parts as JSON).
PICTURE, PDF = b"v", b"p"
# Answers: what was ordered, a text with a character that no font has, or what went wrong.
DONE, MISSING_CHARACTER, FAILED = b"+", b"c", b"-"


def send(stream: IO[bytes], kind: bytes, content: bytes) -> None:
    """Write one message."""
    stream.write(_HEAD.pack(kind, len(content)))
    stream.write(content)
    stream.flush()


def receive(stream: IO[bytes]) -> tuple[bytes, bytes] | None:
    """Read one message: its kind and content. None when the other side has ended."""
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    kind, length = _HEAD.unpack(head)
    content = stream.read(length)
    return (kind, content) if len(content) == length else None
