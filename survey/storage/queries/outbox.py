"""Queries about letters waiting for delivery."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from survey.storage.models import Letter, Round


def claim(
    session: Session, now: dt.datetime, until: dt.datetime, limit: int
) -> Sequence[uuid.UUID]:
    """Claim up to `limit` due letters for one worker and return their ids.

    On PostgreSQL rows that another worker holds are skipped; on SQLite the writing transaction
    already excludes other workers. A claim that ran out (its worker died) is free again.
    """
    letters = session.scalars(
        select(Letter)
        .where(
            Letter.due_at <= now,
            or_(Letter.claimed_until.is_(None), Letter.claimed_until <= now),
        )
        .order_by(Letter.due_at, Letter.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for letter in letters:
        letter.claimed_until = until
    return [letter.id for letter in letters]


def delete_about(session: Session, mentorship_id: uuid.UUID) -> None:
    """Remove waiting letters to a mentee about the mentorship itself or one of its rounds."""
    rounds = select(Round.id).where(Round.mentorship_id == mentorship_id)
    session.execute(
        delete(Letter).where(
            or_(Letter.mentorship_id == mentorship_id, Letter.round_id.in_(rounds))
        )
    )
