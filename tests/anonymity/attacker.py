"""The attacker: works back from what is published to what single raters answered.

Knows what a curious mentor knows: the released document as it is stored (JSON), the
questionnaire, the promised rules, and how many of each rater group responded. Shares no code with
the program under attack: reads the document as plain JSON, and does its own arithmetic in whole
numbers, so that a constraint holds exactly or not at all.

The model. What one rater answered to a competency is a *pattern*: a point of the scale or nothing
for each indicator. The raters of a shown anonymous group form a *block*; an integer variable per
block and pattern counts the raters with it. No published figure tells two raters of a group apart,
so these counts are all there is to know about the group. To ask about one rater, that rater gets a
block of their own, of size one, next to a block with the rest of the group: its variables say
what this one person answered to each indicator. Every published figure of a competency is a linear
equation (or a bound) in the variables, the standard deviation too, because a pattern has a fixed
score and a fixed squared score. Competencies share no rater variable, since no figure spans two
of them, so each is solved by itself.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from survey.anonymity.thresholds import GroupRule
from survey.frameworks.questionnaire import Questionnaire

TOGETHER = "anonymous_raters_together"
SELF = "self"

Pattern = tuple[int | None, ...]
Vector = NDArray[np.float64]

# Published decimals are rounded; a whole number read off them may miss by this much at most.
_READING_ERROR = 1e-5


class ContradictionError(Exception):
    """No answers of the shown raters lead to the published figures."""


@dataclass(frozen=True)
class _Figure:
    """One published figure: `coefficients` times the pattern counts lies in [low, high]."""

    coefficients: Mapping[str, Vector]  # by group
    low: float
    high: float


class SolvedCompetency:
    """All that the figures of one competency say about the answers of the anonymous raters."""

    def __init__(
        self,
        document: str,
        questionnaire: Questionnaire,
        rules: Sequence[GroupRule],
        responses: Mapping[str, int],
        competency_id: str,
    ) -> None:
        published = json.loads(document)
        self.points: tuple[int, ...] = tuple(published["points"])
        asked = next(c for c in questionnaire.competencies if c.id == competency_id)
        self.indicators = len(asked.indicators)
        self._thresholds = {rule.key: rule.threshold for rule in rules}
        self._figures: list[_Figure] = []
        self.sizes: dict[str, int] = {}
        self._members: dict[str, tuple[str, ...]] = {}
        for group in published["groups"]:
            if not group["anonymous"]:
                continue
            self.sizes[group["key"]] = sum(responses[key] for key in group["members"])
            self._members[group["key"]] = tuple(group["members"])
            if group["n"] != self.sizes[group["key"]]:
                raise ContradictionError(f"{group['key']}: not the raters that responded")
        self.patterns = _Patterns.of(self.points, self.indicators)
        figures = next(c for c in published["competencies"] if c["id"] == competency_id)
        self.withheld = [
            cell["group"]
            for cell in figures["cells"]
            if cell["group"] in self.sizes and cell["mean"] is None
        ]
        self._read_cells(figures)
        self._read_statements(figures, [indicator.id for indicator in asked.indicators])
        if self._solve() is None:
            raise ContradictionError("the shown raters alone do not explain the figures")

    # What the attacker asks.

    def possible_ratings(self, group: str, indicator: int) -> tuple[int, int] | None:
        """The least and the greatest that one rater of a group may have given, if they rated.

        None when nobody in the group can have rated the indicator.
        """
        value = self.patterns.value[indicator]
        ends = []
        for sign in (1, -1):
            found = self._solve(
                alone=group,
                allowed=~np.isnan(value),
                objective=sign * np.nan_to_num(value),
            )
            if found is None:
                return None
            ends.append(round(sign * found))
        return ends[0], ends[1]

    def may_differ(self, group: str, indicator: int, rating: int) -> bool:
        """Whether one rater of a group may have rated the indicator other than this."""
        value = self.patterns.value[indicator]
        other = ~np.isnan(value) & (value != rating)
        return self._solve(alone=group, allowed=other) is not None

    def possible_raters(self, group: str) -> tuple[int, int]:
        """The least and the greatest number of raters with a score in a withheld cell."""
        ends = []
        for sign in (1, -1):
            found = self._solve(minimise={group: sign * self.patterns.scored})
            assert found is not None
            ends.append(round(sign * found))
        return ends[0], ends[1]

    def mean_may_differ(self, group: str, mean: Fraction) -> bool:
        """Whether the mean score of a withheld group may be other than this."""
        shift = self.patterns.times_score(mean.denominator)
        shift -= mean.numerator * self.patterns.unit * self.patterns.scored
        return self._may_shift({group: shift})

    def statement_mean_may_differ(
        self, groups: Sequence[str], indicator: int, mean: Fraction
    ) -> bool:
        """Whether these groups' common mean of a statement may be other than this."""
        value = self.patterns.value[indicator]
        shift = np.where(
            np.isnan(value), 0.0, np.nan_to_num(value) * mean.denominator - mean.numerator
        )
        return self._may_shift(dict.fromkeys(groups, shift))

    # Reading the document.

    def _read_cells(self, figures: dict) -> None:
        unit = self.patterns.unit
        for cell in figures["cells"]:
            group = cell["group"]
            if group not in self.sizes:
                continue
            if cell["mean"] is None:
                # Told in the promise: fewer than the threshold have a score.
                needed = max(self._thresholds[key] for key in self._members[group])
                self._note({group: self.patterns.scored}, 0, needed - 1)
                continue
            n = cell["n"]
            self._note({group: self.patterns.scored}, n, n)
            total = {group: self.patterns.times_score(1)}
            if cell["bound"] == "at_least":
                self._note(total, math.ceil(unit * n * cell["mean"] - _READING_ERROR), np.inf)
            elif cell["bound"] == "at_most":
                self._note(total, -np.inf, math.floor(unit * n * cell["mean"] + _READING_ERROR))
            else:
                exact = _whole(unit * n * cell["mean"])
                self._note(total, exact, exact)
            if cell["sd"] is not None and cell["bound"] == "exact":
                squares = _whole(unit**2 * ((n - 1) * cell["sd"] ** 2 + n * cell["mean"] ** 2))
                self._note({group: self.patterns.squared_score}, squares, squares)
            if cell["counts"] is not None:
                for point, count in zip(self.points, cell["counts"], strict=True):
                    given = sum(row == point for row in self.patterns.value)
                    self._note({group: np.asarray(given, dtype=np.float64)}, count, count)
        self._read_all_raters(figures)

    def _read_all_raters(self, figures: dict) -> None:
        """The mean over groups: where a mean is only bounded, it must not say what that hides."""
        if figures["all_raters"] is None:
            return
        shown = [
            cell for cell in figures["cells"] if cell["group"] != SELF and cell["mean"] is not None
        ]
        hidden = [cell for cell in shown if cell["bound"] != "exact"]
        if not hidden:
            return
        known = sum(cell["mean"] for cell in shown if cell["bound"] == "exact")
        rest = figures["all_raters"] * len(shown) - known
        sizes = math.lcm(*(cell["n"] for cell in hidden))
        total = {cell["group"]: self.patterns.times_score(sizes // cell["n"]) for cell in hidden}
        scaled = rest * self.patterns.unit * sizes
        bound = figures["all_raters_bound"]
        low = -np.inf if bound == "at_most" else math.ceil(scaled - _READING_ERROR)
        high = np.inf if bound == "at_least" else math.floor(scaled + _READING_ERROR)
        self._note(total, low, high)

    def _read_statements(self, figures: dict, indicator_ids: list[str]) -> None:
        groups = figures["together"]
        self.statements_shown = False
        for statement in figures["statements"]:
            value = self.patterns.value[indicator_ids.index(statement["id"])]
            for cell in statement["cells"]:
                if cell["group"] != TOGETHER:
                    continue
                self.statements_shown = True
                rated = (~np.isnan(value)).astype(np.float64)
                self._note(dict.fromkeys(groups, rated), cell["n"], cell["n"])
                if cell["mean"] is not None:
                    total = _whole(cell["n"] * cell["mean"])
                    self._note(dict.fromkeys(groups, np.nan_to_num(value)), total, total)
                if cell["counts"] is not None:
                    for point, count in zip(self.points, cell["counts"], strict=True):
                        given = (value == point).astype(np.float64)
                        self._note(dict.fromkeys(groups, given), count, count)

    def _note(self, coefficients: Mapping[str, Vector], low: float, high: float) -> None:
        self._figures.append(_Figure(coefficients, low, high))

    # Solving.

    def _may_shift(self, shift: Mapping[str, Vector]) -> bool:
        return any(
            self._solve(extra=_Figure({g: sign * s for g, s in shift.items()}, 1, np.inf))
            is not None
            for sign in (1, -1)
        )

    def _solve(
        self,
        *,
        alone: str | None = None,
        allowed: NDArray[np.bool_] | None = None,
        objective: Vector | None = None,
        minimise: Mapping[str, Vector] | None = None,
        extra: _Figure | None = None,
    ) -> float | None:
        """The least value of an objective over all answers that fit; None when none fit.

        With `alone`, one rater of that group has a block of their own, with `allowed` patterns
        only, and `objective` is about this rater; `minimise` is about whole groups.
        """
        blocks: list[tuple[str, int]] = []
        for group, size in self.sizes.items():
            if group == alone:
                blocks += [(group, 1), (group, size - 1)]
            else:
                blocks.append((group, size))
        width = self.patterns.number
        zero = np.zeros(width)
        figures = self._figures + ([extra] if extra else [])
        if not blocks:  # nobody anonymous is shown: then every figure has to say so
            return 0.0 if all(figure.low <= 0 <= figure.high for figure in figures) else None
        rows = [
            np.concatenate([figure.coefficients.get(group, zero) for group, _ in blocks])
            for figure in figures
        ]
        low, high = [figure.low for figure in figures], [figure.high for figure in figures]
        upper, cost, own = [], [], False
        for place, (group, size) in enumerate(blocks):
            row = np.zeros(width * len(blocks))
            row[place * width : (place + 1) * width] = 1
            rows.append(row)
            low.append(size)
            high.append(size)
            mine = group == alone and not own
            own = own or mine
            limited = mine and allowed is not None
            upper.append(np.where(allowed, size, 0) if limited else np.full(width, size))
            cost.append(objective if mine and objective is not None else zero)
            if minimise:
                cost[-1] = minimise.get(group, zero)
        result = milp(
            np.concatenate(cost),
            constraints=LinearConstraint(np.array(rows), low, high),
            bounds=Bounds(0, np.concatenate(upper)),
            integrality=np.ones(width * len(blocks)),
        )
        if result.status == 2:  # infeasible
            return None
        if result.status != 0:
            raise RuntimeError(f"the solver gave up: {result.message}")
        return float(result.fun)


@dataclass(frozen=True)
class _Patterns:
    """All that a rater can answer to a competency, with what follows for the figures.

    Scores are counted in units of 1 / lcm(1, 2, ..., indicators), so that they are whole.
    """

    number: int
    unit: int
    value: tuple[Vector, ...]  # per indicator; NaN where it is not rated
    scored: Vector  # 1 where enough is rated for a score (at least half), else 0
    score: Vector  # in units; 0 where there is none

    @staticmethod
    @lru_cache
    def of(points: tuple[int, ...], indicators: int) -> _Patterns:
        patterns: list[Pattern] = list(product((None, *points), repeat=indicators))
        unit = math.lcm(*range(1, indicators + 1))
        scored, score = [], []
        for pattern in patterns:
            rated = [value for value in pattern if value is not None]
            enough = len(rated) > 0 and 2 * len(rated) >= indicators
            scored.append(float(enough))
            score.append(float(unit * sum(rated) // len(rated)) if enough else 0.0)
        return _Patterns(
            len(patterns),
            unit,
            tuple(
                np.array([np.nan if p[i] is None else p[i] for p in patterns], dtype=np.float64)
                for i in range(indicators)
            ),
            np.array(scored),
            np.array(score),
        )

    def times_score(self, factor: int) -> Vector:
        """The scores in units, times a whole number."""
        return factor * self.score

    @property
    def squared_score(self) -> Vector:
        """The squares of the scores in units."""
        return self.score**2


def _whole(number: float) -> int:
    nearest = round(number)
    if abs(number - nearest) > _READING_ERROR * max(1, abs(number)):
        raise ContradictionError(f"{number} should be a whole number")
    return nearest
