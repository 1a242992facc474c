"""Disposing of what has been kept long enough, by the retention schedule."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey.privacy.audit_trail import record
from survey.privacy.disposable_kinds import KINDS, DisposableKind, Disposal
from survey.privacy.erasure import reapply_erasures
from survey.privacy.schedule import Rule, Schedule
from survey.storage.database import Database, erase_traces_after_commit
from survey.storage.key_store import KeyStore
from survey.storage.queries import retention as retention_queries

# So many objects go in one transaction: nobody else waits for long.
_AT_ONCE = 200


@dataclass(frozen=True)
class Due:
    """What is due of one kind; `ids` are those of the objects that `kind.of` names."""

    kind: DisposableKind
    rule: Rule
    ids: Sequence[uuid.UUID]


def due_now(session: Session, schedule: Schedule, today: dt.date) -> list[Due]:
    """What is due, for every kind of the schedule; of some kinds nothing."""
    return [
        Due(kind, schedule[kind.key], _ids(session, kind, schedule[kind.key], today))
        for kind in KINDS
        if kind.key in schedule
    ]


def dispose_daily(
    database: Database, keys: KeyStore, schedule: Schedule, now: dt.datetime
) -> int | None:
    """Today's disposal; None when it has been done. Returns how many objects went.

    Erasures that a restored backup or a crash has undone are done again first.
    """
    with database.reading() as session:
        last = retention_queries.last_run(session)
    if last is not None and last.day >= now.date():
        return None
    with database.writing() as session:
        reapply_erasures(session, keys, now)
    count = dispose(database, keys, schedule, now)
    with database.writing() as session:
        run = retention_queries.begin_run(session, now.date())
        if run is not None:
            run.disposed = count
    return count


def dispose(database: Database, keys: KeyStore, schedule: Schedule, now: dt.datetime) -> int:
    """Dispose of all that is due, a part at a time; returns how many objects went.

    Whatever is interrupted goes on with the next run; two at once do no harm.
    """
    count = 0
    for kind in KINDS:
        if kind.key not in schedule:
            continue
        rule = schedule[kind.key]
        with database.reading() as session:
            ids = _ids(session, kind, rule, now.date())
        for part in _parts(ids, len(ids) if kind.key == "audit_entries" else _AT_ONCE):
            with database.writing() as session:
                count += _dispose_part(Disposal(session, keys, now), kind, rule, part)
    return count


def _dispose_part(
    disposal: Disposal, kind: DisposableKind, rule: Rule, part: Sequence[uuid.UUID]
) -> int:
    session, now = disposal.session, disposal.now
    # Looked up again: another worker may have been faster.
    still = set(_ids(session, kind, rule, now.date()))
    ids = [object_id for object_id in part if object_id in still]
    if not ids:
        return 0
    tables = kind.dispose(disposal, ids)
    if kind.in_trail:
        for object_id in ids:
            record(session, None, kind.action, object_id, now)
    erase_traces_after_commit(session, tables)
    return len(ids)


def _ids(session: Session, kind: DisposableKind, rule: Rule, today: dt.date) -> Sequence[uuid.UUID]:
    cutoff = rule.keep.cutoff(today)
    if cutoff is None:
        return []
    ids = kind.find(session, cutoff)
    if kind.spared is None:
        return ids
    restricted = retention_queries.restricted_people(session)
    spared = retention_queries.of_people(session, kind.spared, ids, restricted)
    return [object_id for object_id in ids if object_id not in spared]


def _parts(ids: Sequence[uuid.UUID], size: int) -> Iterator[Sequence[uuid.UUID]]:
    for start in range(0, len(ids), max(size, 1)):
        yield ids[start : start + size]
