"""Did the competencies tied to the goal move more than the others?

All competencies are scored by the same raters, whose answers hang together. So raters are
rearranged, never competencies: each rater gets one score, the mean over the goal-linked
competencies minus the mean over the others, and the change of that score is tested like the change
of a competency.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey.change.descriptive import Ratings, competency_scores
from survey.change.stratified import ChangeTest, check_scores

Tester = Callable[[Mapping[str, Ratings], Mapping[str, Ratings]], tuple[ChangeTest | None, ...]]


@dataclass(frozen=True)
class GoalLink:
    """Mean change, in scale points, of linked competencies, of the others, and of the contrast.

    Each is None when there is nothing to test: no linked (or no other) competency, or no group
    that was rated on them in both rounds. With missing scores the means can differ a little from
    the mean of the competencies' own changes, and the contrast from the difference of the two.
    """

    linked: ChangeTest | None
    others: ChangeTest | None
    contrast: ChangeTest | None


def goal_link(
    before: Mapping[str, Ratings],
    after: Mapping[str, Ratings],
    goal_linked: Sequence[bool],
    test: Tester,
) -> GoalLink:
    """Compare goal-linked competencies with the others.

    `before` and `after` map a group to scores, shape (raters, competencies), NaN missing; `test` is
    `stratified_change` for independent rounds or `paired_change` for then and now. A rater counts
    with at least half of the linked and half of the other competencies scored. So that it does not
    matter which ones are missing, scores are taken as deviations from the group's mean for that
    competency over both rounds; this leaves changes as they are. Competencies that a group was
    not rated on in both rounds are left out for that group. Raises ValueError when `goal_linked`
    has not one entry per competency.
    """
    columns = check_scores(before, after)
    linked = np.array(goal_linked, dtype=np.bool_)
    if linked.shape != (columns,):
        raise ValueError(f"goal_linked has {linked.size} entries for {columns} competencies")
    earlier: dict[str, Ratings] = {}
    later: dict[str, Ratings] = {}
    for key in before:
        if key in after:
            usable = _rated(before[key]) & _rated(after[key])
            centre = np.zeros(columns)
            both = np.vstack([before[key], after[key]])[:, usable]
            centre[usable] = np.nanmean(both, axis=0) if both.size else 0.0
            earlier[key] = _composites(before[key] - centre, linked, usable)
            later[key] = _composites(after[key] - centre, linked, usable)
    if not earlier:
        return GoalLink(None, None, None)
    return GoalLink(*test(earlier, later))


def _rated(scores: Ratings) -> NDArray[np.bool_]:
    """Which competencies have at least one score."""
    return np.asarray((~np.isnan(scores)).any(axis=0))


def _composites(scores: Ratings, linked: NDArray[np.bool_], usable: NDArray[np.bool_]) -> Ratings:
    """Per rater: mean of linked, mean of others, and their difference; shape (raters, 3)."""
    of_linked = _means(scores[:, linked & usable])
    of_others = _means(scores[:, ~linked & usable])
    return np.column_stack([of_linked, of_others, of_linked - of_others])


def _means(scores: Ratings) -> Ratings:
    if scores.shape[1] == 0:
        return np.full(scores.shape[0], np.nan)
    return competency_scores(scores)
