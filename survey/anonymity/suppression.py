"""How much detail one competency may show, so that no rater's rating can be worked out.

Who gave which rating is unknown to a reader; so a rating of a rater in an anonymous group is
certain only when *everybody* in the group must have given it. Thresholds do not help against
that: six customers who all answer 5 give each of them away. And the reader knows this program: that
a figure is missing is news as well, unless others, harmless ones, would miss it too. So the
promise is: among all ratings that lead to exactly the same document - with the same figures
missing - there are always some in which the rating is another one. Three decisions keep it.

1. *A mean at the end of the scale* is published as a bound (`bounded_mean`), which a group with
   one rating off the end shares.
2. *A group's distribution* is published unless its mean is a bound, or lies on a point of the
   scale while its spread is withheld (`may_show_distribution`). This looks at published figures
   alone, so that the missing distribution says nothing. Where it is missing, all may be on that
   point, or two raters one step to either side of it. Where it is shown, two different ratings
   occur in it, and whose and on which statement is open.
3. *Statements*, of all groups together whose distributions are shown, are published all or none.
   Whether with distributions or with means only follows from the sizes of the groups, not from
   what they answered. They are published when the ratings allow for *exchanges* that leave every
   published figure, each rater's score included, as it is: rater a exchanges the answers v and w
   to statements i and j, and rater b theirs, p and q, with the opposite effect (p - q = w - v for
   the means; p = w and q = v for the distributions). For each statement that a group answered
   unanimously an exchange must touch it, and no two of these exchanges may share an answer. Then
   any of them can be made or not made, independently; every one of these combinations can undergo
   the same exchanges, so is published as well and with the same figures; and in one of them the
   group is not unanimous. Witnesses that overlap would not do: ratings that differ by one of them
   might lack another, be published with less detail, and be ruled out thereby.
   Where the statements are missing, nothing tells them apart: the same ratings with two statements
   exchanged throughout lack the same exchanges, so lead to the same document, and as a
   group's distribution has two different ratings, none is certain of any statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from survey.change.descriptive import mean_of_groups

# Ratings of one competency by one group: shape (raters, indicators), NaN where there is none.
Ratings = NDArray[np.float64]
# "about": between two bounds that lie on either side of it, a step or two of one rating apart.
Bound = Literal["exact", "at_least", "at_most", "about"]


class Detail(IntEnum):
    """What one competency shows, from most to least."""

    STATEMENT_DISTRIBUTIONS = 0
    STATEMENT_MEANS = 1
    GROUP_DISTRIBUTIONS = 2
    MEANS_ONLY = 3


# Statement distributions need more exchanges than means; groups below this size hardly have them.
_SIZE_FOR_STATEMENT_DISTRIBUTIONS = 5
# The search for exchanges gives up, and the statements are withheld, after this many steps.
_MOST_STEPS = 20_000
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class BoundedMean:
    """A mean or difference in scale points, or a bound where itself it would give ratings away."""

    value: float
    bound: Bound


def bounded_mean(mean: float, raters: int, indicators: int, low: int, high: int) -> BoundedMean:
    """Replace a mean at the very end of the scale by a bound.

    A mean of exactly `high` says that every rating is `high`. One rating a point lower gives
    `high - 1 / (raters * indicators)` when all is rated; from there on both are published as
    "at least" that value.
    """
    step = 1 / (raters * indicators)
    if mean >= high - step - _TOLERANCE:
        return BoundedMean(high - step, "at_least")
    if mean <= low + step + _TOLERANCE:
        return BoundedMean(low + step, "at_most")
    return BoundedMean(mean, "exact")


def mean_of_bounded(figures: Iterable[BoundedMean]) -> BoundedMean | None:
    """The unweighted mean; with bounds among the figures, a bound; None of no figures.

    With bounds of both kinds the mean lies on neither side for sure: then it is "about" that.
    """
    known = list(figures)
    mean = mean_of_groups([figure.value for figure in known])
    return None if mean is None else BoundedMean(mean, _common_bound(f.bound for f in known))


_OTHER_SIDE: Mapping[Bound, Bound] = {
    "exact": "exact",
    "at_least": "at_most",
    "at_most": "at_least",
    "about": "about",
}


def difference_of_bounded(earlier: BoundedMean, later: BoundedMean) -> BoundedMean:
    """Later minus earlier, in scale points: the higher the earlier may be, the lower is this."""
    return BoundedMean(
        later.value - earlier.value, _common_bound((_OTHER_SIDE[earlier.bound], later.bound))
    )


def _common_bound(bounds: Iterable[Bound]) -> Bound:
    """What a sum of figures with these bounds is."""
    sides = set(bounds) - {"exact"}
    if len(sides) > 1:
        return "about"
    return sides.pop() if sides else "exact"


def publishable_spread(sd: float | None, indicators: int) -> float | None:
    """The standard deviation of a group's scores, unless it is so small that it could be none.

    No spread at all would say that everybody has the group's mean as their score. Two raters one
    step (1 / indicators) to either side of it have at most sqrt(2) steps; up to one and a half
    steps the figure is withheld, so that "close together" covers both.
    """
    if sd is None or sd <= 1.5 / indicators + _TOLERANCE:
        return None
    return sd


def may_show_distribution(mean: BoundedMean, spread: float | None) -> bool:
    """Whether a group's distribution may be shown, given its mean and spread as published.

    The points of a scale are whole numbers.
    """
    on_a_point = abs(mean.value - round(mean.value)) <= _TOLERANCE
    return mean.bound == "exact" and (spread is not None or not on_a_point)


def allowed_detail(blocks: Mapping[str, Ratings], statement_threshold: int) -> Detail:
    """The detail that one competency may show.

    `blocks` has the ratings of every anonymous group whose distribution is shown. A statement
    rated by fewer than `statement_threshold` raters in all is not to be shown; then no statement
    is, since it could be found as what the others leave over.
    """
    if not blocks:
        return Detail.MEANS_ONLY
    together = np.vstack(list(blocks.values()))
    if (~np.isnan(together)).sum(axis=0).min() < statement_threshold:
        return Detail.GROUP_DISTRIBUTIONS
    smallest = min(len(ratings) for ratings in blocks.values())
    wanted = (
        Detail.STATEMENT_DISTRIBUTIONS
        if smallest >= _SIZE_FOR_STATEMENT_DISTRIBUTIONS
        else Detail.STATEMENT_MEANS
    )
    return (
        wanted if _can_be_exchanged(list(blocks.values()), wanted) else Detail.GROUP_DISTRIBUTIONS
    )


# What a group (by number) answered to a statement (by column).
_Answer = tuple[int, int]


@dataclass(frozen=True)
class _Exchange:
    """Two raters exchange their answers to two statements: the four cells, and whose they are."""

    cells: frozenset[tuple[int, int]]
    touched: frozenset[_Answer]


def _can_be_exchanged(blocks: Sequence[Ratings], detail: Detail) -> bool:
    """Whether exchanges that share no cell touch all that a group answered unanimously."""
    together = np.vstack(blocks)
    group_of = [group for group, ratings in enumerate(blocks) for _ in ratings]
    unanimous = frozenset(
        (group, statement)
        for group, ratings in enumerate(blocks)
        for statement in _unanimous_statements(ratings)
    )
    exchanges = {answer: _exchanges(together, group_of, answer, detail) for answer in unanimous}
    steps = 0

    def cover(left: frozenset[_Answer], used: frozenset[tuple[int, int]]) -> bool:
        nonlocal steps
        if not left:
            return True
        steps += 1
        free = {answer: [e for e in exchanges[answer] if not e.cells & used] for answer in left}
        scarcest = min(sorted(left), key=lambda answer: len(free[answer]))
        return any(
            steps < _MOST_STEPS and cover(left - e.touched, used | e.cells) for e in free[scarcest]
        )

    return cover(unanimous, frozenset())


def _unanimous_statements(ratings: Ratings) -> list[int]:
    """Columns in which all ratings that were given are the same."""
    found = []
    for column in range(ratings.shape[1]):
        given = ratings[~np.isnan(ratings[:, column]), column]
        if given.size and (given == given[0]).all():
            found.append(column)
    return found


def _exchanges(
    together: Ratings, group_of: Sequence[int], answer: _Answer, detail: Detail
) -> list[_Exchange]:
    """All exchanges by which a group stops being unanimous about a statement.

    Only between two rated answers, so that who rated what stays as it is.
    """
    group, i = answer
    found = []
    for a in (rater for rater, its in enumerate(group_of) if its == group):
        for j in range(together.shape[1]):
            v, w = together[a, i], together[a, j]
            if np.isnan(v) or np.isnan(w) or v == w:
                continue
            p, q = together[:, i], together[:, j]
            # A comparison with a missing rating (NaN) is false.
            if detail is Detail.STATEMENT_DISTRIBUTIONS:
                fitting = (p == w) & (q == v)
            else:
                fitting = p - q == w - v
            for b in map(int, np.flatnonzero(fitting)):
                found.append(
                    _Exchange(
                        frozenset((rater, column) for rater in (a, b) for column in (i, j)),
                        frozenset((group_of[r], column) for r in (a, b) for column in (i, j)),
                    )
                )
    return found
