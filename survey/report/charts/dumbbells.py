"""The report's first picture: every competency before and after, with how sure the change is."""

from __future__ import annotations

from collections.abc import Sequence
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
class DumbbellWords:
    """What the legend calls the marks."""

    before: str = "Before"
    after: str = "After"
    own: str = "Own view"
    band: str = "Likely range of the change"
    goal: str = "Linked to the goal"


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
) -> str:
    """An SVG with one line per row, in the given order.

    `prefix` begins the ids, so it must differ between the pictures of a page. Without `font` the
    texts have the font of the page. Raises ValueError for values that are not on the scale.
    """
    compared = any(row.before is not None for row in rows)
    picture = LinesPicture(
        [_line(row, scale, compared) for row in rows],
        scale,
        LegendWords(words.before, words.after, words.own, words.band, words.goal),
        palette,
        width=width or (NARROW if narrow else WIDE),
        narrow=narrow,
    )
    described = _description(rows, scale) if description is None else description
    naming = Naming(prefix, title, described, "narrow" if narrow else "wide")
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


def _description(rows: Sequence[DumbbellRow], scale: RatingScale) -> str:
    ends = f"on a scale from {scale.lowest} to {scale.highest}"
    changes = [change for row in rows if (change := _change(row)) is not None]
    if not changes:
        return f"{len(rows)} lines {ends}."
    shown = [signed(change) for change in changes]
    higher = sum(text.startswith("+") for text in shown)
    lower = sum(text.startswith("−") for text in shown)
    return (
        f"{len(rows)} lines {ends}: of {len(shown)} that can be compared, {higher} are higher "
        f"than before, {lower} lower, {len(shown) - higher - lower} the same."
    )
