"""One entry point: everything the change report needs to know of one mentee's change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from survey.change.descriptive import Ratings
from survey.change.effect_sizes import hodges_lehmann, mean_difference, superiority
from survey.change.goal_link import GoalLink, Tester, goal_link
from survey.change.group_effects import Effects, independent_effects, paired_effects
from survey.change.interval import Interval
from survey.change.multiple import benjamini_hochberg, holm
from survey.change.paired import paired_change
from survey.change.stratified import ChangeTest, Effort, check_scores, stratified_change
from survey.change.verdict import STANDARD_RULE, Verdict, VerdictRule, can_be_tested, verdict


@dataclass(frozen=True)
class GroupChange:
    """One group on one competency, in scale points; None where a round has no score.

    `superiority` and `shift` are A and the Hodges-Lehmann shift of this group alone; for then/now
    pairs they are computed as if the two were independent.
    """

    n_before: int
    n_after: int
    mean_before: float | None
    mean_after: float | None
    difference: float | None
    superiority: float | None
    shift: float | None


@dataclass(frozen=True)
class CompetencyChange:
    """One competency for all raters together.

    `groups` has every group of either round; those in both count (`test.groups`). `test` is None
    when none does. `holm_p` and `bh_p` are None for a competency with too few raters to be tested.
    `clear_attainable`: whether so few raters, on so many competencies, could ever give a clear
    verdict.
    """

    groups: Mapping[str, GroupChange]
    test: ChangeTest | None
    holm_p: float | None
    bh_p: float | None
    effects: Effects
    verdict: Verdict
    clear_attainable: bool

    @property
    def difference(self) -> float | None:
        """Mean over groups of (after - before), in scale points."""
        return None if self.test is None else self.test.difference

    @property
    def interval(self) -> Interval | None:
        """The interval of the difference."""
        return None if self.test is None else self.test.interval

    @property
    def p(self) -> float | None:
        """The two-sided p-value of this competency alone."""
        return None if self.test is None else self.test.p


@dataclass(frozen=True)
class ChangeAnalysis:
    """All competencies in the order of the columns, and the goal-linked against the others.

    `goal_verdict` applies the verdict's rule to the contrast: a rise says that goal-linked
    competencies moved more than the others. It is one test, so nothing is adjusted.
    """

    competencies: tuple[CompetencyChange, ...]
    goal: GoalLink
    goal_verdict: Verdict
    rule: VerdictRule


def _as_it_is(test: Tester) -> Tester:
    return test


def analyse_change(
    scores_before: Mapping[str, Ratings],
    scores_after: Mapping[str, Ratings],
    goal_linked: Sequence[bool],
    *,
    rule: VerdictRule = STANDARD_RULE,
    effort: Effort = Effort(),  # noqa: B008 - frozen
    for_goal: Callable[[Tester], Tester] = _as_it_is,
) -> ChangeAnalysis:
    """Compare two rounds as independent samples.

    Both map a rater group's key to competency scores, shape (raters, competencies), in scale
    points, NaN missing; leave the self-rating out, and any group that the report hides. On a scale
    whose best end is the lower number a fall of the number is an improvement: give them as
    `Scale.rising` does. `goal_linked` has one entry per competency. `for_goal` may wrap the test
    that the goal's figures are put to. Raises ValueError when shapes disagree.
    """
    test = partial(stratified_change, confidence=rule.confidence, effort=effort)
    return _analyse(
        scores_before, scores_after, goal_linked, rule, test, for_goal(test), independent_effects
    )


def analyse_retrospective(
    scores_then: Mapping[str, Ratings],
    scores_now: Mapping[str, Ratings],
    goal_linked: Sequence[bool],
    *,
    rule: VerdictRule = STANDARD_RULE,
    effort: Effort = Effort(),  # noqa: B008 - frozen
    for_goal: Callable[[Tester], Tester] = _as_it_is,
) -> ChangeAnalysis:
    """The same for then and now of one round: row i of both is the same rater.

    A rater's score counts on a competency when both are there.
    """
    check_scores(scores_then, scores_now)
    then, now = dict(scores_then), dict(scores_now)
    for key in then.keys() & now.keys():
        if then[key].shape != now[key].shape:
            raise ValueError(f"group {key}: then and now have different shapes")
        missing = np.isnan(then[key]) | np.isnan(now[key])
        then[key], now[key] = (np.where(missing, np.nan, m[key]) for m in (then, now))
    test = partial(paired_change, confidence=rule.confidence, effort=effort)
    return _analyse(then, now, goal_linked, rule, test, for_goal(test), paired_effects)


def _analyse(
    before: Mapping[str, Ratings],
    after: Mapping[str, Ratings],
    goal_linked: Sequence[bool],
    rule: VerdictRule,
    test: Tester,
    goal_test: Tester,
    effects: Callable[[Sequence[tuple[Ratings, Ratings]]], Effects],
) -> ChangeAnalysis:
    goal = goal_link(before, after, goal_linked, goal_test)
    tests = test(before, after)
    p_values = [t.p if t is not None and can_be_tested(t, rule) else None for t in tests]
    adjusted, discovered = holm(p_values), benjamini_hochberg(p_values)
    family = sum(p is not None for p in p_values)
    competencies = tuple(
        CompetencyChange(
            groups=_groups(before, after, column),
            test=tested,
            holm_p=adjusted[column],
            bh_p=discovered[column],
            effects=effects(
                [(before[key][:, column], after[key][:, column]) for key in tested.groups]
                if tested
                else []
            ),
            verdict=verdict(tested, adjusted[column], rule),
            clear_attainable=tested is not None
            and can_be_tested(tested, rule)
            and tested.least_p * family <= rule.level,
        )
        for column, tested in enumerate(tests)
    )
    contrast = goal.contrast
    return ChangeAnalysis(
        competencies=competencies,
        goal=goal,
        goal_verdict=verdict(contrast, None if contrast is None else contrast.p, rule),
        rule=rule,
    )


def _groups(
    before: Mapping[str, Ratings], after: Mapping[str, Ratings], column: int
) -> dict[str, GroupChange]:
    empty = np.empty(0)
    found = {}
    for key in dict.fromkeys([*before, *after]):
        earlier = before[key][:, column] if key in before else empty
        later = after[key][:, column] if key in after else empty
        earlier, later = earlier[~np.isnan(earlier)], later[~np.isnan(later)]
        found[key] = GroupChange(
            n_before=earlier.size,
            n_after=later.size,
            mean_before=float(earlier.mean()) if earlier.size else None,
            mean_after=float(later.mean()) if later.size else None,
            difference=mean_difference(earlier, later),
            superiority=superiority(earlier, later),
            shift=hodges_lehmann(earlier, later),
        )
    return found
