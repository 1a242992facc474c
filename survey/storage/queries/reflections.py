"""Queries about reflective records. Who may see what is decided by the use cases."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.storage.models import (
    MentoringFeedback,
    ReflectiveLogEntry,
    ReviewContribution,
    SelfReflection,
)


def self_reflections(session: Session, mentorship_id: uuid.UUID) -> Sequence[SelfReflection]:
    """The mentee's reflections in a mentorship, by day."""
    return session.scalars(
        select(SelfReflection)
        .where(SelfReflection.mentorship_id == mentorship_id)
        .order_by(SelfReflection.reflected_on, SelfReflection.id)
    ).all()


def feedbacks(session: Session, mentorship_id: uuid.UUID) -> Sequence[MentoringFeedback]:
    """The mentee's feedback in a mentorship, held back or not, the newest first."""
    return session.scalars(
        select(MentoringFeedback)
        .where(MentoringFeedback.mentorship_id == mentorship_id)
        .order_by(MentoringFeedback.given_on.desc(), MentoringFeedback.id)
    ).all()


def review_contributions(
    session: Session, mentorship_id: uuid.UUID
) -> Sequence[ReviewContribution]:
    """What either of the two wrote for the reviews of a mentorship."""
    return session.scalars(
        select(ReviewContribution)
        .where(ReviewContribution.mentorship_id == mentorship_id)
        .order_by(ReviewContribution.written_on, ReviewContribution.id)
    ).all()


def log_entries(session: Session, mentor_id: uuid.UUID) -> Sequence[ReflectiveLogEntry]:
    """A mentor's own reflective log, the newest first."""
    return session.scalars(
        select(ReflectiveLogEntry)
        .where(ReflectiveLogEntry.mentor_id == mentor_id)
        .order_by(ReflectiveLogEntry.happened_on.desc(), ReflectiveLogEntry.id)
    ).all()
