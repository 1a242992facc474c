"""What the view of a whole programme may say, so that no mentee can be made out in it.

**Batches.** Mentees enter the view in batches and never one by one: in the order in which their
reports were released, as soon as a batch is full (`batch_is_full`). Whoever compares the view
before and after sees what one batch adds, and of a batch nothing but figures that do not change
when its mentees are exchanged. When a batch is full depends on who waits and on their mentors,
never on what came out. A batch leaves as a whole, too, once a round of it has been deleted.

**The promise.** A reader has everything the view ever showed, knows this program, and, mentoring
some of the mentees, knows all about these. Still for every other mentee and every competency

1. it is not certain in which quarter of a point the change lies, and not certain that it is a
   clear rise, or a rise at all;
2. to somebody who mentors none of them, it is not certain either that it is *not* a clear rise
   (a rise), unless the shown changes say that nobody's reached the 0.2 points a rise needs.

Of the contrast of goal competencies only that is promised: the count of a batch is never exact when
(almost) all or none are counted. Where the shown changes say it of all, they say it.

**Why it holds.** The figures of a batch depend on its mentees in no order: exchange the whole
records of two, and all that is shown stays as it is. So a mentee's quarter is certain only if all
mentees whom the reader does not know share it. A batch's changes of a competency are shown when
more mentees lie outside the fullest quarter than any one mentor has in the batch
(`may_show_changes`): then the unknown ones differ, whatever the reader knows. That a batch is left
out says that nearly all share some quarter, and not which. Counts are exact unless (almost) all or
none are counted; then only a bound is given, wide enough that somebody who takes away the mentees
they know is left with two possibilities (`bounded_counts`).

What several figures add up to must not undo that. Whether the competencies of the goal moved more
than the others is counted, never averaged, and only in batches that show the changes of every
competency: where one is left out, a comparison with shown ones could give it away.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FEWEST_MENTEES = 5
# Later batches are a quarter of what is shown: few of these are so alike that they must be left out
# or bounded, and at most a fifth of the mentees wait. A hundred are enough for any figure.
_LARGEST_BATCH = 100
QUARTER = 0.25

Counts = NDArray[np.int64]


def batch_is_full(waiting: Collection[int], shown: int) -> bool:
    """Whether the mentees who wait make a batch.

    `waiting` has their number for each mentor, `shown` is how many are in the view already. No
    mentor may have more than a third of a batch.
    """
    mentees = sum(waiting)
    enough = max(FEWEST_MENTEES, min(_LARGEST_BATCH, shown // 4))
    return mentees >= enough and 3 * max(waiting) <= mentees


def quarters(differences: NDArray[np.float64]) -> Counts:
    """The quarter of a point each difference lies in: 0 for 0 up to under 0.25. Same shape."""
    # A millionth for sums that miss a limit in the last bits.
    return np.floor(differences / QUARTER + 1e-6).astype(np.int64)


def may_show_changes(in_quarters: Counts, most_of_one_mentor: Counts) -> NDArray[np.bool_]:
    """For each batch, whether its changes of one competency may be shown: shape (batches,).

    `in_quarters` counts its mentees, shape (batches, quarters); `most_of_one_mentor` is how many of
    them the mentor with most of them has, shape (batches,).
    """
    mentees = in_quarters.sum(axis=1)
    outside = mentees - in_quarters.max(axis=1, initial=0)
    shown: NDArray[np.bool_] = (mentees >= FEWEST_MENTEES) & (outside > most_of_one_mentor)
    return shown


@dataclass(frozen=True)
class BoundedCount:
    """From `low` to `high` of `of`; equal where the exact number may be told."""

    low: int
    high: int
    of: int


def bounded_counts(yes: Counts, of: Counts, known: Counts) -> BoundedCount:
    """How many were counted in all batches together, as exactly as may be told.

    `yes` of `of` were counted in each batch, and one reader may know about `known` of these
    (shape (batches,) each). Batches with fewer than 5, or fewer than three unknown, do not enter.
    """
    told = (of >= FEWEST_MENTEES) & (of - known >= 3)
    yes, of, known = yes[told], of[told], known[told]
    few = yes <= 1
    most = yes >= of - 1 - known
    low = np.where(few, 0, np.where(most, of - 1 - known, yes))
    high = np.where(few, 1, np.where(most, of, yes))
    return BoundedCount(int(low.sum()), int(high.sum()), int(of.sum()))
