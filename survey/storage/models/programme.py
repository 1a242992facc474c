"""What came of rounds, kept apart from their reports for the view of a whole programme.

Written once, at a round's close, from figures that its report publishes, and from numbers that say
nothing about a single rater. Deleted with the round.
"""

from __future__ import annotations

import uuid

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from survey.anonymity.delay import DelayStep
from survey.storage.models.base import Base, RandomKey, stored_by_value
from survey.storage.models.rounds import RoundKind


def _of_round() -> Mapped[uuid.UUID]:
    return mapped_column(ForeignKey("rounds.id", ondelete="CASCADE"), primary_key=True)


class RoundOutcome(Base):
    """A closed round that is compared with an earlier one, and what it says about the goal.

    `contrast` is the change of the competencies linked to the goal minus that of the others, in
    scale points; None when the goal is linked to none, or to all.
    """

    __tablename__ = "round_outcomes"

    round_id: Mapped[uuid.UUID] = _of_round()
    goal_verdict: Mapped[str] = mapped_column(String(20))
    contrast: Mapped[float | None]


class CompetencyOutcome(Base):
    """The published change of one competency, all raters together, in scale points."""

    __tablename__ = "competency_outcomes"

    round_id: Mapped[uuid.UUID] = _of_round()
    competency_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    difference: Mapped[float | None]
    verdict: Mapped[str] = mapped_column(String(20))
    goal_linked: Mapped[bool]


class GroupParticipation(Base):
    """How many of a rater group were invited, answered and declined, as the mentor saw it."""

    __tablename__ = "group_participation"

    round_id: Mapped[uuid.UUID] = _of_round()
    group_key: Mapped[str] = mapped_column(String(32), primary_key=True)
    invited: Mapped[int]
    answered: Mapped[int]
    declined: Mapped[int]


class AnswerDelay(Base):
    """How many raters of a round, of all groups together, took so long to answer."""

    __tablename__ = "answer_delays"

    round_id: Mapped[uuid.UUID] = _of_round()
    step: Mapped[DelayStep] = mapped_column(stored_by_value(DelayStep), primary_key=True)
    count: Mapped[int]


class ProgrammeBatch(RandomKey, Base):
    """Mentees who entered the programme view together; `size` is how many they were.

    A batch of which a round was deleted since leaves the view as a whole.
    """

    __tablename__ = "programme_batches"
    __table_args__ = (UniqueConstraint("framework_id", "kind", "number"),)

    framework_id: Mapped[str] = mapped_column(String(80))
    kind: Mapped[RoundKind] = mapped_column(stored_by_value(RoundKind))
    number: Mapped[int]
    size: Mapped[int]


class ProgrammeEntry(Base):
    """A released round that counts for its mentee. Without a batch, it waits for one to be full."""

    __tablename__ = "programme_entries"

    round_id: Mapped[uuid.UUID] = _of_round()
    batch_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("programme_batches.id"), index=True
    )
