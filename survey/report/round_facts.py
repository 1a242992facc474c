"""What a report needs to know of a round."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from survey.anonymity.released_aggregate import ReleasedAggregate
from survey.frameworks.questionnaire import Questionnaire


@dataclass(frozen=True)
class RoundFacts:
    """A closed round: its figures, what it asked, and what a report says of it besides."""

    kind: str
    closed_on: dt.date
    aggregate: ReleasedAggregate
    questionnaire: Questionnaire
