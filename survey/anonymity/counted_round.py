"""A closed round with its answers: what the statistics of change are made from.

Apart from them, because they load libraries that whoever has two rounds compared need not hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from survey.anonymity.ballot import Ballot
from survey.anonymity.released_aggregate import ReleasedAggregate
from survey.frameworks.questionnaire import Questionnaire


@dataclass(frozen=True)
class CountedRound:
    """A closed round: what it asked, what was answered, and what of that is published."""

    questionnaire: Questionnaire
    ballots: Sequence[Ballot]
    aggregate: ReleasedAggregate
