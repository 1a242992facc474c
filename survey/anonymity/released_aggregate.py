"""The released aggregate: the one suppressed summary of a round.

Report, spreadsheet, API and PDF are drawn from this document and from nothing else, so what is
not in here can not be published by mistake.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from survey.anonymity.ballot import Ballot
from survey.anonymity.thresholds import Disclosure, GroupRule, ShownGroup, decide_disclosure
from survey.change.descriptive import (
    Ratings,
    competency_scores,
    describe,
    distribution,
    mean_of_groups,
)
from survey.frameworks.questionnaire import Questionnaire
from survey.frameworks.rater_groups import SELF


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Cell(_Document):
    """One group's figures for one competency or one behaviour indicator.

    `n` is the number of raters with a score. When fewer than the group's threshold have one,
    the cell is withheld: n, mean, sd and counts are all None. `counts` has one entry per point of
    the scale, and counts ratings (of all the competency's indicators, for a competency).
    """

    group: str
    n: int | None
    mean: float | None
    sd: float | None
    counts: tuple[int, ...] | None


class IndicatorFigures(_Document):
    """All groups' figures for one behaviour indicator."""

    id: str
    cells: tuple[Cell, ...]


class CompetencyFigures(_Document):
    """All groups' figures for one competency.

    `all_raters` is the unweighted mean of the shown means of all groups but self.
    """

    id: str
    cells: tuple[Cell, ...]
    all_raters: float | None
    indicators: tuple[IndicatorFigures, ...]


class GroupFigures(_Document):
    """A group as shown: its members (more than one when pooled) and how many responded."""

    key: str
    label: str
    anonymous: bool
    members: tuple[str, ...]
    n: int


class CommentGroup(_Document):
    """What one shown group answered to one open question, in random order."""

    question: str
    group: str
    texts: tuple[str, ...]


class ReleasedAggregate(_Document):
    """Everything that may be published about one round."""

    points: tuple[int, ...]
    groups: tuple[GroupFigures, ...]
    hidden_groups: tuple[str, ...]
    competencies: tuple[CompetencyFigures, ...]
    comments: tuple[CommentGroup, ...]

    def to_json(self) -> str:
        """The document as it is stored."""
        return self.model_dump_json()

    @classmethod
    def from_json(cls, document: str) -> ReleasedAggregate:
        """Read a stored document."""
        return cls.model_validate_json(document)

    def fingerprint(self) -> str:
        """SHA-256 of the stored form, in hex: two readers can tell that they see the same."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


def build_released_aggregate(
    questionnaire: Questionnaire, rules: Sequence[GroupRule], ballots: Sequence[Ballot]
) -> ReleasedAggregate:
    """Summarise a closed round's ballots under its anonymity rules."""
    responses = {rule.key: 0 for rule in rules}
    for ballot in ballots:
        responses[ballot.group_key] += 1
    disclosure = decide_disclosure(rules, responses)
    labels = {rule.key: rule.label for rule in rules}
    members = {
        group.key: [ballot for ballot in ballots if ballot.group_key in group.members]
        for group in disclosure.shown
    }
    points = tuple(point.value for point in questionnaire.scale.points)
    return ReleasedAggregate(
        points=points,
        groups=tuple(
            GroupFigures(
                key=group.key,
                label=group.label,
                anonymous=group.anonymous,
                members=group.members,
                n=len(members[group.key]),
            )
            for group in disclosure.shown
        ),
        hidden_groups=tuple(labels[key] for key in disclosure.hidden),
        competencies=tuple(
            _competency_figures(
                competency.id,
                [indicator.id for indicator in competency.indicators],
                disclosure,
                members,
                points,
            )
            for competency in questionnaire.competencies
        ),
        comments=_comments(questionnaire, disclosure, members),
    )


def _competency_figures(
    competency_id: str,
    indicator_ids: list[str],
    disclosure: Disclosure,
    members: dict[str, list[Ballot]],
    points: tuple[int, ...],
) -> CompetencyFigures:
    cells: list[Cell] = []
    indicator_cells: list[list[Cell]] = [[] for _ in indicator_ids]
    for group in disclosure.shown:
        ratings = _ratings(members[group.key], indicator_ids)
        cells.append(_cell(group, competency_scores(ratings), ratings, points))
        for column, collected in enumerate(indicator_cells):
            values = ratings[:, column]
            collected.append(_cell(group, values, values, points))
    others = [cell.mean for cell in cells if cell.group != SELF.key and cell.mean is not None]
    return CompetencyFigures(
        id=competency_id,
        cells=tuple(cells),
        all_raters=mean_of_groups(others),
        indicators=tuple(
            IndicatorFigures(id=indicator_id, cells=tuple(collected))
            for indicator_id, collected in zip(indicator_ids, indicator_cells, strict=True)
        ),
    )


def _cell(group: ShownGroup, scores: Ratings, ratings: Ratings, points: tuple[int, ...]) -> Cell:
    description = describe(scores)
    if group.anonymous and description.n < group.threshold:
        return Cell(group=group.key, n=None, mean=None, sd=None, counts=None)
    return Cell(
        group=group.key,
        n=description.n,
        mean=description.mean,
        sd=description.sd,
        counts=distribution(ratings, points),
    )


def _ratings(ballots: list[Ballot], indicator_ids: list[str]) -> Ratings:
    """Shape (raters, indicators); None ("not observed") and absent (skipped) become NaN."""
    return np.array(
        [
            [np.nan if (value := ballot.ratings.get(i)) is None else value for i in indicator_ids]
            for ballot in ballots
        ],
        dtype=np.float64,
    ).reshape(len(ballots), len(indicator_ids))


def _comments(
    questionnaire: Questionnaire, disclosure: Disclosure, members: dict[str, list[Ballot]]
) -> tuple[CommentGroup, ...]:
    shuffle = secrets.SystemRandom().shuffle
    collected: list[CommentGroup] = []
    for question in questionnaire.open_questions:
        for group in disclosure.shown:
            texts = [
                text for ballot in members[group.key] if (text := ballot.comments.get(question.id))
            ]
            # Each question is shuffled by itself: equal places in two lists mean nothing.
            shuffle(texts)
            if texts:
                collected.append(
                    CommentGroup(question=question.id, group=group.key, texts=tuple(texts))
                )
    return tuple(collected)
