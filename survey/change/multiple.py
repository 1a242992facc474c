"""Several competencies are tested at once; some would look changed by chance alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy
from numpy.typing import NDArray


def holm(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Holm's (1979) adjusted p-values: the chance of even one false alarm stays below the level.

    None (not tested) stays None and does not count. Raises ValueError for a p outside 0..1.
    """
    tested, p = _tested(p_values)
    if p.size == 0:
        return tuple(p_values)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    steps = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    adjusted[order] = np.minimum(steps, 1.0)
    return _filled(len(p_values), tested, adjusted)


def benjamini_hochberg(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Benjamini and Hochberg's (1995) adjusted p-values: the expected share of false alarms.

    None (not tested) stays None and does not count. Raises ValueError for a p outside 0..1.
    """
    tested, p = _tested(p_values)
    if p.size == 0:
        return tuple(p_values)
    return _filled(len(p_values), tested, scipy.stats.false_discovery_control(p, method="bh"))


def _tested(p_values: Sequence[float | None]) -> tuple[list[int], NDArray[np.float64]]:
    tested = [i for i, p in enumerate(p_values) if p is not None]
    p = np.array([p for p in p_values if p is not None], dtype=np.float64)
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("a p-value lies between 0 and 1")
    return tested, p


def _filled(
    length: int, tested: list[int], adjusted: NDArray[np.float64]
) -> tuple[float | None, ...]:
    filled: list[float | None] = [None] * length
    for i, p in zip(tested, adjusted, strict=True):
        filled[i] = float(p)
    return tuple(filled)
