"""What was committed survives a power cut: asserted on the connections that the service uses."""

from __future__ import annotations

from sqlalchemy import Engine

from survey.service import Service
from survey.storage.database import Database
from tests.conftest import create_postgres_database, postgres_address

_FULL = 2


def value(engine: Engine, statement: str) -> object:
    with engine.connect() as connection:
        return connection.exec_driver_sql(statement).scalar_one()


def engines_of(service: Service) -> list[Engine]:
    """Those that answers and keys go through, with the option that writers set."""
    return [service.database.engine, service.database._writing_engine, service.keys.engine]


def test_every_commit_reaches_the_disk(service: Service) -> None:
    for engine in engines_of(service):
        if engine.dialect.name == "sqlite":
            assert value(engine, "PRAGMA journal_mode") == "wal"
            # With a write-ahead log, FULL syncs the log before a commit returns; NORMAL does not.
            assert value(engine, "PRAGMA synchronous") == _FULL
            assert value(engine, "PRAGMA fullfsync") == 1
            assert value(engine, "PRAGMA foreign_keys") == 1
        else:
            assert value(engine, "SHOW synchronous_commit") == "on"
            assert value(engine, "SHOW fsync") == "on"
            assert value(engine, "SHOW full_page_writes") == "on"


def test_connections_made_later_are_as_careful(service: Service) -> None:
    """Settings belong to a connection; each one that the pool ever makes has to have them."""
    database = service.database
    for _ in range(3):
        database.dispose()
        with database.engine.connect() as one, database.engine.connect() as other:
            for connection in (one, other):
                if database.is_sqlite:
                    setting = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
                    assert setting == _FULL
                else:
                    setting = connection.exec_driver_sql("SHOW synchronous_commit").scalar_one()
                    assert setting == "on"


def test_a_server_that_commits_carelessly_by_default_is_told_to_be_careful(
    postgres_server: str,
) -> None:
    """`synchronous_commit = off` loses the last second at a power cut: not with our sessions."""
    name = "careless"
    create_postgres_database(postgres_server, name)
    address = postgres_address(postgres_server, name)
    database = Database(address)
    with database.engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {name} SET synchronous_commit = off")
    database.dispose()
    assert value(database.engine, "SHOW synchronous_commit") == "on"
    # A server that waits for its standbys as well keeps doing so.
    with database.engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {name} SET synchronous_commit = remote_apply")
    database.dispose()
    assert value(database.engine, "SHOW synchronous_commit") == "remote_apply"
    database.dispose()


def test_nobody_holds_a_lock_for_ever(service: Service) -> None:
    engine = service.database.engine
    if service.database.is_sqlite:
        assert value(engine, "PRAGMA busy_timeout") == 30_000
        return
    assert value(engine, "SHOW lock_timeout") == "30s"
    assert value(engine, "SHOW idle_in_transaction_session_timeout") == "5min"
