"""Simulation: how often the change statistics are right. Run by hand.

    python benchmarks/statistics_calibration.py --write docs/statistics.md

writes its tables between the markers of that page. `--repetitions` scales the effort; the tables
say how many reports each figure rests on. Simulated raters answer on a 5-point scale:

    rating = round(level + leniency of the rater + the rater's impression of the competency
                   + what differs from statement to statement), cut off at 1 and 5

with standard deviations of 0.4, 0.3 and 0.7 points; 4 statements per competency, 8 competencies.
One rater's scores have a standard deviation of about 0.6 and correlate by about 0.45 between
competencies. There is one manager, and n peers, n direct reports and n customers. In the before
round all competencies stand at a level of 3.3; a change is measured in the mean score that results
from it, rounding and cutting off included.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy import optimize, stats

from survey.change.analysis import analyse_change, analyse_retrospective
from survey.change.stratified import stratified_change
from survey.change.verdict import Verdict

Scores = dict[str, NDArray[np.float64]]

LENIENCY, IMPRESSION, STATEMENT = 0.4, 0.3, 0.7
STATEMENTS, COMPETENCIES = 4, 8
LEVEL = 3.3
GROUPS = ("manager", "peers", "direct_reports", "customers")
CLEAR = (Verdict.CLEAR_RISE, Verdict.CLEAR_FALL)
LIKELY = (Verdict.LIKELY_RISE, Verdict.LIKELY_FALL)


def expected_score(level: float, noise: float = 1.0) -> float:
    """The mean rating that a latent level gives, for raters with so many times the noise."""
    spread = noise * np.sqrt(LENIENCY**2 + IMPRESSION**2 + STATEMENT**2)
    return float(1 + stats.norm.sf((np.arange(1.5, 5) - level) / spread).sum())


def level_for(change: float) -> float:
    """The latent level whose mean rating lies a change above that of the before round."""
    target = expected_score(LEVEL) + change
    return float(optimize.brentq(lambda level: expected_score(level) - target, 0, 10))


@dataclass
class Raters:
    """The people of one simulated case; whoever answers twice keeps leniency and impressions."""

    rng: np.random.Generator
    sizes: dict[str, int]
    columns: int = COMPETENCIES
    halo: bool = True
    manager_noise: float = 1.0
    people: dict[str, NDArray[np.float64]] = field(init=False)

    def __post_init__(self) -> None:
        self.people = {}
        for key, n in self.sizes.items():
            lenient = self.rng.normal(0, LENIENCY, (n, 1 if self.halo else self.columns))
            own = lenient + self.rng.normal(0, IMPRESSION, (n, self.columns))
            self.people[key] = own * (self.manager_noise if key == "manager" else 1.0)

    def scores(self, level: NDArray[np.float64] | dict[str, NDArray[np.float64]]) -> Scores:
        """Competency scores, shape (raters, competencies), at a latent level per competency."""
        found = {}
        for key, people in self.people.items():
            own = level[key] if isinstance(level, dict) else level
            noise = STATEMENT * (self.manager_noise if key == "manager" else 1.0)
            latent = (people + own)[..., np.newaxis] + self.rng.normal(
                0, noise, (*people.shape, STATEMENTS)
            )
            found[key] = np.clip(np.rint(latent), 1, 5).mean(axis=2)
        return found


def sizes(n: int, groups: Sequence[str] = GROUPS) -> dict[str, int]:
    return {key: 1 if key == "manager" else n for key in groups}


def two_rounds(
    rng: np.random.Generator,
    n: dict[str, int],
    later: NDArray[np.float64] | dict[str, NDArray[np.float64]],
    *,
    same: bool = False,
    halo: bool = True,
    manager_noise: float = 1.0,
) -> tuple[Scores, Scores]:
    """Before and after; the same raters, or others of the same kind."""
    first = Raters(rng, n, halo=halo, manager_noise=manager_noise)
    second = first if same else Raters(rng, n, halo=halo, manager_noise=manager_noise)
    return first.scores(np.full(COMPETENCIES, LEVEL)), second.scores(later)


def share(hits: int, of: int) -> str:
    """A percentage with its Monte Carlo standard error."""
    p = hits / of
    return f"{100 * p:.1f} ± {100 * np.sqrt(max(p * (1 - p), 0.25 / of) / of):.1f}"


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [" | ".join(str(cell) for cell in row) for row in [head, ["---"] * len(head), *rows]]
    return "\n".join(f"| {line} |" for line in lines)


def false_alarms(repetitions: int) -> Iterator[str]:
    """Nothing changed: how often does a report say that something did?"""
    cases: list[tuple[str, dict[str, int], str]] = []
    for n in (3, 4, 5, 6, 8, 10, 12):
        cases.append((f"manager, 3 groups of {n}", sizes(n), "other raters"))
    for n in (3, 5, 8, 12):
        cases.append((f"manager, 3 groups of {n}", sizes(n), "the same raters"))
    for n in (3, 6, 12):
        cases.append((f"manager, {n} peers", sizes(n, GROUPS[:2]), "other raters"))
    for n in (3, 5, 8, 12):
        cases.append((f"manager, 3 groups of {n}", sizes(n), "then and now in one form"))
    rows = []
    level = np.full(COMPETENCIES, LEVEL)
    linked = [True] * 3 + [False] * 5
    for name, n, kind in cases:
        rng = np.random.default_rng([1, len(rows)])
        clear = likely = likely_each = contrast = 0
        for _ in range(repetitions):
            before, after = two_rounds(rng, n, level, same=kind != "other raters")
            analyse = analyse_retrospective if "then" in kind else analyse_change
            result = analyse(before, after, linked)
            verdicts = [competency.verdict for competency in result.competencies]
            clear += any(v in CLEAR for v in verdicts)
            likely += any(v in LIKELY for v in verdicts)
            likely_each += sum(v in LIKELY + CLEAR for v in verdicts)
            contrast += result.goal_verdict in LIKELY + CLEAR
        rows.append(
            (
                name,
                kind,
                share(clear, repetitions),
                share(likely, repetitions),
                share(likely_each, repetitions * COMPETENCIES),
                share(contrast, repetitions),
            )
        )
        progress(rows[-1])
    yield table(
        (
            "raters",
            "after round",
            'reports with a false "clear" (at most 5)',
            'reports with a false "likely"',
            'competencies falsely "likely" or "clear"',
            "goal contrast falsely found",
        ),
        rows,
    )
    yield f"Per cent ± Monte Carlo standard error; {repetitions} reports on 8 competencies per row."


def bca(before: Scores, after: Scores, column: int, rng: np.random.Generator) -> tuple[float, ...]:
    """The rival interval: BCa bootstrap, raters resampled within group and round.

    One manager cannot be resampled, so the manager's difference stays as it is.
    """
    fixed = sum(after[k][0, column] - before[k][0, column] for k in before if len(before[k]) == 1)
    keys = [key for key in before if len(before[key]) > 1]
    samples = [scores[key][:, column] for key in keys for scores in (before, after)]

    def statistic(*parts: NDArray[np.float64], axis: int = -1) -> NDArray[np.float64]:
        means = [part.mean(axis=axis) for part in parts]
        moved = sum(means[i + 1] - means[i] for i in range(0, len(means), 2))
        return (moved + fixed) / len(before)

    with np.errstate(all="ignore"):
        interval = stats.bootstrap(
            samples, statistic, n_resamples=999, method="BCa", vectorized=True, rng=rng
        ).confidence_interval
    return float(interval.low), float(interval.high)


def students(before: Scores, after: Scores, column: int) -> tuple[float, float]:
    """Another rival: Student's interval, one spread for all groups and rounds, manager included."""
    cells = [(b[:, column], after[key][:, column]) for key, b in before.items()]
    difference = float(np.mean([a.mean() - b.mean() for b, a in cells]))
    df = sum(len(b) + len(a) - 2 for b, a in cells)
    spread = sum(float(part.var() * part.size) for cell in cells for part in cell) / df
    error = np.sqrt(spread * sum(1 / len(b) + 1 / len(a) for b, a in cells)) / len(cells)
    reach = float(stats.t.ppf(0.975, df) * error)
    return difference - reach, difference + reach


