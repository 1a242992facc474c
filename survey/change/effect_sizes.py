"""How large a change is, in ways that do not depend on how many raters there are.

One group's scores have shape (raters,), in scale points, NaN missing. A rise gives a positive
difference, g and shift, and a probability of superiority above one half.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import numpy as np
import scipy

from survey.change.descriptive import Ratings
from survey.change.interval import Interval, check_confidence


@dataclass(frozen=True)
class StandardisedChange:
    """A change in standard deviations: Hedges' g, unbiased for the true one.

    `interval` is for the true standardised change; None when it cannot be computed. `df` are the
    degrees of freedom of the standard deviation.
    """

    g: float
    interval: Interval | None
    df: int


@dataclass(frozen=True)
class Superiority:
    """The chance that a rating from after is higher than one from before, ties counting half.

    `interval` and the two-sided `p` (that the chance is one half) are Brunner and Munzel's; None
    when a sample has fewer than two ratings, or when ranks do not vary within the samples, as when
    the samples do not overlap at all.
    """

    probability: float
    interval: Interval | None
    p: float | None


def present(values: Ratings) -> Ratings:
    """The values, shape (raters,), that are not missing. Raises ValueError for another shape."""
    if values.ndim != 1:
        raise ValueError(f"values need shape (raters,), not {values.shape}")
    return values[~np.isnan(values)]


def mean_difference(before: Ratings, after: Ratings) -> float | None:
    """After mean minus before mean, in scale points; None when one of them has no value."""
    earlier, later = present(before), present(after)
    if earlier.size == 0 or later.size == 0:
        return None
    return float(later.mean() - earlier.mean())


def small_sample_correction(df: int) -> float:
    """The factor J that makes g unbiased (Hedges 1981, eq. 6e, exact; not the approximation).

    Raises ValueError for df below 2, for which no unbiased estimate exists.
    """
    if df < 2:
        raise ValueError(f"the correction needs at least 2 degrees of freedom, not {df}")
    log = scipy.special.gammaln(df / 2) - scipy.special.gammaln((df - 1) / 2) - np.log(df / 2) / 2
    return float(np.exp(log))


def hedges_g(
    before: Ratings, after: Ratings, confidence: float = 0.95
) -> StandardisedChange | None:
    """Difference of means over the pooled standard deviation, corrected (Hedges 1981).

    The interval inverts the noncentral t distribution of the t statistic, so it is exact for
    normal scores with equal spread (Hedges and Olkin 1985, ch. 5; Steiger and Fouladi 1997).
    None when a sample is empty, there are fewer than four scores in all, or none of them varies.
    """
    check_confidence(confidence)
    earlier, later = present(before), present(after)
    df = earlier.size + later.size - 2
    if earlier.size == 0 or later.size == 0 or df < 2:
        return None
    spread = sqrt((_squares(earlier) + _squares(later)) / df)
    if _is_constant(spread):
        return None
    d = float(later.mean() - earlier.mean()) / spread
    scale = sqrt(1 / earlier.size + 1 / later.size)
    return StandardisedChange(
        g=d * small_sample_correction(df),
        interval=_scaled(_noncentrality(d / scale, df, confidence), scale),
        df=df,
    )


def matched_g(then: Ratings, now: Ratings, confidence: float = 0.95) -> StandardisedChange | None:
    """Paired change over the average standard deviation of then and now, corrected.

    Row i of both is the same rater; raters with one score missing are left out. Dividing by the
    average spread (Cumming 2012, ch. 11; with equal spreads it is Borenstein and others 2009,
    eq. 4.26) puts paired and independent changes on one yardstick. The interval is Algina and
    Keselman's (2003), from the noncentral t of the paired t statistic; None when all raters changed
    by the same amount. The result is None for fewer than three raters, or without any spread.
    """
    check_confidence(confidence)
    if then.shape != now.shape:
        raise ValueError(f"then has shape {then.shape}, now {now.shape}")
    both = ~np.isnan(then) & ~np.isnan(now)
    earlier, later = present(then[both]), present(now[both])
    df = earlier.size - 1
    if df < 2:
        return None
    spread = sqrt((_squares(earlier) + _squares(later)) / (2 * df))
    if _is_constant(spread):
        return None
    differences = later - earlier
    mean = float(differences.mean())
    interval = None
    of_mean = sqrt(_squares(differences) / df / differences.size)
    if not _is_constant(of_mean):
        interval = _scaled(_noncentrality(mean / of_mean, df, confidence), of_mean / spread)
    return StandardisedChange(mean / spread * small_sample_correction(df), interval, df)


def superiority(before: Ratings, after: Ratings) -> float | None:
    """Vargha and Delaney's (2000) A: P(after > before) + P(after = before) / 2.

    It is the Mann-Whitney U over the number of pairs. None when a sample is empty.
    """
    earlier, later = present(before), present(after)
    if earlier.size == 0 or later.size == 0:
        return None
    ordered = np.sort(earlier)
    below = np.searchsorted(ordered, later, side="left")
    not_above = np.searchsorted(ordered, later, side="right")
    return float((below + not_above).sum() / (2 * earlier.size * later.size))


def probability_of_superiority(
    before: Ratings, after: Ratings, confidence: float = 0.95
) -> Superiority | None:
    """A with the interval and test of Brunner and Munzel (2000), t approximation.

    It does not assume equal spread before and after. The interval is cut off at 0 and 1 (formula
    as corrected by Neubert and Brunner 2007). None when a sample is empty.
    """
    check_confidence(confidence)
    earlier, later = present(before), present(after)
    chance = superiority(earlier, later)
    if chance is None:
        return None
    if min(earlier.size, later.size) < 2:
        return Superiority(chance, None, None)
    ranks = scipy.stats.rankdata(np.concatenate([earlier, later]))
    parts = [
        float((ranks[own] - scipy.stats.rankdata(sample)).var(ddof=1)) / other.size**2 / sample.size
        for own, sample, other in (
            (slice(None, earlier.size), earlier, later),
            (slice(earlier.size, None), later, earlier),
        )
    ]
    variance = sum(parts)
    if variance == 0:
        return Superiority(chance, None, None)
    df = variance**2 / (parts[0] ** 2 / (earlier.size - 1) + parts[1] ** 2 / (later.size - 1))
    reach = float(scipy.stats.t.ppf((1 + confidence) / 2, df)) * sqrt(variance)
    return Superiority(
        chance,
        Interval(max(0.0, chance - reach), min(1.0, chance + reach), confidence),
        float(scipy.stats.brunnermunzel(earlier, later).pvalue),
    )


def hodges_lehmann(before: Ratings, after: Ratings) -> float | None:
    """The median of all differences after - before, in scale points (Hodges and Lehmann 1963).

    Computed from the distinct values and how often they occur, so that thousands of ratings on a
    scale of few points cost little. None when a sample is empty.
    """
    earlier, later = present(before), present(after)
    if earlier.size == 0 or later.size == 0:
        return None
    earlier_values, earlier_counts = np.unique(earlier, return_counts=True)
    later_values, later_counts = np.unique(later, return_counts=True)
    differences = np.subtract.outer(later_values, earlier_values).ravel()
    weights = np.multiply.outer(later_counts, earlier_counts).ravel()
    order = np.argsort(differences)
    upto = np.cumsum(weights[order])
    pairs = int(upto[-1])
    middle = np.searchsorted(upto, [(pairs - 1) // 2, pairs // 2], side="right")
    return float(differences[order[middle]].mean())


def _squares(values: Ratings) -> float:
    """The sum of squared deviations from the mean."""
    return float(np.square(values - values.mean()).sum())


def _is_constant(spread: float) -> bool:
    """Whether a standard deviation in scale points is 0, but for the last bits."""
    return spread < 1e-9


def _noncentrality(t: float, df: int, confidence: float) -> Interval | None:
    """The noncentralities for which a noncentral t would give a value as far out as t by chance.

    None when they lie too far out to be found. Only the upper tail at t >= 0 is asked for: the
    cumulative distribution of scipy 1.17 is NaN at some noncentralities, its complement is not.
    """
    tail, size = (1 - confidence) / 2, abs(t)

    def chance(ncp: float) -> float:
        return float(scipy.stats.nct.sf(size, df, ncp))

    low = _root(lambda ncp: chance(ncp) - tail, size, df)
    high = _root(lambda ncp: chance(ncp) - (1 - tail), size, df)
    if low is None or high is None:
        return None
    return Interval(low, high, confidence) if t >= 0 else Interval(-high, -low, confidence)


def _root(function: Callable[[float], float], t: float, df: int) -> float | None:
    """Where a rising function of the noncentrality is 0, looking around t."""
    reach = 4 * sqrt(1 + t * t / (2 * df))
    for _ in range(4):
        if function(t - reach) < 0 < function(t + reach):
            return float(scipy.optimize.brentq(function, t - reach, t + reach, xtol=1e-10))
        reach *= 2
    return None


def _scaled(interval: Interval | None, factor: float) -> Interval | None:
    if interval is None:
        return None
    return Interval(interval.low * factor, interval.high * factor, interval.confidence)
