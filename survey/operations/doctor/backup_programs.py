"""Whether PostgreSQL's own programs can back up this server."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from survey.operations.doctor.databases import engine_of
from survey.operations.doctor.finding import Finding, fine, problem, warning
from survey.storage.engines import DatabaseUrlError, is_sqlite

_ADVICE = (
    "Install PostgreSQL's client programs of the server's version, or set POSTGRES_CLIENT_FOLDER "
    "to where they are."
)


def check_backup_programs(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Compare pg_dump's version with the server's: an older one refuses."""
    try:
        with engine_of(config, "DATABASE_URL") as engine:
            if is_sqlite(engine):
                return
            with engine.connect() as connection:
                number = connection.execute(text("SHOW server_version_num")).scalar_one()
    except (DatabaseUrlError, SQLAlchemyError):
        return  # said by the check of the database
    server = int(number) // 10000
    found = shutil.which("pg_dump", path=config["POSTGRES_CLIENT_FOLDER"] or None)
    if found is None:
        # Not on every machine: one that serves pages alone needs none.
        yield warning(
            "pg_dump is not installed: no backup can be made on this machine.",
            f"Needed where `backup` and `backup-keys` are run. {_ADVICE}",
        )
        return
    said = subprocess.run(  # noqa: S603 - a fixed program, with arguments of our own
        [found, "--version"], capture_output=True, text=True, check=False, timeout=30
    ).stdout
    version = re.search(r"(\d+)", said)
    if version is None or int(version[1]) < server:
        yield problem(f"{said.strip()} is too old to back up PostgreSQL {server}.", _ADVICE)
    else:
        yield fine(f"{said.strip()} can back up PostgreSQL {server}.")
