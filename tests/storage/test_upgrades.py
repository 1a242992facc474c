"""A database of every earlier version, with rows in every table, is brought up to date; and back.

What an earlier version had written is there afterwards, byte by byte, but for what is named here.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import select, text

import survey.storage.migrate
from survey.confidentiality.master_key import MasterKey
from survey.storage.database import Database
from survey.storage.key_store import KeyStore
from survey.storage.migrate import migrate, pending_migration, revision_of
from survey.storage.models import Base
from tests.conftest import DATABASES, create_postgres_database, postgres_address
from tests.storage.filled import ROWS, Rows, fill, only, rows, shape

MIGRATIONS = Path(survey.storage.migrate.__file__).with_name("migrations")
# Every revision, the oldest first; taken from the files, so that a new one is tested at once.
REVISIONS = sorted(script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions())
# Sealed texts are not opened again.
ONE_WAY = {"0004"}
# Entries are chained anew by 0008: their number stays, and what they tell, but not their columns.
REWRITTEN = {"audit_entries"}


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    keys = KeyStore(f"sqlite:///{tmp_path / 'keys.db'}", MasterKey(MasterKey.generate()))
    # The rows that fill it stand for sealed texts, whose key database is there.
    keys.prepare()
    if request.param == "sqlite":
        made = Database(f"sqlite:///{tmp_path / 'empty.db'}", keys)
    else:
        server = request.getfixturevalue("postgres_server")
        name = f"empty_{uuid.uuid4().hex}"
        create_postgres_database(server, name)
        made = Database(postgres_address(server, name), keys)
    yield made
    made.dispose()
    keys.dispose()


def downgrade(database: Database, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["keys"] = database.keys
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def columns_of(database: Database) -> dict[str, set[str]]:
    return {
        table: {name for name, *_ in columns}
        for table, columns in shape(database).items()
        if table not in REWRITTEN
    }


def common(one: dict[str, set[str]], other: dict[str, set[str]]) -> dict[str, set[str]]:
    return {table: one[table] & other[table] for table in one.keys() & other.keys()}


def assert_is_in_order(database: Database) -> None:
    """No row leads nowhere, and the models can read every row."""
    if database.is_sqlite:
        with database.engine.connect() as connection:
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
            assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
    with database.reading() as session:
        for mapper in Base.registry.mappers:
            session.scalars(select(mapper.class_)).all()


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_a_filled_database_of_every_version_is_brought_up_to_date(
    database: Database, revision: str
) -> None:
    migrate(database, revision)
    fill(database)
    before, known = rows(database), columns_of(database)
    assert {sum(content.values()) for content in before.values()} == {ROWS}
    migrate(database)
    assert pending_migration(database) is None
    assert_is_in_order(database)
    kept = common(known, columns_of(database))
    assert len(kept) > 12
    after: Rows = rows(database)
    assert only(after, kept) == only(before, kept)
    assert sum(after["audit_entries"].values()) == ROWS


@pytest.mark.parametrize("revision", [one for one in REVISIONS[1:] if one not in ONE_WAY])
def test_every_version_but_one_can_be_taken_back_and_come_again(
    database: Database, revision: str
) -> None:
    earlier = REVISIONS[REVISIONS.index(revision) - 1]
    migrate(database, earlier)
    fill(database)
    before, known, was = rows(database), columns_of(database), shape(database)
    migrate(database, revision)
    between = common(known, columns_of(database))
    downgrade(database, earlier)
    assert revision_of(database) == earlier
    assert shape(database) == was
    # What a version dropped cannot come back; all that it kept is as it was.
    assert only(rows(database), between) == only(before, between)
    assert sum(rows(database)["audit_entries"].values()) == ROWS
    migrate(database)
    assert pending_migration(database) is None
    assert_is_in_order(database)


def test_what_is_sealed_is_not_opened_again(database: Database) -> None:
    migrate(database, "0004")
    with pytest.raises(NotImplementedError, match="restore a backup"):
        downgrade(database, "0003")
    assert revision_of(database) == "0004"
