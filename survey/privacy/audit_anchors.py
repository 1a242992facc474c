"""Anchors: what the end of the audit trail was, kept outside the database.

The chain shows by itself that something in it was changed, removed or put in. That its end was cut
off shows only beside a note of how far it went. The worker makes one every day that something
happened, in a file; `python -m survey privacy verify` prints one to keep elsewhere.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from survey.privacy.errors import PrivacyError

_ANCHOR, _RESTORED = "anchor", "restored"


@dataclass(frozen=True)
class Anchor:
    """The trail's newest entry on some day, by its number and hash."""

    sequence: int
    entry_hash: bytes
    day: dt.date

    def __str__(self) -> str:
        return f"{self.sequence}:{self.entry_hash.hex()}"


def read_anchor(text: str, day: dt.date) -> Anchor:
    """An anchor as it was printed. Raises PrivacyError."""
    number, _, digest = text.strip().partition(":")
    try:
        return Anchor(int(number), bytes.fromhex(digest), day)
    except ValueError as error:
        raise PrivacyError(
            f"Anchor: {text!r} is none; one looks like 12:9f86d0… as `privacy verify` prints it."
        ) from error


def anchors_in(file: Path) -> list[Anchor]:
    """The anchors of a file that still count, in their order. Raises PrivacyError naming the line.

    A line about a restored backup makes anchors beyond it void: the trail went back to there.
    """
    if not file.is_file():
        return []
    found: list[Anchor] = []
    for number, line in enumerate(file.read_text().splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = line.split()
        try:
            day = dt.date.fromisoformat(parts[0])
            kind, written = parts[1], parts[2]
        except (ValueError, IndexError) as error:
            raise PrivacyError(f"{file}, line {number}: {line!r} is not an anchor.") from error
        anchor = read_anchor(written, day)
        if kind == _RESTORED:
            found = [other for other in found if other.sequence <= anchor.sequence]
        found.append(anchor)
    return found


def note_anchor(file: Path, anchor: Anchor, *, restored: bool = False) -> None:
    """Add an anchor to the file, unless it is the newest there already."""
    known = anchors_in(file)
    if known and known[-1].sequence == anchor.sequence and not restored:
        return
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    kind = _RESTORED if restored else _ANCHOR
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a") as stream:
        stream.write(f"{anchor.day.isoformat()} {kind} {anchor}\n")


def newest(anchors: Sequence[Anchor]) -> Anchor | None:
    """The anchor furthest along the trail."""
    return max(anchors, key=lambda anchor: anchor.sequence, default=None)
