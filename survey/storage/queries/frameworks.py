"""Queries about uploaded frameworks."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from survey.storage.models import Goal, Mentorship, Round, UploadedFramework


def uploaded_by(session: Session, owner_id: uuid.UUID) -> Sequence[UploadedFramework]:
    """The frameworks that a mentor uploaded."""
    return session.scalars(
        select(UploadedFramework)
        .where(UploadedFramework.owner_id == owner_id)
        .order_by(UploadedFramework.framework_id)
    ).all()


def uploaded(session: Session, owner_id: uuid.UUID, framework_id: str) -> UploadedFramework | None:
    """One uploaded framework of a mentor."""
    return session.scalars(
        select(UploadedFramework).where(
            UploadedFramework.owner_id == owner_id, UploadedFramework.framework_id == framework_id
        )
    ).one_or_none()


def is_named(session: Session, owner_id: uuid.UUID, framework_id: str) -> bool:
    """Whether a round or a goal of one of the mentor's running mentorings names the framework."""
    running = select(Mentorship.id).where(
        Mentorship.mentor_id == owner_id, Mentorship.ended_on.is_(None)
    )
    in_round = exists().where(Round.framework_id == framework_id, Round.mentorship_id.in_(running))
    in_goal = exists().where(Goal.framework_id == framework_id, Goal.mentorship_id.in_(running))
    return bool(session.scalar(select(in_round | in_goal)))