@dataclass(frozen=True)
class Shifts:
    """A true change per group, in points; one number stands for all."""

    name: str
    by_group: dict[str, float]
    manager_noise: float = 1.0

    @property
    def mean(self) -> float:
        changes = [
            expected_score(level_for(change), noise) - expected_score(LEVEL, noise)
            for key, change in self.by_group.items()
            for noise in [self.manager_noise if key == "manager" else 1.0]
        ]
        return float(np.mean(changes))


SHIFTS = (
    *(Shifts(f"{change}", dict.fromkeys(GROUPS, change)) for change in (0.0, 0.5, 1.0)),
    Shifts("0.5; manager twice as noisy", dict.fromkeys(GROUPS, 0.5), 2.0),
    Shifts("0.2, 0.4, 0.6, 0.8", dict(zip(GROUPS, (0.2, 0.4, 0.6, 0.8), strict=True))),
    Shifts("0, 0.3, 0.6, 0.9", dict(zip(GROUPS, (0.0, 0.3, 0.6, 0.9), strict=True))),
    Shifts("no manager; 0, 0.5, 1.0", dict(zip(GROUPS[1:], (0.0, 0.5, 1.0), strict=True))),
)


def coverage(repetitions: int) -> Iterator[str]:
    """How often does the interval hold the true change?"""
    rows = []
    for n in (3, 4, 6, 8, 12):
        for shifts in SHIFTS:
            rng = np.random.default_rng([2, len(rows)])
            truth = shifts.mean
            later = {
                key: np.full(COMPETENCIES, level_for(change))
                for key, change in shifts.by_group.items()
            }
            low_miss = high_miss = rivals = 0
            held = {"bca": 0, "student": 0}
            width = {"own": 0.0, "bca": 0.0, "student": 0.0}
            cases = repetitions // COMPETENCIES
            for case in range(cases):
                # Without halo the eight columns are eight independent cases.
                before, after = two_rounds(
                    rng,
                    sizes(n, list(shifts.by_group)),
                    later,
                    halo=False,
                    manager_noise=shifts.manager_noise,
                )
                for column, test in enumerate(stratified_change(before, after)):
                    assert test is not None
                    assert test.interval is not None
                    low_miss += truth < test.interval.low - 1e-9  # limits lie on a lattice
                    high_miss += truth > test.interval.high + 1e-9
                    width["own"] += test.interval.high - test.interval.low
                    low, high = students(before, after, column)
                    held["student"] += low <= truth <= high
                    width["student"] += high - low
                if case % 2 == 0:
                    low, high = bca(before, after, 0, rng)
                    rivals += 1
                    held["bca"] += low <= truth <= high
                    width["bca"] += high - low
            total = cases * COMPETENCIES
            rows.append(
                (
                    n,
                    shifts.name,
                    share(total - low_miss - high_miss, total),
                    f"{100 * low_miss / total:.1f} / {100 * high_miss / total:.1f}",
                    f"{width['own'] / total:.2f}",
                    f"{share(held['student'], total)} ({width['student'] / total:.2f})",
                    f"{share(held['bca'], rivals)} ({width['bca'] / rivals:.2f})",
                )
            )
            progress(rows[-1])
    yield table(
        (
            "n",
            "true change by group",
            "permutation interval",
            "it lies too high / too low",
            "its width",
            "Student, one spread (width)",
            "BCa bootstrap (width)",
        ),
        rows,
    )
    yield (
        "Per cent of intervals that hold the true mean change ± Monte Carlo standard error; "
        f"nominal 95. Widths in points. {repetitions} intervals per row, "
        f"{(repetitions // COMPETENCIES + 1) // 2} for the bootstrap."
    )


