"""The title block and the goal of the PDF's first page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from survey.anonymity.change_figures import TestedChange
from survey.mentoring.attainment import LEVEL_NAMES, GoalAttainment
from survey.report.feedback_report import Change, FeedbackReport
from survey.report.pdf.texts import literal, printable
from survey.report.story import contrast_verdict
from survey.report.wording import change, interval, listed, rating, round_word


def facts(report: FeedbackReport, mentor_name: str, created_on: dt.date) -> list[list[str]]:
    """Pairs of what and which: the rounds with their days, the mentor, the day of the file."""
    found = []
    if report.compared_kind and report.compared_closed_on:
        found.append([f"{round_word(report.compared_kind)} round", _day(report.compared_closed_on)])
    found.append([f"{round_word(report.kind)} round", _day(report.closed_on)])
    found.append(["Mentor", printable(mentor_name)])
    found.append(["This copy made", _day(created_on)])
    return found


def goal_panel(report: FeedbackReport) -> dict[str, Any] | None:
    """The goal, how its competencies moved against the others, and its measures of success."""
    goal = report.goal
    if goal is None:
        return None
    linked = [c.title for c in report.competencies if c.goal_linked]
    return {
        "statement": literal(goal.statement),
        "competencies": printable(listed(linked)),
        "movement": list(_movement(report)),
        "reached_when": literal(goal.success_measures)
        if goal.success_measures and not goal.attainment
        else None,
        "attainment": _attainment(goal.attainment) if goal.attainment else None,
    }


def _movement(report: FeedbackReport) -> Iterator[dict[str, str]]:
    """Three figures with their intervals: the goal's competencies, the others, the difference."""
    if not report.shows_movement:
        return
    moved = report.goal_movement
    if moved is None:
        for label, mean in (
            ("Its competencies", report.goal_change),
            ("The others", report.other_change),
        ):
            if mean.value is not None:
                yield _figure(label, mean, None)
        return
    for label, tested in (("Its competencies", moved.linked), ("The others", moved.others)):
        if tested is not None:
            yield _figure(label, Change(tested.difference, tested.bound), tested)
    if moved.contrast is not None:
        difference = Change(moved.contrast.difference, moved.contrast.bound)
        yield _figure("Difference", difference, moved.contrast) | {
            "words": contrast_verdict(moved).removesuffix(" than the others")
        }


def _figure(label: str, mean: Change, tested: TestedChange | None) -> dict[str, str]:
    ends = None
    if tested is not None and tested.low is not None and tested.high is not None:
        ends = (tested.low, tested.high)
    return {
        "label": label,
        "value": change(mean.value, mean.bound),
        "interval": interval(ends) if ends else "",
        "words": "",
    }


def _attainment(attainment: GoalAttainment) -> dict[str, Any]:
    return {
        "measures": [
            {
                "statement": printable(measure.statement),
                "start": _level(measure.baseline),
                "now": _level(measure.attained),
                "text": ""
                if measure.attained is None
                else printable(measure.text_of(measure.attained)),
            }
            for measure in attainment.measures
        ],
        "t_start": _t(attainment.t_baseline),
        "t_now": _t(attainment.t_now),
        "t_words": _counted(attainment),
    }


def _counted(attainment: GoalAttainment) -> str:
    """Over which measures the T scores are, where not over all."""
    counted, all_ = len(attainment.counted), len(attainment.measures)
    if counted == all_:
        return ""
    both = attainment.t_baseline is not None and attainment.t_now is not None
    return f"It counts {counted} of {all_} measures: what is rated{' both times' if both else ''}."


def _level(level: int | None) -> str:
    return "–" if level is None else LEVEL_NAMES[level]


def _t(score: float | None) -> str:
    return "" if score is None else rating(score)


def _day(value: dt.date) -> str:
    return f"{value.day} {value:%B %Y}"
