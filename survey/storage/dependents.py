"""Deleting rows together with all rows that exist only because of them.

What depends on what is read from the schema, so that a table added later is not forgotten.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import cast

from sqlalchemy import ColumnElement, CursorResult, Table, delete, select, update
from sqlalchemy.orm import Session

from survey.storage.models import Base


def delete_with_dependents(
    session: Session, table: Table, ids: Collection[uuid.UUID]
) -> dict[str, int]:
    """Delete the rows with these ids and whatever refers to them; returns how many, by table.

    A reference that the schema lets go (SET NULL), or to a row of the same table, is cleared.
    """
    session.flush()
    counts: dict[str, int] = {}
    if ids:
        _delete(session, table, table.c.id.in_(ids), counts)
        session.expire_all()
    return counts


def _delete(
    session: Session, table: Table, condition: ColumnElement[bool], counts: dict[str, int]
) -> None:
    for child in Base.metadata.sorted_tables:
        for key in child.foreign_keys:
            if key.column.table is not table:
                continue
            concerned = key.parent.in_(select(key.column).where(condition))
            if child is table or key.ondelete == "SET NULL":
                session.execute(update(child).where(concerned).values({key.parent: None}))
            else:
                _delete(session, child, concerned, counts)
    result = cast(CursorResult[object], session.execute(delete(table).where(condition)))
    if result.rowcount:
        counts[table.name] = counts.get(table.name, 0) + result.rowcount
