"""Three or more rounds: how each competency went on, in a small picture of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from survey.report.charts.drawing import CIRCLE, DIAMOND, Drawing, Paint, Point, Type
from survey.report.charts.legend import Key, draw_legend
from survey.report.charts.palette import ON_SCREEN, Palette
from survey.report.charts.rating_scale import RatingScale
from survey.report.charts.svg import Naming
from survey.report.charts.words import clean, figure, widest, wrapped

WIDE = 880
NARROW = 320
FEWEST_ROUNDS = 2

_TITLE = 14
_TITLE_LEADING = 18
_VALUE = 13
_ROUND = 12
_ROUND_LEADING = 15
_TICK = 12
_LEFT = 20
# From the middle of small digits down to their baseline.
_MIDDLE = 4
_RIGHT = 34
_INSET = 14
_PLOT = 112
_BETWEEN = 28
_PANEL_WIDE = 260


@dataclass(frozen=True)
class TrendPanel:
    """One competency: the others' mean and the self-view round by round, None where not shown."""

    label: str
    others: tuple[float | None, ...]
    own: tuple[float | None, ...]


@dataclass(frozen=True)
class TrendCounts:
    """What a description tells: panels, rounds, the scale's ends, and where the others' line ends.

    `first` and `last` are the names of these rounds.
    """

    panels: int
    rounds: int
    first: str
    last: str
    lowest: int
    highest: int
    higher: int
    lower: int


def described(counts: TrendCounts) -> str:
    """The picture in words."""
    return (
        f"{counts.panels} competencies over {counts.rounds} rounds, {counts.first} to "
        f"{counts.last}, on a scale from {counts.lowest} to {counts.highest}: the others rate "
        f"{counts.higher} higher at the end, {counts.lower} lower."
    )


@dataclass(frozen=True)
class TrendWords:
    """What the legend calls the two lines, how figures read, and how the picture is described."""

    others: str = "Others"
    own: str = "Own view"
    figure: Callable[[float], str] = figure
    described: Callable[[TrendCounts], str] = described


class _Paints:
    """How the two lines and their marks are drawn."""

    def __init__(self, palette: Palette) -> None:
        self.others_line = Paint(stroke=palette.after, stroke_width=2.5)
        self.others = Paint(palette.after)
        self.own_line = Paint(stroke=palette.own, stroke_width=1.5, dash=(4, 3))
        self.own = Paint(palette.own, palette.card, 1.25)

    def others_key(self, drawing: Drawing, x: float, y: float) -> None:
        """A piece of the others' line."""
        drawing.rules("key", [{"x": x - 10, "x2": x + 10, "y": y, "y2": y}], self.others_line)
        drawing.symbols("key", [{"x": x, "y": y}], CIRCLE, 4.5, self.others)

    def own_key(self, drawing: Drawing, x: float, y: float) -> None:
        """A piece of the self-view's line."""
        drawing.rules("key", [{"x": x - 10, "x2": x + 10, "y": y, "y2": y}], self.own_line)
        drawing.symbols("key", [{"x": x, "y": y}], DIAMOND, 5, self.own)


