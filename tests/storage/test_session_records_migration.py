"""The migration that brings session records, there and back with data in place."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import inspect, text

import survey.storage.migrate
from survey.storage.database import Database
from survey.storage.migrate import migrate
from tests.conftest import DATABASES, create_postgres_database, postgres_address

MIGRATIONS = Path(survey.storage.migrate.__file__).with_name("migrations")
TABLES = {"session_records", "agreed_actions", "planned_sessions", "milestones"}


@pytest.fixture(params=DATABASES)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        made = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    else:
        server = request.getfixturevalue("postgres_server")
        name = f"empty_{uuid.uuid4().hex}"
        create_postgres_database(server, name)
        made = Database(postgres_address(server, name))
    yield made
    made.dispose()


def test_mentorships_and_letters_outlast_it_both_ways(empty: Database) -> None:
    migrate(empty, "0004")
    keys = {name: uuid.uuid4() for name in ("person", "mentorship", "letter")}
    values = {name: key.hex if empty.is_sqlite else key for name, key in keys.items()}
    with empty.engine.begin() as connection:
        for statement in (
            "INSERT INTO people (id, name, email, normalised_email, language, is_mentor, "
            "is_programme_lead) "
            "VALUES (:person, 'Mia', 'mia@example.org', 'mia@example.org', 'en', false, false)",
            "INSERT INTO mentorships (id, mentor_id, mentee_id, started_on) "
            "VALUES (:mentorship, :person, :person, '2026-05-04')",
            "INSERT INTO outbox (id, kind, mentorship_id, attempts, due_at, last_problem) "
            "VALUES (:letter, 'mentee_welcome', :mentorship, 0, '2026-05-04 00:00:00', '')",
        ):
            used = {name: value for name, value in values.items() if f":{name}" in statement}
            connection.execute(text(statement), used)
    migrate(empty, "0005")
    assert set(inspect(empty.engine).get_table_names()) >= TABLES
    with empty.engine.begin() as connection:
        found = connection.execute(text("SELECT agreed_sessions, ended_on FROM mentorships"))
        assert list(map(tuple, found)) == [(None, None)]
        assert connection.scalar(text("SELECT recipient_id FROM outbox")) is None
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.downgrade(config, "0004")
    assert not set(inspect(empty.engine).get_table_names()) & TABLES
    columns = {column["name"] for column in inspect(empty.engine).get_columns("outbox")}
    assert not columns & {"planned_session_id", "recipient_id"}
    with empty.engine.begin() as connection:
        for table in ("people", "mentorships", "outbox"):
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 1
    migrate(empty, "0005")
