"""The direction of a rating scale."""

from __future__ import annotations

from dataclasses import dataclass

from survey.change.descriptive import Ratings


@dataclass(frozen=True)
class Scale:
    """The two ends of a rating scale; `best` may be the lower number."""

    worst: float
    best: float

    def __post_init__(self) -> None:
        if self.worst == self.best:
            raise ValueError("the ends of a scale differ")

    @property
    def length(self) -> float:
        """From end to end, in scale points."""
        return abs(self.best - self.worst)

    def height(self, value: float) -> float:
        """Where a value stands: 0 at the worst end, 1 at the best."""
        return (value - self.worst) / (self.best - self.worst)

    def rising(self, scores: Ratings) -> Ratings:
        """The scores, any shape, so that higher is better: mirrored when `best` is the lower end.

        A score keeps its distance from the ends; NaN stays NaN.
        """
        return self.worst + self.best - scores if self.best < self.worst else scores
