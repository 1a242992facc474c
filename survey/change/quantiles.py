"""Quantiles for intervals, without SciPy: its special functions take 25 MiB in a web process."""

from __future__ import annotations

from functools import lru_cache
from math import atan, cos, exp, lgamma, log, log1p, pi, sin, sqrt
from statistics import NormalDist

# From so many degrees of freedom on the expansion is as good as the sum, and quicker.
_MANY = 500


def normal_reach(confidence: float) -> float:
    """The z for which a standard normal value lies between -z and z with this probability."""
    return NormalDist().inv_cdf((1 + confidence) / 2)


@lru_cache(maxsize=256)
def student_reach(df: int, confidence: float) -> float:
    """The t for which Student's t with `df` degrees of freedom lies between -t and t.

    Right to ten digits; ValueError for less than one degree of freedom.
    """
    if df < 1:
        raise ValueError(f"Student's t has no {df} degrees of freedom")
    z = normal_reach(confidence)
    if df >= _MANY:
        return _expansion(z, df)
    # Newton's steps. The probability is concave in t and z is too small, so they only go up.
    t = z
    for _ in range(100):
        step = (confidence - _probability(t, df)) / (2 * _density(t, df))
        t += step
        if abs(step) <= 1e-13 * t:
            break
    return t


def _probability(t: float, df: int) -> float:
    """That Student's t lies between -t and t (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4)."""
    angle = atan(t / sqrt(df))
    square = cos(angle) ** 2
    if df % 2 == 0:
        term = total = 1.0
        for k in range(2, df, 2):
            term *= square * (k - 1) / k
            total += term
        return sin(angle) * total
    term = total = cos(angle) if df > 1 else 0.0
    for k in range(3, df, 2):
        term *= square * (k - 1) / k
        total += term
    return 2 / pi * (angle + sin(angle) * total)


def _density(t: float, df: int) -> float:
    constant = lgamma((df + 1) / 2) - lgamma(df / 2) - log(df * pi) / 2
    return exp(constant - (df + 1) / 2 * log1p(t * t / df))


def _expansion(z: float, df: int) -> float:
    """Student's quantile from the normal one (Abramowitz and Stegun 1964, 26.7.5)."""
    parts: tuple[float, ...] = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(part / float(df) ** power for power, part in enumerate(parts, 1))
