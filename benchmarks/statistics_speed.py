"""How long the statistics of one mentee take, beside a plain loop over scipy. Run by hand.

    python benchmarks/statistics_speed.py

One mentee: 8 competencies, 20 raters (1 manager, 7 peers, 6 direct reports, 6 customers), two
rounds. `analyse_change` gives permutation test, interval, effect sizes, adjusted p-values, verdicts
and the goal contrast. The plain loop calls scipy.stats per competency for the same test (drawing
as many arrangements within groups) and for one interval (BCa bootstrap with 1,999 resamples).
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy import stats

from survey.change.analysis import analyse_change
from survey.change.paired import _all_flips
from survey.change.stratified import Effort, _random_subsets, _subsets

Scores = dict[str, NDArray[np.float64]]
CASES = {
    "20 raters (1, 7, 6, 6)": {"manager": 1, "peers": 7, "reports": 6, "customers": 6},
    "10 raters (1, 3, 3, 3)": {"manager": 1, "peers": 3, "reports": 3, "customers": 3},
    "37 raters (1, 12, 12, 12)": {"manager": 1, "peers": 12, "reports": 12, "customers": 12},
    "20 raters, some scores missing": {"manager": 1, "peers": 7, "reports": 6, "customers": 6},
}
COMPETENCIES = 8


def scores(rng: np.random.Generator, sizes: dict[str, int], holes: float) -> Scores:
    found = {}
    for key, n in sizes.items():
        values = np.clip(np.rint(rng.normal(3.4, 0.9, (n, COMPETENCIES, 4))), 1, 5).mean(axis=2)
        values[rng.random(values.shape) < (holes if n > 1 else 0)] = np.nan
        found[key] = values
    return found


def plain_loop(before: Scores, after: Scores) -> None:
    """What one would write with scipy.stats alone."""
    draws = Effort().draws
    for column in range(COMPETENCIES):
        pairs = [(before[key][:, column], after[key][:, column]) for key in before]
        pairs = [(b[~np.isnan(b)], a[~np.isnan(a)]) for b, a in pairs]
        rng = np.random.default_rng(1)
        # permutation_test knows no strata: the null distribution is the mean of the groups' own.
        null = np.zeros(draws)
        for b, a in pairs:
            outcome = stats.permutation_test(
                (a, b) if min(len(a), len(b)) > 1 else (np.repeat(a, 2), np.repeat(b, 2)),
                lambda x, y, axis: x.mean(axis=axis) - y.mean(axis=axis),
                n_resamples=draws,
                vectorized=True,
                rng=rng,
            )
            null += rng.choice(outcome.null_distribution, draws) / len(pairs)
        samples = [sample for b, a in pairs if min(len(a), len(b)) > 1 for sample in (b, a)]
        stats.bootstrap(
            samples,
            lambda *parts, axis: sum(
                parts[i + 1].mean(axis=axis) - parts[i].mean(axis=axis)
                for i in range(0, len(parts), 2)
            ),
            n_resamples=1_999,
            vectorized=True,
            method="BCa",
            rng=rng,
        )


def clock(work: Callable[[], object], times: int) -> list[float]:
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return taken


def main() -> None:
    print("| one mentee, 8 competencies, two rounds | first call | median | plain loop | factor |")
    print("| --- | --- | --- | --- | --- |")
    linked = [True] * 3 + [False] * 5
    slow = False
    for name, sizes in CASES.items():
        rng = np.random.default_rng(0)
        holes = 0.1 if "missing" in name else 0.0
        before, after = scores(rng, sizes, holes), scores(rng, sizes, holes)
        _subsets.cache_clear()
        _random_subsets.cache_clear()
        _all_flips.cache_clear()
        (first,) = clock(lambda b=before, a=after: analyse_change(b, a, linked), 1)
        own = statistics.median(clock(lambda b=before, a=after: analyse_change(b, a, linked), 15))
        plain = statistics.median(clock(lambda b=before, a=after: plain_loop(b, a), 3))
        print(
            f"| {name} | {1000 * first:.0f} ms | {1000 * own:.0f} ms | {1000 * plain:.0f} ms "
            f"| {plain / own:.0f} |"
        )
        slow = slow or max(first, own) > 0.1
    print(
        f"\nNumPy {np.__version__}, SciPy {scipy.__version__}, Python "
        f"{platform.python_version()}, {platform.machine()}, one core."
    )
    if slow:
        sys.exit("slower than 0.1 s")


if __name__ == "__main__":
    main()
