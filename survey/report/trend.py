"""How ratings went over three or more rounds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from survey.anonymity.released_aggregate import CompetencyFigures
from survey.anonymity.suppression import BoundedMean, mean_of_bounded
from survey.frameworks.comparable import same_measure
from survey.frameworks.questionnaire import Questionnaire
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
    that no group comes or goes on the way; `own` is the self-rating. Rounds that asked something
    else, or nothing, of the competency have no mean and do not count for that.
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
    alike = _asked_alike(rounds)
    return Trend(
        tuple(TrendRound(r.kind, r.closed_on) for r in rounds),
        tuple(
            _competency_trend(asked.id, rounds, steady, alike[asked.id])
            for asked in rounds[-1].questionnaire.competencies
        ),
    )


def _asked_alike(rounds: Sequence[RoundFacts]) -> dict[str, set[int]]:
    """By competency of the last round: the rounds that asked the same of it, by their place.

    The same measure, or one that the mentor of a round on the way judged to be the same.
    """
    texts: list[Questionnaire] = []
    for one in rounds:
        for asked in (one.questionnaire, one.compared_asked):
            if asked is not None and asked not in texts:
                texts.append(asked)
    places = range(len(texts))
    same = {(i, j): same_measure(texts[i], texts[j]) for i in places for j in places if i != j}
    for one in rounds:
        if one.plan is not None and one.compared_asked is not None:
            i, j = texts.index(one.questionnaire), texts.index(one.compared_asked)
            for pair in ((i, j), (j, i)):
                same[pair] |= one.plan.judged_the_same
    of_round = [texts.index(one.questionnaire) for one in rounds]
    found = {}
    for competency in rounds[-1].questionnaire.competencies:
        reached = [of_round[-1]]
        for i in reached:  # which grows on the way
            reached += [j for j in places if j not in reached and competency.id in same[i, j]]
        found[competency.id] = {place for place, text in enumerate(of_round) if text in reached}
    return found


def _competency_trend(
    competency_id: str, rounds: Sequence[RoundFacts], steady: Sequence[str], alike: set[int]
) -> CompetencyTrend:
    means = [
        _means(next((c for c in r.aggregate.competencies if c.id == competency_id), None))
        if place in alike
        else {}
        for place, r in enumerate(rounds)
    ]
    rated = [key for key in steady if all(key in means[place] for place in alike)]
    return CompetencyTrend(
        competency_id,
        tuple(
            mean_of_bounded(of_round[key] for key in rated) if place in alike else None
            for place, of_round in enumerate(means)
        ),
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
