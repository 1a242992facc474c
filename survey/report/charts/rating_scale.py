"""The scale that ratings stand on."""

from __future__ import annotations

import math
from dataclasses import dataclass

_MOST_TICKS = 11
# What adding and dividing ratings may add beyond the last point.
_NOISE = 1e-6


@dataclass(frozen=True)
class RatingScale:
    """From the lowest to the highest point, with what the two ends mean."""

    lowest: int
    highest: int
    lowest_label: str = ""
    highest_label: str = ""

    def __post_init__(self) -> None:
        if self.lowest >= self.highest:
            raise ValueError(f"not a scale: {self.lowest} to {self.highest}")

    @property
    def points(self) -> tuple[int, ...]:
        """The points an axis names: all of them, or evenly chosen ones of a long scale."""
        length = self.highest - self.lowest
        steps = (step for step in range(1, length + 1) if length % step == 0)
        step = next(step for step in steps if length // step < _MOST_TICKS)
        return tuple(range(self.lowest, self.highest + 1, step))

    def clipped(self, value: float) -> float:
        """The value, or the end of the scale beyond which it lies."""
        return min(max(value, self.lowest), self.highest)

    def checked(self, value: float | None) -> float | None:
        """The value as it is. Raises ValueError where it cannot be a mean of ratings."""
        if value is None:
            return None
        if not math.isfinite(value) or abs(value - self.clipped(value)) > _NOISE:
            raise ValueError(f"{value} is not on the scale {self.lowest} to {self.highest}")
        return self.clipped(value)
