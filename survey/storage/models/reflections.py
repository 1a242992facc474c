"""Reflective records: what mentee and mentor write down to learn from it.

Answers lie sealed as a whole (survey/mentoring/answers.py says how they are written), the numbers
among them too: a level of confidence is as private as a sentence.
"""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.storage.models.base import Base, RandomKey, stored_by_value
from survey.storage.models.mentoring import Mentorship
from survey.storage.models.people import Person
from survey.storage.sealed_columns import SealedText


class ReflectionMoment(StrEnum):
    """When a mentee reflects."""

    SESSION_START = "session_start"
    SESSION_END = "session_end"
    MIDWAY = "midway"
    END = "end"


class ReviewKind(StrEnum):
    """When mentor and mentee review their mentoring."""

    START = "start"
    MIDWAY = "midway"
    END = "end"


class Side(StrEnum):
    """The two people of a mentorship."""

    MENTOR = "mentor"
    MENTEE = "mentee"


class SelfReflection(RandomKey, Base):
    """A mentee's own reflection. The mentor sees it only when the mentee shares it."""

    __tablename__ = "self_reflections"

    mentorship_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("mentorships.id", ondelete="CASCADE"), index=True
    )
    moment: Mapped[ReflectionMoment] = mapped_column(stored_by_value(ReflectionMoment))
    reflected_on: Mapped[dt.date]
    shared: Mapped[bool] = mapped_column(default=False)
    answers_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    confidence_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    answers = SealedText("answers_sealed")
    confidence = SealedText("confidence_sealed")

    mentorship: Mapped[Mentorship] = relationship()

    @property
    def sealed_for(self) -> uuid.UUID:
        """The mentorship whose key seals the reflection."""
        return self.mentorship_id


class ReflectiveLogEntry(RandomKey, Base):
    """An entry of a mentor's reflective log, which nobody but this mentor ever reads."""

    __tablename__ = "reflective_log_entries"

    mentor_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), index=True
    )
    mentorship_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("mentorships.id", ondelete="CASCADE"), index=True
    )
    happened_on: Mapped[dt.date]
    for_supervision: Mapped[bool] = mapped_column(default=False)
    answers_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    development_areas_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    tags_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    answers = SealedText("answers_sealed")
    development_areas = SealedText("development_areas_sealed")
    tags = SealedText("tags_sealed")

    mentor: Mapped[Person] = relationship()
    mentorship: Mapped[Mentorship | None] = relationship()

    @property
    def sealed_for(self) -> uuid.UUID:
        """Whose key seals the entry: the mentorship's.

        An entry about no mentorship is sealed with a key that the key store keeps under the
        mentor's own id; whoever erases the mentor destroys that key as well.
        """
        return self.mentorship_id or self.mentor_id


class MentoringFeedback(RandomKey, Base):
    """What a mentee says about the mentoring.

    Held back, it does not exist for the mentor until the relationship has ended.
    """

    __tablename__ = "mentoring_feedbacks"

    mentorship_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("mentorships.id", ondelete="CASCADE"), index=True
    )
    given_on: Mapped[dt.date]
    held_back: Mapped[bool]
    answers_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    answers = SealedText("answers_sealed")

    mentorship: Mapped[Mentorship] = relationship()

    @property
    def sealed_for(self) -> uuid.UUID:
        """The mentorship whose key seals the feedback."""
        return self.mentorship_id


class ReviewContribution(RandomKey, Base):
    """What one of the two wrote for a review. The other reads it once both have written."""

    __tablename__ = "review_contributions"
    __table_args__ = (UniqueConstraint("mentorship_id", "kind", "side"),)

    mentorship_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("mentorships.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[ReviewKind] = mapped_column(stored_by_value(ReviewKind))
    side: Mapped[Side] = mapped_column(stored_by_value(Side))
    written_on: Mapped[dt.date]
    answers_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    answers = SealedText("answers_sealed")

    mentorship: Mapped[Mentorship] = relationship()

    @property
    def sealed_for(self) -> uuid.UUID:
        """The mentorship whose key seals the contribution."""
        return self.mentorship_id
