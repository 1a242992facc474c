"""The key database is away, or the master key is another: clear words, and nothing half done."""

from __future__ import annotations

import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from config import ConfigError, load_config
from survey.confidentiality.master_key import MasterKey, MasterKeyError
from survey.mentoring.mentees import add_mentee
from survey.service import Service
from survey.storage.faults import DatabaseFaultError
from survey.storage.models import Person, Round, RoundState, SealedBallot, StoredQuestionnaire
from tests.conftest import (
    DATABASES,
    create_postgres_database,
    fresh_database,
    postgres_address,
    service_environment,
)
from tests.reliability.conftest import MakeApp
from tests.reliability.interrupted_rater import InterruptedRater, assert_calm
from tests.support.cases import NOW, draft_case, launch, launched_case, tokens
from tests.support.live_service import ROOT
from tests.support.web import Surfer, service_of, signed_in, worker_of

MENTOR = "max.mentor@example.org"


@pytest.fixture
def keys_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir()
    return folder


@pytest.fixture
def app(request: pytest.FixtureRequest, make: MakeApp, tmp_path: Path, keys_folder: Path) -> Flask:
    return make(
        fresh_database("sqlite", request, tmp_path),
        KEY_DATABASE_URL=f"sqlite:///{keys_folder / 'keys.db'}",
    )


def take_away(app: Flask, folder: Path) -> Path:
    service_of(app).keys.dispose()
    return folder.rename(folder.with_name("elsewhere"))


def state(app: Flask, round_id: object) -> RoundState:
    with service_of(app).database.reading() as session:
        return session.get_one(Round, round_id).state


