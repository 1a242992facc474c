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
from survey.report.wording import NOT_SHOWN, Wording, in_pieces


def facts(
    report: FeedbackReport, words: Wording, mentor_name: str, created_on: dt.date
) -> list[list[str]]:
    """Pairs of what and which: the rounds with their days, the mentor, the day of the file."""
    found = []
    if report.compared_kind and report.compared_closed_on:
        found.append([words.round_name(report.compared_kind), words.day(report.compared_closed_on)])
    found.append([words.round_name(report.kind), words.day(report.closed_on)])
    found.append([words.gettext("Mentor"), printable(mentor_name)])
    found.append([words.gettext("This copy made"), words.day(created_on)])
    return found


def goal_panel(report: FeedbackReport, words: Wording) -> dict[str, Any] | None:
    """The goal, how its competencies moved against the others, and its measures of success."""
    goal = report.goal
    if goal is None:
        return None
    linked = [c for c in report.competencies if c.goal_linked]
    named = words.listed([words.name(c.title) for c in linked if c.not_compared is None])
    if left_out := [words.name(c.title) for c in linked if c.not_compared is not None]:
        # The figures below are of the others alone.
        apart = words.gettext("not compared: %(names)s", names=words.listed(left_out))
        named = words.in_turn([named, apart] if named else [apart])
    return {
        "statement": literal(goal.statement),
        "competencies": printable(named),
        "movement": list(_movement(report, words)),
        "reached_when": literal(goal.success_measures)
        if goal.success_measures and not goal.attainment
        else None,
        "attainment": _attainment(goal.attainment, words) if goal.attainment else None,
    }


def _movement(report: FeedbackReport, words: Wording) -> Iterator[dict[str, str]]:
    """Three figures with their intervals: the goal's competencies, the others, the difference."""
    if not report.shows_movement:
        return
    moved = report.goal_movement
    its, the_others = words.gettext("Its competencies"), words.gettext("The others")
    if moved is None:
        for label, mean in ((its, report.goal_change), (the_others, report.other_change)):
            if mean.value is not None:
                yield _figure(label, mean, None, words)
        return
    for label, tested in ((its, moved.linked), (the_others, moved.others)):
        if tested is not None:
            yield _figure(label, Change(tested.difference, tested.bound), tested, words)
    if moved.contrast is not None:
        difference = Change(moved.contrast.difference, moved.contrast.bound)
        yield _figure(words.gettext("Difference"), difference, moved.contrast, words) | {
            "words": contrast_verdict(moved, words, short=True)
        }


def _figure(
    label: str, mean: Change, tested: TestedChange | None, words: Wording
) -> dict[str, str]:
    ends = None
    if tested is not None and tested.low is not None and tested.high is not None:
        ends = (tested.low, tested.high)
    return {
        "label": label,
        "value": words.change(mean.value, mean.bound),
        "interval": words.interval(ends) if ends else "",
        "words": "",
    }


def _attainment(attainment: GoalAttainment, words: Wording) -> dict[str, Any]:
    return {
        "columns": [
            words.gettext("Measure of success"),
            words.gettext("At the start"),
            words.gettext("Now"),
        ],
        "measures": [
            {
                "statement": printable(measure.statement),
                "start": _level(measure.baseline, words),
                "now": _level(measure.attained, words),
                "text": ""
                if measure.attained is None
                else printable(measure.text_of(measure.attained)),
            }
            for measure in attainment.measures
        ],
        "scores": _scores(attainment, words),
        "meaning": _meaning(attainment, words),
    }


def _scores(attainment: GoalAttainment, words: Wording) -> list[dict[str, object]]:
    """The T scores in a sentence; nothing where there is none."""
    start, now = attainment.t_baseline, attainment.t_now
    if start is not None and now is not None:
        said = words.gettext("Goal attainment, T score: {start} at the start, {now} now.")
    elif start is not None:
        said = words.gettext("Goal attainment, T score: {start} at the start.")
    elif now is not None:
        said = words.gettext("Goal attainment, T score: {now} now.")
    else:
        return []
    return in_pieces(said, {"start": words.rating(start), "now": words.rating(now)})


def _meaning(attainment: GoalAttainment, words: Wording) -> str:
    """What the score means, and over which measures it is, where not over all."""
    said = words.gettext("50 means as expected on the whole; ten points are about one level.")
    counted, all_ = len(attainment.counted), len(attainment.measures)
    if counted == all_:
        return said
    if attainment.t_baseline is not None and attainment.t_now is not None:
        which = words.ngettext(
            "It counts %(counted)s of %(num)s measure: what is rated both times.",
            "It counts %(counted)s of %(num)s measures: what is rated both times.",
            all_,
            counted=counted,
        )
    else:
        which = words.ngettext(
            "It counts %(counted)s of %(num)s measure: what is rated.",
            "It counts %(counted)s of %(num)s measures: what is rated.",
            all_,
            counted=counted,
        )
    return f"{said} {which}"


def _level(level: int | None, words: Wording) -> str:
    return NOT_SHOWN if level is None else words.gettext(LEVEL_NAMES[level])
