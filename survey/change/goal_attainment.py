"""Goal Attainment Scaling: how far the goal's own measures of success were met."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, sqrt

LEVELS = (-2, -1, 0, 1, 2)


def attainment_t(
    levels: Sequence[float], weights: Sequence[float] | None = None, rho: float = 0.3
) -> float | None:
    """The T score of Kiresuk and Sherman (1968, p. 448): 50 when all is as expected.

    T = 50 + 10 sum(w x) / sqrt((1 - rho) sum(w^2) + rho (sum w)^2). `levels` holds, per measure of
    success, x from -2 (much less than expected) over 0 (as expected) to +2 (much more); `weights`
    their importance, all 1 by default; `rho` the assumed correlation between measures, for which
    the authors propose 0.3. With well-made measures T has a mean of 50 and a standard deviation of
    10 over many goals. None when there is no measure. Raises ValueError for a level outside -2..2,
    a weight that is not positive, unequal numbers, or rho outside 0..1.
    """
    weights = [1.0] * len(levels) if weights is None else weights
    if len(weights) != len(levels):
        raise ValueError(f"{len(levels)} measures have {len(weights)} weights")
    if not levels:
        return None
    if not all(-2 <= x <= 2 for x in levels):
        raise ValueError("an attainment level lies between -2 and 2")
    if not all(isfinite(w) and w > 0 for w in weights):
        raise ValueError("a weight is a positive number")
    if not 0 <= rho <= 1:
        raise ValueError("rho lies between 0 and 1")
    attained = sum(w * x for w, x in zip(weights, levels, strict=True))
    spread = (1 - rho) * sum(w * w for w in weights) + rho * sum(weights) ** 2
    return 50 + 10 * attained / sqrt(spread)