def power(repetitions: int) -> Iterator[str]:
    """How often is a change that is there found?"""
    for title, moving, same, analyse in (
        ("3 of 8 competencies change; others answer after", 3, False, analyse_change),
        ("All 8 competencies change; others answer after", 8, False, analyse_change),
        ("3 of 8 competencies change; the same raters answer twice", 3, True, analyse_change),
        ("3 of 8 change; then and now in one form", 3, True, analyse_retrospective),
    ):
        rows = []
        for n in (3, 4, 5, 6, 8, 10, 12):
            cells: list[object] = [n]
            for change in (0.5, 0.8, 1.0):
                rng = np.random.default_rng(3)
                level = np.full(COMPETENCIES, LEVEL)
                level[:moving] = level_for(change)
                clear = found = contrast = 0
                for _ in range(repetitions):
                    before, after = two_rounds(rng, sizes(n), level, same=same)
                    result = analyse(before, after, [True] * 3 + [False] * 5)
                    verdicts = [c.verdict for c in result.competencies[:moving]]
                    clear += verdicts.count(Verdict.CLEAR_RISE)
                    found += verdicts.count(Verdict.CLEAR_RISE)
                    found += verdicts.count(Verdict.LIKELY_RISE)
                    contrast += result.goal_verdict in (Verdict.CLEAR_RISE, Verdict.LIKELY_RISE)
                total = repetitions * moving
                cells.append(
                    f"{100 * clear / total:.0f} / {100 * found / total:.0f}"
                    + (f" / {100 * contrast / repetitions:.0f}" if moving < COMPETENCIES else "")
                )
            rows.append(cells)
            progress((title, *cells))
        yield f"*{title}*"
        yield table(("n per group", "0.5 points", "0.8 points", "1.0 points"), rows)
    yield (
        'Per cent of changed competencies called "clear rise" / at least "likely rise" / (where '
        "some do not change) per cent of reports in which the goal contrast is found. "
        f"{repetitions} reports per figure: Monte Carlo standard error at most "
        f"{100 * np.sqrt(0.25 / repetitions):.0f}."
    )


def progress(what: object) -> None:
    print(what, file=sys.stderr, flush=True)


PARTS: dict[str, tuple[Callable[[int], Iterator[str]], int]] = {
    "false-alarms": (false_alarms, 2000),
    "coverage": (coverage, 4000),
    "power": (power, 400),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"some of: {', '.join(PARTS)}; all by default")
    parser.add_argument("--repetitions", type=float, default=1.0, help="a factor, 1 by default")
    parser.add_argument("--write", type=Path, help="a page with markers to write the tables into")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(unknown)}")
    for name in options.parts or PARTS:
        run, repetitions = PARTS[name]
        started = time.perf_counter()
        paragraphs = list(run(max(16, int(repetitions * options.repetitions))))
        paragraphs.append(
            f"NumPy {np.__version__}, SciPy {scipy.__version__}, Python "
            f"{platform.python_version()}; {time.perf_counter() - started:.0f} s on one core."
        )
        text = "\n\n".join(paragraphs)
        print(text)
        if options.write:
            page = options.write.read_text()
            begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
            head, rest = page.split(begin)
            tail = rest.split(end)[1]
            options.write.write_text(f"{head}{begin}\n\n{text}\n\n{end}{tail}")


if __name__ == "__main__":
    main()
