"""Queries about the audit trail."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from survey.storage.models import AuditCheckpoint, AuditEntry

# PostgreSQL's number of the lock under which entries are added.
_ADDING = 360_361


def serialise(session: Session) -> None:
    """Let nobody else add an entry before this transaction ends.

    On SQLite a writing transaction already excludes all others.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_ADDING)))


def tail(session: Session) -> tuple[int, bytes] | None:
    """Number and hash of the newest entry, be it kept or disposed of; None before the first."""
    row = session.execute(
        select(AuditEntry.sequence, AuditEntry.entry_hash)
        .order_by(AuditEntry.sequence.desc())
        .limit(1)
    ).first()
    if row is not None:
        return row.sequence, row.entry_hash
    checkpoint = newest_checkpoint(session)
    return (checkpoint.through, checkpoint.entry_hash) if checkpoint else None


def newest_checkpoint(session: Session) -> AuditCheckpoint | None:
    """The checkpoint that the kept entries follow on."""
    return session.scalars(
        select(AuditCheckpoint).order_by(AuditCheckpoint.through.desc()).limit(1)
    ).first()


def checkpoints(session: Session) -> Sequence[AuditCheckpoint]:
    """All checkpoints in their order."""
    return session.scalars(select(AuditCheckpoint).order_by(AuditCheckpoint.through)).all()


def entries(session: Session) -> Iterator[AuditEntry]:
    """All kept entries in their order, a part at a time."""
    yield from session.scalars(
        select(AuditEntry).order_by(AuditEntry.sequence).execution_options(yield_per=1000)
    )


def entry(session: Session, sequence: int) -> AuditEntry | None:
    """The entry with this number."""
    return session.get(AuditEntry, sequence)


def is_recorded(
    session: Session, day: dt.date, actor_id: uuid.UUID, action: str, object_id: uuid.UUID
) -> bool:
    """Whether this deed stands in the trail for this day."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    AuditEntry.day == day,
                    AuditEntry.actor_id == actor_id,
                    AuditEntry.action == action,
                    AuditEntry.object_id == object_id,
                )
            )
        )
    )


def objects_of(session: Session, action: str) -> Sequence[uuid.UUID]:
    """The objects that were treated so."""
    return [
        found
        for found in session.scalars(
            select(AuditEntry.object_id).where(AuditEntry.action == action).distinct()
        )
        if found is not None
    ]


def last_up_to(session: Session, day: dt.date) -> AuditEntry | None:
    """The last entry of this day or before, as far as all entries before it are as old."""
    younger = session.scalar(select(func.min(AuditEntry.sequence)).where(AuditEntry.day > day))
    statement = select(AuditEntry).order_by(AuditEntry.sequence.desc()).limit(1)
    if younger is not None:
        statement = statement.where(AuditEntry.sequence < younger)
    return session.scalars(statement).first()


def delete_through(session: Session, sequence: int) -> int:
    """Delete the entries up to this one, for which a checkpoint stands; returns how many."""
    count = session.scalar(
        select(func.count()).select_from(AuditEntry).where(AuditEntry.sequence <= sequence)
    )
    session.execute(delete(AuditEntry).where(AuditEntry.sequence <= sequence))
    return count or 0
