"""The connection to SQLite or PostgreSQL, and the two ways to use it: reading and writing."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, delete, event, make_url, select, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.orm import Session

from survey.storage.models import ErasureDue

_WRITING = "survey_writing"
_ERASE_TRACES = "survey_erase_traces"
# VACUUM FULL keeps dead rows, without saying so, while a transaction that began before the close
# may still see them. A due erasure carries the number of the close in its own xmin.
_OLD_SNAPSHOT = """
    SELECT EXISTS (
        SELECT FROM pg_stat_activity, (SELECT min(age(xmin)) AS closed FROM erasures_due) AS due
        WHERE pid <> pg_backend_pid() AND datname = current_database()
          AND (age(backend_xmin) >= closed OR age(backend_xid) >= closed)
    )
"""
_TABLES_WITH_TRACES = ("sealed_ballots", "invitations", "rounds", "outbox")


class DatabaseUrlError(ValueError):
    """DATABASE_URL is not one that the service can use."""


class Database:
    """A database that use cases read from and write to, one transaction at a time."""

    def __init__(self, url: str, *, pool_size: int = 5) -> None:
        """Prepare the engine; nothing is opened yet. Raises DatabaseUrlError."""
        self.engine = _create_engine(url, pool_size)
        self._writing_engine = self.engine.execution_options(**{_WRITING: True})

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded default."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for looking only; whatever it did is dropped. What was read stays readable."""
        with Session(self.engine, expire_on_commit=False, autoflush=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that commits as a whole at the end, or not at all when an error passes."""
        with Session(self._writing_engine, expire_on_commit=False) as session:
            with session.begin():
                yield session
            if session.info.get(_ERASE_TRACES):
                self.erase_due_traces()

    def erase_traces(self) -> bool:
        """Erase what the files still hold of deleted and changed rows; tells whether it succeeded.

        SQLite's write-ahead log keeps the order in which transactions came; PostgreSQL's tables
        keep dead rows, with the number of their transaction, until they are rewritten. After a
        round's close neither must outlive the shuffling of the ballots. Somebody who reads
        meanwhile can hinder it; then it has to be tried again.
        """
        autocommit = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        with autocommit.connect() as connection:
            if self.is_sqlite:
                busy = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).scalar_one()
                return not busy
            connection.execute(text("SET lock_timeout = '3s'"))
            try:
                if connection.execute(text(_OLD_SNAPSHOT)).scalar_one():
                    return False
                for table in _TABLES_WITH_TRACES:
                    connection.execute(text(f"VACUUM (FULL) {table}"))
            except OperationalError:
                return False
            finally:
                connection.execute(text("RESET lock_timeout"))
            return True

    def erase_due_traces(self) -> None:
        """Erase if a close asks for it and has not been served yet."""
        with self.reading() as session:
            due = session.scalars(select(ErasureDue.id)).all()
        if due and self.erase_traces():
            with self.writing() as session:
                session.execute(delete(ErasureDue).where(ErasureDue.id.in_(due)))
            if self.is_sqlite:
                # The removal itself went through the log.
                self.erase_traces()

    def dispose(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()


def erase_traces_after_commit(session: Session) -> None:
    """Ask that traces of deleted rows are erased once this session's transaction is committed."""
    session.add(ErasureDue())
    session.info[_ERASE_TRACES] = True


def _create_engine(url: str, pool_size: int) -> Engine:
    # Parameters are hidden: an error message must not carry an address or an answer to a log.
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise DatabaseUrlError(
            f"DATABASE_URL: {url!r} is not a database address; use "
            "sqlite:////absolute/path/survey.db or postgresql://user:password@host/name."
        ) from error
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        # The address as hosting services hand it out names no driver; ours is psycopg 3.
        parsed = parsed.set(drivername="postgresql+psycopg")
        engine = create_engine(
            parsed, pool_size=pool_size, pool_pre_ping=True, hide_parameters=True
        )
        event.listen(engine, "handle_error", _hide_detail)
        return engine
    if backend == "sqlite":
        engine = create_engine(
            parsed, pool_size=pool_size, connect_args={"timeout": 30}, hide_parameters=True
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    raise DatabaseUrlError(f"DATABASE_URL: {backend!r} is not supported; use sqlite or postgresql.")


def _hide_rows(record: logging.LogRecord) -> bool:
    """Drop the rows that SQLAlchemy logs at its most talkative: they hold answers and addresses."""
    return not str(record.msg).startswith(("Row", "Col"))


logging.getLogger("sqlalchemy.engine.Engine").addFilter(_hide_rows)


def _hide_detail(context: ExceptionContext) -> None:
    """Cut PostgreSQL's DETAIL off an error: it quotes the row, with its comment or address."""
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None and error.args and isinstance(error.args[0], str):
            first = error.args[0].split("\nDETAIL:")[0]
            error.args = (first, *error.args[1:])


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transaction handling commits at the wrong moments; _begin_sqlite does it.
    connection.isolation_level = None
    for pragma in (
        "journal_mode = WAL",
        # Full sync: an answer that a rater saw accepted survives a power cut.
        "synchronous = FULL",
        "foreign_keys = ON",
        # Deleted sealed ballots and letters must not linger in free pages.
        "secure_delete = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    # A writer takes the write lock at once: upgrading from a read lock later can fail with
    # "database is locked" without waiting.
    writing = connection.get_execution_options().get(_WRITING, False)
    if connection.get_isolation_level() != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
