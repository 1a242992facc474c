"""The report in a few sentences, made from its numbers.

A sentence is only said when the numbers bear it: a direction where the verdict or a bound settles
it, "can be chance" where it does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from survey.change.self_other import SelfOther
from survey.change.verdict import Verdict
from survey.frameworks.rater_groups import SELF
from survey.report.feedback_report import CompetencyReport, FeedbackReport, GoalMovement
from survey.report.rounding import one_decimal
from survey.report.wording import change, interval, listed, rating


@dataclass(frozen=True)
class Story:
    """A headline and three to five sentences."""

    headline: str
    sentences: tuple[str, ...]


_RISES = (Verdict.CLEAR_RISE, Verdict.LIKELY_RISE)
_FALLS = (Verdict.CLEAR_FALL, Verdict.LIKELY_FALL)
# How many competencies a sentence names beside the first.
_MOST_NAMED = 2


def tell(report: FeedbackReport) -> Story:
    """Tell what the report says."""
    if not report.shows_movement:
        return _of_one_round(report)
    moved = report.by_movement
    if not moved:
        return Story(
            "The two rounds cannot be compared",
            ("No group is shown with figures in both of them.", *_self_and_others(report)),
        )
    return Story(
        _headline(moved),
        (
            *_rises(moved),
            *_falls(moved),
            *_self_and_others(report),
            *_goal(report),
            *_how_sure(report),
        ),
    )


# The movement.


def _headline(moved: Sequence[CompetencyReport]) -> str:
    counts = {verdict: sum(c.verdict is verdict for c in moved) for verdict in Verdict}
    named = [v for v in (*_RISES, *_FALLS) if counts[v]]
    if len(named) == 1 and counts[named[0]] == len(moved) > 1:
        return f"A {named[0]} in all {_competencies(len(moved))}"
    if named:
        parts = listed([f"a {verdict} in {counts[verdict]}" for verdict in named])
        return f"{parts[0].upper()}{parts[1:]} of {_competencies(len(moved))}"
    if counts[Verdict.NO_CLEAR_CHANGE]:
        return "No clear change"
    higher = [c for c in moved if _direction(c) > 0]
    lower = [c for c in moved if _direction(c) < 0]
    numbers = f"{len(higher)} of {_competencies(len(moved))} rated higher, {len(lower)} lower"
    if any(c.verdict is Verdict.TOO_FEW for c in moved):
        return f"{numbers}: too few answers to say more"
    return numbers


def _rises(moved: Sequence[CompetencyReport]) -> list[str]:
    risen = [c for c in moved if _direction(c) > 0]
    if not risen:
        return ["No competency rose."]
    first, *others = risen
    said = f"{first.title} rose most, {_from_to(first)}{_certainty(first)}."
    if len(moved) == 1:
        said = said.replace(" rose most,", " rose,")
    sure = [c for c in others if c.verdict in _RISES][:_MOST_NAMED]
    if sure:
        named = listed([f"{c.title} ({_change(c)})" for c in sure])
        said += f" {named} rose too."
    return [said]


def _falls(moved: Sequence[CompetencyReport]) -> list[str]:
    fallen = sorted((c for c in moved if _direction(c) < 0), key=lambda c: c.movement.value or 0.0)
    settled = [c for c in fallen if c.verdict in _FALLS]
    if settled:
        first, *others = settled
        said = f"{first.title} fell, {_from_to(first)}{_certainty(first)}."
        if others:
            named = listed([f"{c.title} ({_change(c)})" for c in others[:_MOST_NAMED]])
            said += f" {named} fell too."
        return [said]
    if fallen:
        return [f"{fallen[0].title} went down most, {_from_to(fallen[0])}{_certainty(fallen[0])}."]
    if len(moved) > 1 and all(_direction(c) >= 0 for c in moved):
        return ["No competency fell."]
    return []


def _direction(competency: CompetencyReport) -> int:
    """1 for a rise, -1 for a fall, 0 for neither: not even a tenth of a point, or not settled."""
    if competency.verdict in _RISES:
        return 1
    if competency.verdict in _FALLS:
        return -1
    value, bound = competency.movement.value, competency.movement.bound
    if value is None or not one_decimal(value) or bound == "about":
        return 0
    if value > 0:
        return 0 if bound == "at_most" else 1
    return 0 if bound == "at_least" else -1


def _from_to(competency: CompetencyReport) -> str:
    start, end = competency.start, competency.end
    if start is None or end is None:
        return _change(competency)
    return (
        f"from {rating(start.value, start.bound)} to {rating(end.value, end.bound)} "
        f"({_change(competency)})"
    )


def _change(competency: CompetencyReport) -> str:
    return change(competency.movement.value, competency.movement.bound)


def _certainty(competency: CompetencyReport) -> str:
    verdict = competency.verdict
    if verdict in (*_RISES, *_FALLS):
        return f": a {verdict}"
    if verdict is Verdict.NO_CLEAR_CHANGE:
        return ", which can be chance"
    return ""


def _how_sure(report: FeedbackReport) -> list[str]:
    intervals = [ends for c in report.competencies if (ends := c.interval) is not None]
    if intervals:
        reach = median((high - low) / 2 for low, high in intervals)
        return [
            f"The answers pin a change down to about ±{one_decimal(reach)} points; "
            "a smaller one can hide behind chance."
        ]
    if report.change_figures is None:
        return ["Differences of means; with few raters a small one can be chance."]
    return [
        "So few answers cannot tell a change from chance, whatever they say: take the differences "
        "as views to talk about."
    ]


# Self-view and others' view.


def _self_and_others(report: FeedbackReport) -> list[str]:
    seen = [
        c
        for c in report.competencies
        if c.self_other is not None and c.all_after_bound in ("exact", "at_most", "at_least")
    ]
    blind = [c for c in seen if c.self_other and c.self_other.kind is SelfOther.BLIND_SPOT]
    hidden = [c for c in seen if c.self_other and c.self_other.kind is SelfOther.HIDDEN_STRENGTH]
    if blind:
        c = max(blind, key=lambda c: c.self_gap or 0.0)
        return [f"The biggest blind spot is {c.title}: {_both_views(c)}."]
    if hidden:
        c = min(hidden, key=lambda c: c.self_gap or 0.0)
        return [
            f"There is no blind spot; the biggest hidden strength is {c.title}: {_both_views(c)}."
        ]
    return ["Self-view and others’ view lie close together throughout."] if seen else []


def _both_views(competency: CompetencyReport) -> str:
    return (
        f"self-view {rating(competency.self_after)}, "
        f"others {rating(competency.all_after, competency.all_after_bound)}"
    )


# The goal.


def _goal(report: FeedbackReport) -> list[str]:
    linked, others = report.goal_change, report.other_change
    if linked.value is None:
        return []
    movement = report.goal_movement
    if movement is not None and movement.linked is not None:
        mean = change(movement.linked.difference, movement.linked.bound)
    else:
        mean = change(linked.value, linked.bound)
    said = f"The competencies linked to the goal moved by {mean} points on average"
    if others.value is None:
        return [f"{said}."]
    if movement is None or movement.others is None:
        return [f"{said}, the others by {change(others.value, others.bound)}."]
    return [
        f"{said}, the others by {change(movement.others.difference, movement.others.bound)}: "
        f"{contrast_words(movement)}."
    ]


def contrast_words(movement: GoalMovement) -> str:
    """Whether the goal's competencies moved more than the others, and how sure that is."""
    contrast = movement.contrast
    said = contrast_verdict(movement)
    if contrast is None or contrast.low is None or contrast.high is None:
        return said
    return (
        f"{said} ({change(contrast.difference, contrast.bound)}, "
        f"interval {interval((contrast.low, contrast.high))})"
    )


