"""Do the raters of one group see the same?

Ratings have shape (raters, items), in scale points, NaN missing; the items are the behaviour
indicators of a competency, or the competencies themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from survey.change.descriptive import Ratings
from survey.change.interval import Interval, check_confidence


@dataclass(frozen=True)
class WithinGroup:
    """Agreement on a 0..1 scale: 1 all alike, 0 no better than ticking at random.

    `value` is never below 0: raters who differ more than at random have no agreement (James,
    Demaree and Wolf 1993). `raw` is what the formula gives; it can be negative.
    """

    value: float
    raw: float


@dataclass(frozen=True)
class IntraclassCorrelation:
    """How far raters tell one item from another alike.

    `single`: reliability of one rater, ICC(1); `average`: of the mean of the group's raters,
    ICC(1, k). Both are at least 0 for the reader; `raw_single` and `raw_average` are what the
    formula gives, negative when raters differ on an item more than items differ from each other
    (`raw_average` has no lower bound and is None when the items' means do not differ at all).
    Intervals are for the raw values; None when some ratings are missing.
    """

    single: float
    average: float
    raw_single: float
    raw_average: float | None
    interval_single: Interval | None
    interval_average: Interval | None
    items: int
    raters: float


def expected_variance(points: int) -> float:
    """Variance of ticking the points of a scale at random, each as likely: (A^2 - 1) / 12.

    James, Demaree and Wolf (1984), eq. 2. Raises ValueError for fewer than two points.
    """
    if points < 2:
        raise ValueError(f"a scale has at least 2 points, not {points}")
    return (points**2 - 1) / 12


def rwg(ratings: Ratings, points: int) -> WithinGroup | None:
    """Agreement on one item, shape (raters,), on a scale with so many points.

    1 - s^2 / expected variance (James, Demaree and Wolf 1984). None for fewer than two ratings.
    """
    if ratings.ndim != 1:
        raise ValueError(f"ratings of one item need shape (raters,), not {ratings.shape}")
    variance = _mean_variance(ratings[:, np.newaxis])
    if variance is None:
        return None
    raw = 1 - variance / expected_variance(points)
    return WithinGroup(max(0.0, raw), raw)


def rwg_j(ratings: Ratings, points: int) -> WithinGroup | None:
    """Agreement on a scale of J parallel items, shape (raters, J), each with so many points.

    J (1 - q) / (J (1 - q) + q), q the mean variance of the items over the expected variance
    (James, Demaree and Wolf 1984). Items with fewer than two ratings are left out; None when none
    remains. For q above 1 the formula is of no use (it leaves 0..1 on either side): no agreement.
    """
    _check(ratings)
    enough = (~np.isnan(ratings)).sum(axis=0) >= 2
    variance = _mean_variance(ratings[:, enough])
    if variance is None:
        return None
    q = variance / expected_variance(points)
    j = int(enough.sum())
    denominator = j * (1 - q) + q
    raw = float("-inf") if denominator == 0 else j * (1 - q) / denominator
    return WithinGroup(max(0.0, raw) if q <= 1 else 0.0, raw)


def icc(ratings: Ratings, confidence: float = 0.95) -> IntraclassCorrelation | None:
    """ICC(1) and ICC(1, k), one-way random effects (Shrout and Fleiss 1979, case 1).

    Items are the targets. With missing ratings, k is the adjusted mean number of ratings per item
    (Snedecor and Cochran 1980, sec. 13.3). None for fewer than two rated items, when no item has
    two ratings, or when all ratings are the same (then there is nothing to tell apart).
    """
    _check(ratings)
    check_confidence(confidence)
    counts = (~np.isnan(ratings)).sum(axis=0)
    matrix, counts = ratings[:, counts > 0], counts[counts > 0]
    t, total = counts.size, int(counts.sum())
    if t < 2 or total - t < 1:
        return None
    means = np.nansum(matrix, axis=0) / counts
    grand = np.nansum(matrix) / total
    between = float((counts * (means - grand) ** 2).sum()) / (t - 1)
    within = float(np.nansum((matrix - means) ** 2)) / (total - t)
    k = (total - float((counts**2).sum()) / total) / (t - 1)
    if between + within < 1e-12:
        return None
    single = (between - within) / (between + (k - 1) * within)
    average = (between - within) / between if between > 1e-12 else None
    intervals: tuple[Interval | None, Interval | None] = (None, None)
    if (counts == counts[0]).all() and within > 1e-12:
        intervals = _icc_intervals(between / within, t, int(counts[0]), confidence)
    return IntraclassCorrelation(
        single=max(0.0, single),
        average=0.0 if average is None else max(0.0, average),
        raw_single=single,
        raw_average=average,
        interval_single=intervals[0],
        interval_average=intervals[1],
        items=int(t),
        raters=k,
    )


def _icc_intervals(f: float, t: int, k: int, confidence: float) -> tuple[Interval, Interval | None]:
    """Shrout and Fleiss (1979), p. 424: from the F ratio of items to raters within items."""
    df = (t - 1, t * (k - 1))
    low = f / float(scipy.stats.f.ppf((1 + confidence) / 2, *df))
    high = f / float(scipy.stats.f.ppf((1 - confidence) / 2, *df))
    return (
        Interval((low - 1) / (low + k - 1), (high - 1) / (high + k - 1), confidence),
        Interval(1 - 1 / low, 1 - 1 / high, confidence) if f > 0 else None,
    )


def _check(ratings: Ratings) -> None:
    if ratings.ndim != 2:
        raise ValueError(f"ratings need shape (raters, items), not {ratings.shape}")


def _mean_variance(ratings: Ratings) -> float | None:
    """The mean over items of the variance (divisor n - 1) of those with two or more ratings."""
    rated = [column[~np.isnan(column)] for column in ratings.T]
    variances = [float(column.var(ddof=1)) for column in rated if column.size >= 2]
    return float(np.mean(variances)) if variances else None
