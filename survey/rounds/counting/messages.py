"""What travels to the process that counts, and back."""

from __future__ import annotations

from collections.abc import Collection

from pydantic import ConfigDict

from survey.anonymity.ballot import Ballot
from survey.anonymity.change_figures import ChangeFigures
from survey.anonymity.counted_round import CountedRound
from survey.anonymity.document import Document
from survey.anonymity.released_aggregate import ReleasedAggregate
from survey.frameworks.questionnaire import Questionnaire

# The order: count the change.
CHANGE = b"c"


class _Message(Document):
    """A part of an order. An error must not quote what it was given: that is somebody's answer."""

    model_config = ConfigDict(hide_input_in_errors=True)


class _Answers(_Message):
    """One ballot's ratings; comments and when it was filled in count for nothing here."""

    group: str
    ratings: dict[str, int | None]
    then: dict[str, int | None]


class _Round(_Message):
    """A counted round, without its comments."""

    questionnaire: Questionnaire
    answers: tuple[_Answers, ...]
    aggregate: ReleasedAggregate

    @classmethod
    def of(cls, counted: CountedRound) -> _Round:
        return cls(
            questionnaire=counted.questionnaire,
            answers=tuple(
                _Answers(
                    group=ballot.group_key,
                    ratings=dict(ballot.ratings),
                    then=dict(ballot.ratings_then),
                )
                for ballot in counted.ballots
            ),
            aggregate=counted.aggregate.model_copy(update={"comments": ()}),
        )

    def counted(self) -> CountedRound:
        return CountedRound(
            self.questionnaire,
            [
                Ballot(given.group, given.ratings, comments={}, ratings_then=given.then)
                for given in self.answers
            ],
            self.aggregate,
        )


class Comparison(_Message):
    """The rounds to compare, as `with_change` takes them."""

    current: _Round
    earlier: _Round | None
    goal_competencies: frozenset[str]
    left_out: frozenset[str]

    @classmethod
    def of(
        cls,
        current: CountedRound,
        earlier: CountedRound | None,
        goal_competencies: Collection[str],
        left_out: Collection[str] = (),
    ) -> Comparison:
        """Without what the statistics do not need."""
        return cls(
            current=_Round.of(current),
            earlier=None if earlier is None else _Round.of(earlier),
            goal_competencies=frozenset(goal_competencies),
            left_out=frozenset(left_out),
        )


class Change(_Message):
    """What was counted; each is None where there is nothing to compare."""

    change: ChangeFigures | None
    looking_back: ChangeFigures | None
