"""Queries about uploaded frameworks."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from survey.storage.models import (
    FrameworkDraft,
    FrameworkVersion,
    Goal,
    Mentorship,
    Round,
    UploadedFramework,
)


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


def drafts_of(session: Session, owner_id: uuid.UUID) -> Sequence[FrameworkDraft]:
    """The frameworks that somebody has in the making, those changed last first."""
    return session.scalars(
        select(FrameworkDraft)
        .where(FrameworkDraft.owner_id == owner_id)
        .order_by(FrameworkDraft.changed_on.desc(), FrameworkDraft.id)
    ).all()


def draft(session: Session, draft_id: uuid.UUID) -> FrameworkDraft | None:
    """One framework in the making."""
    return session.get(FrameworkDraft, draft_id)


def versions_of(session: Session, upload_id: uuid.UUID) -> Sequence[FrameworkVersion]:
    """The versions that are kept of an uploaded framework, the newest first."""
    return session.scalars(
        select(FrameworkVersion)
        .where(FrameworkVersion.upload_id == upload_id)
        .order_by(FrameworkVersion.number.desc())
    ).all()


def length_of_versions(session: Session, owner_id: uuid.UUID) -> int:
    """How many characters all kept versions of a mentor's frameworks have together."""
    return int(
        session.scalar(
            select(func.coalesce(func.sum(func.length(FrameworkVersion.yaml)), 0))
            .join(UploadedFramework, UploadedFramework.id == FrameworkVersion.upload_id)
            .where(UploadedFramework.owner_id == owner_id)
        )
        or 0
    )
