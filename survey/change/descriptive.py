"""Descriptive statistics of one group's ratings.

A matrix of ratings has one row per rater and one column per behaviour indicator, in points of
the rating scale; a rating that is missing (skipped, or "not observed") is NaN, never zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ratings = NDArray[np.float64]


@dataclass(frozen=True)
class Description:
    """How many values there are, their mean, and their sample standard deviation.

    `mean` is None when n is 0; `sd` (divisor n - 1) is None when n is below 2.
    """

    n: int
    mean: float | None
    sd: float | None


def competency_scores(ratings: Ratings) -> Ratings:
    """Each rater's score on a competency: the mean of the indicators that they rated.

    `ratings` has shape (raters, indicators); the result has shape (raters,), in scale points.
    A rater who rated fewer than half of the indicators has no score (NaN): a mean over the few
    that remain would describe another competency (half-rule, Schafer and Graham 2002, p. 157).
    """
    if ratings.ndim != 2:
        raise ValueError(f"ratings need shape (raters, indicators), not {ratings.shape}")
    rated = ~np.isnan(ratings)
    count = rated.sum(axis=1)
    total = np.where(rated, ratings, 0.0).sum(axis=1)
    scores = np.full(ratings.shape[0], np.nan)
    enough = (2 * count >= ratings.shape[1]) & (count > 0)
    scores[enough] = total[enough] / count[enough]
    return scores


def describe(values: Ratings) -> Description:
    """Describe the values of one group, shape (raters,), leaving out those that are missing."""
    present = values[~np.isnan(values)]
    n = int(present.size)
    return Description(
        n=n,
        mean=float(present.mean()) if n else None,
        sd=float(present.std(ddof=1)) if n > 1 else None,
    )


def distribution(ratings: Ratings, points: tuple[int, ...]) -> tuple[int, ...]:
    """How often each point of the scale was given, in the order of `points`; any shape.

    Raises ValueError for a rating that is not on the scale.
    """
    present = ratings[~np.isnan(ratings)]
    counts = tuple(int((present == point).sum()) for point in points)
    if sum(counts) != present.size:
        raise ValueError("a rating is not on the rating scale")
    return counts


def mean_of_groups(group_means: list[float]) -> float | None:
    """The unweighted mean of group means: every group speaks with one voice, however large."""
    return float(np.mean(group_means)) if group_means else None
