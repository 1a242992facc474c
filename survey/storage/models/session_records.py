"""Records of mentoring sessions: what was talked about, what was agreed, and when to meet next."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.storage.models.base import Base, RandomKey, UtcDateTime, stored_by_value
from survey.storage.models.mentoring import Goal, Mentorship
from survey.storage.models.reflections import Side
from survey.storage.sealed_columns import SealedText


class SessionRecord(RandomKey, Base):
    """What a mentor writes down about a session.

    Each text is for the mentor alone unless its `…_shared` says that the mentee may read it too.
    """

    __tablename__ = "session_records"

    mentorship_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("mentorships.id", ondelete="CASCADE"), index=True
    )
    held_on: Mapped[dt.date]
    topics_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    approaches_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    notes_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    topics = SealedText("topics_sealed")
    approaches = SealedText("approaches_sealed")
    notes = SealedText("notes_sealed")
    topics_shared: Mapped[bool] = mapped_column(default=False)
    approaches_shared: Mapped[bool] = mapped_column(default=False)
    notes_shared: Mapped[bool] = mapped_column(default=False)

    mentorship: Mapped[Mentorship] = relationship()
    actions: Mapped[list[AgreedAction]] = relationship(
        back_populates="record", cascade="all, delete-orphan", order_by="AgreedAction.position"
    )

    @property
    def sealed_for(self) -> uuid.UUID:
        """The mentorship whose key seals the record's texts."""
        return self.mentorship_id


class AgreedAction(RandomKey, Base):
    """What one of the two said they would do. Both see it."""

    __tablename__ = "agreed_actions"

    record_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("session_records.id", ondelete="CASCADE"), index=True
    )
    goal_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("goals.id", ondelete="SET NULL"), index=True
    )
    position: Mapped[int]
    text_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    text = SealedText("text_sealed")
    owner: Mapped[Side] = mapped_column(stored_by_value(Side))
    due_on: Mapped[dt.date | None]
    done_on: Mapped[dt.date | None]

    record: Mapped[SessionRecord] = relationship(back_populates="actions")
    goal: Mapped[Goal | None] = relationship()

    @property
    def sealed_for(self) -> uuid.UUID:
        """The mentorship whose key seals the action."""
        return self.record.sealed_for


class PlannedSession(RandomKey, Base):
    """The next session of a mentorship. Moving it keeps the row, and counts the revision.

    Its key is what calendars know the appointment by.
    """

    __tablename__ = "planned_sessions"

    mentorship_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("mentorships.id", ondelete="CASCADE"), unique=True
    )
    starts_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    minutes: Mapped[int]
    revision: Mapped[int] = mapped_column(default=0)
    place_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    place = SealedText("place_sealed")

    mentorship: Mapped[Mentorship] = relationship()

    @property
    def sealed_for(self) -> uuid.UUID:
        """The mentorship whose key seals the place."""
        return self.mentorship_id

    @property
    def ends_at(self) -> dt.datetime:
        """When it is over."""
        return self.starts_at + dt.timedelta(minutes=self.minutes)
