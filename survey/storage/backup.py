"""Copying a database as a whole into a file, and such a file into an empty database.

On SQLite by its online backup, on PostgreSQL by its own client programs; both see one moment of
the database while the service goes on.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, inspect, text

from survey.storage.engines import is_sqlite, missing_file, sqlite_file

# What their copies begin with.
_SQLITE, _POSTGRESQL = b"SQLite format 3\x00", b"PGDMP"


class BackupError(Exception):
    """A backup cannot be made or restored; the text says why and what to do."""


def kind_of(engine: Engine) -> str:
    """Which kind of database a backup is of; it can be restored into the same kind alone."""
    return "sqlite" if is_sqlite(engine) else "postgresql"


def copy_out(engine: Engine, file: Path, client_folder: str = "") -> None:
    """Copy the database into a new file, readable by its owner alone. Raises BackupError."""
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError as error:
        raise BackupError(f"{file} exists already; nothing is overwritten.") from error
    except OSError as error:
        raise BackupError(f"{file} cannot be written: {error.strerror}.") from error
    if is_sqlite(engine):
        source = _sqlite_file(engine)
        if not source.is_file():
            raise BackupError(f"{source} does not exist: there is nothing to back up.")
        with closing(sqlite3.connect(source)) as from_, closing(sqlite3.connect(file)) as to:
            from_.backup(to)
            # One file that needs no log beside it.
            to.execute("PRAGMA journal_mode = DELETE")
        return
    arguments = ["--format=custom", "--no-owner", "--no-privileges", f"--file={file}"]
    try:
        _run(client_folder, "pg_dump", arguments, engine)
    except BackupError:
        file.unlink(missing_ok=True)
        raise


def copy_in(
    engine: Engine, file: Path, client_folder: str = "", *, setting: str = "DATABASE_URL"
) -> None:
    """Copy such a file into an empty database, and check it. Raises BackupError."""
    require_empty(engine, setting)
    if is_sqlite(engine):
        engine.dispose()
        target = _sqlite_file(engine)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with closing(sqlite3.connect(file)) as from_, closing(sqlite3.connect(target)) as to:
                from_.backup(to)
        except sqlite3.DatabaseError as error:
            target.unlink(missing_ok=True)
            raise BackupError(f"{file} is damaged: {error}.") from error
        target.chmod(0o600)
    else:
        _run(
            client_folder,
            "pg_restore",
            ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", str(file)],
            engine,
        )
    check_integrity(engine)


def kind_of_file(file: Path) -> str:
    """Which kind of database a file is a copy of. Raises BackupError."""
    try:
        with file.open("rb") as stream:
            beginning = stream.read(len(_SQLITE))
    except OSError as error:
        raise BackupError(f"{file} cannot be read: {error.strerror}.") from error
    if beginning == _SQLITE:
        return "sqlite"
    if beginning.startswith(_POSTGRESQL):
        return "postgresql"
    raise BackupError(f"{file} is no backup of a database.")


def require_table(file: Path, table: str, client_folder: str = "") -> None:
    """Raises BackupError when the database that was copied into this file had no such table."""
    if kind_of_file(file) == "sqlite":
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as copy:
            query = "SELECT name FROM sqlite_schema WHERE type = 'table'"
            tables = {name for (name,) in copy.execute(query)}
    else:
        listed = _run(client_folder, "pg_restore", ["--list", str(file)]).splitlines()
        # Such as: 215; 1259 16385 TABLE public mentorship_keys owner
        tables = {line.split()[5] for line in listed if " TABLE " in line and "DATA" not in line}
    if table not in tables:
        raise BackupError(f"{file} is a backup of another database: it has no table {table}.")


def require_empty(engine: Engine, setting: str = "DATABASE_URL") -> None:
    """Raises BackupError when the database has tables."""
    if missing_file(engine) is not None:
        return
    if tables := inspect(engine).get_table_names():
        raise BackupError(
            f"The database to restore into is not empty: it has {len(tables)} tables. Set "
            f"{setting} to an empty place; nothing was changed."
        )


def check_integrity(engine: Engine) -> None:
    """Raises BackupError when the database is damaged, as far as that can be seen.

    PostgreSQL checks every constraint while it restores.
    """
    if not is_sqlite(engine):
        return
    with engine.connect() as connection:
        verdict = connection.execute(text("PRAGMA integrity_check")).scalar_one()
        loose = connection.execute(text("PRAGMA foreign_key_check")).first()
    if verdict != "ok":
        raise BackupError(f"The restored database is damaged: {verdict}.")
    if loose is not None:
        raise BackupError(f"The restored database is damaged: a row of {loose[0]} leads nowhere.")


def fingerprint(file: Path) -> str:
    """What tells whether a file is still the one that was written."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sqlite_file(engine: Engine) -> Path:
    file = sqlite_file(engine)
    if file is None:
        raise BackupError("A database in memory can be neither backed up nor restored.")
    return file


def _run(
    client_folder: str, program: str, arguments: list[str], engine: Engine | None = None
) -> str:
    """Run a client program, on a database if one is given; returns what it prints."""
    found = shutil.which(program, path=client_folder or None)
    if found is None:
        where = client_folder or "the search path"
        raise BackupError(
            f"{program} is not in {where}. Install PostgreSQL's client programs of the server's "
            "version, or set POSTGRES_CLIENT_FOLDER to where they are."
        )
    environment = None
    if engine is not None:
        url = engine.url.set(drivername="postgresql")
        if url.password:
            # Not on the command line, where every user of the machine can read it.
            environment = {**os.environ, "PGPASSWORD": str(url.password)}
        target = url.set(password=None).render_as_string(hide_password=False)
        arguments = [*arguments, f"--dbname={target}"]
    done = subprocess.run(  # noqa: S603 - a fixed program, with arguments of our own
        [found, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupError(f"{program} did not succeed: {done.stderr.strip()}")
    return done.stdout
