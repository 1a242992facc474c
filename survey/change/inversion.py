"""From rearranged data to a p-value and an interval.

A permutation test rearranges the data in all ways that would have been as likely had nothing
changed, and asks how many arrangements give a statistic as extreme as the real one (Fisher 1935;
Pitman 1937). The interval inverts the test: it holds every shift d for which, after taking d away
from the after-scores, the test would not reject (Lehmann 1963; Garthwaite 1996).

Both statistics of this package (`stratified`, `paired`) are linear, and that makes the inversion
exact and quick. Write T for the real statistic and, for one arrangement, A for the statistic and
m >= 0 for how much of a shift the arrangement undoes. After taking away d, the real statistic is
T - d and that of the arrangement A - d (1 - m). The arrangement is at least as high as the real
one just when d >= (T - A) / m =: c. So the p-value of "no rise beyond d" is the share of
arrangements with c <= d, and the limits of the interval are order statistics of c: no search.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey.change.descriptive import Ratings
from survey.change.interval import Interval, check_confidence

# Scale points. Statistics closer than this are ties: sums in another order differ in the last bit.
_TIE = 1e-9
# A limit closer to 0 than this is 0: a tie divided by a small m.
_ZERO = 1e-6


@dataclass(frozen=True)
class Rearrangements:
    """What the statistic becomes under rearrangement, for several competencies at once.

    `statistics` has shape (competencies, arrangements), in scale points; `moved` has shape
    (arrangements,) and holds m of the module's text, 0 for the arrangement that is the data.
    `complete`: these are all arrangements, the real one included; otherwise they are random draws.
    """

    statistics: Ratings
    moved: Ratings
    complete: bool


@dataclass(frozen=True)
class Inverted:
    """The outcome for one competency.

    `p` is two-sided: twice the smaller tail, at most 1, ties counted in full. Draws count the real
    arrangement as one more (Phipson and Smyth 2010), so p is never 0. `p_error` is the standard
    error of p from drawing at random, 0 when all arrangements were listed. `interval` (scale
    points) holds the shifts whose two-sided p is above 1 - confidence; None when there are too few
    arrangements to reject any shift.
    """

    p: float
    p_error: float
    interval: Interval | None


def invert(
    observed: Ratings, rearranged: Rearrangements, confidence: float = 0.95
) -> tuple[Inverted, ...]:
    """P-value and interval for each of the observed statistics, shape (competencies,)."""
    check_confidence(confidence)
    lag = observed[:, np.newaxis] - rearranged.statistics
    extra = 0 if rearranged.complete else 1
    total = lag.shape[1] + extra
    as_high, as_low = (lag < _TIE).sum(axis=1), (lag > -_TIE).sum(axis=1)
    tail = (np.minimum(as_high, as_low) + extra) / total
    error = np.zeros_like(tail) if rearranged.complete else np.sqrt(tail * (1 - tail) / total)
    limits = _limits(lag, rearranged.moved, extra, 1 - confidence)
    return tuple(
        Inverted(
            p=min(1.0, 2 * float(tail[i])),
            p_error=2 * float(error[i]),
            interval=None
            if limits is None
            else Interval(float(limits[i, 0]), float(limits[i, 1]), confidence),
        )
        for i in range(observed.size)
    )


def _limits(lag: Ratings, moved: Ratings, extra: int, level: float) -> Ratings | None:
    """Both limits for each row of `lag`, shape (competencies, 2), or None: nothing is rejected."""
    really = moved > _TIE
    total = moved.size + extra
    movable = int(really.sum())
    # A shift is rejected while at most this many arrangements are as extreme as the data; the data
    # themselves, and draws that are like them, always are.
    place = int(np.floor(level / 2 * total + _TIE)) - (total - movable)
    if place < 0 or place >= movable:
        return None
    if movable < moved.size:
        lag, moved = lag[:, really], moved[really]
    shifts = lag / moved
    shifts.partition((place, movable - 1 - place), axis=1)
    limits = shifts[:, [place, movable - 1 - place]]
    return np.where(np.abs(limits) < _ZERO, 0.0, limits)
