"""Health pages: alive without a database, ready only with all it needs, and telling no more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, text

from survey.confidentiality.master_key import MasterKey
from survey.operations.readiness import lacks
from tests.conftest import service_environment
from tests.support.cases import launched_case
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


@pytest.mark.parametrize("lost", ["missing", "empty", "emptied under us"])
def test_a_key_database_that_was_lost_is_not_ready(
    database_url: str, tmp_path: Path, lost: str
) -> None:
    """Every page is refused then: what would be sealed with new keys would be lost."""
    file = tmp_path / "own-keys.db"
    environment = service_environment(database_url, tmp_path) | {
        "KEY_DATABASE_URL": f"sqlite:///{file}"
    }
    app = make_app(environment)
    # Nothing is sealed yet: the file is made when it is first needed, and not by a probe.
    assert Surfer(app).get("/readyz").json == {"status": "ready"}
    assert not file.exists()
    launched_case(service_of(app), {"peers": 3})
    assert Surfer(app).get("/readyz").json == {"status": "ready"}
    service_of(app).keys.dispose()
    for one in tmp_path.glob("own-keys.db*"):
        one.unlink()
    if lost != "missing":
        file.touch()
    if lost != "emptied under us":
        service_of(app).database.dispose()
        app = make_app(environment)
    answer = Surfer(app).get("/readyz")
    assert (answer.status_code, answer.json) == (
        503,
        {"status": "not ready", "lacking": ["key database"]},
    )
    assert file.exists() == (lost != "missing")
    service_of(app).database.dispose()


def test_another_master_key_is_not_ready(database_url: str, tmp_path: Path) -> None:
    environment = service_environment(database_url, tmp_path)
    right = make_app(environment)
    launched_case(service_of(right), {"peers": 3})
    assert Surfer(right).get("/readyz").status_code == 200
    wrong = make_app(environment | {"MASTER_KEY": MasterKey.generate()})
    answer = Surfer(wrong).get("/readyz")
    assert (answer.status_code, answer.json) == (
        503,
        {"status": "not ready", "lacking": ["master key"]},
    )
    for app in (right, wrong):
        service_of(app).database.dispose()
        service_of(app).keys.dispose()


def test_a_probe_reads_no_migrations(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are read once: a balancer asks every process every few seconds."""
    from alembic.script import ScriptDirectory

    read: list[object] = []
    real = ScriptDirectory.from_config
    monkeypatch.setattr(
        ScriptDirectory, "from_config", lambda config: (read.append(config), real(config))[1]
    )
    for _ in range(3):
        assert lacks(service_of(app)) == []
    assert len(read) <= 1
