"""Queries about how fast mail may leave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from survey.storage.models import MailPace

# What restrained nothing for so long is forgotten.
_KEPT = dt.timedelta(hours=1)


def free_at(session: Session, key: str) -> dt.datetime | None:
    """From when on a letter may leave; None when nothing restrains it."""
    return session.scalar(select(MailPace.free_at).where(MailPace.key == key))


def held(session: Session, key: str, now: dt.datetime) -> MailPace:
    """The row with this key, made where it is missing, held until the transaction ends."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    insert: Callable[..., Any] = sqlite.insert if is_sqlite else postgresql.insert
    session.execute(
        insert(MailPace)
        .values(key=key, free_at=now - _KEPT / 2, deferrals=0)
        .on_conflict_do_nothing()
    )
    return session.scalars(
        select(MailPace)
        .where(MailPace.key == key)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def forget_deferrals(session: Session, key: str) -> None:
    """Note that a letter was accepted."""
    session.execute(
        update(MailPace)
        .where(MailPace.key == key, MailPace.deferrals > 0)
        .values(deferrals=0)
        .execution_options(synchronize_session=False)
    )


def forget_old(session: Session, now: dt.datetime) -> None:
    """Delete what restrains nothing any more."""
    old = session.scalars(
        select(MailPace.key).where(MailPace.free_at < now - _KEPT).with_for_update(skip_locked=True)
    ).all()
    if old:
        session.execute(
            delete(MailPace)
            .where(MailPace.key.in_(old))
            .execution_options(synchronize_session=False)
        )