def test_raters_and_mentors_wait_calmly_for_the_keys(
    app: Flask, keys_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rater = InterruptedRater(app)
    mentor = signed_in(app, MENTOR)
    page = f"/mentees/{rater.case.mentorship_id}"
    elsewhere = take_away(app, keys_folder)
    assert_calm(mentor.get(page))
    rater.is_put_off()
    assert rater.counts() == (0, 0)
    assert "KEY_DATABASE_URL: the database cannot be reached" in caplog.text
    elsewhere.rename(keys_folder)
    assert mentor.get(page).status_code == 200
    assert rater.look().status_code == 200
    rater.is_thanked()


def test_a_launch_and_a_close_without_keys_change_nothing(app: Flask, keys_folder: Path) -> None:
    case = draft_case(service_of(app), {"peers": 4})
    mentor = signed_in(app, MENTOR)
    mentor.get(f"/rounds/{case.round_id}", follow=True)
    elsewhere = take_away(app, keys_folder)
    assert_calm(mentor.post(f"/rounds/{case.round_id}/launch"))
    assert state(app, case.round_id) is RoundState.DRAFT
    elsewhere.rename(keys_folder)
    assert mentor.post(f"/rounds/{case.round_id}/launch").status_code in (302, 303)
    assert state(app, case.round_id) is RoundState.OPEN
    take_away(app, keys_folder)
    assert_calm(mentor.post(f"/rounds/{case.round_id}/close", {"sure": "yes"}))
    assert state(app, case.round_id) is RoundState.OPEN


@pytest.mark.parametrize("keys_on", DATABASES)
def test_no_empty_key_database_takes_the_place_of_a_lost_one(
    database_url: str,
    keys_on: str,
    make: MakeApp,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What was sealed with keys made in it would be gone once the right one is back."""
    right = make(database_url)
    case = launched_case(service_of(right), {"peers": 4})
    link = f"/r/{tokens(service_of(right), case.round_id)['peers1@example.org']}"
    empty = f"sqlite:///{tmp_path / 'empty.db'}"
    if keys_on == "postgresql":
        server: str = request.getfixturevalue("postgres_server")
        create_postgres_database(server, name := f"keys_{uuid.uuid4().hex}")
        empty = postgres_address(server, name)
    wrong = make(database_url, KEY_DATABASE_URL=empty)
    assert_calm(Surfer(wrong).get(link))
    with pytest.raises(DatabaseFaultError, match="KEY_DATABASE_URL: it holds no keys"):
        worker_of(wrong).run_once()
    assert "start-anew" in caplog.text
    assert not service_of(wrong).keys.is_there()
    assert Surfer(right).get(link).status_code == 303
    # Lost for good: then somebody has to say so.
    environment = {**service_environment(database_url, tmp_path), "KEY_DATABASE_URL": empty}
    code, text = run(environment, "keys", "start-anew")
    assert (code, "cannot be read" in text) == (0, True)
    assert Surfer(wrong).get(link).status_code == 303
    with service_of(wrong).database.reading() as session:
        assert session.get_one(Round, case.round_id).state is RoundState.OPEN


def test_another_master_key_makes_no_key(database_url: str, tmp_path: Path) -> None:
    """A key wrapped by it would be in the way for good, among those of the right one."""
    environment = service_environment(database_url, tmp_path)
    service = Service(load_config(environment))
    case = draft_case(service, {"peers": 4})
    wrong = Service(load_config(environment | {"MASTER_KEY": MasterKey.generate()}))
    with pytest.raises(MasterKeyError):
        launch(wrong, case.round_id)
    with pytest.raises(MasterKeyError), wrong.database.writing() as session:
        mentor = session.scalars(select(Person).where(Person.email == MENTOR)).one()
        mentee = add_mentee(session, mentor, "Noah New", "noah.new@example.org", NOW)
        wrong.keys.key_for_writing(mentee.id)
    with service.database.reading() as session:
        assert session.get_one(Round, case.round_id).state is RoundState.DRAFT
        emails = session.scalars(select(Person.email)).all()
    assert "noah.new@example.org" not in emails
    # Every key that there is opens with the right one.
    assert service.keys.rewrap() >= 1
    launch(service, case.round_id)
    for one in (service, wrong):
        one.database.dispose()
        one.keys.dispose()


def test_the_worker_with_another_master_key_leaves_the_round_open(
    database_url: str, make: MakeApp, caplog: pytest.LogCaptureFixture
) -> None:
    right = make(database_url)
    case = launched_case(service_of(right), {"peers": 4})
    with service_of(right).database.writing() as session:
        session.get_one(Round, case.round_id).deadline = NOW.date()
    wrong = make(database_url, MASTER_KEY=MasterKey.generate())
    service_of(wrong).clock = NOW.replace(day=NOW.day + 1)
    worker_of(wrong).close_overdue_rounds()
    assert "cannot be closed: MASTER_KEY is not the key" in caplog.text
    assert state(right, case.round_id) is RoundState.OPEN
    service_of(right).clock = NOW.replace(day=NOW.day + 1)
    worker_of(right).close_overdue_rounds()
    assert state(right, case.round_id) is RoundState.CLOSED


def test_a_round_that_cannot_be_counted_holds_nothing_else_up(
    database_url: str, make: MakeApp, caplog: pytest.LogCaptureFixture
) -> None:
    app = make(database_url)
    service = service_of(app)
    case = launched_case(service, {"peers": 4})
    with service.database.writing() as session:
        session.get_one(Round, case.round_id).deadline = NOW.date()
        questionnaire = session.scalars(select(StoredQuestionnaire)).one()
        right, questionnaire.document = questionnaire.document, "no questionnaire"
    service.clock = NOW.replace(day=NOW.day + 1)
    worker = worker_of(app)
    for _ in range(2):
        worker.close_overdue_rounds()
    # Not told, nor tried again, with every letter.
    assert caplog.text.count(f"Round {case.round_id} cannot be closed") == 1
    assert state(app, case.round_id) is RoundState.OPEN
    with service.database.writing() as session:
        session.scalars(select(StoredQuestionnaire)).one().document = right
    worker_of(app).close_overdue_rounds()
    assert state(app, case.round_id) is RoundState.CLOSED


def test_a_page_with_another_master_key_is_calm(
    database_url: str, make: MakeApp, caplog: pytest.LogCaptureFixture
) -> None:
    right = make(database_url)
    case = launched_case(service_of(right), {"peers": 4})
    wrong = make(database_url, MASTER_KEY=MasterKey.generate())
    answer = signed_in(wrong, MENTOR).get(f"/mentees/{case.mentorship_id}")
    assert_calm(answer)
    assert "MASTER_KEY is not the key" in caplog.text
    assert "MASTER_KEY" not in answer.text


def run(environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "survey", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_command_line_says_it_in_one_line(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    environment = service_environment(fresh_database("sqlite", request, folder), tmp_path)
    service = Service(load_config(environment))
    case = launched_case(service, {"peers": 4})
    service.database.dispose()
    code, text = run(
        environment | {"MASTER_KEY": MasterKey.generate()}, "round", "close", str(case.round_id)
    )
    assert (code, text.count("\n")) == (1, 1)
    assert text.startswith("Error: MASTER_KEY is not the key")
    folder.rename(tmp_path / "elsewhere")
    code, text = run(environment, "round", "list")
    assert (code, text.count("\n")) == (75, 1)
    assert text.startswith("Error: DATABASE_URL: the database cannot be reached")
    (tmp_path / "elsewhere").rename(folder)
    assert run(environment, "round", "list")[0] == 0
    # PostgreSQL that is not there.
    away = environment | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}
    code, text = run(away, "round", "list")
    assert (code, text.count("\n")) == (75, 1)
    with service.database.reading() as session:
        assert session.scalars(select(SealedBallot)).all() == []


def test_half_a_key_file_is_no_key(tmp_path: Path) -> None:
    """An empty secret would sign links that anybody can make."""
    instance = tmp_path / "instance"
    instance.mkdir()
    (instance / "secret.key").write_text("\n")
    with pytest.raises(ConfigError, match=r"SECRET_KEY is not set and .* is empty"):
        load_config({"INSTANCE_FOLDER": str(instance), "MASTER_KEY": MasterKey.generate()})
