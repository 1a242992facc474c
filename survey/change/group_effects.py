"""Effect sizes for all raters together, each rater group with one voice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from survey.change.descriptive import Ratings
from survey.change.effect_sizes import (
    hodges_lehmann,
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
    df = sum(before.size + after.size - 2 for before, after in samples)
    return Effects(
        g=_standardised([later.mean() - earlier.mean() for earlier, later in samples], samples, df),
        superiority=_mean([superiority(before, after) for before, after in samples]),
        shift=_mean([hodges_lehmann(before, after) for before, after in samples]),
    )


def paired_effects(groups: Sequence[tuple[Ratings, Ratings]]) -> Effects:
    """Effects from (then, now) of each group, row i the same rater, shapes (raters,).

    `g` divides by the same standard deviation as for independent rounds, so that both have one
    yardstick, and is corrected for the degrees of freedom of the pairs (as in
    `effect_sizes.matched_g`). `superiority` is the share of raters who see a rise, plus half of
    those who see no change. `shift` is the mean of the groups' medians of the differences' pairwise
    means (Hodges and Lehmann 1963, one sample).
    """
    paired = [~np.isnan(then) & ~np.isnan(now) for then, now in groups]
    samples = [
        (then[both], now[both])
        for (then, now), both in zip(groups, paired, strict=True)
        if both.any()
    ]
    if not samples:
        return NO_EFFECTS
    differences = [now - then for then, now in samples]
    return Effects(
        g=_standardised(
            [d.mean() for d in differences], samples, sum(d.size - 1 for d in differences)
        ),
        superiority=_mean([float((np.sign(d) + 1).mean() / 2) for d in differences]),
        shift=_mean([_walsh_median(d) for d in differences]),
    )


def _standardised(
    changes: Sequence[float], samples: Sequence[tuple[Ratings, Ratings]], df: int
) -> float | None:
    """Mean change over the standard deviation within groups and rounds, corrected with df."""
    parts = [part for sample in samples for part in sample]
    squares = sum(float(np.square(part - part.mean()).sum()) for part in parts)
    spread = sqrt(squares / max(1, sum(part.size - 1 for part in parts)))
    if df < 2 or spread < 1e-9:
        return None
    return float(np.mean(changes)) / spread * small_sample_correction(df)


def _walsh_median(differences: Ratings) -> float:
    """The median of the means of all pairs, each value with itself included."""
    rows, columns = np.triu_indices(differences.size)
    return float(np.median((differences[rows] + differences[columns]) / 2))


def _mean(values: Sequence[float | None]) -> float:
    return float(np.mean([value for value in values if value is not None]))