def contrast_verdict(movement: GoalMovement) -> str:
    """The same without the numbers."""
    if movement.contrast is None:
        return "the two cannot be compared"
    if movement.verdict is Verdict.TOO_FEW:
        return "too few answers to say whether that differs"
    more = "more" if movement.contrast.difference > 0 else "less"
    if movement.verdict.is_clear:
        return f"clearly {more} than the others"
    if movement.verdict in (*_RISES, *_FALLS):
        return f"probably {more} than the others"
    return "the difference between them can be chance"


# A round by itself.


def _of_one_round(report: FeedbackReport) -> Story:
    rated = sorted(
        (c for c in report.competencies if c.all_after is not None), key=lambda c: c.all_after or 0
    )
    if not rated:
        return Story("What the answers say", tuple(_self_and_others(report)))
    low, high = rated[0], rated[-1]
    sentences = []
    if len(rated) > 1:
        sentences.append(
            f"The others rate {high.title} highest ({_level(high)}) and {low.title} lowest "
            f"({_level(low)})."
        )
    sentences += _self_and_others(report)
    linked = [c.all_after for c in rated if c.goal_linked and c.all_after is not None]
    rest = [c.all_after for c in rated if not c.goal_linked and c.all_after is not None]
    if linked and rest:
        sentences.append(
            "The competencies linked to the goal stand at "
            f"{rating(sum(linked) / len(linked))} on average, the others at "
            f"{rating(sum(rest) / len(rest))}."
        )
    groups = [g for g in report.groups if g.key != SELF.key and g.n_after]
    raters = sum(group.n_after or 0 for group in groups)
    sentences.append(
        f"This rests on the answers of {raters} {'rater' if raters == 1 else 'raters'}"
        + (f" in {len(groups)} groups." if len(groups) > 1 else ".")
    )
    if len(rated) == 1:
        return Story(f"{high.title} stands at {_level(high)}", tuple(sentences))
    return Story(f"Strongest in {high.title}, most room in {low.title}", tuple(sentences))


def _level(competency: CompetencyReport) -> str:
    return rating(competency.all_after, competency.all_after_bound)


def _competencies(number: int) -> str:
    return f"{number} {'competency' if number == 1 else 'competencies'}"
