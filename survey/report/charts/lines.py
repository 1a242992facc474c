"""Lines on a rating scale, one below the other, which `dumbbells` is made of.

Wide, a line's label stands to its left and its figure to its right. Narrow, both stand above it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from survey.report.charts.drawing import Drawing, Paint, Point, Type
from survey.report.charts.legend import Key, draw_legend
from survey.report.charts.marks import Marks
from survey.report.charts.palette import Palette
from survey.report.charts.rating_scale import RatingScale
from survey.report.charts.words import clean, widest, wrapped
from survey.report.charts.words import width as text_width

_LABEL = 14
# Semi-bold, so wider than its size.
_LABEL_NARROW = 14.7
_REMARK = 12.5
_TICK = 12
_GUTTER = 20
_END = 9
_GAP = 24
_FIGURE_GAP = 10
_BESIDE_GAP = 14
_LONGEST_REMARK = 132
# Above this height the scale is named again below the last line.
_TALL = 360


@dataclass(frozen=True)
class Line:
    """One line: three values on the scale, a band on it, and what stands beside it."""

    label: str
    before: float | None
    after: float | None
    own: float | None = None
    band: tuple[float, float] | None = None
    flagged: bool = False
    figure: str = ""
    remark: str = ""


@dataclass(frozen=True)
class LegendWords:
    """What the marks are called."""

    before: str
    after: str
    own: str
    band: str
    flag: str


@dataclass(frozen=True)
class _Placed:
    """A line with the place that was found for it: its texts, and the middle of its scale."""

    line: Line
    label: list[str]
    label_y: float
    middle: float


class LinesPicture:
    """Lines with a legend above and the scale; `drawing`, `width` and `height` are the result."""

    def __init__(
        self,
        lines: Sequence[Line],
        scale: RatingScale,
        words: LegendWords,
        palette: Palette,
        *,
        width: float,
        narrow: bool,
        to_left: bool = False,
    ) -> None:
        self._lines = lines
        self._scale = scale
        self._palette = palette
        self._marks = Marks(palette)
        self._width = self.width = width
        self._narrow = narrow
        self._figure_room: float = max(
            (text_width(line.figure, _LABEL) for line in lines), default=0
        )
        self._gutter = _GUTTER if any(line.flagged for line in lines) else 0
        self._left, self._right = self._span()
        self.drawing = Drawing(to_left=to_left)
        self.drawing.scale("rating", (scale.lowest, scale.highest), (self._left, self._right))
        self.height = self._draw(words)

    def _span(self) -> tuple[float, float]:
        if self._narrow:
            return _END, self._width - _END
        labels = [self._label_lines(line) for line in self._lines]
        left = self._gutter + max((widest(label, _LABEL) for label in labels), default=0) + _GAP
        remarks = [text_width(line.remark, _REMARK) for line in self._lines]
        self._remark_room = min(max(remarks, default=0), _LONGEST_REMARK)
        beside = self._figure_room + (_FIGURE_GAP + self._remark_room if self._remark_room else 0)
        right = self._width - beside - (_GAP if beside else _END)
        return left, right

    def _label_lines(self, line: Line) -> list[str]:
        if not self._narrow:
            return wrapped(line.label, _LABEL, self._width * 0.3, most=3)
        room = self._width - self._gutter - 1
        beside = 0 if self._has_own_line(line) else self._width_beside(line) + _BESIDE_GAP
        return wrapped(line.label, _LABEL_NARROW, room - beside)

    def _width_beside(self, line: Line) -> float:
        """Narrow: what stands to the right of the label."""
        return text_width(_beside(line), _LABEL)

    def _below(self, line: Line) -> list[str]:
        """Narrow: the same as lines of its own, if it needs them."""
        if not self._has_own_line(line):
            return []
        return wrapped(_beside(line), _LABEL, self._width - self._gutter - 1, most=2)

    def _has_own_line(self, line: Line) -> bool:
        """Narrow: whether that is so long, or the label, that it stands below the label."""
        beside, room = self._width_beside(line), self._width - self._gutter - 1
        if beside <= room / 4:
            return False
        label = wrapped(line.label, _LABEL_NARROW, room - beside - _BESIDE_GAP)
        return beside > room * 0.6 or len(label) > 2

    def _draw(self, words: LegendWords) -> float:
        top = draw_legend(self.drawing, self._legend(words), self._width, self._palette)
        first = self._draw_heading(top + 10)
        placed, last = self._placed(first)
        self._draw_grid(placed, first, last)
        self._draw_marks(placed)
        self._draw_texts(placed)
        if last - first <= _TALL:
            return last + 4
        self._draw_ticks(last + _TICK + 3)
        return last + _TICK + 10

    def _legend(self, words: LegendWords) -> list[tuple[Key, str]]:
        marks, lines = self._marks, self._lines
        entries: list[tuple[bool, Key, str]] = [
            (any(line.before is not None for line in lines), marks.before_key, words.before),
            (any(line.after is not None for line in lines), marks.after_key, words.after),
            (any(line.own is not None for line in lines), marks.own_key, words.own),
            (any(line.band is not None for line in lines), marks.band_key, words.band),
            (any(line.flagged for line in lines), marks.flag_key, words.flag),
        ]
        return [(key, text) for shown, key, text in entries if shown]

    def _draw_heading(self, top: float) -> float:
        """The ends of the scale in words, and its points below; gives where the lines begin."""
        type_ = Type(_REMARK, self._palette.muted)
        room = (self._right - self._left) / 2 - 6
        low = wrapped(self._scale.lowest_label, _REMARK, room)
        high = wrapped(self._scale.highest_label, _REMARK, room)
        words = max(len(low), len(high)) if low[0] or high[0] else 0
        bottom = top + words * type_.leading
        for text, x, align in ((low, self._left - 4, "left"), (high, self._right + 4, "right")):
            y = bottom - (len(text) - 1) * type_.leading - 4
            if text[0]:
                self.drawing.texts("anchor", [{"x": x, "y": y, "text": text}], type_, align)
        self._draw_ticks(bottom + _TICK)
        return bottom + _TICK + 8

    def _draw_ticks(self, y: float) -> None:
        points = [{"x": point, "y": y, "text": str(point)} for point in self._scale.points]
        self.drawing.texts("tick", points, Type(_TICK, self._palette.muted), "center", "rating")

    def _placed(self, top: float) -> tuple[list[_Placed], float]:
        leading = Type(_LABEL, "").leading
        placed = []
        for line in self._lines:
            label = self._label_lines(line)
            text = leading * len(label)
            if self._narrow:
                label_y = top + 8 + _LABEL
                middle = top + 8 + text + leading * len(self._below(line)) + 13
                bottom = middle + 13
            else:
                height = max(text + 16, 40)
                middle = top + height / 2
                label_y = middle - text / 2 + _LABEL - 0.5
                bottom = top + height
            placed.append(_Placed(line, label, label_y, middle))
            top = bottom
        return placed, top

    def _draw_grid(self, placed: Sequence[_Placed], first: float, last: float) -> None:
        lowest, highest = self._scale.lowest, self._scale.highest
        thin = Paint(stroke=self._palette.line, stroke_width=1)
        if self._narrow:
            ticks: list[Point] = [
                {"x": point, "x2": point, "y": each.middle - 7, "y2": each.middle + 7}
                for each in placed
                for point in self._scale.points
            ]
        else:
            ticks = [
                {"x": point, "x2": point, "y": first, "y2": last} for point in self._scale.points
            ]
        self.drawing.rules("grid", ticks, thin, "rating")
        along: list[Point] = [
            {"x": lowest, "x2": highest, "y": each.middle, "y2": each.middle} for each in placed
        ]
        self.drawing.rules("track", along, thin, "rating")

    def _draw_marks(self, placed: Sequence[_Placed]) -> None:
        marks, drawing = self._marks, self.drawing
        bands: list[Point] = [
            {"x": each.line.band[0], "x2": each.line.band[1], "y": each.middle, "y2": each.middle}
            for each in placed
            if each.line.band is not None
        ]
        links: list[Point] = [
            {"x": each.line.before, "x2": each.line.after, "y": each.middle, "y2": each.middle}
            for each in placed
            if each.line.before is not None and each.line.after is not None
        ]
        marks.bands(drawing, bands, "rating")
        marks.links(drawing, links, "rating")
        marks.before(drawing, _points((each.line.before, each.middle) for each in placed), "rating")
        marks.after(drawing, _points((each.line.after, each.middle) for each in placed), "rating")
        marks.own(drawing, _points((each.line.own, each.middle) for each in placed), "rating")

    def _draw_texts(self, placed: Sequence[_Placed]) -> None:
        palette, drawing, x = self._palette, self.drawing, self._gutter
        flags: list[Point] = [
            {"x": 6, "y": each.label_y - 5} for each in placed if each.line.flagged
        ]
        self._marks.flags(drawing, flags)
        labels: list[Point] = [{"x": x, "y": p.label_y, "text": p.label} for p in placed]
        drawing.texts("label", labels, Type(_LABEL, palette.ink, 600 if self._narrow else 400))
        if self._narrow:
            self._draw_beside_narrow(placed)
        else:
            self._draw_beside_wide(placed)

    def _draw_beside_narrow(self, placed: Sequence[_Placed]) -> None:
        beside = Type(_LABEL - 0.5, self._palette.ink)
        for each in placed:
            right = {"x": self._width - 1, "y": each.label_y, "text": _beside(each.line)}
            if below := self._below(each.line):
                y = each.middle - 18 - beside.leading * (len(below) - 1)
                left = {"x": self._gutter, "y": y, "text": below}
                self.drawing.texts("figure", [left], beside)
            elif right["text"]:
                self.drawing.texts("figure", [right], beside, "right")

    def _draw_beside_wide(self, placed: Sequence[_Placed]) -> None:
        figure_x = self._right + _GAP + self._figure_room
        remark_x = figure_x + _FIGURE_GAP
        figures: list[Point] = [
            {"x": figure_x, "y": each.middle + 5, "text": clean(each.line.figure)}
            for each in placed
            if each.line.figure
        ]
        self.drawing.texts("figure", figures, Type(_LABEL, self._palette.ink, 600), "right")
        type_ = Type(_REMARK, self._palette.muted)
        remarks: list[Point] = []
        for each in placed:
            text = wrapped(each.line.remark, _REMARK, self._remark_room + 1, most=2)
            y = each.middle + 4.5 - (len(text) - 1) * type_.leading / 2
            if text[0]:
                remarks.append({"x": remark_x, "y": y, "text": text})
        self.drawing.texts("remark", remarks, type_)


def _beside(line: Line) -> str:
    return clean(f"{line.figure} {line.remark}")


def _points(places: Iterable[tuple[float | None, float]]) -> list[Point]:
    return [{"x": value, "y": y} for value, y in places if value is not None]
