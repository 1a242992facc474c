"""Queries about the workers that deliver letters, and their leases."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import cast

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.orm import Session

from survey.storage.models import MailWorker


def database_time(session: Session) -> dt.datetime:
    """The one clock by which leases are measured, whatever clocks the workers' machines have.

    SQLite has none of its own: its database is on one machine, whose clock it is.
    """
    if session.get_bind().dialect.name == "postgresql":
        now: dt.datetime = session.execute(select(func.clock_timestamp())).scalar_one()
        return now
    return dt.datetime.now(dt.UTC)


def register(session: Session, lease: dt.timedelta) -> uuid.UUID:
    """A new worker, with its first lease."""
    worker = MailWorker(alive_until=database_time(session) + lease)
    session.add(worker)
    session.flush()
    return worker.id


def renew(session: Session, worker_id: uuid.UUID, lease: dt.timedelta) -> bool:
    """Renew a worker's lease; tells whether it still had one that nobody else had ended."""
    result = cast(
        CursorResult[object],
        session.execute(
            update(MailWorker)
            .where(MailWorker.id == worker_id)
            .values(alive_until=database_time(session) + lease)
            .execution_options(synchronize_session=False)
        ),
    )
    return result.rowcount == 1


def is_registered(session: Session, worker_id: uuid.UUID) -> bool:
    """Whether nobody has ended this worker's lease."""
    statement = select(MailWorker.id).where(MailWorker.id == worker_id)
    return session.scalar(statement) is not None


def end_expired(session: Session) -> None:
    """End the leases that ran out; the letters of those workers are free again.

    One that is being renewed at this moment is let be: two workers that would end each other's
    leases would wait for each other for ever.
    """
    expired = session.scalars(
        select(MailWorker.id)
        .where(MailWorker.alive_until <= database_time(session))
        .with_for_update(skip_locked=True)
    ).all()
    if expired:
        session.execute(
            delete(MailWorker)
            .where(MailWorker.id.in_(expired))
            .execution_options(synchronize_session=False)
        )


def remove(session: Session, worker_id: uuid.UUID) -> None:
    """End a worker's lease; its letters are free again."""
    session.execute(delete(MailWorker).where(MailWorker.id == worker_id))
