"""The report's large pictures, drawn from the report's figures."""

from __future__ import annotations

from collections.abc import Sequence

from survey.report.charts.dumbbells import DumbbellRow, DumbbellWords, dumbbells
from survey.report.charts.palette import ON_SCREEN, Palette
from survey.report.charts.radar import FEWEST, MOST, RadarAxis, RadarWords, radar
from survey.report.charts.rating_scale import RatingScale
from survey.report.charts.trend import TrendPanel, TrendWords, trend
from survey.report.feedback_report import CompetencyReport, FeedbackReport
from survey.report.wording import change, rating, round_word


def overview_picture(
    report: FeedbackReport,
    *,
    palette: Palette = ON_SCREEN,
    font: str | None = None,
    narrow: bool = False,
) -> str | None:
    """Every competency before and after, the strongest rise first, as SVG.

    In a report on one round: the others' view and the self-view, the highest first. None when no
    competency has a figure.
    """
    rows = [_dumbbell(report, c) for c in _in_order(report)]
    if not any(row.after is not None or row.own is not None for row in rows):
        return None
    return dumbbells(
        rows,
        _scale(report),
        title="All competencies before and after, with the range of the change"
        if report.shows_movement
        else "All competencies: the others’ view and the self-view",
        prefix=_prefix("overview", narrow),
        palette=palette,
        font=font,
        narrow=narrow,
        words=DumbbellWords(
            before=f"{start_word(report)}, all raters",
            after=f"{end_word(report)}, all raters",
            own="Self-view",
            band="Range of the true change",
            goal="Linked to the goal",
        ),
    )


def radar_picture(
    report: FeedbackReport,
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
        title="The competencies as a radar",
        prefix=_prefix("radar", narrow),
        palette=palette,
        font=font,
        narrow=narrow,
        words=RadarWords(
            after=f"{end_word(report)}, all raters",
            before=f"{start_word(report)}, all raters",
            own="Self-view",
        ),
    )


def trend_picture(
    report: FeedbackReport,
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
        [f"{round_word(r.kind)}\n{r.closed_on:%b %Y}" for r in report.trend.rounds],
        _scale(report),
        title="The competencies over the rounds",
        prefix=_prefix("trend", narrow),
        palette=palette,
        font=font,
        narrow=narrow,
        words=TrendWords(others="All raters", own="Self-view"),
    )


def start_word(report: FeedbackReport) -> str:
    """What the earlier side of the movement is called."""
    return round_word(report.compared_kind) if report.compared_kind else "Back then"


def end_word(report: FeedbackReport) -> str:
    """What the later side is called."""
    return round_word(report.kind) if report.has_change else "Now"


def _in_order(report: FeedbackReport) -> Sequence[CompetencyReport]:
    if not report.shows_movement:
        return sorted(report.competencies, key=lambda c: -(c.all_after or 0.0))
    moved = report.by_movement
    return [*moved, *(c for c in report.competencies if c not in moved)]


def _dumbbell(report: FeedbackReport, competency: CompetencyReport) -> DumbbellRow:
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
        verdict=str(competency.verdict or "") if report.shows_movement else "",
        change_text=change(movement.value, movement.bound)
        if report.shows_movement
        else rating(competency.all_after, competency.all_after_bound),
    )


def _end(competency: CompetencyReport) -> float | None:
    """Where the movement ends; where there is none, how the others rate it now."""
    return competency.end.value if competency.end else competency.all_after


def _scale(report: FeedbackReport) -> RatingScale:
    (lowest, lowest_label), (highest, highest_label) = report.scale[0], report.scale[-1]
    return RatingScale(lowest, highest, lowest_label, highest_label)


def _prefix(name: str, narrow: bool) -> str:
    return f"{name}-narrow" if narrow else name
