"""Queries about uploaded frameworks."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.storage.models import UploadedFramework


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
