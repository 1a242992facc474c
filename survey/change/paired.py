"""Change within one response: each rater says how it is now and how it was then.

The retrospective form (Howard 1980) gives pairs with no key that links two answers. Had nothing
changed, a rater's "now" and "then" could as well have stood the other way round; so the sign of
each rater's difference is flipped, in all ways or at random (Fisher 1935; Edgington and Onghena
2007, ch. 6).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy
from numpy.typing import NDArray

from survey.change.descriptive import Ratings
from survey.change.inversion import Rearrangements
from survey.change.stratified import ChangeTest, Effort, change_tests, check_scores

# Flips held in memory at once while drawing.
_CHUNK = 4_000_000


@dataclass(frozen=True)
class SignedRank:
    """Wilcoxon's signed-rank test of paired differences.

    `statistic` is the smaller of the rank sums of rises and falls; `n` is the number of
    differences that are not 0. `p` is two-sided and exact up to 17 of them, else from draws with a
    fixed seed.
    """

    n: int
    statistic: float
    p: float


def paired_change(
    then: Mapping[str, Ratings],
    now: Mapping[str, Ratings],
    *,
    confidence: float = 0.95,
    effort: Effort = Effort(),  # noqa: B008 - frozen
) -> tuple[ChangeTest | None, ...]:
    """Test the change of each competency from paired scores.

    `then` and `now` map a rater group to scores, shape (raters, competencies), NaN missing; row i
    of both is the same rater. The statistic is the mean over groups of the group's mean of
    (now - then), over raters who have both. Raises ValueError when shapes disagree.
    """
    columns = check_scores(then, now)
    differences = {key: _differences(then[key], now[key], key) for key in then if key in now}
    designs: dict[tuple[tuple[str, int], ...], list[int]] = {}
    for column in range(columns):
        counts = ((key, int((~np.isnan(d[:, column])).sum())) for key, d in differences.items())
        designs.setdefault(tuple((key, n) for key, n in counts if n > 0), []).append(column)
    tests: list[ChangeTest | None] = [None] * columns
    for design, members in designs.items():
        if not design:
            continue
        weighted = np.vstack([differences[key][:n, members] / n for key, n in design])
        weights = np.concatenate([np.full(n, 1 / n) for _, n in design])
        outcome = _test(
            weighted / len(design),
            weights / len(design),
            tuple(key for key, _ in design),
            confidence,
            effort,
        )
        for column, test in zip(members, outcome, strict=True):
            tests[column] = test
    return tuple(tests)


def signed_rank(differences: Ratings, effort: Effort = Effort()) -> SignedRank | None:  # noqa: B008
    """Wilcoxon's (1945) test of one group's differences, shape (raters,), NaN missing.

    Zeros are left out, as Wilcoxon did; tied ranks are averaged and the null distribution is that
    of the tied ranks. None when no difference is left.
    """
    kept = differences[~np.isnan(differences) & (differences != 0)]
    if kept.size == 0:
        return None
    if kept.size == 1:
        return SignedRank(1, 0.0, 1.0)
    outcome = scipy.stats.wilcoxon(
        kept,
        method=scipy.stats.PermutationMethod(
            n_resamples=max(effort.draws, 2**17), rng=np.random.default_rng(effort.seed)
        ),
    )
    return SignedRank(int(kept.size), float(outcome.statistic), min(1.0, float(outcome.pvalue)))


def _differences(then: Ratings, now: Ratings, key: str) -> Ratings:
    if then.shape != now.shape:
        raise ValueError(f"group {key}: then has shape {then.shape}, now {now.shape}")
    return np.asarray(np.sort(now - then, axis=0))  # NaN goes last


def _test(
    weighted: Ratings,
    weights: Ratings,
    keys: tuple[str, ...],
    confidence: float,
    effort: Effort,
) -> list[ChangeTest]:
    """Test differences, shape (raters, competencies), already multiplied by their weights."""
    observed = weighted.sum(axis=0)
    n = len(weights)
    exact = 2**n <= effort.most_arrangements
    # Flipping a difference takes it away twice.
    values = 2 * np.column_stack([weighted, weights]).T
    if exact:
        parts = values @ _all_flips(n)
    else:
        rng = np.random.default_rng(effort.seed)
        draws = effort.draws_for(n)
        step = max(1, _CHUNK // n)
        parts = np.hstack(
            [
                values @ rng.integers(2, size=(n, columns)).astype(np.float64)
                for columns in (min(step, draws - start) for start in range(0, draws, step))
            ]
        )
    rearranged = Rearrangements(observed[:, np.newaxis] - parts[:-1], parts[-1], complete=exact)
    return change_tests(observed, rearranged, keys, confidence)


@lru_cache(maxsize=4)
def _all_flips(n: int) -> NDArray[np.float64]:
    """All choices of raters whose sign is flipped: shape (n, 2 ** n), of 0 and 1."""
    flips = ((np.arange(2**n) >> np.arange(n)[:, np.newaxis]) & 1).astype(np.float64)
    flips.flags.writeable = False
    return flips