def trend(
    panels: Sequence[TrendPanel],
    rounds: Sequence[str],
    scale: RatingScale,
    *,
    title: str,
    prefix: str,
    description: str | None = None,
    palette: Palette = ON_SCREEN,
    font: str | None = None,
    narrow: bool = False,
    width: float | None = None,
    words: TrendWords = TrendWords(),
    to_left: bool = False,
) -> str:
    """An SVG with one small picture per competency, all on the same scale.

    `rounds` names the rounds; a line break in a name breaks the line. The lines break where a value
    is None. The other arguments are those of `dumbbells`.
    """
    if len(rounds) < FEWEST_ROUNDS:
        raise ValueError("a trend needs at least two rounds")
    for panel in panels:
        if len(panel.others) != len(rounds) or len(panel.own) != len(rounds):
            raise ValueError(f"{panel.label!r} does not have a value for each of the rounds")
    wide = width or (NARROW if narrow else WIDE)
    paints = _Paints(palette)
    drawing = Drawing(to_left=to_left)
    top = draw_legend(drawing, _legend(panels, paints, words), wide, palette) + 14
    columns = 1 if narrow else max(1, min(len(panels), int(wide // _PANEL_WIDE)))
    panel_wide = (wide - _BETWEEN * (columns - 1)) / columns
    plot = _Plot(drawing, rounds, scale, palette, paints, panel_wide, words.figure)
    title_type = Type(_TITLE, palette.ink, 600, _TITLE_LEADING)
    for first in range(0, len(panels), columns):
        row = panels[first : first + columns]
        titles = [wrapped(panel.label, _TITLE * 1.05, panel_wide, most=3) for panel in row]
        high = max(len(lines) for lines in titles) * _TITLE_LEADING
        for column, (panel, lines) in enumerate(zip(row, titles, strict=True)):
            x = column * (panel_wide + _BETWEEN)
            named = narrow or first + column + columns >= len(panels)
            title_y = top + high - _TITLE_LEADING * len(lines) + _TITLE
            drawing.texts("label", [{"x": x, "y": title_y, "text": lines}], title_type)
            drawing.move_to(x, top + high + 12)
            plot.draw(panel, named=named)
            drawing.move_to(0, 0)
        # Rounds are named where nothing stands below, so also in parts of the last row but one.
        named = narrow or first + 2 * columns > len(panels)
        top += high + 12 + _PLOT + 20 + (_rounds_high(rounds, panel_wide) if named else 0)
    top -= 14 if panels else 0
    told = words.described(_counts(panels, rounds, scale)) if description is None else description
    naming = Naming(prefix, title, told, "narrow" if narrow else "wide")
    return drawing.svg(wide, top, naming, font)


def _legend(
    panels: Sequence[TrendPanel], paints: _Paints, words: TrendWords
) -> list[tuple[Key, str]]:
    entries: list[tuple[Key, str]] = []
    if any(value is not None for panel in panels for value in panel.others):
        entries.append((paints.others_key, words.others))
    if any(value is not None for panel in panels for value in panel.own):
        entries.append((paints.own_key, words.own))
    return entries


class _Plot:
    """The small pictures, each with its top left at the origin of the drawing."""

    def __init__(
        self,
        drawing: Drawing,
        rounds: Sequence[str],
        scale: RatingScale,
        palette: Palette,
        paints: _Paints,
        width: float,
        figure_words: Callable[[float], str],
    ) -> None:
        self._drawing = drawing
        self._figure_words = figure_words
        self._rounds = rounds
        self._scale = scale
        self._palette = palette
        self._paints = paints
        self._width = width
        span = (_LEFT + _INSET, width - _RIGHT - _INSET)
        drawing.scale("round", (0, len(rounds) - 1), span)
        drawing.scale("rating", (scale.lowest, scale.highest), (_PLOT, 0))

    def draw(self, panel: TrendPanel, *, named: bool) -> None:
        """One of them; `named`: with the names of the rounds below it."""
        others = [self._scale.checked(value) for value in panel.others]
        own = [self._scale.checked(value) for value in panel.own]
        self._draw_grid()
        self._draw_lines(others, own)
        self._draw_values(others[-1], own[-1])
        if named:
            self._draw_rounds()

    def _draw_grid(self) -> None:
        thin = Paint(stroke=self._palette.line, stroke_width=1)
        points = self._scale.points
        right = self._width - _RIGHT
        across = [{"x": _LEFT, "x2": right, "y": point, "y2": point} for point in points]
        self._drawing.rules("grid", across, thin, y="rating")
        down = [
            {"x": index, "x2": index, "y": 0, "y2": _PLOT} for index in range(len(self._rounds))
        ]
        self._drawing.rules("round-line", down, thin, x="round")
        type_ = Type(_TICK, self._palette.muted)
        ticks = [{"x": _LEFT - 6, "y": point, "text": str(point)} for point in points]
        self._drawing.texts("tick", ticks, type_, "right", y="rating", down=_MIDDLE)

    def _draw_lines(self, others: Sequence[float | None], own: Sequence[float | None]) -> None:
        paints, drawing = self._paints, self._drawing
        for name, values, line in (
            ("own-line", own, paints.own_line),
            ("others-line", others, paints.others_line),
        ):
            points: list[Point] = [{"x": i, "y": value} for i, value in enumerate(values)]
            drawing.path(name, points, line, "round", "rating")
        drawing.symbols("others", _shown(others), CIRCLE, 4.5, paints.others, "round", "rating")
        drawing.symbols("own", _shown(own), DIAMOND, 5, paints.own, "round", "rating")

    def _draw_values(self, others: float | None, own: float | None) -> None:
        """What the last round says, beside its marks; two that are close move apart."""
        found = [
            (value, weight) for value, weight in ((others, 600), (own, 400)) if value is not None
        ]
        places = [
            _PLOT * (self._scale.highest - value) / (self._scale.highest - self._scale.lowest)
            for value, _ in found
        ]
        if len(places) == 2 and abs(places[0] - places[1]) < _VALUE + 2:
            upper = 0 if places[0] <= places[1] else 1
            middle = sum(places) / 2
            places[upper], places[1 - upper] = middle - _VALUE / 2 - 1, middle + _VALUE / 2 + 1
        for (value, weight), place in zip(found, places, strict=True):
            x = self._width - _RIGHT
            point = {"x": x, "y": place + _MIDDLE, "text": self._figure_words(value)}
            self._drawing.texts("value", [point], Type(_VALUE, self._palette.ink, weight))

    def _draw_rounds(self) -> None:
        last = len(self._rounds) - 1
        names = _round_lines(self._rounds, self._width)
        needed = max(widest(lines, _ROUND) for lines in names) + 8
        every = math.ceil(needed / _step(len(names), self._width))
        points = [
            {"x": index, "y": _PLOT + _ROUND + 6, "text": lines}
            for index, lines in enumerate(names)
            if (last - index) % every == 0
        ]
        type_ = Type(_ROUND, self._palette.muted, line_height=_ROUND_LEADING)
        self._drawing.texts("round", points, type_, "center", x="round")


def _shown(values: Sequence[float | None]) -> list[Point]:
    return [{"x": index, "y": value} for index, value in enumerate(values) if value is not None]


def _step(rounds: int, width: float) -> float:
    return (width - _LEFT - _RIGHT - 2 * _INSET) / (rounds - 1)


def _round_lines(rounds: Sequence[str], width: float) -> list[list[str]]:
    # Centred below the first round, a name may reach as far as the edge of the picture.
    room = min(max(_step(len(rounds), width) - 8, 56), 2 * (_LEFT + _INSET))
    return [
        [line for part in name.split("\n") for line in wrapped(part, _ROUND, room, most=2)]
        for name in rounds
    ]


def _rounds_high(rounds: Sequence[str], width: float) -> float:
    return 6 + _ROUND_LEADING * max(len(lines) for lines in _round_lines(rounds, width))


def _counts(panels: Sequence[TrendPanel], rounds: Sequence[str], scale: RatingScale) -> TrendCounts:
    higher = lower = 0
    for panel in panels:
        shown = [value for value in panel.others if value is not None]
        higher += len(shown) > 1 and figure(shown[-1]) != figure(shown[0]) and shown[-1] > shown[0]
        lower += len(shown) > 1 and figure(shown[-1]) != figure(shown[0]) and shown[-1] < shown[0]
    return TrendCounts(
        len(panels),
        len(rounds),
        clean(rounds[0]),
        clean(rounds[-1]),
        scale.lowest,
        scale.highest,
        higher,
        lower,
    )
