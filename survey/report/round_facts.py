"""What a report needs to know of a round."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from survey.anonymity.released_aggregate import ReleasedAggregate
from survey.frameworks.comparable import ComparisonPlan
from survey.frameworks.questionnaire import Questionnaire


@dataclass(frozen=True)
class RoundFacts:
    """A closed round: its figures, what it asked, and what a report says of it besides."""

    kind: str
    closed_on: dt.date
    aggregate: ReleasedAggregate
    questionnaire: Questionnaire
    # Where it asked another version of the framework than the round that it is compared with: what
    # is compared all the same, and what that round asked.
    plan: ComparisonPlan | None = None
    compared_asked: Questionnaire | None = None
