"""The report in a few sentences, made from its numbers, in the reader's language.

A sentence is only said when the numbers bear it: a direction where the verdict or a bound settles
it, "can be chance" where it does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from survey.change.self_other import SelfOther
from survey.change.verdict import Verdict
from survey.frameworks.rater_groups import SELF
from survey.languages.marks import N_
from survey.report.feedback_report import CompetencyReport, FeedbackReport, GoalMovement
from survey.report.rounding import one_decimal
from survey.report.wording import NOT_SHOWN, Wording, capitalized


@dataclass(frozen=True)
class Story:
    """A headline and three to six sentences."""

    headline: str
    sentences: tuple[str, ...]


_RISES = (Verdict.CLEAR_RISE, Verdict.LIKELY_RISE)
_FALLS = (Verdict.CLEAR_FALL, Verdict.LIKELY_FALL)
# How many competencies a sentence names beside the first.
_MOST_NAMED = 2


def tell(report: FeedbackReport, words: Wording) -> Story:
    """Tell what the report says."""
    if not report.shows_movement:
        return _of_one_round(report, words)
    moved = report.by_movement
    if not moved:
        return Story(
            words.gettext("The two rounds cannot be compared"),
            (
                words.gettext("No group is shown with figures in both of them."),
                *_left_out(report, words),
                *_self_and_others(report, words),
            ),
        )
    return Story(
        _headline(moved, words),
        (
            *_rises(moved, words),
            *_falls(moved, words),
            *_left_out(report, words),
            *_self_and_others(report, words),
            *_goal(report, words),
            *_how_sure(report, words),
        ),
    )


# The movement.

_IN_SOME = {
    Verdict.CLEAR_RISE: N_("a clear rise in %(count)s"),
    Verdict.LIKELY_RISE: N_("a likely rise in %(count)s"),
    Verdict.CLEAR_FALL: N_("a clear fall in %(count)s"),
    Verdict.LIKELY_FALL: N_("a likely fall in %(count)s"),
}


def _headline(moved: Sequence[CompetencyReport], words: Wording) -> str:
    counts = {verdict: sum(c.verdict is verdict for c in moved) for verdict in Verdict}
    named = [v for v in (*_RISES, *_FALLS) if counts[v]]
    if len(named) == 1 and counts[named[0]] == len(moved) > 1:
        return _in_all(named[0], len(moved), words)
    if named:
        parts = words.listed([words.gettext(_IN_SOME[v], count=counts[v]) for v in named])
        return capitalized(
            words.ngettext(
                "%(parts)s of %(num)s competency",
                "%(parts)s of %(num)s competencies",
                len(moved),
                parts=parts,
            )
        )
    if counts[Verdict.NO_CLEAR_CHANGE]:
        return words.gettext("No clear change")
    higher = sum(_direction(c) > 0 for c in moved)
    lower = sum(_direction(c) < 0 for c in moved)
    if any(c.verdict is Verdict.TOO_FEW for c in moved):
        return words.ngettext(
            "%(higher)s of %(num)s competency rated higher, %(lower)s lower: too few answers to "
            "say more",
            "%(higher)s of %(num)s competencies rated higher, %(lower)s lower: too few answers to "
            "say more",
            len(moved),
            higher=higher,
            lower=lower,
        )
    return words.ngettext(
        "%(higher)s of %(num)s competency rated higher, %(lower)s lower",
        "%(higher)s of %(num)s competencies rated higher, %(lower)s lower",
        len(moved),
        higher=higher,
        lower=lower,
    )


def _in_all(verdict: Verdict, number: int, words: Wording) -> str:
    if verdict is Verdict.CLEAR_RISE:
        return words.ngettext(
            "A clear rise in %(num)s competency", "A clear rise in all %(num)s competencies", number
        )
    if verdict is Verdict.LIKELY_RISE:
        return words.ngettext(
            "A likely rise in %(num)s competency",
            "A likely rise in all %(num)s competencies",
            number,
        )
    if verdict is Verdict.CLEAR_FALL:
        return words.ngettext(
            "A clear fall in %(num)s competency", "A clear fall in all %(num)s competencies", number
        )
    return words.ngettext(
        "A likely fall in %(num)s competency", "A likely fall in all %(num)s competencies", number
    )


# How sure a change is: settled, a good hint, perhaps chance, or nothing known of that.
_Sureness = Literal["clear", "likely", "chance", "unknown"]

_ROSE_MOST: dict[_Sureness, str] = {
    "clear": N_("%(title)s rose most, from %(start)s to %(end)s (%(change)s): a clear rise."),
    "likely": N_("%(title)s rose most, from %(start)s to %(end)s (%(change)s): a likely rise."),
    "chance": N_(
        "%(title)s rose most, from %(start)s to %(end)s (%(change)s), which can be chance."
    ),
    "unknown": N_("%(title)s rose most, from %(start)s to %(end)s (%(change)s)."),
}
_ROSE: dict[_Sureness, str] = {
    "clear": N_("%(title)s rose, from %(start)s to %(end)s (%(change)s): a clear rise."),
    "likely": N_("%(title)s rose, from %(start)s to %(end)s (%(change)s): a likely rise."),
    "chance": N_("%(title)s rose, from %(start)s to %(end)s (%(change)s), which can be chance."),
    "unknown": N_("%(title)s rose, from %(start)s to %(end)s (%(change)s)."),
}
_FELL: dict[_Sureness, str] = {
    "clear": N_("%(title)s fell, from %(start)s to %(end)s (%(change)s): a clear fall."),
    "likely": N_("%(title)s fell, from %(start)s to %(end)s (%(change)s): a likely fall."),
}
_WENT_DOWN: dict[_Sureness, str] = {
    "chance": N_(
        "%(title)s went down most, from %(start)s to %(end)s (%(change)s), which can be chance."
    ),
    "unknown": N_("%(title)s went down most, from %(start)s to %(end)s (%(change)s)."),
}


def _rises(moved: Sequence[CompetencyReport], words: Wording) -> list[str]:
    risen = [c for c in moved if _direction(c) > 0]
    if not risen:
        return [words.gettext("No competency rose.")]
    first, *others = risen
    said = _moved(_ROSE if len(moved) == 1 else _ROSE_MOST, first, words)
    sure = [c for c in others if c.verdict in _RISES][:_MOST_NAMED]
    if sure:
        too = words.ngettext(
            "%(names)s rose too.", "%(names)s rose too.", len(sure), names=_named(sure, words)
        )
        said = f"{said} {too}"
    return [said]


def _falls(moved: Sequence[CompetencyReport], words: Wording) -> list[str]:
    fallen = sorted((c for c in moved if _direction(c) < 0), key=lambda c: c.movement.value or 0.0)
    settled = [c for c in fallen if c.verdict in _FALLS]
    if settled:
        first, *others = settled
        said = _moved(_FELL, first, words)
        more = others[:_MOST_NAMED]
        if more:
            too = words.ngettext(
                "%(names)s fell too.", "%(names)s fell too.", len(more), names=_named(more, words)
            )
            said = f"{said} {too}"
        return [said]
    if fallen:
        return [_moved(_WENT_DOWN, fallen[0], words)]
    if len(moved) > 1 and all(_direction(c) >= 0 for c in moved):
        return [words.gettext("No competency fell.")]
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


def _sureness(competency: CompetencyReport) -> _Sureness:
    verdict = competency.verdict
    if verdict in (Verdict.CLEAR_RISE, Verdict.CLEAR_FALL):
        return "clear"
    if verdict in (Verdict.LIKELY_RISE, Verdict.LIKELY_FALL):
        return "likely"
    return "chance" if verdict is Verdict.NO_CLEAR_CHANGE else "unknown"


def _moved(said: Mapping[_Sureness, str], competency: CompetencyReport, words: Wording) -> str:
    """One of these sentences; what moved has a start and an end."""
    start, end = competency.start, competency.end
    return words.gettext(
        said[_sureness(competency)],
        title=words.name(competency.title),
        start=words.rating(start.value, start.bound) if start else NOT_SHOWN,
        end=words.rating(end.value, end.bound) if end else NOT_SHOWN,
        change=_change(competency, words),
    )


def _named(competencies: Sequence[CompetencyReport], words: Wording) -> str:
    return words.listed([f"{words.name(c.title)} ({_change(c, words)})" for c in competencies])


def _change(competency: CompetencyReport, words: Wording) -> str:
    return words.change(competency.movement.value, competency.movement.bound)


def _how_sure(report: FeedbackReport, words: Wording) -> list[str]:
    intervals = [ends for c in report.competencies if (ends := c.interval) is not None]
    if intervals:
        reach = median((high - low) / 2 for low, high in intervals)
        return [
            words.gettext(
                "The answers pin a change down to about ±%(points)s points; "
                "a smaller one can hide behind chance.",
                points=words.points(reach),
            )
        ]
    if report.change_figures is None:
        return [words.gettext("Differences of means; with few raters a small one can be chance.")]
    return [
        words.gettext(
            "So few answers cannot tell a change from chance, whatever they say: take the "
            "differences as views to talk about."
        )
    ]


def _left_out(report: FeedbackReport, words: Wording) -> list[str]:
    """What is not compared, since another version of the framework was asked."""
    number = len(report.left_out)
    if not number:
        return []
    said = words.ngettext(
        "%(num)s of %(all)s competencies is not compared, since other things were asked in the "
        "%(round)s.",
        "%(num)s of %(all)s competencies are not compared, since other things were asked in the "
        "%(round)s.",
        number,
        all=len(report.competencies),
        round=words.round_within(report.compared_kind or "before"),
    )
    linked = [words.name(c.title) for c in report.left_out if c.goal_linked]
    if linked:
        names = words.listed(linked)
        of_goal = words.gettext("Of those linked to the goal: %(names)s.", names=names)
        said = f"{said} {of_goal}"
    return [said]


# Self-view and others' view.


def _self_and_others(report: FeedbackReport, words: Wording) -> list[str]:
    seen = [
        c
        for c in report.competencies
        if c.self_other is not None and c.all_after_bound in ("exact", "at_most", "at_least")
    ]
    blind = [c for c in seen if c.self_other and c.self_other.kind is SelfOther.BLIND_SPOT]
    hidden = [c for c in seen if c.self_other and c.self_other.kind is SelfOther.HIDDEN_STRENGTH]
    if blind:
        c = max(blind, key=lambda c: c.self_gap or 0.0)
        return [
            words.gettext(
                "The biggest blind spot is %(title)s: self-view %(own)s, others %(others)s.",
                **_both_views(c, words),
            )
        ]
    if hidden:
        c = min(hidden, key=lambda c: c.self_gap or 0.0)
        return [
            words.gettext(
                "There is no blind spot; the biggest hidden strength is %(title)s: "
                "self-view %(own)s, others %(others)s.",
                **_both_views(c, words),
            )
        ]
    if not seen:
        return []
    return [words.gettext("Self-view and others’ view lie close together throughout.")]


def _both_views(competency: CompetencyReport, words: Wording) -> dict[str, str]:
    return {
        "title": words.name(competency.title),
        "own": words.rating(competency.self_after),
        "others": _level(competency, words),
    }


# The goal.


def _goal(report: FeedbackReport, words: Wording) -> list[str]:
    linked, others = report.goal_change, report.other_change
    if linked.value is None:
        return []
    movement = report.goal_movement
    if movement is not None and movement.linked is not None:
        mean = words.change(movement.linked.difference, movement.linked.bound)
    else:
        mean = words.change(linked.value, linked.bound)
    if others.value is None:
        return [
            words.gettext(
                "The competencies linked to the goal moved by %(linked)s points on average.",
                linked=mean,
            )
        ]
    if movement is None or movement.others is None:
        return [
            words.gettext(
                "The competencies linked to the goal moved by %(linked)s points on average, the "
                "others by %(others)s.",
                linked=mean,
                others=words.change(others.value, others.bound),
            )
        ]
    return [
        words.gettext(
            "The competencies linked to the goal moved by %(linked)s points on average, the "
            "others by %(others)s: %(verdict)s.",
            linked=mean,
            others=words.change(movement.others.difference, movement.others.bound),
            verdict=contrast_words(movement, words),
        )
    ]


def contrast_words(movement: GoalMovement, words: Wording) -> str:
    """Whether the goal's competencies moved more than the others, and how sure that is."""
    contrast = movement.contrast
    said = contrast_verdict(movement, words)
    if contrast is None or contrast.low is None or contrast.high is None:
        return said
    return words.gettext(
        "%(verdict)s (%(change)s, interval %(interval)s)",
        verdict=said,
        change=words.change(contrast.difference, contrast.bound),
        interval=words.interval((contrast.low, contrast.high)),
    )


