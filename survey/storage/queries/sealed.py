"""Whether the main database needs a key database."""

from __future__ import annotations

from sqlalchemy import Connection, inspect, select

from survey.storage.models import AuditEntry, Goal


def holds_sealed_texts(connection: Connection) -> bool:
    """Whether anything was written with a key: a goal's texts, or the chain of the audit trail.

    The schema may be that of an earlier version, or not there at all.
    """
    for column in (Goal.statement_sealed, AuditEntry.entry_hash):
        table = column.class_.__tablename__
        inspector = inspect(connection)
        if not inspector.has_table(table):
            continue
        if column.key not in {found["name"] for found in inspector.get_columns(table)}:
            continue
        if connection.scalar(select(column).where(column.is_not(None)).limit(1)) is not None:
            return True
    return False
