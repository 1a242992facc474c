"""How far a goal was reached, by its own measures of success."""

from __future__ import annotations

from dataclasses import dataclass

from survey.change.goal_attainment import LEVELS, attainment_t
from survey.languages.marks import N_
from survey.storage.models import Goal, SuccessMeasure

LEVEL_NAMES = {
    -2: N_("Much less than expected"),
    -1: N_("Less than expected"),
    0: N_("As expected"),
    1: N_("More than expected"),
    2: N_("Much more than expected"),
}


@dataclass(frozen=True)
class MeasureAttainment:
    """One measure of success: its level texts from -2 to +2, and where the mentee was and is."""

    statement: str
    level_texts: tuple[str, str, str, str, str]
    weight: int
    baseline: int | None
    attained: int | None

    def text_of(self, level: int) -> str:
        """What is the case at this level; empty where nobody described it."""
        return self.level_texts[LEVELS.index(level)]


@dataclass(frozen=True)
class GoalAttainment:
    """A goal's measures of success, and the T scores over them (50: as expected on the whole).

    As soon as any measure has both levels, both scores count these measures and no others: two
    scores over different measures would not be comparable. While none has both, `t_now` counts
    the measures with a level reached; only when there are none of these either, `t_baseline`
    counts those with a level at the start. A score over no measure is None. So whenever both are
    there, they are over the same measures.
    """

    measures: tuple[MeasureAttainment, ...]

    @property
    def t_baseline(self) -> float | None:
        """The T score at the start."""
        rated = [(m.baseline, m.weight) for m in self.counted if m.baseline is not None]
        return attainment_t([level for level, _ in rated], [weight for _, weight in rated])

    @property
    def t_now(self) -> float | None:
        """The T score of what was reached."""
        rated = [(m.attained, m.weight) for m in self.counted if m.attained is not None]
        return attainment_t([level for level, _ in rated], [weight for _, weight in rated])

    @property
    def counted(self) -> tuple[MeasureAttainment, ...]:
        """The measures that the scores are over."""
        now = tuple(m for m in self.measures if m.attained is not None)
        both = tuple(m for m in now if m.baseline is not None)
        return both or now or tuple(m for m in self.measures if m.baseline is not None)


def attainment_of(goal: Goal) -> GoalAttainment | None:
    """How far the goal was reached; None for a goal without measures of success."""
    if not goal.measures:
        return None
    return GoalAttainment(tuple(_as_rated(measure) for measure in goal.measures))


def _as_rated(measure: SuccessMeasure) -> MeasureAttainment:
    return MeasureAttainment(
        statement=measure.statement,
        level_texts=measure.level_texts,
        weight=measure.weight,
        baseline=measure.baseline_level,
        attained=measure.attained_level,
    )
