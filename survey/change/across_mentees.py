"""Change across many mentees: one difference in scale points per mentee."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey.change.interval import Interval, check_confidence
from survey.change.quantiles import normal_reach, student_reach


@dataclass(frozen=True)
class Spread:
    """Differences of n mentees, in scale points.

    `interval` is Student's for the mean: the mentees count as a sample of those whom such a
    programme could have. None, like `sd`, for a single mentee.
    """

    n: int
    mean: float
    interval: Interval | None
    sd: float | None
    lower_quartile: float
    median: float
    upper_quartile: float


def spread(differences: NDArray[np.float64], confidence: float = 0.95) -> Spread | None:
    """Summarise differences of shape (mentees,); None for nobody."""
    check_confidence(confidence)
    n = differences.size
    if n == 0:
        return None
    mean = float(differences.mean())
    sd = interval = None
    if n > 1:
        sd = float(differences.std(ddof=1))
        reach = student_reach(n - 1, confidence) * sd / n**0.5
        interval = Interval(mean - reach, mean + reach, confidence)
    low, median, high = np.quantile(differences, (0.25, 0.5, 0.75))
    return Spread(n, mean, interval, sd, float(low), float(median), float(high))


def wilson_interval(count: int, of: int, confidence: float = 0.95) -> Interval:
    """Wilson's (1927) interval for a share, between 0 and 1. ValueError unless 0 <= count <= of."""
    check_confidence(confidence)
    if not 0 <= count <= of or of == 0:
        raise ValueError(f"{count} of {of} is no share")
    z = normal_reach(confidence)
    share = count / of
    centre = (share + z * z / (2 * of)) / (1 + z * z / of)
    reach = z / (1 + z * z / of) * (share * (1 - share) / of + z * z / (4 * of * of)) ** 0.5
    # At the ends the limit is 0 or 1 but for the last bit.
    low = 0.0 if count == 0 else centre - reach
    high = 1.0 if count == of else centre + reach
    return Interval(low, high, confidence)
