"""Milestones on the way to a goal."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.storage.models.base import Base, RandomKey
from survey.storage.models.mentoring import Goal
from survey.storage.sealed_columns import SealedText


class Milestone(RandomKey, Base):
    """Something to have reached on the way to a goal. Mentor and mentee see it."""

    __tablename__ = "milestones"

    goal_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("goals.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int]
    text_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    text = SealedText("text_sealed")
    due_on: Mapped[dt.date | None]
    reached_on: Mapped[dt.date | None]

    goal: Mapped[Goal] = relationship(back_populates="milestones")

    @property
    def sealed_for(self) -> uuid.UUID:
        """The mentorship whose key seals the milestone."""
        return self.goal.sealed_for
