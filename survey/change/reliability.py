"""Do the indicators of a competency measure one thing?

Ratings have shape (raters, indicators), in scale points, NaN missing. Only raters who rated all
indicators count. These figures describe the questionnaire, not the mentee, and few raters say
little about it: below a number of raters there is no figure but a reason.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import scipy

from survey.change.descriptive import Ratings
from survey.change.interval import Interval, check_confidence

# With 4 indicators and alpha 0.8, Feldt's 95 % interval becomes narrower than half a unit at 9.
LEAST_RATERS_ALPHA = 10
# A factor model has as many loadings as indicators to estimate (Yurdugul 2008 for the number).
LEAST_RATERS_OMEGA = 30
_RESAMPLES = 999
_SWEEPS = 500


class NoFigure(StrEnum):
    """Why there is no figure."""

    TOO_FEW_RATERS = "too few raters rated all indicators"
    TOO_FEW_INDICATORS = "too few indicators"
    NO_SPREAD = "the ratings of an indicator do not vary"


@dataclass(frozen=True)
class Reliability:
    """A reliability, at most 1; `value` is None for the `reason` given.

    Alpha can be negative, when indicators tend to contradict each other. `n` is the number of
    raters who rated all indicators. `interval` is None without a value, or when every indicator
    says exactly the same (omega: when resampling gives no finite limits).
    """

    value: float | None
    interval: Interval | None
    n: int
    reason: NoFigure | None = None


def cronbach_alpha(ratings: Ratings, confidence: float = 0.95) -> Reliability:
    """Cronbach's (1951) alpha with Feldt's (1965) interval from the F distribution.

    Needs 10 raters and 2 indicators. An indicator that does not vary is kept; only when none
    varies is there no figure.
    """
    complete = _complete(ratings, confidence)
    n, k = complete.shape
    if k < 2:
        return Reliability(None, None, n, NoFigure.TOO_FEW_INDICATORS)
    if n < LEAST_RATERS_ALPHA:
        return Reliability(None, None, n, NoFigure.TOO_FEW_RATERS)
    of_sum = float(complete.sum(axis=1).var(ddof=1))
    of_items = float(complete.var(axis=0, ddof=1).sum())
    if of_items < 1e-12:
        return Reliability(None, None, n, NoFigure.NO_SPREAD)
    if of_sum < 1e-12:
        # Indicators cancel out exactly; the limit of the formula.
        return Reliability(float("-inf"), None, n)
    alpha = k / (k - 1) * (1 - of_items / of_sum)
    interval = None
    if alpha < 1 - 1e-9:
        df = (n - 1, (n - 1) * (k - 1))
        interval = Interval(
            1 - (1 - alpha) * float(scipy.stats.f.ppf((1 + confidence) / 2, *df)),
            1 - (1 - alpha) * float(scipy.stats.f.ppf((1 - confidence) / 2, *df)),
            confidence,
        )
    return Reliability(alpha, interval, n)


def mcdonald_omega(
    ratings: Ratings, confidence: float = 0.95, seed: int = 20_240_229
) -> Reliability:
    """McDonald's (1999) omega of the sum score under one common factor.

    (sum of loadings)^2 / ((sum of loadings)^2 + sum of unique variances), loadings in scale points
    from a minres fit of the correlations (Harman and Jones 1966). Needs 30 raters, 3 indicators,
    each of which varies. The interval is a bias-corrected accelerated bootstrap over raters (Efron
    1987; 999 resamples, fixed seed).
    """
    complete = _complete(ratings, confidence)
    n, k = complete.shape
    if k < 3:
        return Reliability(None, None, n, NoFigure.TOO_FEW_INDICATORS)
    if n < LEAST_RATERS_OMEGA:
        return Reliability(None, None, n, NoFigure.TOO_FEW_RATERS)
    if (complete.std(axis=0) < 1e-9).any():
        return Reliability(None, None, n, NoFigure.NO_SPREAD)
    omega = float(_omega(complete))
    if omega > 1 - 1e-9:
        return Reliability(omega, None, n)
    with warnings.catch_warnings(), np.errstate(invalid="ignore", divide="ignore"):
        warnings.simplefilter("ignore", scipy.stats.DegenerateDataWarning)  # then limits are NaN
        outcome = scipy.stats.bootstrap(
            tuple(complete.T),
            lambda *items, axis: _omega(np.stack(np.moveaxis(items, axis, -1), axis=-1)),
            paired=True,
            vectorized=True,
            n_resamples=_RESAMPLES,
            confidence_level=confidence,
            method="BCa",
            rng=np.random.default_rng(seed),
        ).confidence_interval
    low, high = float(outcome.low), float(outcome.high)
    found = bool(np.isfinite([low, high]).all())
    return Reliability(omega, Interval(low, high, confidence) if found else None, n)


def one_factor_loadings(correlations: Ratings) -> Ratings:
    """Loadings on one factor that leave the least squared residual correlations (minres).

    `correlations` has shape (..., indicators, indicators); the result (..., indicators), each at
    most 1 in size (Harman and Fukuda 1966). Each loading in turn is set to its best value given the
    others (Harman and Jones 1966) until they stay.
    """
    k = correlations.shape[-1]
    off = correlations * (1 - np.eye(k))
    strongest = np.abs(off).max(axis=-1)
    first = np.take_along_axis(off, strongest.argmax(axis=-1)[..., None, None], axis=-2)[..., 0, :]
    loadings: Ratings = np.sqrt(strongest) * np.where(first < 0, -1.0, 1.0)
    for _ in range(_SWEEPS):
        earlier = loadings.copy()
        for i in range(k):
            others = np.square(loadings).sum(axis=-1) - np.square(loadings[..., i])
            fitted = (off[..., i, :] * loadings).sum(axis=-1)
            best = np.where(others > 1e-12, fitted / np.maximum(others, 1e-12), 0.0)
            loadings[..., i] = np.clip(best, -1.0, 1.0)
        if np.abs(loadings - earlier).max() < 1e-10:
            break
    return loadings


def _omega(ratings: Ratings) -> Ratings:
    """Omega for a stack of ratings, shape (..., raters, indicators)."""
    centred = ratings - ratings.mean(axis=-2, keepdims=True)
    spread = np.sqrt(np.square(centred).mean(axis=-2))
    # A resample may have an indicator without spread: it shares nothing with the others.
    scaled = centred / np.where(spread > 1e-9, spread, 1.0)[..., np.newaxis, :]
    correlations = np.swapaxes(scaled, -1, -2) @ scaled / ratings.shape[-2]
    loadings = one_factor_loadings(correlations)
    common = np.square((spread * loadings).sum(axis=-1))
    unique = (np.square(spread) * (1 - np.square(loadings))).sum(axis=-1)
    # A resample may even have no spread at all: then there is no omega.
    total = common + unique
    return np.where(total > 1e-12, common / np.maximum(total, 1e-12), np.nan)


def _complete(ratings: Ratings, confidence: float) -> Ratings:
    check_confidence(confidence)
    if ratings.ndim != 2:
        raise ValueError(f"ratings need shape (raters, indicators), not {ratings.shape}")
    return ratings[~np.isnan(ratings).any(axis=1)]
