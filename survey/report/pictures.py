"""The report's large pictures, drawn from the report's figures, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from survey.report.charts.dumbbells import (
    DumbbellCounts,
    DumbbellRow,
    DumbbellWords,
    dumbbells,
)
from survey.report.charts.palette import ON_SCREEN, Palette
from survey.report.charts.radar import FEWEST, MOST, RadarAxis, RadarWords, radar
from survey.report.charts.rating_scale import RatingScale
from survey.report.charts.trend import TrendCounts, TrendPanel, TrendWords, trend
from survey.report.feedback_report import ALL_RATERS, CompetencyReport, FeedbackReport
from survey.report.wording import Wording


def overview_picture(
    report: FeedbackReport,
    words: Wording,
    *,
    palette: Palette = ON_SCREEN,
    font: str | None = None,
    narrow: bool = False,
) -> str | None:
    """Every competency before and after, the strongest rise first, as SVG.

    In a report on one round: the others' view and the self-view, the highest first. None when no
    competency has a figure.
    """
    rows = [_dumbbell(report, c, words) for c in _in_order(report)]
    if not any(row.after is not None or row.own is not None for row in rows):
        return None
    return dumbbells(
        rows,
        _scale(report),
        title=words.gettext("All competencies before and after, with the range of the change")
        if report.shows_movement
        else words.gettext("All competencies: the others’ view and the self-view"),
        prefix=_prefix("overview", narrow),
        palette=palette,
        font=font,
        narrow=narrow,
        words=DumbbellWords(
            before=_all_raters(start_side(report), words),
            after=_all_raters(end_side(report), words),
            own=words.gettext("Self-view"),
            band=words.gettext("Range of the true change"),
            goal=words.gettext("Linked to the goal"),
            described=partial(_dumbbells_in_words, words),
        ),
        to_left=words.to_left,
    )


def radar_picture(
    report: FeedbackReport,
    words: Wording,
    *,
    palette: Palette = ON_SCREEN,
    font: str | None = None,
    narrow: bool = False,
) -> str | None:
    """The same as a radar, in the framework's order; None with too few or too many competencies."""
    axes = [
        RadarAxis(
            c.title,
            after=_end(c),
            before=c.start.value if c.start else None,
            own=c.self_after,
        )
        for c in report.competencies
        if _end(c) is not None
    ]
    if not FEWEST <= len(axes) <= MOST:
        return None
    return radar(
        axes,
        _scale(report),
        title=words.gettext("The competencies as a radar"),
        prefix=_prefix("radar", narrow),
        palette=palette,
        font=font,
        narrow=narrow,
        words=RadarWords(
            after=_all_raters(end_side(report), words),
            before=_all_raters(start_side(report), words),
            own=words.gettext("Self-view"),
            described=partial(_radar_in_words, words),
        ),
        to_left=words.to_left,
    )


def trend_picture(
    report: FeedbackReport,
    words: Wording,
    *,
    palette: Palette = ON_SCREEN,
    font: str | None = None,
    narrow: bool = False,
) -> str | None:
    """How each competency went over three or more rounds; None with fewer."""
    if report.trend is None:
        return None
    titles = {c.id: c.title for c in report.competencies}
    panels = [
        TrendPanel(
            titles[c.id],
            others=tuple(mean.value if mean else None for mean in c.others),
            own=c.own,
        )
        for c in report.trend.competencies
        if any(c.others) or any(own is not None for own in c.own)
    ]
    if not panels:
        return None
    return trend(
        panels,
        [f"{words.side(r.kind)}\n{words.short_month(r.closed_on)}" for r in report.trend.rounds],
        _scale(report),
        title=words.gettext("The competencies over the rounds"),
        prefix=_prefix("trend", narrow),
        palette=palette,
        font=font,
        narrow=narrow,
        words=TrendWords(
            others=words.group(ALL_RATERS),
            own=words.gettext("Self-view"),
            figure=words.points,
            described=partial(_trend_in_words, words),
        ),
        to_left=words.to_left,
    )


