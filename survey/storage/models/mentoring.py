"""The mentoring relationship and its goals."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.storage.models.base import Base, RandomKey, identified
from survey.storage.models.people import Person
from survey.storage.sealed_columns import SealedText

if TYPE_CHECKING:
    from survey.storage.models.goal_attainment import GoalEvaluation, SuccessMeasure
    from survey.storage.models.milestones import Milestone


class Mentorship(RandomKey, Base):
    """One mentor and one mentee working together."""

    __tablename__ = "mentorships"
    __table_args__ = (UniqueConstraint("mentor_id", "mentee_id"),)

    mentor_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"), index=True)
    mentee_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"), index=True)
    started_on: Mapped[dt.date]
    # How many sessions the two have agreed on, where they have.
    agreed_sessions: Mapped[int | None]
    ended_on: Mapped[dt.date | None]

    mentor: Mapped[Person] = relationship(foreign_keys=[mentor_id])
    mentee: Mapped[Person] = relationship(foreign_keys=[mentee_id])
    goals: Mapped[list[Goal]] = relationship(
        back_populates="mentorship", order_by="Goal.position", cascade="all, delete-orphan"
    )


class Goal(RandomKey, Base):
    """What the mentee wants to reach, how success will show, and the competencies behind it."""

    __tablename__ = "goals"

    mentorship_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("mentorships.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    statement_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    success_measures_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    baseline_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    target_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    statement = SealedText("statement_sealed")
    success_measures = SealedText("success_measures_sealed")
    baseline = SealedText("baseline_sealed")
    target = SealedText("target_sealed")
    framework_id: Mapped[str] = mapped_column(String(80), default="")

    mentorship: Mapped[Mentorship] = relationship(back_populates="goals")
    competencies: Mapped[list[GoalCompetency]] = relationship(
        back_populates="goal", cascade="all, delete-orphan", order_by="GoalCompetency.competency_id"
    )
    measures: Mapped[list[SuccessMeasure]] = relationship(
        back_populates="goal", cascade="all, delete-orphan", order_by="SuccessMeasure.position"
    )
    evaluation: Mapped[GoalEvaluation | None] = relationship(
        back_populates="goal", cascade="all, delete-orphan"
    )
    milestones: Mapped[list[Milestone]] = relationship(
        back_populates="goal", cascade="all, delete-orphan", order_by="Milestone.position"
    )

    @property
    def sealed_for(self) -> uuid.UUID:
        """The mentorship whose key seals the goal's texts."""
        return self.mentorship_id or identified(self.mentorship)

    @property
    def competency_ids(self) -> frozenset[str]:
        """Ids of the linked competencies, within the goal's framework."""
        return frozenset(link.competency_id for link in self.competencies)


class GoalCompetency(Base):
    """The link from a goal to one competency that it draws on."""

    __tablename__ = "goal_competencies"

    goal_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("goals.id", ondelete="CASCADE"), primary_key=True
    )
    competency_id: Mapped[str] = mapped_column(String(80), primary_key=True)

    goal: Mapped[Goal] = relationship(back_populates="competencies")
