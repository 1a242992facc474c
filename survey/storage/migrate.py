"""Bring a database to the newest schema (Alembic)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from survey.storage.database import Database
from survey.storage.traces import withhold_statistics

# Alembic is loaded where it is used: most commands and pages migrate nothing.
if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER = Path(__file__).parent / "migrations"


def migrate(database: Database, revision: str = "head") -> None:
    """Upgrade the database's schema to `revision`, creating it when it is empty.

    Raises ValueError when texts are to be sealed and the database was opened without keys.
    """
    from alembic import command

    config = _config()
    config.attributes["keys"] = database.keys
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        if not database.is_sqlite:
            withhold_statistics(connection)
    database.rewrite(config.attributes.get("rewrite", []))


def pending_migration(database: Database) -> str | None:
    """The revision that the code expects, if the database is not there yet; else None."""
    from alembic.migration import MigrationContext

    head = _head()
    with database.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return None if current == head else head


def revision_of(database: Database) -> str | None:
    """The revision that the database's schema has; None for an empty one."""
    from alembic.migration import MigrationContext

    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def knows_revision(revision: str) -> bool:
    """Whether the code has this revision among its migrations."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(_config())
    return revision in {script.revision for script in scripts.walk_revisions()}


@cache
def _head() -> str | None:
    """The newest revision of the code; kept, since reading the scripts takes long for a probe."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    return config
