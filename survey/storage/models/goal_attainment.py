"""How far a goal was reached: its measures of success with levels, and its evaluation."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.storage.models.base import Base, RandomKey, stored_by_value
from survey.storage.models.mentoring import Goal


class GoalOutcome(StrEnum):
    """What became of a goal, as mentor and mentee see it."""

    ACHIEVED = "achieved"
    PARTLY = "partly"
    NOT_ACHIEVED = "not_achieved"


class SuccessMeasure(RandomKey, Base):
    """One measure of success, with five levels from -2 (much less than expected) to +2.

    Goal Attainment Scaling, Kiresuk and Sherman (1968). A level without text stands for its name
    alone; `expected` always has one, since the others are relative to it.
    """

    __tablename__ = "success_measures"
    __table_args__ = (
        CheckConstraint("statement <> ''", name="statement_given"),
        CheckConstraint("expected <> ''", name="expected_given"),
        CheckConstraint("weight BETWEEN 1 AND 3", name="weight_in_range"),
        CheckConstraint("baseline_level BETWEEN -2 AND 2", name="baseline_level_in_range"),
        CheckConstraint("attained_level BETWEEN -2 AND 2", name="attained_level_in_range"),
    )

    goal_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("goals.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int]
    statement: Mapped[str] = mapped_column(String(300))
    much_less: Mapped[str] = mapped_column(String(300), default="")
    less: Mapped[str] = mapped_column(String(300), default="")
    expected: Mapped[str] = mapped_column(String(300))
    more: Mapped[str] = mapped_column(String(300), default="")
    much_more: Mapped[str] = mapped_column(String(300), default="")
    weight: Mapped[int] = mapped_column(default=1)
    baseline_level: Mapped[int | None]
    attained_level: Mapped[int | None]

    goal: Mapped[Goal] = relationship(back_populates="measures")

    @property
    def level_texts(self) -> tuple[str, str, str, str, str]:
        """The texts of the levels, from -2 to +2."""
        return (self.much_less, self.less, self.expected, self.more, self.much_more)


class GoalEvaluation(Base):
    """What mentor and mentee say about the goal at the end, in their own words."""

    __tablename__ = "goal_evaluations"

    goal_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("goals.id", ondelete="CASCADE"), primary_key=True
    )
    outcome: Mapped[GoalOutcome] = mapped_column(stored_by_value(GoalOutcome))
    hindered: Mapped[str] = mapped_column(Text, default="")
    also_achieved: Mapped[str] = mapped_column(Text, default="")
    lessons: Mapped[str] = mapped_column(Text, default="")
    next_steps: Mapped[str] = mapped_column(Text, default="")
    evaluated_on: Mapped[dt.date]

    goal: Mapped[Goal] = relationship(back_populates="evaluation")
