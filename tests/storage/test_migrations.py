"""The schema: models and migrations agree, and it cannot tie an answer to a person."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Date, DateTime, MetaData, Time, inspect, text
from sqlalchemy.exc import IntegrityError

import survey.storage.migrate
from survey.confidentiality.master_key import MasterKey
from survey.storage.database import Database
from survey.storage.engines import DatabaseUrlError
from survey.storage.key_store import KeyStore
from survey.storage.migrate import migrate, pending_migration
from survey.storage.models import (
    Base,
    Comment,
    CommentRedaction,
    Goal,
    GoalEvaluation,
    GoalOutcome,
    Person,
    Round,
    RoundGroup,
    SignInLink,
    StoredAggregate,
    SuccessMeasure,
)
from tests.conftest import DATABASES, create_postgres_database, postgres_address
from tests.support.cases import NOW

BALLOT_TABLES = ("sealed_ballots", "responses", "comments")
MIGRATIONS = Path(survey.storage.migrate.__file__).with_name("migrations")
CHECKS = {
    "round_groups": {"anonymous_needs_two"},
    "success_measures": {
        "weight_in_range",
        "baseline_level_in_range",
        "attained_level_in_range",
    },
}


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    yield made
    made.dispose()


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[KeyStore]:
    store = KeyStore(f"sqlite:///{tmp_path / 'keys.db'}", MasterKey(MasterKey.generate()))
    yield store
    store.dispose()


@pytest.fixture(params=DATABASES)
def empty(request: pytest.FixtureRequest, tmp_path: Path, keys: KeyStore) -> Iterator[Database]:
    """A database without any table."""
    if request.param == "sqlite":
        made = Database(f"sqlite:///{tmp_path / 'empty.db'}", keys)
    else:
        server = request.getfixturevalue("postgres_server")
        name = f"empty_{uuid.uuid4().hex}"
        create_postgres_database(server, name)
        made = Database(postgres_address(server, name), keys)
    yield made
    made.dispose()


def test_models_and_migrations_agree(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Base.metadata) == []
        # Both sides hold tables, or their agreement would mean nothing.
        assert len(Base.metadata.tables) > 10


def test_the_constraints_of_the_models_are_in_the_database(database: Database) -> None:
    """Alembic compares neither checks nor how a foreign key deletes."""
    found = inspect(database.engine)
    for table in Base.metadata.sorted_tables:
        wanted = {
            (tuple(k.column_keys), k.referred_table.name, k.ondelete)
            for k in table.foreign_key_constraints
        }
        actual = {
            (
                tuple(key["constrained_columns"]),
                key["referred_table"],
                key.get("options", {}).get("ondelete"),
            )
            for key in found.get_foreign_keys(table.name)
        }
        assert actual == wanted, table.name
    for table_name, wanted_checks in CHECKS.items():
        names = {check["name"] for check in found.get_check_constraints(table_name)}
        assert names == {f"ck_{table_name}_{name}" for name in wanted_checks}


def test_an_empty_database_is_brought_up_to_date(empty: Database) -> None:
    assert inspect(empty.engine).get_table_names() == []
    assert pending_migration(empty) is not None
    migrate(empty)
    assert pending_migration(empty) is None
    tables = set(inspect(empty.engine).get_table_names())
    assert tables == set(Base.metadata.tables) | {"alembic_version"}
    with empty.writing() as session:
        session.add(Person(name="Mia", email="mia@example.org", normalised_email="mia@example.org"))
    migrate(empty)  # a second time changes nothing
    with empty.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM people")) == 1


def test_a_database_of_the_first_version_keeps_its_goals(empty: Database) -> None:
    migrate(empty, "0001")
    keys = {"person": uuid.uuid4(), "mentorship": uuid.uuid4(), "goal": uuid.uuid4()}
    values = {name: key.hex if empty.is_sqlite else key for name, key in keys.items()}
    with empty.engine.begin() as connection:
        for statement in (
            "INSERT INTO people (id, name, email, normalised_email, language, is_mentor) "
            "VALUES (:person, 'Mia', 'mia@example.org', 'mia@example.org', 'en', false)",
            "INSERT INTO mentorships (id, mentor_id, mentee_id, started_on) "
            "VALUES (:mentorship, :person, :person, '2026-05-04')",
            "INSERT INTO goals (id, mentorship_id, position, statement, success_measures, "
            "baseline, target, framework_id) VALUES (:goal, :mentorship, 0, 'Lead projects', "
            "'In time', 'Waits', 'Leads', 'leadership')",
            "INSERT INTO goal_competencies (goal_id, competency_id) VALUES (:goal, 'listening')",
        ):
            used = {name: value for name, value in values.items() if f":{name}" in statement}
            connection.execute(text(statement), used)
    migrate(empty)
    assert pending_migration(empty) is None
    with empty.writing() as session:
        goal = session.get_one(Goal, keys["goal"])
        assert (goal.statement, goal.success_measures) == ("Lead projects", "In time")
        assert (goal.baseline, goal.target, goal.competency_ids) == (
            "Waits",
            "Leads",
            {"listening"},
        )
        assert (goal.measures, goal.evaluation) == ([], None)
        goal.measures = [SuccessMeasure(position=0, statement="When", expected="In May")]
        goal.evaluation = GoalEvaluation(outcome=GoalOutcome.PARTLY, evaluated_on=NOW.date())
    with empty.reading() as session:
        goal = session.get_one(Goal, keys["goal"])
        assert [measure.expected for measure in goal.measures] == ["In May"]
        assert goal.evaluation is not None
    # A goal that is removed behind the models' back takes what belongs to it along.
    with empty.writing() as session:
        session.execute(text("DELETE FROM goals"))
    with empty.reading() as session:
        for table in ("success_measures", "goal_evaluations", "goal_competencies"):
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 0


def test_texts_of_earlier_versions_are_sealed(empty: Database) -> None:
    migrate(empty, "0003")
    keys = {name: uuid.uuid4() for name in ("person", "mentorship", "goal", "round")}
    values = {name: key.hex if empty.is_sqlite else key for name, key in keys.items()}
    comment = b"0123456789abcdef"
    with empty.engine.begin() as connection:
        for statement in (
            "INSERT INTO people (id, name, email, normalised_email, language, is_mentor, "
            "is_programme_lead) "
            "VALUES (:person, 'Mia', 'mia@example.org', 'mia@example.org', 'en', false, false)",
            "INSERT INTO mentorships (id, mentor_id, mentee_id, started_on) "
            "VALUES (:mentorship, :person, :person, '2026-05-04')",
            "INSERT INTO goals (id, mentorship_id, position, statement, success_measures, "
            "baseline, target, framework_id) VALUES (:goal, :mentorship, 0, 'Lead projects', "
            "'In time', '', 'Leads', 'leadership')",
            "INSERT INTO rounds (id, mentorship_id, goal_id, kind, state, framework_id, purpose, "
            "deadline, release_mode, retrospective, label_comments) VALUES (:round, :mentorship, "
            ":goal, 'before', 'closed', 'leadership', 'To see', '2026-06-01', 'at_once', false, "
            "false)",
            "INSERT INTO released_aggregates (round_id, document, fingerprint) "
            "VALUES (:round, 'All that was said', 'abc')",
            "INSERT INTO comment_redactions (id, round_id, question_id, group_key, position, "
            "words) VALUES (:person, :round, 'start', '', 0, 'Anna')",
        ):
            used = {name: value for name, value in values.items() if f":{name}" in statement}
            connection.execute(text(statement), used)
        connection.execute(
            text(
                "INSERT INTO comments (key, round_id, group_key, question_id, text) "
                "VALUES (:key, :round, 'peers', 'start', 'Ask us more')"
            ),
            {"key": comment, "round": values["round"]},
        )
    migrate(empty)
    with empty.reading() as session:
        goal = session.get_one(Goal, keys["goal"])
        assert (goal.statement, goal.baseline, goal.target) == ("Lead projects", "", "Leads")
        assert session.get_one(Round, keys["round"]).purpose == "To see"
        assert session.get_one(Comment, comment).text == "Ask us more"
        assert session.get_one(StoredAggregate, keys["round"]).document == "All that was said"
        assert session.get_one(CommentRedaction, keys["person"]).words == "Anna"
    if empty.is_sqlite:
        path = Path(str(empty.engine.url.database))
        content = b"".join(file.read_bytes() for file in path.parent.glob("empty.db*"))
        assert b"mia@example.org" in content
        for words in (b"Lead projects", b"To see", b"Ask us more", b"All that was said", b"Anna"):
            assert words not in content, words


def test_texts_are_not_sealed_without_keys(empty: Database) -> None:
    migrate(empty, "0003")
    with empty.engine.begin() as connection:
        for statement in (
            "INSERT INTO people (id, name, email, normalised_email, language, is_mentor, "
            "is_programme_lead) VALUES (:id, 'Mia', 'm@example.org', 'm@example.org', 'en', "
            "false, false)",
            "INSERT INTO mentorships (id, mentor_id, mentee_id, started_on) "
            "VALUES (:id, :id, :id, '2026-05-04')",
            "INSERT INTO goals (id, mentorship_id, position, statement, success_measures, "
            "baseline, target, framework_id) VALUES (:id, :id, 0, 'Lead', '', '', '', '')",
        ):
            key = uuid.UUID(int=1)
            connection.execute(text(statement), {"id": key.hex if empty.is_sqlite else key})
    empty.keys = None
    with pytest.raises(ValueError, match="keys of their mentorships"):
        migrate(empty)
    assert pending_migration(empty) is not None
    with empty.reading() as session:
        assert session.scalar(text("SELECT statement FROM goals")) == "Lead"


def test_the_second_version_can_be_taken_back(empty: Database) -> None:
    migrate(empty, "0002")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with empty.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
    tables = set(inspect(empty.engine).get_table_names())
    assert not tables & {"success_measures", "goal_evaluations"}
    assert "goals" in tables
    migrate(empty)
    assert pending_migration(empty) is None


def test_accounts_can_be_taken_back(empty: Database) -> None:
    migrate(empty, "0007")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with empty.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0006")
    found = inspect(empty.engine)
    assert not set(found.get_table_names()) & {
        "sign_in_sessions",
        "passkeys",
        "passkey_challenges",
        "external_identities",
    }
    columns = {column["name"] for column in found.get_columns("people")}
    assert not columns & {"is_administrator", "deactivated_on"}
    migrate(empty)
    assert pending_migration(empty) is None


def test_tokens_for_programs_can_be_taken_back(empty: Database) -> None:
    migrate(empty)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with empty.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0012")
    assert not set(inspect(empty.engine).get_table_names()) & {"api_tokens", "api_answers"}
    migrate(empty)
    assert pending_migration(empty) is None


def test_webhooks_can_be_taken_back(empty: Database) -> None:
    migrate(empty)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with empty.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0015")
    assert not set(inspect(empty.engine).get_table_names()) & {"webhooks", "webhook_deliveries"}
    migrate(empty)
    assert pending_migration(empty) is None


def test_no_ballot_leads_to_an_invitation_a_person_or_a_time(database: Database) -> None:
    schema = MetaData()
    schema.reflect(database.engine)
    expected = {
        "sealed_ballots": {"key", "round_id", "sealed"},
        "responses": {"key", "round_id", "group_key", "ratings", "ratings_then"},
        "comments": {"key", "round_id", "group_key", "question_id", "text_sealed"},
    }
    for name in BALLOT_TABLES:
        table = schema.tables[name]
        assert set(table.columns.keys()) == expected[name]
        assert {key.column.table.name for key in table.foreign_keys} == {"rounds"}
        assert [column.name for column in table.primary_key] == ["key"]
        for column in table.columns:
            assert not isinstance(column.type, Date | DateTime | Time), column
            # A number that counts up would keep the order of arrival.
            assert column.server_default is None, column
            assert column.autoincrement is not True, column
            assert column.identity is None, column
    # The other way round, nothing points at a ballot.
    for table in schema.tables.values():
        targets = {key.column.table.name for key in table.foreign_keys}
        assert not targets & set(BALLOT_TABLES), table.name
    assert "TIMESTAMP" not in {str(column.type) for column in schema.tables["invitations"].columns}
    assert "DATETIME" not in {str(column.type) for column in schema.tables["invitations"].columns}


def test_ballots_of_sqlite_are_clustered_on_their_random_key(
    migrated_sqlite: Path, tmp_path: Path
) -> None:
    connection = sqlite3.connect(f"file:{migrated_sqlite}?mode=ro", uri=True)
    try:
        without_rowid = {
            name for name, wr in connection.execute("SELECT name, wr FROM pragma_table_list") if wr
        }
        assert set(BALLOT_TABLES) <= without_rowid
        for name in BALLOT_TABLES:
            with pytest.raises(sqlite3.OperationalError, match="rowid"):
                connection.execute(f"SELECT rowid FROM {name}")
    finally:
        connection.close()


def test_sqlite_is_careful_on_every_connection(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("pragmas are SQLite's")
    for open_session in (database.reading, database.writing, database.reading):
        with open_session() as session:
            pragmas = {
                name: session.scalar(text(f"PRAGMA {name}"))
                for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
            }
        assert pragmas == {
            "journal_mode": "wal",
            "synchronous": 2,  # FULL
            "foreign_keys": 1,
            "secure_delete": 1,
        }


def test_foreign_keys_and_checks_are_enforced(database: Database) -> None:
    with pytest.raises(IntegrityError), database.writing() as session:
        session.add(SignInLink(person_id=uuid.uuid4(), token_hash="x", expires_at=NOW))
    with pytest.raises(IntegrityError), database.writing() as session:
        session.add(
            RoundGroup(
                round_id=uuid.uuid4(),
                key="peers",
                label="Peers",
                anonymous=True,
                threshold=1,
                position=0,
            )
        )
    with pytest.raises(IntegrityError), database.writing() as session:
        for name in ("One", "Two"):
            session.add(Person(name=name, email="a@example.org", normalised_email="a@example.org"))
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM people")) == 0


def test_what_a_reader_does_is_dropped_and_a_writer_keeps_all_or_nothing(
    database: Database,
) -> None:
    def somebody(name: str) -> Person:
        address = f"{name}@example.org"
        return Person(name=name, email=address, normalised_email=address)

    with database.reading() as session:
        session.add(somebody("reader"))
        session.flush()
    with pytest.raises(KeyError), database.writing() as session:
        session.add(somebody("failing"))
        session.flush()
        raise KeyError
    with database.writing() as session:
        session.add(somebody("writer"))
    with database.reading() as session:
        assert session.scalars(text("SELECT name FROM people")).all() == ["writer"]


def test_an_address_of_a_person_does_not_stand_in_an_error(database: Database) -> None:
    with pytest.raises(IntegrityError) as caught, database.writing() as session:
        for _ in range(2):
            session.add(
                Person(name="Mia", email="mia@example.org", normalised_email="mia@example.org")
            )
    if database.is_sqlite:  # PostgreSQL's own message names the key that is taken
        assert "mia@example.org" not in str(caught.value)
    assert "[SQL parameters hidden" in str(caught.value)


@pytest.mark.parametrize(
    "url", ["", "nonsense", "mysql://localhost/x", "oracle://x", "/var/lib/survey.db"]
)
def test_an_unusable_database_address_is_named(url: str) -> None:
    with pytest.raises(DatabaseUrlError, match="DATABASE_URL"):
        Database(url)


def test_the_short_form_of_a_postgresql_address_works(
    migrated_postgres: str, postgres_server: str
) -> None:
    address = postgres_address(postgres_server, migrated_postgres)
    assert address.startswith("postgresql://")
    for form in (address, address.replace("postgresql://", "postgresql+psycopg://")):
        database = Database(form)
        try:
            assert pending_migration(database) is None
        finally:
            database.dispose()
