"""Texts and figures of a picture: what XML can carry, how wide it is, where it breaks."""

from __future__ import annotations

import unicodedata
from decimal import ROUND_HALF_UP, Decimal

_NARROW = frozenset("iljtfrI.,:;'’|!()[]{}/ -·")
_WIDE = frozenset("mwMWGOQ@%+−→≥≤≈")
_ELLIPSIS = "…"


def clean(text: str) -> str:
    """The text in one line, without control characters and whatever else XML cannot carry."""
    kept = (
        " " if character.isspace() else character
        for character in text
        if character.isspace() or unicodedata.category(character) not in ("Cc", "Cs", "Cn")
    )
    return " ".join("".join(kept).split())


def width(text: str, size: float) -> float:
    """About how wide the text is at a font size, a little more than less: the font is unknown."""
    return size * sum(_share(character) for character in text)


def wrapped(text: str, size: float, room: float, most: int = 4) -> list[str]:
    """The text in at most so many lines that fit the room; what does not fit ends in an ellipsis.

    Breaks between words, and inside a word only where it is wider than the room.
    """
    lines = [""]
    for word in clean(text).split(" "):
        for piece in _pieces(word, size, room):
            longer = f"{lines[-1]} {piece}" if lines[-1] else piece
            if width(longer, size) <= room or not lines[-1]:
                lines[-1] = longer
            else:
                lines.append(piece)
    if len(lines) > most:
        lines = [*lines[: most - 1], _shortened(lines[most - 1], size, room)]
    return lines


def widest(lines: list[str], size: float) -> float:
    """How wide the widest of the lines is."""
    return max((width(line, size) for line in lines), default=0)


def figure(value: float) -> str:
    """The value with one decimal, halves away from zero, as in the tables of the report."""
    return str(_one_decimal(value)).replace("-", "−")


def signed(value: float) -> str:
    """A difference with its sign and one decimal; a real minus sign; zero has no sign."""
    rounded = _one_decimal(value)
    return f"{rounded:+}".replace("-", "−") if rounded else "0.0"


def _one_decimal(value: float) -> Decimal:
    rounded = Decimal(repr(round(value, 9))).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return abs(rounded) if rounded == 0 else rounded


def _share(character: str) -> float:
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return 0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.05
    if character in _NARROW:
        return 0.37
    if character in _WIDE:
        return 0.88
    return 0.7 if character.isupper() else 0.6


def _pieces(word: str, size: float, room: float) -> list[str]:
    pieces = [""]
    for character in word:
        fits = width(pieces[-1] + character, size) <= room
        if not fits and pieces[-1] and not unicodedata.combining(character):
            pieces.append("")
        pieces[-1] += character
    return pieces


def _shortened(line: str, size: float, room: float) -> str:
    while line and width(line + _ELLIPSIS, size) > room:
        line = line[:-1]
    return line.rstrip() + _ELLIPSIS
