"""What blind guessing would hit: the yardstick for every attempt to link two orders.

An attacker who lays two orders of the same n raters side by side, without knowing anything, hits
as many raters as a random permutation has fixed points: one on average, whatever n is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import comb, factorial

import numpy as np
from numpy.typing import NDArray

# A right program fails a comparison once in a hundred million runs; some 150 are made per run.
TAIL = 1e-8


def hits(known: Sequence[int], seen: Sequence[int]) -> int:
    """How many raters stand at the same place in both orders."""
    return sum(a == b for a, b in zip(known, seen, strict=True))


def chance_interval(sizes: Iterable[int], tail: float = TAIL) -> tuple[int, int]:
    """The hits of blind guessing over rounds of these sizes, all but `tail` of the time.

    Exact: the distribution of the sum is the convolution of the rounds' own distributions.
    """
    total: NDArray[np.float64] = np.ones(1)
    for size in sizes:
        total = np.convolve(total, _fixed_points(size))
    below = np.cumsum(total)
    above = np.cumsum(total[::-1])[::-1]
    low = int(np.argmax(below > tail / 2))
    high = int(len(total) - 1 - np.argmax(above[::-1] > tail / 2))
    return low, high


def assert_no_better_than_chance(guesses: Mapping[str, int], sizes: Sequence[int]) -> None:
    """Fail with the strategies that link more (or fewer) raters than blind guessing does."""
    low, high = chance_interval(sizes)
    telling = {name: count for name, count in guesses.items() if not low <= count <= high}
    assert not telling, f"blind guessing hits {low} to {high} of {sum(sizes)}: {telling}"


def _fixed_points(size: int) -> NDArray[np.float64]:
    """The probability of 0, 1, … fixed points in a random permutation of `size`."""
    derangements = [1, 0]
    for n in range(2, size + 1):
        derangements.append((n - 1) * (derangements[-1] + derangements[-2]))
    ways = [comb(size, k) * derangements[size - k] for k in range(size + 1)]
    return np.array(ways, dtype=np.float64) / factorial(size)
