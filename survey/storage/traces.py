"""Erasing what a database's files still hold of rows that were deleted or changed.

SQLite overwrites what is deleted by itself (`secure_delete`), but its write-ahead log keeps the
order in which transactions came, and pages as they were. PostgreSQL's tables keep dead rows, with
the number of their transaction, until they are rewritten.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from survey.storage.engines import is_sqlite


def erase_traces(engine: Engine, tables: Iterable[str], due_table: str) -> bool:
    """Erase the traces in these tables, and tell whether it succeeded.

    `due_table` has a row that was written together with the deed. Somebody who reads meanwhile
    can hinder it; then it has to be tried again.
    """
    autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as connection:
        if is_sqlite(engine):
            busy = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).scalar_one()
            return not busy
        connection.execute(text("SET lock_timeout = '3s'"))
        try:
            if connection.execute(text(_old_snapshot(due_table))).scalar_one():
                return False
            for table in dict.fromkeys(tables):
                connection.execute(text(f"VACUUM (FULL) {table}"))
        except OperationalError:
            return False
        finally:
            connection.execute(text("RESET lock_timeout"))
        return True


def _old_snapshot(due_table: str) -> str:
    """Whether somebody may still see what was deleted.

    VACUUM FULL keeps dead rows, without saying so, while a transaction that began before the deed
    may still see them, or wrote something before it and still runs, be it in another database of
    the server. A standby that gives feedback has no database, and what it reads may be held by its
    replication slot alone. A row of `due_table` carries the number of the deed in its own xmin.
    """
    return f"""
        SELECT age(pg_snapshot_xmin(pg_current_snapshot())::xid) >= deed OR EXISTS (
            SELECT FROM pg_stat_activity
            WHERE pid <> pg_backend_pid() AND (datname = current_database() OR datname IS NULL)
              AND (age(backend_xmin) >= deed OR age(backend_xid) >= deed)
        ) OR EXISTS (
            SELECT FROM pg_replication_slots WHERE age(xmin) >= deed
        )
        FROM (SELECT min(age(xmin)) AS deed FROM {due_table}) AS due
    """  # noqa: S608 - names of tables of ours


def withhold_statistics(connection: Connection) -> None:
    """Let PostgreSQL take no samples of texts and keys for its planner.

    It keeps them in a table of its own, in clear, where they outlive the rows that they came from.
    Those that it has taken already go.
    """
    quote = connection.dialect.identifier_preparer.quote
    for table, column, type_, is_sampled in connection.execute(text(_SAMPLED)).all():
        alter = f"ALTER TABLE {quote(table)} ALTER COLUMN {quote(column)}"
        connection.execute(text(f"{alter} SET STATISTICS 0"))
        if is_sampled:
            # To the same type: nothing is rewritten, but the samples are dropped.
            connection.execute(text(f"{alter} TYPE {type_}"))


_SAMPLED = """
    SELECT pg_class.relname, attname, format_type(atttypid, atttypmod), EXISTS (
        SELECT FROM pg_stats WHERE schemaname = current_schema()
        AND tablename = pg_class.relname AND pg_stats.attname = pg_attribute.attname
    )
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
      AND attnum > 0 AND NOT attisdropped AND attstattarget IS DISTINCT FROM 0
      AND atttypid IN ('text'::regtype, 'varchar'::regtype, 'bytea'::regtype)
"""
