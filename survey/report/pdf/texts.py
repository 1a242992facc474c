"""What people wrote, made ready for setting: literal text, whatever it holds."""

from __future__ import annotations

import unicodedata
from typing import Any

_LINE_ENDS = ("\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029")
# They turn the letters after them round, so that a text reads as it was not written.
_OVERRIDES = "\u202d\u202e"
_RIGHT_TO_LEFT = ("R", "AL")
# What a screen reader needs to know to read the text aloud; scripts of several languages are left.
_LANGUAGES = {"HEBREW": "he", "ARABIC": "ar"}


def literal(text: str) -> dict[str, Any]:
    """The text in lines, and the direction and language of its script where it is known."""
    for end in _LINE_ENDS:
        text = text.replace(end, "\n")
    lines = [printable(line).rstrip() for line in text.strip("\n").split("\n")]
    strong = next((c for c in text if unicodedata.bidirectional(c) in ("L", *_RIGHT_TO_LEFT)), "")
    to_left = bool(strong) and unicodedata.bidirectional(strong) in _RIGHT_TO_LEFT
    script = unicodedata.name(strong, "").partition(" ")[0] if to_left else ""
    return {"lines": lines, "to_left": to_left, "language": _LANGUAGES.get(script)}


def printable(text: str) -> str:
    """The text without what no document can carry: control characters and broken halves."""
    return "".join(filter(_is_printable, text.replace("\t", " ")))


def _is_printable(character: str) -> bool:
    return character not in _OVERRIDES and unicodedata.category(character) not in ("Cc", "Cs")
