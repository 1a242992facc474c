"""The marks that mean the same in every picture: before, after, the own view, and their links."""

from __future__ import annotations

from survey.report.charts.drawing import CIRCLE, DIAMOND, FLAG, Drawing, Paint, Point
from survey.report.charts.palette import Palette

# Each stays visible where they meet: the ring around the full circle, this around the diamond.
BEFORE_RADIUS = 6.5
AFTER_RADIUS = 5.5
OWN_RADIUS = 5
BAND_HEIGHT = 14
FLAG_RADIUS = 6.5


class Marks:
    """Draws these marks in a palette's colours, at points or singly as a key in a legend."""

    def __init__(self, palette: Palette) -> None:
        self._before = Paint(palette.card, palette.before, 2)
        self._after = Paint(palette.after)
        self._own = Paint(palette.own, palette.card, 1.25)
        self._link = Paint(stroke=palette.edge, stroke_width=3)
        self._band = Paint(stroke=palette.after, stroke_width=BAND_HEIGHT, opacity=0.22)
        self._flag = Paint(palette.ink)

    def before(self, drawing: Drawing, points: list[Point], x: str = "", y: str = "") -> None:
        """Open circles."""
        drawing.symbols("before", points, CIRCLE, BEFORE_RADIUS, self._before, x, y)

    def after(self, drawing: Drawing, points: list[Point], x: str = "", y: str = "") -> None:
        """Filled circles."""
        drawing.symbols("after", points, CIRCLE, AFTER_RADIUS, self._after, x, y)

    def own(self, drawing: Drawing, points: list[Point], x: str = "", y: str = "") -> None:
        """Small diamonds, with a rim of the ground's colour where they lie on something."""
        drawing.symbols("own", points, DIAMOND, OWN_RADIUS, self._own, x, y)

    def links(self, drawing: Drawing, points: list[Point], x: str = "") -> None:
        """From before to after."""
        drawing.rules("link", points, self._link, x)

    def bands(self, drawing: Drawing, points: list[Point], x: str = "") -> None:
        """Where after may truly lie: pale and thick."""
        drawing.rules("band", points, self._band, x)

    def flags(self, drawing: Drawing, points: list[Point]) -> None:
        """Linked to the goal."""
        drawing.symbols("goal", points, FLAG, FLAG_RADIUS, self._flag)

    def before_key(self, drawing: Drawing, x: float, y: float) -> None:
        """A single open circle."""
        drawing.symbols("key", [{"x": x, "y": y}], CIRCLE, BEFORE_RADIUS, self._before)

    def after_key(self, drawing: Drawing, x: float, y: float) -> None:
        """A single filled circle."""
        drawing.symbols("key", [{"x": x, "y": y}], CIRCLE, AFTER_RADIUS, self._after)

    def own_key(self, drawing: Drawing, x: float, y: float) -> None:
        """A single diamond."""
        drawing.symbols("key", [{"x": x, "y": y}], DIAMOND, OWN_RADIUS, self._own)

    def band_key(self, drawing: Drawing, x: float, y: float) -> None:
        """A short band."""
        drawing.rules("key", [{"x": x - 10, "x2": x + 10, "y": y, "y2": y}], self._band)

    def flag_key(self, drawing: Drawing, x: float, y: float) -> None:
        """A single flag."""
        drawing.symbols("key", [{"x": x, "y": y}], FLAG, FLAG_RADIUS, self._flag)
