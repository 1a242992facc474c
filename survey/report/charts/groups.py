"""One competency, group by group: before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from survey.report.charts.lines import LegendWords, Line, LinesPicture
from survey.report.charts.palette import ON_SCREEN, Palette
from survey.report.charts.rating_scale import RatingScale
from survey.report.charts.svg import Naming
from survey.report.charts.words import figure, signed

WIDE = 680
NARROW = 320


@dataclass(frozen=True)
class GroupRow:
    """One group of raters: how many answered and their mean, before and after.

    `change_text` is what the tables say about the change where it is not after minus before.
    """

    label: str
    n_before: int | None
    n_after: int | None
    before: float | None
    after: float | None
    change_text: str | None = None


@dataclass(frozen=True)
class GroupWords:
    """What the legend calls the marks, and what stands beside a group that is not shown."""

    before: str = "Before"
    after: str = "After"
    withheld: str = "not shown"


def groups(
    rows: Sequence[GroupRow],
    scale: RatingScale,
    *,
    title: str,
    prefix: str,
    description: str | None = None,
    palette: Palette = ON_SCREEN,
    font: str | None = None,
    narrow: bool = False,
    width: float | None = None,
    words: GroupWords = GroupWords(),
) -> str:
    """An SVG with one line per group, in the given order; arguments as for `dumbbells`."""
    compared = any(row.before is not None or row.n_before is not None for row in rows)
    picture = LinesPicture(
        [_line(row, scale, words, compared) for row in rows],
        scale,
        LegendWords(words.before, words.after, own="", band="", flag=""),
        palette,
        width=width or (NARROW if narrow else WIDE),
        narrow=narrow,
        compact=True,
    )
    described = _description(rows, scale) if description is None else description
    naming = Naming(prefix, title, described, "narrow" if narrow else "wide")
    return picture.drawing.svg(picture.width, picture.height, naming, font)


def _line(row: GroupRow, scale: RatingScale, words: GroupWords, compared: bool) -> Line:
    shown = row.before is not None or row.after is not None
    return Line(
        label=row.label,
        before=scale.checked(row.before),
        after=scale.checked(row.after),
        note=_note(row, compared) if shown else words.withheld,
        figure=_figure(row, compared) if shown else "–",
    )


def _note(row: GroupRow, compared: bool) -> str:
    before, after = ("–" if n is None else str(n) for n in (row.n_before, row.n_after))
    if before == after == "–":
        return ""
    return f"n {before} → {after}" if compared else f"n {after}"


def _figure(row: GroupRow, compared: bool) -> str:
    if row.change_text is not None:
        return row.change_text
    if compared:
        both = row.before is not None and row.after is not None
        return signed((row.after or 0) - (row.before or 0)) if both else "–"
    return "–" if row.after is None else figure(row.after)


def _description(rows: Sequence[GroupRow], scale: RatingScale) -> str:
    ends = f"on a scale from {scale.lowest} to {scale.highest}"
    parts = [
        f"{row.label} {' to '.join(figure(v) for v in (row.before, row.after) if v is not None)}"
        for row in rows
        if row.before is not None or row.after is not None
    ]
    return f"Means {ends}: {', '.join(parts)}." if parts else f"No group has means {ends}."
