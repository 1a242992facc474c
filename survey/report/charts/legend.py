"""The legend above a picture: only what the picture shows, in as many lines as it takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from survey.report.charts.drawing import Drawing, Type
from survey.report.charts.palette import Palette
from survey.report.charts.words import widest, wrapped

Key = Callable[[Drawing, float, float], None]
"""Draws the mark of an entry around a point."""

_SIZE = 13
_ROW = 22
_KEY = 26
_GAP = 20


def draw_legend(
    drawing: Drawing, entries: Sequence[tuple[Key, str]], room: float, palette: Palette
) -> float:
    """Draw the legend at the top left, entries from left to right; give its height."""
    x, y = 0.0, _ROW / 2
    texts = []
    type_ = Type(_SIZE, palette.ink)
    for key, words in entries:
        text = wrapped(words, _SIZE, room - _KEY, most=2)
        wide = _KEY + widest(text, _SIZE)
        if x and x + wide > room:
            x, y = 0.0, y + _ROW
        key(drawing, x + _KEY / 2 - 3, y)
        texts.append({"x": x + _KEY, "y": y + 4.5, "text": text})
        x, y = x + wide + _GAP, y + type_.leading * (len(text) - 1)
    drawing.texts("legend", texts, type_)
    return y + _ROW / 2 if entries else 0.0
