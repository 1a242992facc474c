"""What came of a round, noted at its close for the programme view, apart from its report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sqlalchemy.orm import Session

from survey.anonymity.ballot import Ballot
from survey.anonymity.change_figures import ChangeFigures
from survey.anonymity.released_aggregate import ReleasedAggregate
from survey.rounds.status import round_status
from survey.storage.models import (
    AnswerDelay,
    CompetencyOutcome,
    GroupParticipation,
    Round,
    RoundKind,
    RoundOutcome,
)


def record_outcome(
    session: Session, round_: Round, aggregate: ReleasedAggregate, ballots: Iterable[Ballot]
) -> None:
    """Note the change that the round's report publishes, and the numbers of those who answered.

    A round that is compared with none leaves nothing: the programme view has no use for it.
    """
    if round_.kind is RoundKind.BEFORE or aggregate.change is None:
        return
    session.add_all(_changes(round_, aggregate.change))
    session.add_all(
        GroupParticipation(
            round_id=round_.id,
            group_key=group.key,
            invited=group.invited,
            answered=group.answered,
            declined=group.declined,
        )
        for group in round_status(session, round_)
    )
    # Sealed before this was noted: a ballot without a step is in no tally.
    steps = Counter(ballot.answered for ballot in ballots if ballot.answered is not None)
    session.add_all(
        AnswerDelay(round_id=round_.id, step=step, count=count) for step, count in steps.items()
    )


def _changes(round_: Round, change: ChangeFigures) -> list[RoundOutcome | CompetencyOutcome]:
    return [
        RoundOutcome(
            round_id=round_.id,
            goal_verdict=change.goal_verdict.value,
            contrast=change.contrast.difference if change.contrast else None,
        ),
        *(
            CompetencyOutcome(
                round_id=round_.id,
                competency_id=figures.id,
                difference=figures.tested.difference if figures.tested else None,
                verdict=figures.verdict.value,
                goal_linked=figures.id in change.goal_competencies,
            )
            for figures in change.competencies
        ),
    ]
