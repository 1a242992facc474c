"""Connecting to SQLite or PostgreSQL the way this service needs it."""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError

# The execution option of an engine that begins its transactions as a writer.
WRITING = "survey_writing"


class DatabaseUrlError(ValueError):
    """The address of a database is not one that the service can use."""


def is_sqlite(engine: Engine) -> bool:
    """Whether this is the embedded default."""
    return engine.dialect.name == "sqlite"


def create_engine_for(url: str, *, setting: str, pool_size: int = 5) -> Engine:
    """An engine for a database of ours; `setting` is what an error message names.

    Raises DatabaseUrlError.
    """
    # Parameters are hidden: an error message must not carry an address or an answer to a log.
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise DatabaseUrlError(
            f"{setting}: {url!r} is not a database address; use "
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
    raise DatabaseUrlError(f"{setting}: {backend!r} is not supported; use sqlite or postgresql.")


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
    writing = connection.get_execution_options().get(WRITING, False)
    if connection.get_isolation_level() != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
