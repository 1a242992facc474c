"""A section's figures from its rows: thresholds applied, arrays throughout. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey.anonymity.programme import (
    QUARTER,
    BoundedCount,
    Counts,
    bounded_counts,
    may_show_changes,
    quarters,
)
from survey.change.across_mentees import Spread, spread, wilson_interval
from survey.change.interval import Interval


@dataclass(frozen=True)
class Bar:
    """How many mentees' changes lie from `low` up to under `low` + 0.25 points."""

    low: float
    count: int


@dataclass(frozen=True)
class Share:
    """A share as exactly as may be told, with Wilson's 95 % interval around all it may be."""

    count: BoundedCount
    interval: Interval


@dataclass(frozen=True)
class CompetencyChanges:
    """One competency across mentees.

    `spread` and `bars` (without gaps, lowest first) are those of the shown mentees; None and empty
    when there are none. `left_out` counts those of batches that were too few or too alike, for each
    batch.
    """

    spread: Spread | None
    bars: tuple[Bar, ...]
    left_out: tuple[int, ...]


def competency_changes(
    batches: Counts, differences: NDArray[np.float64], most_of_one_mentor: Counts
) -> CompetencyChanges:
    """Figures of one competency.

    `batches` and `differences` have shape (mentees,): each one's batch, from 0, and difference in
    scale points. `most_of_one_mentor` has shape (batches,).
    """
    number = most_of_one_mentor.size
    if differences.size == 0:
        return CompetencyChanges(None, (), (0,) * number)
    places = quarters(differences)
    first = int(places.min())
    places -= first
    width = int(places.max()) + 1
    table = np.bincount(batches * width + places, minlength=number * width).reshape(number, width)
    shown = may_show_changes(table, most_of_one_mentor)
    seen = differences[shown[batches]]
    counts = table[shown].sum(axis=0)
    filled = np.flatnonzero(counts)
    span = range(int(filled[0]), int(filled[-1]) + 1) if filled.size else range(0)
    return CompetencyChanges(
        spread=spread(seen),
        bars=tuple(Bar((first + place) * QUARTER, int(counts[place])) for place in span),
        left_out=tuple(np.where(shown, 0, table.sum(axis=1)).tolist()),
    )


def wholly_shown(changes: Sequence[CompetencyChanges], batches: int) -> NDArray[np.bool_]:
    """For each batch, whether it is left out of no competency: shape (batches,)."""
    left_out = np.array([part.left_out for part in changes], dtype=np.int64).reshape(-1, batches)
    return np.asarray(left_out.sum(axis=0) == 0, dtype=np.bool_)


def share(yes: Sequence[int], of: Sequence[int], known: Sequence[int] | Counts) -> Share | None:
    """The share counted in all batches together; None when nothing of it may be told.

    Shape (batches,) each, as for `bounded_counts`.
    """
    count = bounded_counts(*(np.asarray(part, dtype=np.int64) for part in (yes, of, known)))
    if count.of == 0:
        return None
    return Share(
        count,
        Interval(
            wilson_interval(count.low, count.of).low,
            wilson_interval(count.high, count.of).high,
            0.95,
        ),
    )
