"""Whether both databases answer, take what is written, and are set up as the service needs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from survey.operations.doctor.finding import Finding, fine, problem, warning
from survey.places import COMMAND
from survey.storage.database import Database
from survey.storage.engines import (
    WRITING,
    DatabaseUrlError,
    create_engine_for,
    is_sqlite,
    missing_file,
)
from survey.storage.migrate import knows_revision, pending_migration, revision_of

_OLDEST_SQLITE, _OLDEST_POSTGRESQL = (3, 35), (13,)
_PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
# What makes PostgreSQL log statements too, whatever log_statement says, and its value for "never".
_LOGGED_BY_DURATION = {
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0",
    "log_duration": "off",
}


@contextmanager
def engine_of(config: Mapping[str, Any], setting: str) -> Iterator[Engine]:
    """The engine behind a setting, for as long as a check looks at it. Raises DatabaseUrlError."""
    engine = create_engine_for(config[setting], setting=setting, pool_size=1)
    try:
        yield engine
    finally:
        engine.dispose()


def check_database(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Look at the main database."""
    yield from _check(config, "DATABASE_URL")


def check_schema(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Look whether the schema is the one of this version."""
    try:
        database = Database(config["DATABASE_URL"], pool_size=1)
    except DatabaseUrlError:
        return  # said by the check of the database
    try:
        if missing_file(database.engine):
            return
        pending, current = pending_migration(database), revision_of(database)
    except SQLAlchemyError:
        return
    finally:
        database.dispose()
    if pending is None:
        yield fine(f"The schema is up to date ({current}).")
    elif current is not None and not knows_revision(current):
        yield problem(
            f"The schema is {current}, which this version does not know: it is of a newer one.",
            "Install that version, or restore the backup that the upgrade made.",
        )
    else:
        yield problem(
            f"The schema is {current or 'not there yet'}; this version needs {pending}.",
            f"Run `{COMMAND} db migrate --backup FOLDER`.",
        )


def _check(config: Mapping[str, Any], setting: str) -> Iterator[Finding]:
    try:
        with engine_of(config, setting) as engine:
            yield from check_engine(engine, setting)
    except DatabaseUrlError as error:
        yield problem(str(error), f"Set {setting} right.")


def check_engine(engine: Engine, setting: str) -> Iterator[Finding]:
    """Look at one database."""
    if (file := missing_file(engine)) is not None:
        yield problem(f"{setting}: {file} does not exist.", f"Run `{COMMAND} setup`.")
        return
    try:
        with engine.connect() as connection:
            yield fine(f"{setting}: {engine.dialect.name} answers.")
            if is_sqlite(engine):
                yield from _check_sqlite(connection, setting)
            else:
                yield from _check_postgresql(connection, setting)
        yield from _check_writable(engine, setting)
    except SQLAlchemyError as error:
        # The driver's own text names the server and the user, and never a password.
        reason = " ".join(str(getattr(error, "orig", error)).split())[:300]
        yield problem(f"{setting}: the database does not answer: {reason}.", "Is it running?")


def _check_sqlite(connection: Connection, setting: str) -> Iterator[Finding]:
    version = connection.execute(text("SELECT sqlite_version()")).scalar_one()
    if tuple(map(int, version.split("."))) < _OLDEST_SQLITE:
        yield problem(f"{setting}: SQLite {version} is too old.", "Use 3.35 or newer.")
    for name, wanted in _PRAGMAS.items():
        found = connection.execute(text(f"PRAGMA {name}")).scalar_one()
        if found != wanted:
            yield problem(
                f"{setting}: {name} is {found} and not {wanted}.",
                "Does the file lie on a network drive? SQLite needs a local disk.",
            )
    verdict = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
    if verdict != "ok":
        yield problem(f"{setting}: the file is damaged.", "Restore the newest backup.")
    else:
        yield fine(f"{setting}: SQLite {version}, the file is whole.")


def _check_postgresql(connection: Connection, setting: str) -> Iterator[Finding]:
    def shown(name: str) -> str:
        return str(connection.execute(text(f"SHOW {name}")).scalar_one())

    version = shown("server_version").split()[0]
    if (int(shown("server_version_num")) // 10000,) < _OLDEST_POSTGRESQL:
        yield problem(f"{setting}: PostgreSQL {version} is too old.", "Use 13 or newer.")
    else:
        yield fine(f"{setting}: PostgreSQL {version}.")
    if shown("server_encoding") != "UTF8":
        yield problem(
            f"{setting}: the database is not in UTF-8.", "Create it with ENCODING 'UTF8'."
        )
    isolation = shown("default_transaction_isolation")
    if isolation != "read committed":
        yield problem(
            f"{setting}: transactions are {isolation} by default; locks are made for "
            "read committed.",
            "ALTER DATABASE … RESET default_transaction_isolation.",
        )
    if shown("fsync") == "off":
        yield problem(
            f"{setting}: fsync is off: an answer that was accepted can be lost.",
            "Switch fsync on.",
        )
    if shown("transaction_read_only") == "on":
        yield problem(
            f"{setting}: the database takes no writes; is it a replica?",
            f"Set {setting} to the primary.",
        )
    if shown("log_statement") in ("all", "mod"):
        yield warning(
            f"{setting}: the server logs statements with the time of each.",
            "Set log_statement to none or ddl: such a log tells when each answer came.",
        )
    for name, off in _LOGGED_BY_DURATION.items():
        if (found := shown(name)) != off:
            yield warning(
                f"{setting}: {name} is {found}, so the server logs statements with the time of "
                "each.",
                f"Set {name} to {off}: such a log tells when answers came.",
            )
    if shown("log_connections") not in ("off", ""):
        yield warning(
            f"{setting}: the server logs connections with the time of each.",
            "Set log_connections to off: when many answers come, connections are opened for them.",
        )


def _check_writable(engine: Engine, setting: str) -> Iterator[Finding]:
    """Write to a table that is there, and take it back."""
    tables = inspect(engine).get_table_names()
    if not tables:
        return
    column = engine.dialect.identifier_preparer.quote(
        inspect(engine).get_columns(tables[0])[0]["name"]
    )
    table = engine.dialect.identifier_preparer.quote(tables[0])
    try:
        with engine.execution_options(**{WRITING: True}).connect() as connection:
            connection.execute(text(f"UPDATE {table} SET {column} = {column} WHERE 1 = 0"))  # noqa: S608
            connection.rollback()
    except SQLAlchemyError as error:
        yield problem(
            f"{setting}: nothing can be written: {getattr(error, 'orig', error)}.",
            "Look at the file's owner and the disk, or at the rights of the database's user.",
        )
    else:
        yield fine(f"{setting}: it can be written to.")
