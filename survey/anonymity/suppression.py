"""How much detail one competency may show, so that no rater's rating can be worked out.

Who gave which rating is unknown to a reader; so a rating of a rater in an anonymous group is
certain only when *everybody* in the group must have given it. Thresholds do not help against
that: six customers who all answer 5 give each of them away. This module decides, for the block of
ratings of one competency, which of four levels of detail leaves every reader in doubt:

====  ====================================  =====================================================
 L    per anonymous group                   all anonymous raters together, per statement
====  ====================================  =====================================================
 0    mean of raters' scores, distribution  mean and distribution
 1    mean of raters' scores, distribution  mean
 2    mean of raters' scores, distribution  nothing
 3    mean of raters' scores                nothing
====  ====================================  =====================================================

A level is safe when for every statement that a group answered unanimously there is a *witness*:
other ratings that lead to exactly the same published figures, in which the group is not unanimous
about it. Witnesses are found by exchanges that leave each rater's score - and so everything that
is computed from scores, tests and intervals included - as it is:

* swap: rater a of the group exchanges the answers to statements i and j (level 2: the group's
  distribution is the same);
* double swap: another rater b exchanges the answers to i and j as well, with the opposite
  difference (level 1: the statements' means are the same) or with just the opposite answers
  (level 0: their distributions are the same).

Not finding a witness by these exchanges means less detail, never more, so the search errs on the
safe side. At level 3 the witness needs no search: raise a's answer to i by one point and lower one
to j, which is possible unless a group's ratings all lie at one end of the scale. Such a mean is
published as a bound instead (`bounded_mean`), which a group with one rating off the end shares.

A level never depends on which statement or group asked for it, so "no detail" does not say where
unanimity was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import NDArray

# Ratings of one competency by one group: shape (raters, indicators), NaN where there is none.
Ratings = NDArray[np.float64]
Bound = Literal["exact", "at_least", "at_most"]


class Detail(IntEnum):
    """The levels of the table above, from most to least detail."""

    STATEMENT_DISTRIBUTIONS = 0
    STATEMENT_MEANS = 1
    GROUP_DISTRIBUTIONS = 2
    MEANS_ONLY = 3


@dataclass(frozen=True)
class BoundedMean:
    """A mean in scale points, or a bound where the mean itself would give ratings away."""

    value: float
    bound: Bound


def bounded_mean(mean: float, raters: int, indicators: int, low: int, high: int) -> BoundedMean:
    """Replace a mean at the very end of the scale by a bound.

    A mean of exactly `high` says that every rating is `high`. One rating a point lower gives
    `high - 1 / (raters * indicators)` when all is rated; from there on both are published as
    "at least" that value.
    """
    step = 1 / (raters * indicators)
    tolerance = 1e-9
    if mean >= high - step - tolerance:
        return BoundedMean(high - step, "at_least")
    if mean <= low + step + tolerance:
        return BoundedMean(low + step, "at_most")
    return BoundedMean(mean, "exact")


def publishable_spread(sd: float | None, indicators: int) -> float | None:
    """The standard deviation of a group's scores, unless it is so small that it could be none.

    No spread at all would say that everybody has the group's mean as their score. Two raters one
    step (1 / indicators) to either side of it have at most sqrt(2) steps; up to one and a half
    steps the figure is withheld, so that "close together" covers both.
    """
    if sd is None or sd <= 1.5 / indicators:
        return None
    return sd


def allowed_detail(blocks: Mapping[str, Ratings], statement_threshold: int) -> Detail:
    """The most detail that is safe for one competency.

    `blocks` has the ratings of every anonymous group whose mean is shown. A statement rated by
    fewer than `statement_threshold` raters in all is not to be shown; then no statement is, since
    it could be found as what the others leave over.
    """
    if not blocks:
        return Detail.MEANS_ONLY
    together = np.vstack(list(blocks.values()))
    detail = Detail.STATEMENT_DISTRIBUTIONS
    if (~np.isnan(together)).sum(axis=0).min() < statement_threshold:
        detail = Detail.GROUP_DISTRIBUTIONS
    start = 0
    for ratings in blocks.values():
        members = range(start, start + len(ratings))
        start += len(ratings)
        for statement in _unanimous_statements(ratings):
            while detail < Detail.MEANS_ONLY and not _has_witness(
                together, members, statement, detail
            ):
                detail = Detail(detail + 1)
    return detail


def _unanimous_statements(ratings: Ratings) -> list[int]:
    """Columns in which all ratings that were given are the same."""
    found = []
    for column in range(ratings.shape[1]):
        given = ratings[~np.isnan(ratings[:, column]), column]
        if given.size and (given == given[0]).all():
            found.append(column)
    return found


def _has_witness(together: Ratings, members: range, i: int, detail: Detail) -> bool:
    """Whether some exchange hides that the members are unanimous about statement i.

    Only exchanges between two rated answers are tried, so that who rated what stays as it is.
    """
    for a, j in product(members, range(together.shape[1])):
        v, w = together[a, i], together[a, j]
        # After a's swap statement i holds w: another answer than the group's common one.
        if j == i or not _differ(v, w):
            continue
        if detail is Detail.GROUP_DISTRIBUTIONS:
            return True
        for b in range(len(together)):
            if b != a and _balances(together[b, i], together[b, j], v, w, detail):
                return True
    return False


def _differ(v: float, w: float) -> bool:
    return not (np.isnan(v) or np.isnan(w)) and v != w


def _balances(p: float, q: float, v: float, w: float, detail: Detail) -> bool:
    """Whether b's answers (p to i, q to j), swapped, undo what a's swap of v and w changes."""
    if np.isnan(p) or np.isnan(q):
        return False
    if detail is Detail.STATEMENT_DISTRIBUTIONS:
        return bool(p == w and q == v)
    return bool(p - q == w - v)
