"""The programme view: how the change is spread over the mentees, competency by competency."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from survey.report.charts.drawing import Drawing, Paint, Point, Type
from survey.report.charts.legend import Key, draw_legend
from survey.report.charts.palette import ON_SCREEN, Palette
from survey.report.charts.svg import Naming
from survey.report.charts.words import clean, widest, wrapped
from survey.report.charts.words import width as text_width

WIDE = 880
NARROW = 320

_LABEL = 14
_LEADING = 18
_NOTE = 12.5
_COUNT = 11.5
_TICK = 12
_END = 18
_GAP = 24
_BARS = 40
_ABOVE_BARS = 16
_WITHHELD_HIGH = 12
_MOST_TICKS = 9
_TALL = 360


@dataclass(frozen=True)
class Distribution:
    """One competency: how many mentees changed by how much.

    One count for each bin between the edges; a count of None is suppressed, and so is the whole
    where `counts` is None. `mentees` is how many there are, where that may be told.
    """

    label: str
    counts: tuple[int | None, ...] | None
    mentees: int | None = None


@dataclass(frozen=True)
class DistributionWords:
    """What the legend calls the bars, the axis, and what is not shown."""

    rise: str = "Rise"
    same: str = "About the same"
    fall: str = "Fall"
    withheld: str = "Too few to be shown"
    axis: str = "Change in points of the scale; figures count mentees"


def distributions(
    rows: Sequence[Distribution],
    edges: Sequence[float],
    *,
    title: str,
    prefix: str,
    description: str | None = None,
    palette: Palette = ON_SCREEN,
    font: str | None = None,
    narrow: bool = False,
    width: float | None = None,
    words: DistributionWords = DistributionWords(),
) -> str:
    """An SVG with one histogram per row, all on the same two scales; `edges` bound the bins.

    A bin that is wider than the narrowest is as much lower, so that areas stand for mentees. The
    other arguments are those of `dumbbells`.
    """
    _check(rows, edges)
    wide = width or (NARROW if narrow else WIDE)
    picture = _Picture(rows, edges, palette, words, wide, narrow=narrow)
    described = _description(rows) if description is None else description
    naming = Naming(prefix, title, described, "narrow" if narrow else "wide")
    return picture.drawing.svg(wide, picture.height, naming, font)


def _check(rows: Sequence[Distribution], edges: Sequence[float]) -> None:
    if len(edges) < 2 or any(high <= low for low, high in pairwise(edges)):
        raise ValueError("the edges of the bins must rise")
    if not all(math.isfinite(edge) for edge in edges):
        raise ValueError("a bin must end somewhere")
    for row in rows:
        if row.counts is not None and len(row.counts) != len(edges) - 1:
            raise ValueError(f"{row.label!r} does not have one count for each bin")


class _Picture:
    """The histograms; `drawing` and `height` are the result."""

    def __init__(
        self,
        rows: Sequence[Distribution],
        edges: Sequence[float],
        palette: Palette,
        words: DistributionWords,
        width: float,
        *,
        narrow: bool,
    ) -> None:
        self._rows = rows
        self._edges = list(edges)
        self._palette = palette
        self._words = words
        self._width = width
        self._narrow = narrow
        widths = [high - low for low, high in pairwise(edges)]
        self._shares = [min(widths) / wide for wide in widths]
        heights = [
            count * share
            for row in rows
            for count, share in zip(row.counts or (), self._shares, strict=False)
            if count
        ]
        self._highest = max(heights, default=1)
        self._rise = Paint(palette.after)
        self._same = Paint(palette.edge)
        self._fall = Paint(palette.card, palette.after, 1.75)
        self._withheld = Paint(stroke=palette.edge, stroke_width=1, dash=(3, 2))
        self._left, self._right = self._span()
        self.drawing = Drawing()
        self.drawing.scale("change", (edges[0], edges[-1]), (self._left, self._right))
        self.height = self._draw()

    def _span(self) -> tuple[float, float]:
        if self._narrow:
            return _END, self._width - _END
        column = max((widest(self._label(row), _LABEL) for row in self._rows), default=0)
        totals = max((text_width(_total(row), _NOTE) for row in self._rows), default=0)
        return column + _GAP, self._width - (totals + _GAP if totals else _END)

    def _label(self, row: Distribution) -> list[str]:
        if not self._narrow:
            return wrapped(row.label, _LABEL, self._width * 0.3, most=3)
        beside = text_width(_total(row), _NOTE)
        return wrapped(row.label, _LABEL * 1.05, self._width - beside - 14)

    def _draw(self) -> float:
        top = draw_legend(self.drawing, self._legend(), self._width, self._palette) + 8
        muted = Type(_NOTE, self._palette.muted)
        axis = wrapped(self._words.axis, _NOTE, self._right - self._left)
        if axis[0]:
            heading = {"x": self._left, "y": top + _NOTE, "text": axis}
            self.drawing.texts("axis", [heading], muted)
            top += muted.leading * len(axis) + 2
        self._draw_ticks(top + _TICK)
        first = top = top + _TICK + 6
        ground = []
        for row in self._rows:
            label = self._label(row)
            high = _ABOVE_BARS + _BARS
            if self._narrow:
                label_y, base = top + 8 + _LABEL, top + 8 + _LEADING * len(label) + high
            else:
                base = top + max(high, _LEADING * len(label)) + 2
                label_y = base - high / 2 + 4 - _LEADING * (len(label) - 1) / 2 + _LABEL / 2
            ground.append((row, label, label_y, base))
            top = base + 10
        self._draw_grid(first, [base for *_, base in ground], top)
        for row, label, label_y, base in ground:
            self._draw_texts(row, label, label_y, base)
            self._draw_bars(row, base)
        if top - first <= _TALL:
            return top
        self._draw_ticks(top + _TICK + 2)
        return top + _TICK + 8

    def _legend(self) -> list[tuple[Key, str]]:
        counts = [(i, n) for row in self._rows for i, n in enumerate(row.counts or ())]
        kinds = {self._kind(index) for index, count in counts if count}
        withheld = any(count is None for _, count in counts)
        entries = (
            ("fall" in kinds, self._fall, self._words.fall),
            ("same" in kinds, self._same, self._words.same),
            ("rise" in kinds, self._rise, self._words.rise),
            (withheld, self._withheld, self._words.withheld),
        )
        return [(_key(paint), text) for shown, paint, text in entries if shown]

    def _kind(self, index: int) -> str:
        low, high = self._edges[index : index + 2]
        return "fall" if high <= 0 else "rise" if low >= 0 else "same"

    def _draw_ticks(self, y: float) -> None:
        points = [{"x": tick, "y": y, "text": _tick_text(tick)} for tick in self._ticks()]
        self.drawing.texts("tick", points, Type(_TICK, self._palette.muted), "center", "change")

    def _ticks(self) -> list[float]:
        """The edges, or whole points where the edges are too many or too close to be named."""
        closest = min(high - low for low, high in pairwise(self._edges))
        unit = (self._right - self._left) / (self._edges[-1] - self._edges[0])
        if len(self._edges) <= _MOST_TICKS and closest * unit >= 46:
            return self._edges
        step = max(1, math.ceil(34 / unit))
        lowest = math.ceil(self._edges[0] / step) * step
        return [float(tick) for tick in range(lowest, math.floor(self._edges[-1]) + 1, step)]

    def _draw_grid(self, first: float, bases: Sequence[float], last: float) -> None:
        thin = Paint(stroke=self._palette.line, stroke_width=1)
        pieces = (
            [(base - _BARS, base + 4) for base in bases] if self._narrow else [(first, last - 4)]
        )

        def down(ticks: Sequence[float]) -> list[Point]:
            return [{"x": t, "x2": t, "y": y, "y2": y2} for t in ticks for y, y2 in pieces]

        self.drawing.rules("grid", down(self._ticks()), thin, "change")
        if self._edges[0] < 0 < self._edges[-1]:
            strong = Paint(stroke=self._palette.edge, stroke_width=1.25)
            self.drawing.rules("zero", down([0]), strong, "change")

    def _draw_texts(self, row: Distribution, label: list[str], label_y: float, base: float) -> None:
        drawing, palette = self.drawing, self._palette
        type_ = Type(_LABEL, palette.ink, 600 if self._narrow else 400, _LEADING)
        drawing.texts("label", [{"x": 0, "y": label_y, "text": label}], type_)
        muted = Type(_NOTE, palette.muted)
        if total := _total(row):
            y = label_y if self._narrow else base - (_ABOVE_BARS + _BARS) / 2 + 4 + _LABEL / 2
            end = {"x": self._width - (1 if self._narrow else 0), "y": y, "text": total}
            drawing.texts("total", [end], muted, "right")
        if row.counts is None:
            middle = (self._edges[0] + self._edges[-1]) / 2
            text = clean(self._words.withheld)
            self._draw_ground([(middle, base - 12, text_width(text, _NOTE) + 10)])
            point = {"x": middle, "y": base - 12, "text": text}
            drawing.texts("withheld-text", [point], muted, "center", "change")

    def _draw_ground(self, places: Sequence[tuple[float, float, float]]) -> None:
        """Free the ground from the grid where a text follows: its middle, baseline and width."""
        unit = (self._right - self._left) / (self._edges[-1] - self._edges[0])
        boxes = [
            {"x": x - wide / 2 / unit, "x2": x + wide / 2 / unit, "y": y - 11, "y2": y + 3}
            for x, y, wide in places
        ]
        self.drawing.bars("ground", boxes, Paint(self._palette.card), "change")

    def _draw_bars(self, row: Distribution, base: float) -> None:
        axis = {"x": self._edges[0], "x2": self._edges[-1], "y": base, "y2": base}
        paints = {"rise": self._rise, "same": self._same, "fall": self._fall}
        bars: dict[str, list[Point]] = {kind: [] for kind in paints}
        withheld: list[Point] = []
        counts: list[Point] = []
        inset = (self._edges[-1] - self._edges[0]) / (self._right - self._left) * 1.5
        for index, count in enumerate(row.counts or ()):
            low, high = self._edges[index : index + 2]
            bar: Point = {"x": low + inset, "x2": high - inset, "y2": base}
            if count is None:
                withheld.append({**bar, "y": base - _WITHHELD_HIGH})
            elif count:
                top = base - _BARS * count * self._shares[index] / self._highest
                bars[self._kind(index)].append({**bar, "y": top})
                counts.append({"x": (low + high) / 2, "y": top - 4, "text": str(count)})
        for kind, points in bars.items():
            self.drawing.bars(kind, points, paints[kind], "change")
        self.drawing.bars("withheld", withheld, self._withheld, "change")
        edge = Paint(stroke=self._palette.edge, stroke_width=1)
        self.drawing.rules("base", [axis], edge, "change")
        self._draw_ground([(p["x"], p["y"], text_width(p["text"], _COUNT) + 4) for p in counts])
        type_ = Type(_COUNT, self._palette.ink)
        self.drawing.texts("count", counts, type_, "center", "change")


def _key(paint: Paint) -> Key:
    def draw(drawing: Drawing, x: float, y: float) -> None:
        box = {"x": x - 6, "x2": x + 6, "y": y - 6, "y2": y + 6}
        drawing.bars("key", [box], paint)

    return draw


def _tick_text(tick: float) -> str:
    """An edge as it is, with its sign."""
    return f"{tick:+g}".replace("-", "−") if tick else "0"


def _total(row: Distribution) -> str:
    return "" if row.mentees is None else f"n {row.mentees}"


def _description(rows: Sequence[Distribution]) -> str:
    withheld = sum(row.counts is None for row in rows)
    hidden = f"; {withheld} not shown, with too few mentees" if withheld else ""
    return f"How many mentees changed by how much, for {len(rows)} competencies{hidden}."
