"""All competencies as a radar: only ever shown beside a picture that is easier to read."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from survey.report.charts.drawing import CIRCLE, DIAMOND, Drawing, Paint, Point, Type
from survey.report.charts.legend import Key, draw_legend
from survey.report.charts.palette import ON_SCREEN, Palette
from survey.report.charts.rating_scale import RatingScale
from survey.report.charts.svg import Naming
from survey.report.charts.words import clean, widest, wrapped

WIDE = 680
NARROW = 320
FEWEST = 3
MOST = 20

_LABEL = 13
_LEADING = 16
_TICK = 11
_LONGEST_LABEL = 150
_OUTSIDE = 14
_APART = 5


@dataclass(frozen=True)
class RadarAxis:
    """One competency; values are points of the scale, None where there is nothing to show."""

    label: str
    after: float | None
    before: float | None
    own: float | None


def described(spokes: int, scale: RatingScale, outlines: Sequence[str]) -> str:
    """The picture in words; `outlines` names those that it shows."""
    return (
        f"{spokes} competencies around a centre, which is {scale.lowest}; "
        f"the rim is {scale.highest}. Outlines: {'; '.join(outlines) or 'none'}."
    )


@dataclass(frozen=True)
class RadarWords:
    """What the legend calls the three outlines, and how the picture is described."""

    after: str = "After, others"
    before: str = "Before, others"
    own: str = "Own view"
    described: Callable[[int, RatingScale, Sequence[str]], str] = described


@dataclass(frozen=True)
class _Series:
    name: str
    words: str
    values: tuple[float | None, ...]
    line: Paint
    shape: str
    radius: float
    mark: Paint


@dataclass(frozen=True)
class _Label:
    """A label beside its spoke: the text's box from top to bottom, and where its lines begin."""

    lines: list[str]
    side: int
    top: float
    moved: float = 0

    @property
    def bottom(self) -> float:
        return self.top + _LEADING * len(self.lines)

    def beside(self, other: _Label) -> bool:
        """Whether the two share a height."""
        return self.top < other.bottom + 2 and other.top < self.bottom + 2


def radar(
    axes: Sequence[RadarAxis],
    scale: RatingScale,
    *,
    title: str,
    prefix: str,
    description: str | None = None,
    palette: Palette = ON_SCREEN,
    font: str | None = None,
    narrow: bool = False,
    width: float | None = None,
    words: RadarWords = RadarWords(),
    to_left: bool = False,
) -> str:
    """An SVG with one spoke per competency, clockwise from the top, 3 to 20 of them.

    Wide, the labels stand around the radar; narrow, numbers do, with a list below. The other
    arguments are those of `dumbbells`.
    """
    if not FEWEST <= len(axes) <= MOST:
        raise ValueError(f"a radar has {FEWEST} to {MOST} spokes, not {len(axes)}")
    wide = width or (NARROW if narrow else WIDE)
    series = [each for each in _series(axes, scale, palette, words) if _any(each.values)]
    drawing = Drawing(to_left=to_left)
    # Listed as they follow in time; drawn so that the most important lies on top.
    order = ("before", "after", "own")
    legend = [(_key(e), e.words) for e in sorted(series, key=lambda e: order.index(e.name))]
    top = draw_legend(drawing, legend, wide, palette) + 14
    if narrow:
        height = _with_list(drawing, axes, scale, series, palette, wide, top)
    else:
        height = _with_labels(drawing, axes, scale, series, palette, wide, top)
    told = _description(axes, scale, words) if description is None else description
    naming = Naming(prefix, title, told, "narrow" if narrow else "wide")
    return drawing.svg(wide, height, naming, font)


def _series(
    axes: Sequence[RadarAxis], scale: RatingScale, palette: Palette, words: RadarWords
) -> list[_Series]:
    def values(of: Callable[[RadarAxis], float | None]) -> tuple[float | None, ...]:
        return tuple(scale.checked(of(axis)) for axis in axes)

    return [
        _Series(
            "before",
            words.before,
            values(lambda axis: axis.before),
            Paint(stroke=palette.before, stroke_width=1.75, dash=(6, 4)),
            CIRCLE,
            4.5,
            Paint(palette.card, palette.before, 1.75),
        ),
        _Series(
            "own",
            words.own,
            values(lambda axis: axis.own),
            Paint(stroke=palette.own, stroke_width=1.5, dash=(0.5, 4), cap="round"),
            DIAMOND,
            4,
            Paint(palette.own, palette.card, 1),
        ),
        _Series(
            "after",
            words.after,
            values(lambda axis: axis.after),
            Paint(stroke=palette.after, stroke_width=2.5),
            CIRCLE,
            4.25,
            Paint(palette.after),
        ),
    ]


