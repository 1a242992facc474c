"""How ratings went over three or more rounds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from survey.anonymity.released_aggregate import CompetencyFigures
from survey.anonymity.suppression import BoundedMean, mean_of_bounded
from survey.frameworks.rater_groups import SELF
from survey.report.round_facts import RoundFacts

# Two rounds are a comparison; a trend needs one more.
_FEWEST_ROUNDS = 3


@dataclass(frozen=True)
class TrendRound:
    """One round on the way."""

    kind: str
    closed_on: dt.date


@dataclass(frozen=True)
class CompetencyTrend:
    """One competency: a mean per round, in scale points, None where it is not shown.

    `others` is the unweighted mean of the groups that are shown in every round with a mean, so
    that no group comes or goes on the way; `own` is the self-rating.
    """

    id: str
    others: tuple[BoundedMean | None, ...]
    own: tuple[float | None, ...]


@dataclass(frozen=True)
class Trend:
    """All competencies over all rounds, oldest round first."""

    rounds: tuple[TrendRound, ...]
    competencies: tuple[CompetencyTrend, ...]


def build_trend(rounds: Sequence[RoundFacts]) -> Trend | None:
    """The trend over these rounds, oldest first; None with fewer than three."""
    if len(rounds) < _FEWEST_ROUNDS:
        return None
    members = [{group.key: group.members for group in r.aggregate.groups} for r in rounds]
    steady = [
        key
        for key, first in members[0].items()
        if key != SELF.key and all(others.get(key) == first for others in members[1:])
    ]
    return Trend(
        tuple(TrendRound(r.kind, r.closed_on) for r in rounds),
        tuple(
            _competency_trend(asked.id, rounds, steady)
            for asked in rounds[-1].questionnaire.competencies
        ),
    )


def _competency_trend(
    competency_id: str, rounds: Sequence[RoundFacts], steady: Sequence[str]
) -> CompetencyTrend:
    figures = [
        next((c for c in r.aggregate.competencies if c.id == competency_id), None) for r in rounds
    ]
    means = [_means(found) for found in figures]
    rated = [key for key in steady if all(key in of_round for of_round in means)]
    return CompetencyTrend(
        competency_id,
        tuple(mean_of_bounded(of_round[key] for key in rated) for of_round in means),
        tuple(of_round[SELF.key].value if SELF.key in of_round else None for of_round in means),
    )


def _means(figures: CompetencyFigures | None) -> dict[str, BoundedMean]:
    if figures is None:
        return {}
    return {
        cell.group: BoundedMean(cell.mean, cell.bound)
        for cell in figures.cells
        if cell.mean is not None
    }