def start_side(report: FeedbackReport) -> str:
    """The earlier side of the movement, for `Wording.side`."""
    return report.compared_kind or "back_then"


def end_side(report: FeedbackReport) -> str:
    """The later side."""
    return report.kind if report.has_change else "now"


def _all_raters(side: str, words: Wording) -> str:
    return words.gettext("%(side)s, all raters", side=words.side(side))


def _dumbbells_in_words(words: Wording, counts: DumbbellCounts) -> str:
    ends = {"lowest": counts.lowest, "highest": counts.highest}
    if not counts.compared:
        return words.ngettext(
            "%(num)s line on a scale from %(lowest)s to %(highest)s.",
            "%(num)s lines on a scale from %(lowest)s to %(highest)s.",
            counts.lines,
            **ends,
        )
    return words.ngettext(
        "%(num)s line on a scale from %(lowest)s to %(highest)s: of %(compared)s that can be "
        "compared, %(higher)s are higher than before, %(lower)s lower, %(same)s the same.",
        "%(num)s lines on a scale from %(lowest)s to %(highest)s: of %(compared)s that can be "
        "compared, %(higher)s are higher than before, %(lower)s lower, %(same)s the same.",
        counts.lines,
        compared=counts.compared,
        higher=counts.higher,
        lower=counts.lower,
        same=counts.same,
        **ends,
    )


def _radar_in_words(
    words: Wording, spokes: int, scale: RatingScale, outlines: Sequence[str]
) -> str:
    return words.ngettext(
        "%(num)s competency around a centre, which is %(lowest)s; the rim is %(highest)s. "
        "Outlines: %(outlines)s.",
        "%(num)s competencies around a centre, which is %(lowest)s; the rim is %(highest)s. "
        "Outlines: %(outlines)s.",
        spokes,
        lowest=scale.lowest,
        highest=scale.highest,
        outlines=words.in_turn(outlines),
    )


def _trend_in_words(words: Wording, counts: TrendCounts) -> str:
    return words.ngettext(
        "%(num)s competency over %(rounds)s rounds, %(first)s to %(last)s, on a scale from "
        "%(lowest)s to %(highest)s: the others rate %(higher)s higher at the end, %(lower)s lower.",
        "%(num)s competencies over %(rounds)s rounds, %(first)s to %(last)s, on a scale from "
        "%(lowest)s to %(highest)s: the others rate %(higher)s higher at the end, %(lower)s lower.",
        counts.panels,
        rounds=counts.rounds,
        first=counts.first,
        last=counts.last,
        lowest=counts.lowest,
        highest=counts.highest,
        higher=counts.higher,
        lower=counts.lower,
    )


def _in_order(report: FeedbackReport) -> Sequence[CompetencyReport]:
    if not report.shows_movement:
        return sorted(report.competencies, key=lambda c: -(c.all_after or 0.0))
    moved = report.by_movement
    return [*moved, *(c for c in report.competencies if c not in moved)]


def _dumbbell(report: FeedbackReport, competency: CompetencyReport, words: Wording) -> DumbbellRow:
    low, high = competency.interval or (None, None)
    movement = competency.movement
    return DumbbellRow(
        label=competency.title,
        before=competency.start.value if competency.start else None,
        after=_end(competency),
        change_low=low,
        change_high=high,
        own=competency.self_after,
        goal_linked=competency.goal_linked,
        verdict=words.verdict(competency.verdict)
        if report.shows_movement and competency.verdict
        else "",
        change_text=words.change(movement.value, movement.bound)
        if report.shows_movement
        else words.rating(competency.all_after, competency.all_after_bound),
    )


def _end(competency: CompetencyReport) -> float | None:
    """Where the movement ends; where there is none, how the others rate it now."""
    return competency.end.value if competency.end else competency.all_after


def _scale(report: FeedbackReport) -> RatingScale:
    (lowest, lowest_label), (highest, highest_label) = report.scale[0], report.scale[-1]
    return RatingScale(lowest, highest, lowest_label, highest_label)


def _prefix(name: str, narrow: bool) -> str:
    return f"{name}-narrow" if narrow else name
