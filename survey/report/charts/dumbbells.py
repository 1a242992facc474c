"""The report's first picture: every competency before and after, with how sure the change is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from survey.report.charts.lines import LegendWords, Line, LinesPicture
from survey.report.charts.palette import ON_SCREEN, Palette
from survey.report.charts.rating_scale import RatingScale
from survey.report.charts.svg import Naming
from survey.report.charts.words import figure, signed

WIDE = 880
NARROW = 320


@dataclass(frozen=True)
class DumbbellRow:
    """One competency; all values are points of the scale, None where there is nothing to show.

    `change_low` and `change_high` bound the change. `change_text` is what the tables say about the
    change where that is not simply after minus before: a bound, or groups that differ.
    """

    label: str
    before: float | None
    after: float | None
    change_low: float | None
    change_high: float | None
    own: float | None
    goal_linked: bool
    verdict: str
    change_text: str | None = None


@dataclass(frozen=True)
class DumbbellCounts:
    """What a description tells: how many lines, the scale's ends, and where the lines go.

    `compared` are the lines with a change; the others are in none of the three counts.
    """

    lines: int
    lowest: int
    highest: int
    compared: int
    higher: int
    lower: int

    @property
    def same(self) -> int:
        """How many are neither higher nor lower, at one decimal."""
        return self.compared - self.higher - self.lower


def described(counts: DumbbellCounts) -> str:
    """The picture in words."""
    ends = f"on a scale from {counts.lowest} to {counts.highest}"
    if not counts.compared:
        return f"{counts.lines} lines {ends}."
    return (
        f"{counts.lines} lines {ends}: of {counts.compared} that can be compared, "
        f"{counts.higher} are higher than before, {counts.lower} lower, {counts.same} the same."
    )


@dataclass(frozen=True)
class DumbbellWords:
    """What the legend calls the marks, and how the picture is described."""

    before: str = "Before"
    after: str = "After"
    own: str = "Own view"
    band: str = "Likely range of the change"
    goal: str = "Linked to the goal"
    described: Callable[[DumbbellCounts], str] = described


def dumbbells(
    rows: Sequence[DumbbellRow],
    scale: RatingScale,
    *,
    title: str,
    prefix: str,
    description: str | None = None,
    palette: Palette = ON_SCREEN,
    font: str | None = None,
    narrow: bool = False,
    width: float | None = None,
    words: DumbbellWords = DumbbellWords(),
    to_left: bool = False,
) -> str:
    """An SVG with one line per row, in the given order.

    `prefix` begins the ids, so it must differ between the pictures of a page. Without `font` the
    texts have the font of the page. `to_left` is for readers from right to left. Raises ValueError
    for values that are not on the scale.
    """
    compared = any(row.before is not None for row in rows)
    picture = LinesPicture(
        [_line(row, scale, compared) for row in rows],
        scale,
        LegendWords(words.before, words.after, words.own, words.band, words.goal),
        palette,
        width=width or (NARROW if narrow else WIDE),
        narrow=narrow,
        to_left=to_left,
    )
    told = words.described(_counts(rows, scale)) if description is None else description
    naming = Naming(prefix, title, told, "narrow" if narrow else "wide")
    return picture.drawing.svg(picture.width, picture.height, naming, font)


def _line(row: DumbbellRow, scale: RatingScale, compared: bool) -> Line:
    before, after = scale.checked(row.before), scale.checked(row.after)
    return Line(
        label=row.label,
        before=before,
        after=after,
        own=scale.checked(row.own),
        band=_band(row, scale),
        flagged=row.goal_linked,
        figure=_figure(row, compared),
        remark=row.verdict,
    )


def _band(row: DumbbellRow, scale: RatingScale) -> tuple[float, float] | None:
    if row.before is None or row.change_low is None or row.change_high is None:
        return None
    low, high = sorted((row.change_low, row.change_high))
    band = scale.clipped(row.before + low), scale.clipped(row.before + high)
    return band if band[0] < band[1] else None


def _figure(row: DumbbellRow, compared: bool) -> str:
    if row.change_text is not None:
        return row.change_text
    if not compared:
        return "–" if row.after is None else figure(row.after)
    change = _change(row)
    return "–" if change is None else signed(change)


def _change(row: DumbbellRow) -> float | None:
    return None if row.before is None or row.after is None else row.after - row.before


def _counts(rows: Sequence[DumbbellRow], scale: RatingScale) -> DumbbellCounts:
    changes = [change for row in rows if (change := _change(row)) is not None]
    shown = [signed(change) for change in changes]
    return DumbbellCounts(
        len(rows),
        scale.lowest,
        scale.highest,
        compared=len(shown),
        higher=sum(text.startswith("+") for text in shown),
        lower=sum(text.startswith("−") for text in shown),
    )
