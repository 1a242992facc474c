"""Effect sizes for all raters together, each rater group with one voice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from survey.change.descriptive import Ratings
from survey.change.effect_sizes import (
    hodges_lehmann,
    matched_g,
    mean_difference,
    present,
    small_sample_correction,
    superiority,
)


@dataclass(frozen=True)
class Effects:
    """Sizes of one competency's change over several groups; each is None when undefined.

    `g`: the difference of the report over the standard deviation within groups and rounds, pooled
    and corrected as Hedges (1981) did; None with fewer than two degrees of freedom or no spread.
    `superiority`: the mean of the groups' A (Vargha and Delaney 2000). `shift`: the mean of the
    groups' Hodges-Lehmann shifts, in scale points.
    """

    g: float | None
    superiority: float | None
    shift: float | None


NO_EFFECTS = Effects(None, None, None)


def independent_effects(groups: Sequence[tuple[Ratings, Ratings]]) -> Effects:
    """Effects from (before, after) of each group, shapes (raters,); every one has some of both."""
    samples = [(present(before), present(after)) for before, after in groups]
    if not samples:
        return NO_EFFECTS
    squares = sum(
        float(np.square(part - part.mean()).sum()) for sample in samples for part in sample
    )
    df = sum(before.size + after.size - 2 for before, after in samples)
    chances = [superiority(before, after) for before, after in samples]
    shifts = [hodges_lehmann(before, after) for before, after in samples]
    differences = [mean_difference(before, after) for before, after in samples]
    g = None
    if df >= 2 and (spread := sqrt(squares / df)) > 1e-9:
        g = _mean(differences) / spread * small_sample_correction(df)
    return Effects(g, _mean(chances), _mean(shifts))


def paired_effects(groups: Sequence[tuple[Ratings, Ratings]]) -> Effects:
    """Effects from (then, now) of each group, row i the same rater, shapes (raters,).

    `g` is the mean of the groups' matched g, over the groups that have one. `superiority` is the
    share of raters who see a rise, plus half of those who see no change. `shift` is the mean of the
    groups' medians of the differences' pairwise means (Hodges and Lehmann 1963, one sample).
    """
    differences = [present(now - then) for then, now in groups]
    differences = [d for d in differences if d.size > 0]
    if not differences:
        return NO_EFFECTS
    sizes = [size.g for then, now in groups if (size := matched_g(then, now)) is not None]
    return Effects(
        g=_mean(sizes) if sizes else None,
        superiority=_mean([float((np.sign(d) + 1).mean() / 2) for d in differences]),
        shift=_mean([_walsh_median(d) for d in differences]),
    )


def _walsh_median(differences: Ratings) -> float:
    """The median of the means of all pairs, each value with itself included."""
    rows, columns = np.triu_indices(differences.size)
    return float(np.median((differences[rows] + differences[columns]) / 2))


def _mean(values: Sequence[float | None]) -> float:
    return float(np.mean([value for value in values if value is not None]))