def _any(values: Iterable[float | None]) -> bool:
    return any(value is not None for value in values)


def _key(series: _Series) -> Key:
    def draw(drawing: Drawing, x: float, y: float) -> None:
        drawing.rules("key", [{"x": x - 11, "x2": x + 11, "y": y, "y2": y}], series.line)
        at = [{"x": x, "y": y}]
        drawing.symbols("key", at, series.shape, series.radius, series.mark)

    return draw


def _with_labels(
    drawing: Drawing,
    axes: Sequence[RadarAxis],
    scale: RatingScale,
    series: Sequence[_Series],
    palette: Palette,
    wide: float,
    top: float,
) -> float:
    room = min(_LONGEST_LABEL, wide * 0.24)
    texts = [wrapped(axis.label, _LABEL, room, most=4) for axis in axes]
    aside = max(widest(text, _LABEL) for text in texts) + _OUTSIDE
    radius = min((wide - 2 * aside) / 2, 200)
    labels = _labels(texts, radius)
    above = min(label.top for label in labels)
    below = max(label.bottom for label in labels)
    x, y = wide / 2, top - above
    drawing.move_to(x, y)
    _draw_web(drawing, axes, scale, series, palette, radius)
    drawing.move_to(0, 0)
    type_ = Type(_LABEL, palette.ink, line_height=_LEADING)
    for label, angle in zip(labels, _angles(len(axes)), strict=True):
        text_y = label.top + _LABEL - 1
        middle = (label.top + label.bottom) / 2
        clear = max([_beside_circle(label, radius), *_beside_centred(label, labels)])
        text_x = label.side * clear
        align = {-1: "right", 0: "center", 1: "left"}[label.side]
        point = {"x": x + text_x, "y": y + text_y, "text": label.lines}
        drawing.texts("label", [point], type_, align)
        tip = radius * math.cos(angle), radius * math.sin(angle)
        if label.side and (label.moved > _LEADING or clear > abs(tip[0]) + 3 * _OUTSIDE):
            _lead(drawing, palette, (x, y), tip, (text_x - label.side * 3, middle))
    return y + below + 6


def _beside_circle(label: _Label, radius: float) -> float:
    """How far from the centre a label at this height keeps clear of the circle."""
    nearest = max(label.top, -label.bottom, 0)
    outer = radius + _OUTSIDE
    return max(math.sqrt(max(outer**2 - nearest**2, 0)), _OUTSIDE)


def _beside_centred(label: _Label, labels: Sequence[_Label]) -> list[float]:
    """The same for labels in the middle, above or below the circle."""
    return [
        widest(other.lines, _LABEL) / 2 + 10
        for other in labels
        if label.side and not other.side and label.beside(other)
    ]


def _lead(
    drawing: Drawing,
    palette: Palette,
    centre: tuple[float, float],
    tip: tuple[float, float],
    to: tuple[float, float],
) -> None:
    ends = {"x": centre[0] + tip[0], "y": centre[1] + tip[1]}
    ends |= {"x2": centre[0] + to[0], "y2": centre[1] + to[1]}
    drawing.rules("leader", [ends], Paint(stroke=palette.edge, stroke_width=0.75))


def _angles(count: int) -> list[float]:
    return [2 * math.pi * index / count - math.pi / 2 for index in range(count)]


def _labels(texts: Sequence[list[str]], radius: float) -> list[_Label]:
    """The labels, each as near to its spoke's end as the other labels of its side allow."""
    wished = []
    for text, angle in zip(texts, _angles(len(texts)), strict=True):
        across, down = math.cos(angle), math.sin(angle)
        side = 0 if abs(across) < 0.01 else 1 if across > 0 else -1
        high = _LEADING * len(text)
        # At the sides a label stands beside its spoke, towards the top above it, below likewise.
        top = (radius + _OUTSIDE - 2) * down - high / 2 + high / 2 * down
        # Above the radar, the highest point of the scale is named as well.
        top -= 0 if side or down > 0 else _TICK - 3
        wished.append(_Label(text, side, top))
    apart = list(wished)
    for side in (-1, 1):
        ordered = sorted(
            (index for index, label in enumerate(wished) if label.side == side),
            key=lambda index: wished[index].top,
        )
        for index, top in zip(ordered, _apart([wished[i] for i in ordered]), strict=True):
            moved = abs(top - wished[index].top)
            apart[index] = _Label(wished[index].lines, side, top, moved)
    return apart


