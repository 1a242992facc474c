"""Health pages: alive without a database, ready only with all it needs, and telling no more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, text

from tests.conftest import service_environment
from tests.support.web import Surfer, make_app, service_of


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(service_environment(database_url, tmp_path))
    yield made
    service_of(made).database.dispose()


def statements(app: Flask) -> list[str]:
    """What is asked of the main database from now on."""
    asked: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(service_of(app).database.engine, "before_cursor_execute", note)
    return asked


def test_a_process_is_alive_without_asking_the_database(app: Flask) -> None:
    asked = statements(app)
    answer = Surfer(app).get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "alive"})
    assert asked == []
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def test_it_is_ready_when_both_databases_answer(app: Flask) -> None:
    asked = statements(app)
    answer = Surfer(app).get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"status": "ready"})
    assert asked
    assert "Set-Cookie" not in answer.headers


def test_somebody_signed_in_is_not_looked_up(app: Flask) -> None:
    surfer = Surfer(app)
    with surfer.client.session_transaction() as session:
        session["sign_in"] = "a token"
    asked = statements(app)
    assert surfer.get("/healthz").status_code == 200
    assert asked == []


def test_nobody_is_held_up_and_any_name_will_do(app: Flask) -> None:
    surfer = Surfer(app)
    statuses = {
        surfer.client.get("/healthz", headers={"Host": "10.0.0.7:8000"}).status_code
        for _ in range(300)
    }
    assert statuses == {200}
    assert surfer.client.post("/healthz").status_code in (400, 405)
    assert surfer.client.get("/", headers={"Host": "10.0.0.7:8000"}).status_code == 400


def test_a_schema_of_another_version_is_not_ready(app: Flask) -> None:
    with service_of(app).database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    answer = Surfer(app).get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"status": "not ready", "lacking": ["schema"]}


def test_a_database_that_is_away_is_named_by_its_class_alone(
    database_url: str, tmp_path: Path
) -> None:
    gone = tmp_path / "gone" / "x.db"
    app = make_app(
        service_environment(f"sqlite:///{gone}", tmp_path)
        | {"KEY_DATABASE_URL": f"sqlite:///{gone}"}
    )
    answer = Surfer(app).get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"status": "not ready", "lacking": ["database", "key database"]}
    assert "gone" not in answer.text
    assert Surfer(app).get("/healthz").status_code == 200
    app = make_app(
        service_environment(database_url, tmp_path) | {"KEY_DATABASE_URL": f"sqlite:///{gone}"}
    )
    assert Surfer(app).get("/readyz").json == {
        "status": "not ready",
        "lacking": ["key database"],
    }
    service_of(app).database.dispose()
