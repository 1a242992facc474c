"""The connection to SQLite or PostgreSQL, and the two ways to use it: reading and writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

_WRITING = "survey_writing"
_FORGET_ORDER = "survey_forget_order"


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
            if session.info.get(_FORGET_ORDER):
                self.truncate_write_ahead_log()

    def truncate_write_ahead_log(self) -> None:
        """Fold SQLite's write-ahead log into the file and empty it; elsewhere do nothing.

        The log keeps the order in which transactions came. After a round's close it must not
        outlive the shuffling of the ballots.
        """
        if self.is_sqlite:
            with self.engine.connect().execution_options(
                isolation_level="AUTOCOMMIT"
            ) as connection:
                connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))

    def dispose(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()


def forget_order_after_commit(session: Session) -> None:
    """Ask that the write-ahead log is emptied once this session's transaction is committed."""
    session.info[_FORGET_ORDER] = True


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
        return create_engine(parsed, pool_size=pool_size, pool_pre_ping=True, hide_parameters=True)
    if backend == "sqlite":
        engine = create_engine(
            parsed, pool_size=pool_size, connect_args={"timeout": 30}, hide_parameters=True
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    raise DatabaseUrlError(f"DATABASE_URL: {backend!r} is not supported; use sqlite or postgresql.")


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
