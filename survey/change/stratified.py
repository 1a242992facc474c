"""The main test: did ratings change between two rounds, each rater group speaking with one voice?

Before and after are independent samples: no key links a rater's two answers. The statistic is the
mean over rater groups of (after mean - before mean), which is what the report prints as the change
for all raters. Had nothing changed, then within a group any split of its ratings into "before"
and "after" would have been as likely; so ratings are rearranged within groups only (a permutation
test stratified by group: Pitman 1937; Edgington and Onghena 2007, ch. 5). All arrangements are
listed where there are few, otherwise drawn at random.

When some raters answer in both rounds, as most do, their answers resemble each other; the test
does not use that, and errs on the side of "no change" (`docs/statistics.md` has numbers).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, combinations
from math import comb, prod

import numpy as np
from numpy.typing import NDArray

from survey.change.descriptive import Ratings
from survey.change.interval import Interval
from survey.change.inversion import Rearrangements, invert

# Draws for a group are taken from a list of all its arrangements while that list is this short.
_LONGEST_TABLE = 20_000
# Marks held in memory at once while drawing for a large group.
_CHUNK = 4_000_000


@dataclass(frozen=True)
class Effort:
    """How much to compute: list all arrangements up to a number, beyond it draw so many.

    With more than a thousand raters there are fewer draws, so that draws times raters stays below
    `most_marks`. The same seed gives the same result; the order of the raters does not matter.
    """

    most_arrangements: int = 100_000
    draws: int = 19_999
    seed: int = 20_240_229
    most_marks: int = 20_000_000

    def draws_for(self, raters: int) -> int:
        """How many to draw for so many raters in both rounds together; at least 1,999."""
        return min(self.draws, max(1_999, self.most_marks // max(raters, 1)))


@dataclass(frozen=True)
class ChangeTest:
    """Change of one competency for all raters together, in scale points.

    `difference` is the mean over `groups` of (after - before). `interval` and `p` (two-sided)
    belong together: the interval at confidence 0.95 leaves out 0 just when p <= 0.05. `interval`
    is None when there are too few raters for one. `arrangements` is how many were compared:
    `exact` tells that these are all; otherwise they are the data and random draws, and `p_error` is
    the standard error of p. `least_p` is the smallest p that so many can give, whatever raters say.
    """

    difference: float
    interval: Interval | None
    p: float
    p_error: float
    least_p: float
    arrangements: int
    exact: bool
    groups: tuple[str, ...]


_Counts = tuple[int, int]


def stratified_change(
    before: Mapping[str, Ratings],
    after: Mapping[str, Ratings],
    *,
    confidence: float = 0.95,
    effort: Effort = Effort(),
) -> tuple[ChangeTest | None, ...]:
    """Test the change of each competency.

    `before` and `after` map a rater group to scores, shape (raters, competencies), NaN missing;
    the number of raters may differ. A group counts for a competency when it has at least one score
    in both rounds; the result is None when no group has. Raises ValueError when shapes disagree or
    a score is infinite.
    """
    columns = check_scores(before, after)
    samples = {
        key: (np.sort(before[key], axis=0), np.sort(after[key], axis=0))  # NaN goes last
        for key in before
        if key in after
    }
    designs: dict[tuple[tuple[str, _Counts], ...], list[int]] = {}
    for column in range(columns):
        counts = [
            (key, (_count(earlier[:, column]), _count(later[:, column])))
            for key, (earlier, later) in samples.items()
        ]
        designs.setdefault(tuple((k, n) for k, n in counts if min(n) > 0), []).append(column)
    tests: list[ChangeTest | None] = [None] * columns
    for design, members in designs.items():
        if not design:
            continue
        strata = [
            (samples[key][0][:n_before, members], samples[key][1][:n_after, members])
            for key, (n_before, n_after) in design
        ]
        keys = tuple(key for key, _ in design)
        for column, test in zip(members, _test(strata, keys, confidence, effort), strict=True):
            tests[column] = test
    return tuple(tests)


def check_scores(before: Mapping[str, Ratings], after: Mapping[str, Ratings]) -> int:
    """The common number of competencies (columns). Raises ValueError when shapes disagree."""
    matrices = [*before.values(), *after.values()]
    for matrix in matrices:
        if matrix.ndim != 2:
            raise ValueError(f"scores need shape (raters, competencies), not {matrix.shape}")
        if np.isinf(matrix).any():
            raise ValueError("a score is infinite")
    widths = {matrix.shape[1] for matrix in matrices}
    if len(widths) > 1:
        raise ValueError(f"groups have different numbers of competencies: {sorted(widths)}")
    return widths.pop() if widths else 0


def _count(sorted_column: Ratings) -> int:
    return int((~np.isnan(sorted_column)).sum())


def _test(
    strata: Sequence[tuple[Ratings, Ratings]],
    keys: tuple[str, ...],
    confidence: float,
    effort: Effort,
) -> list[ChangeTest]:
    """Test columns that have the same numbers of raters and nothing missing."""
    observed = np.mean([b.mean(axis=0) - a.mean(axis=0) for a, b in strata], axis=0)
    possible = prod(comb(len(a) + len(b), len(b)) for a, b in strata)
    exact = possible <= effort.most_arrangements
    rearranged = _all(strata) if exact else _drawn(strata, effort)
    return change_tests(observed, rearranged, keys, confidence)


def change_tests(
    observed: Ratings, rearranged: Rearrangements, groups: tuple[str, ...], confidence: float
) -> list[ChangeTest]:
    """The result for each of the observed differences, shape (competencies,)."""
    arrangements = rearranged.moved.size + (0 if rearranged.complete else 1)
    return [
        ChangeTest(
            difference=float(difference),
            interval=outcome.interval,
            p=outcome.p,
            p_error=outcome.p_error,
            least_p=min(1.0, 2 / arrangements),
            arrangements=arrangements,
            exact=rearranged.complete,
            groups=groups,
        )
        for difference, outcome in zip(
            observed, invert(observed, rearranged, confidence), strict=True
        )
    ]


@lru_cache(maxsize=32)
def _subsets(n: int, k: int) -> NDArray[np.bool_]:
    """All ways to choose k of n, one a row: shape (comb(n, k), n)."""
    count = comb(n, k)
    chosen = np.fromiter(chain.from_iterable(combinations(range(n), k)), np.intp, count * k)
    table = np.zeros((count, n), dtype=np.bool_)
    table[np.repeat(np.arange(count), k), chosen] = True
    table.flags.writeable = False
    return table


class _Stratum:
    """One group: what any choice of its "after" ratings adds to the statistic and to m."""

    def __init__(self, before: Ratings, after: Ratings, groups: int) -> None:
        self.n_after = len(after)
        self.n = len(before) + len(after)
        pooled = np.vstack([before, after]).T
        self.weight = (1 / len(before) + 1 / len(after)) / groups
        self.base = pooled.sum(axis=1, keepdims=True) / len(before) / groups
        # A last row of marks counts how many of the chosen are really from after.
        self.really_after = np.arange(self.n) >= len(before)
        self.values = np.vstack([pooled * self.weight, self.really_after])

    def parts(self, chosen: NDArray[np.bool_]) -> Ratings:
        """Shape (competencies + 1, arrangements): the statistic's part, and last m's part."""
        parts: Ratings = self.values @ chosen.T.astype(np.float64)
        parts[:-1] -= self.base
        parts[-1] = (self.n_after - parts[-1]) * self.weight
        return parts

    def table(self) -> Ratings:
        """The parts of all arrangements."""
        return self.parts(_subsets(self.n, self.n_after))

    def draw(self, draws: int, seed: tuple[int, int]) -> Ratings:
        """The parts of arrangements drawn at random."""
        count = comb(self.n, self.n_after)
        if count <= _LONGEST_TABLE:
            drawn = np.random.default_rng(seed).integers(count, size=draws)
            return np.take(self.table(), drawn, axis=1)
        if draws * self.n <= _CHUNK:
            return self.parts(_random_subsets(self.n, self.n_after, draws, seed))
        rng = np.random.default_rng(seed)
        step = max(1, _CHUNK // self.n)
        return np.hstack(
            [
                self.parts(_shuffled(self.really_after, rows, rng))
                for rows in (min(step, draws - start) for start in range(0, draws, step))
            ]
        )


@lru_cache(maxsize=8)
def _random_subsets(n: int, k: int, draws: int, seed: tuple[int, int]) -> NDArray[np.bool_]:
    """Random choices of k of n, kept since a report asks for the same ones several times."""
    table = _shuffled(np.arange(n) < k, draws, np.random.default_rng(seed))
    table.flags.writeable = False
    return table


def _shuffled(marks: NDArray[np.bool_], rows: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """The marks in random order, once per row: shape (rows, marks)."""
    return rng.permuted(np.tile(marks, (rows, 1)), axis=1)


def _all(strata: Sequence[tuple[Ratings, Ratings]]) -> Rearrangements:
    total = np.zeros((strata[0][0].shape[1] + 1, 1))
    for before, after in strata:
        parts = _Stratum(before, after, len(strata)).table()
        total = (total[:, :, np.newaxis] + parts[:, np.newaxis]).reshape(len(total), -1)
    return Rearrangements(total[:-1], total[-1], complete=True)


def _drawn(strata: Sequence[tuple[Ratings, Ratings]], effort: Effort) -> Rearrangements:
    draws = effort.draws_for(sum(len(before) + len(after) for before, after in strata))
    total = np.zeros((strata[0][0].shape[1] + 1, draws))
    for place, (before, after) in enumerate(strata):
        # A seed of its own for each group: groups are rearranged independently.
        total += _Stratum(before, after, len(strata)).draw(draws, (effort.seed, place))
    return Rearrangements(total[:-1], total[-1], complete=False)
