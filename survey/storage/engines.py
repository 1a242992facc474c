"""Connecting to SQLite or PostgreSQL the way this service needs it."""

from __future__ import annotations

import logging
import sqlite3
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError, InvalidatePoolError
from sqlalchemy.pool import QueuePool
from sqlalchemy.util import asbool

from survey.storage.faults import telling_faults

# The execution option of an engine that begins its transactions as a writer.
WRITING = "survey_writing"
# How long a page waits for one of the pooled connections.
_WAIT_FOR_CONNECTION_SECONDS = 10
# How the drivers are told to behave where the address does not say otherwise. A writer waits up to
# half a minute for the others; a server that does not answer is given up, and so is a connection
# whose other end is gone without a word.
_SQLITE_DEFAULTS = {"timeout": 30}
_POSTGRESQL_DEFAULTS = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
# Settings of every session with PostgreSQL, by name.
_POSTGRESQL_SESSION = {
    "lock_timeout": "30s",
    # A process that hangs, or whose machine is gone, must not hold a round for ever.
    "idle_in_transaction_session_timeout": "5min",
}


_RETURNED = "survey_returned"
_TRUSTED_SECONDS = 0.2


class DatabaseUrlError(ValueError):
    """The address of a database is not one that the service can use."""


def is_sqlite(engine: Engine) -> bool:
    """Whether this is the embedded default."""
    return engine.dialect.name == "sqlite"


def sqlite_file(engine: Engine) -> Path | None:
    """Where an SQLite database lies; None for one in memory, and for PostgreSQL."""
    database, options = engine.url.database, engine.url.query
    if not is_sqlite(engine) or not database or database == ":memory:":
        return None
    if asbool(options.get("uri", False)) and database.startswith("file:"):
        # As SQLite reads it: file:/folder/survey.db, file:///folder/survey.db or file:survey.db.
        named = unquote(urlsplit(database).path)
        return None if options.get("mode") == "memory" or named == ":memory:" else Path(named)
    return Path(database)


def missing_file(engine: Engine) -> Path | None:
    """The file of an SQLite database that is not there, where connecting would create it.

    With `mode=ro` or `mode=rw` in the address it would not; connecting then says what is wrong.
    """
    file = sqlite_file(engine)
    if file is None or file.exists():
        return None
    # Without `uri=true` a mode has no meaning.
    has_mode = asbool(engine.url.query.get("uri", False))
    return None if has_mode and engine.url.query.get("mode") in ("ro", "rw") else file


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
            parsed,
            pool_size=pool_size,
            pool_timeout=_WAIT_FOR_CONNECTION_SECONDS,
            connect_args=_unless_in_address(parsed, _POSTGRESQL_DEFAULTS),
            hide_parameters=True,
        )
        event.listen(engine, "connect", _prepare_postgresql)
        _test_idle_connections(engine)
        event.listen(engine, "handle_error", _hide_detail)
        event.listen(engine, "handle_error", telling_faults(setting))
        return engine
    if backend == "sqlite":
        engine = create_engine(
            parsed,
            pool_size=pool_size,
            connect_args=_unless_in_address(parsed, _SQLITE_DEFAULTS),
            poolclass=QueuePool,
            pool_timeout=_WAIT_FOR_CONNECTION_SECONDS,
            hide_parameters=True,
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        event.listen(engine, "handle_error", telling_faults(setting))
        return engine
    raise DatabaseUrlError(f"{setting}: {backend!r} is not supported; use sqlite or postgresql.")


def _test_idle_connections(engine: Engine) -> None:
    """Ask the server for a sign of life before a connection is used that lay idle for a moment.

    SQLAlchemy's own `pool_pre_ping` asks every time, which under load is a fifth of all work.
    """

    def note(_connection: Any, record: Any) -> None:
        record.info[_RETURNED] = time.monotonic()

    def test(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get(_RETURNED, 0.0) < _TRUSTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            # The pool connects anew, and does not trust the others either.
            raise InvalidatePoolError from error

    event.listen(engine, "checkin", note)
    event.listen(engine, "checkout", test)


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


def _unless_in_address(url: URL, defaults: dict[str, int]) -> dict[str, int]:
    """The defaults that the address does not set itself."""
    return {name: value for name, value in defaults.items() if name not in url.query}


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        for name, value in _POSTGRESQL_SESSION.items():
            cursor.execute("SELECT set_config(%s, %s, false)", (name, value))
        # An answer that a rater saw accepted survives a power cut, whatever the server's default.
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'on', false) "
            "WHERE current_setting('synchronous_commit') = 'off'"
        )
    connection.commit()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transaction handling commits at the wrong moments; _begin_sqlite does it.
    connection.isolation_level = None
    _write_ahead(connection)
    for pragma in (
        # Full sync: an answer that a rater saw accepted survives a power cut.
        "synchronous = FULL",
        # The same on macOS, where a plain sync leaves data in the drive's own memory.
        "fullfsync = ON",
        "foreign_keys = ON",
        # Deleted sealed ballots and letters must not linger in free pages.
        "secure_delete = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _write_ahead(connection: Any) -> None:
    """Switch to a write-ahead log, which the file then stays with.

    For this one change SQLite does not wait for others who open the new file at the same moment;
    we do, as long as the connection waits for anything else.
    """
    (milliseconds,) = connection.execute("PRAGMA busy_timeout").fetchone()
    gives_up = time.monotonic() + milliseconds / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > gives_up:
                raise
            time.sleep(0.01)
        else:
            return


def _begin_sqlite(connection: Any) -> None:
    # A writer takes the write lock at once: upgrading from a read lock later can fail with
    # "database is locked" without waiting.
    writing = connection.get_execution_options().get(WRITING, False)
    if connection.get_isolation_level() != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
