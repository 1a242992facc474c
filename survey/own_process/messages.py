"""What travels through the pipe: one byte that says what it is, the length, and the content."""

from __future__ import annotations

import struct
from typing import IO

_HEAD = struct.Struct(">cQ")

# Answers that every process gives: what was asked for, or what went wrong.
DONE, FAILED = b"+", b"-"


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