def _apart(labels: Sequence[_Label]) -> list[float]:
    """The tops of labels in a column, moved as little as needed so that none overlap.

    Labels that touch form a block, and a block stands at the mean of what its labels wish.
    """
    blocks: list[list[_Label]] = []
    for label in labels:
        blocks.append([label])
        while len(blocks) > 1 and _end(blocks[-2]) + _APART > _start(blocks[-1]):
            last = blocks.pop()
            blocks[-1] = blocks[-1] + last
    tops = []
    for block in blocks:
        at = _start(block)
        for label in block:
            tops.append(at)
            at += label.bottom - label.top + _APART
    return tops


def _start(block: Sequence[_Label]) -> float:
    wishes, offset = 0.0, 0.0
    for label in block:
        wishes += label.top - offset
        offset += label.bottom - label.top + _APART
    return wishes / len(block)


def _end(block: Sequence[_Label]) -> float:
    return _start(block) + sum(each.bottom - each.top + _APART for each in block) - _APART


def _with_list(
    drawing: Drawing,
    axes: Sequence[RadarAxis],
    scale: RatingScale,
    series: Sequence[_Series],
    palette: Palette,
    wide: float,
    top: float,
) -> float:
    radius = wide / 2 - 26
    x, y = wide / 2, top + radius + 8
    drawing.move_to(x, y)
    _draw_web(drawing, axes, scale, series, palette, radius)
    drawing.move_to(0, 0)
    numbers = [
        {
            "x": x + (radius + 16) * math.cos(angle),
            "y": y + (radius + 16) * math.sin(angle) + 4.5,
            "text": str(number),
        }
        for number, angle in enumerate(_angles(len(axes)), start=1)
    ]
    drawing.texts("number", numbers, Type(_LABEL, palette.ink, 600), "center")
    at = y + radius + 46
    for number, axis in enumerate(axes, start=1):
        text = wrapped(axis.label, _LABEL, wide - 26)
        drawing.texts(
            "number",
            [{"x": 16, "y": at, "text": str(number)}],
            Type(_LABEL, palette.ink, 600),
            "right",
        )
        type_ = Type(_LABEL, palette.ink, line_height=_LEADING)
        drawing.texts("label", [{"x": 24, "y": at, "text": text}], type_)
        at += _LEADING * len(text) + 5
    return at - 12


def _draw_web(
    web: Drawing,
    axes: Sequence[RadarAxis],
    scale: RatingScale,
    series: Sequence[_Series],
    palette: Palette,
    radius: float,
) -> None:
    """The radar itself around the origin, which is the lowest point of the scale."""
    web.scale("across", (-1, 1), (-radius, radius))
    angles = _angles(len(axes))
    reach = scale.highest - scale.lowest

    def at(index: int, value: float | None) -> Point:
        if value is None:
            return {"x": None, "y": None}
        share = (value - scale.lowest) / reach
        return {"x": share * math.cos(angles[index]), "y": share * math.sin(angles[index])}

    def around(values: Sequence[float | None]) -> list[Point]:
        points = [at(index, value) for index, value in enumerate(values)]
        return [*points, points[0]]

    thin = Paint(stroke=palette.line, stroke_width=1)
    rings = [around([point] * len(axes)) for point in scale.points[1:]]
    for ring in rings:
        web.path("ring", ring, thin, "across", "across")
    tips = [at(index, scale.highest) for index in range(len(axes))]
    spokes = [{"x": 0, "y": 0, "x2": tip["x"], "y2": tip["y"]} for tip in tips]
    web.rules("spoke", spokes, thin, "across", "across")
    for each in series:
        if each.name == "after" and None not in each.values:
            tint = Paint(fill=palette.after, opacity=0.1)
            web.path("area", around(each.values), tint, "across", "across")
        web.path(f"{each.name}-line", around(each.values), each.line, "across", "across")
    for each in series:
        marks = [at(index, value) for index, value in enumerate(each.values) if value is not None]
        web.symbols(each.name, marks, each.shape, each.radius, each.mark, "across", "across")
    ticks: list[Point] = [
        {"x": -6, "y": -radius * (point - scale.lowest) / reach - 5, "text": str(point)}
        for point in scale.points
    ]
    web.texts("tick", ticks, Type(_TICK, palette.muted), "right")


def _description(axes: Sequence[RadarAxis], scale: RatingScale, words: RadarWords) -> str:
    names = (
        (words.after, _any(axis.after for axis in axes)),
        (words.before, _any(axis.before for axis in axes)),
        (words.own, _any(axis.own for axis in axes)),
    )
    shown = [clean(name) for name, is_shown in names if is_shown]
    return words.described(len(axes), scale, shown)