def contrast_verdict(movement: GoalMovement, words: Wording, *, short: bool = False) -> str:
    """The same without the numbers; `short` where it stands beside the others' figure."""
    if movement.contrast is None:
        return words.gettext("the two cannot be compared")
    if movement.verdict is Verdict.TOO_FEW:
        return words.gettext("too few answers to say whether that differs")
    more = movement.contrast.difference > 0
    if movement.verdict.is_clear:
        if short:
            return words.gettext("clearly more") if more else words.gettext("clearly less")
        if more:
            return words.gettext("clearly more than the others")
        return words.gettext("clearly less than the others")
    if movement.verdict in (*_RISES, *_FALLS):
        if short:
            return words.gettext("probably more") if more else words.gettext("probably less")
        if more:
            return words.gettext("probably more than the others")
        return words.gettext("probably less than the others")
    return words.gettext("the difference between them can be chance")


# A round by itself.


def _of_one_round(report: FeedbackReport, words: Wording) -> Story:
    rated = sorted(
        (c for c in report.competencies if c.all_after is not None), key=lambda c: c.all_after or 0
    )
    if not rated:
        return Story(words.gettext("What the answers say"), tuple(_self_and_others(report, words)))
    low, high = rated[0], rated[-1]
    sentences = []
    if len(rated) > 1:
        sentences.append(
            words.gettext(
                "The others rate %(high)s highest (%(high_mean)s) and %(low)s lowest "
                "(%(low_mean)s).",
                high=words.name(high.title),
                high_mean=_level(high, words),
                low=words.name(low.title),
                low_mean=_level(low, words),
            )
        )
    sentences += _self_and_others(report, words)
    linked = [c.all_after for c in rated if c.goal_linked and c.all_after is not None]
    rest = [c.all_after for c in rated if not c.goal_linked and c.all_after is not None]
    if linked and rest:
        sentences.append(
            words.gettext(
                "The competencies linked to the goal stand at %(linked)s on average, the others "
                "at %(others)s.",
                linked=words.rating(sum(linked) / len(linked)),
                others=words.rating(sum(rest) / len(rest)),
            )
        )
    sentences.append(_rests_on(report, words))
    if len(rated) == 1:
        headline = words.gettext(
            "%(title)s stands at %(level)s", title=words.name(high.title), level=_level(high, words)
        )
    else:
        headline = words.gettext(
            "Strongest in %(high)s, most room in %(low)s",
            high=words.name(high.title),
            low=words.name(low.title),
        )
    return Story(headline, tuple(sentences))


def _rests_on(report: FeedbackReport, words: Wording) -> str:
    groups = [g for g in report.groups if g.key != SELF.key and g.n_after]
    raters = sum(group.n_after or 0 for group in groups)
    if len(groups) > 1:
        return words.ngettext(
            "This rests on the answers of %(raters)s raters in %(num)s group.",
            "This rests on the answers of %(raters)s raters in %(num)s groups.",
            len(groups),
            raters=raters,
        )
    return words.ngettext(
        "This rests on the answers of %(num)s rater.",
        "This rests on the answers of %(num)s raters.",
        raters,
    )


def _level(competency: CompetencyReport, words: Wording) -> str:
    return words.rating(competency.all_after, competency.all_after_bound)
