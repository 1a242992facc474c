"""Rounding figures for readers."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def one_decimal(value: float) -> Decimal:
    """The value with one decimal, halves away from zero, as people round on paper.

    Means of ratings often end in exactly …5, where binary floats fall to either side and Python's
    own formatting rounds to even; nine digits are kept first to undo the floats' noise.
    """
    exact = Decimal(repr(round(value, 9)))
    rounded = exact.quantize(Decimal("0.1"), ROUND_HALF_UP)
    return abs(rounded) if rounded == 0 else rounded
