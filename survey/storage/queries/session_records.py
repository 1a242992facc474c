"""Queries about session records. Who may see what is decided by the use cases."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, selectinload

from survey.storage.models import Letter, PlannedSession, SessionRecord


def records(session: Session, mentorship_id: uuid.UUID) -> Sequence[SessionRecord]:
    """The records of a mentorship with their actions, the newest first."""
    return session.scalars(
        select(SessionRecord)
        .where(SessionRecord.mentorship_id == mentorship_id)
        .options(selectinload(SessionRecord.actions))
        .order_by(SessionRecord.held_on.desc(), SessionRecord.id)
    ).all()


def count_records(session: Session, mentorship_id: uuid.UUID) -> int:
    """How many sessions of a mentorship are recorded."""
    return (
        session.scalar(select(func.count()).where(SessionRecord.mentorship_id == mentorship_id))
        or 0
    )


def planned_session(session: Session, mentorship_id: uuid.UUID) -> PlannedSession | None:
    """The session that was planned last."""
    return session.scalars(
        select(PlannedSession).where(PlannedSession.mentorship_id == mentorship_id)
    ).one_or_none()


def delete_appointments(session: Session, planned_session_id: uuid.UUID) -> None:
    """Remove waiting letters about a planned session."""
    session.execute(delete(Letter).where(Letter.planned_session_id == planned_session_id))
