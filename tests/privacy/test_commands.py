"""Privacy from a terminal, as an operator uses it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from config import load_config
from survey.service import Service
from survey.storage.models import Invitation, Mentorship, Person
from tests.conftest import service_environment
from tests.privacy.people import Mentoring, everything
from tests.test_cli import Terminal

MENTEE = "mia.mentee@example.org"


@pytest.fixture
def terminal(
    database_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Terminal:
    for name, value in service_environment(database_url, tmp_path).items():
        monkeypatch.setenv(name, value)
    return Terminal(capsys, monkeypatch)


@pytest.fixture
def service(terminal: Terminal) -> Iterator[Service]:
    made = Service(load_config())
    yield made
    made.database.dispose()


@pytest.fixture
def mentoring(service: Service) -> Mentoring:
    return everything(service)


def test_a_broken_trail_ends_with_one_and_names_the_entry(
    terminal: Terminal, service: Service, mentoring: Mentoring
) -> None:
    output = terminal.run("privacy", "verify")
    assert "is whole: 4 entries" in output
    anchor = output.split("Anchor: ")[1].split()[0]
    with service.database.engine.begin() as connection:
        if service.database.is_sqlite:
            connection.execute(text("DROP TRIGGER audit_entries_kept"))
        else:
            connection.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER USER"))
        connection.execute(text("DELETE FROM audit_entries WHERE sequence = 4"))
    for arguments in ((), ("--anchor", anchor)):
        assert "broken at entry 4: the end was cut off" in terminal.run(
            "privacy", "verify", *arguments, fails=1
        )
    assert "12:9f86d0" in terminal.run("privacy", "verify", "--anchor", "x", fails=1)


def test_what_is_due_is_listed_and_then_goes(
    terminal: Terminal, service: Service, mentoring: Mentoring, tmp_path: Path
) -> None:
    with service.database.writing() as session:
        session.execute(text("UPDATE rounds SET closed_on = '2020-01-01' WHERE state != 'open'"))
    output = terminal.run("privacy", "dispose", "--dry-run")
    assert str(mentoring.case.round_id) in output
    assert "Nothing was deleted" in output
    terminal.run("privacy", "dispose")
    output = terminal.run("privacy", "dispose", "--dry-run")
    assert str(mentoring.case.round_id) not in output
    assert "Responses (responses)" in terminal.run("privacy", "schedule")


def test_erasing_shows_first_and_does_it_when_told(
    terminal: Terminal, service: Service, mentoring: Mentoring
) -> None:
    shown = terminal.run("privacy", "erase-mentorship", str(mentoring.mentorship_id))
    assert "Would be erased:" in shown
    assert "Nothing was changed" in shown
    shown = terminal.run("privacy", "erase-person", MENTEE)
    assert "Nothing was changed" in shown
    with service.database.reading() as session:
        assert session.scalars(select(Mentorship)).one()
    assert "It is done." in terminal.run("privacy", "erase-person", MENTEE, "--yes")
    with service.database.reading() as session:
        assert session.scalars(select(Mentorship)).all() == []
        assert MENTEE not in session.scalars(select(Person.email)).all()
    assert "Nobody has an account" in terminal.run("privacy", "erase-person", MENTEE, fails=1)


def test_putting_right_and_copies(
    terminal: Terminal, service: Service, mentoring: Mentoring, tmp_path: Path
) -> None:
    with service.database.writing() as session:  # answers as the pages write them
        for table in ("self_reflections", "mentoring_feedbacks", "review_contributions"):
            session.execute(text(f"DELETE FROM {table}"))
    file = tmp_path / "copy.zip"
    assert "Wrote" in terminal.run("privacy", "access-export", MENTEE, str(file))
    assert "data.json" in zipfile.ZipFile(file).namelist()
    terminal.run("privacy", "access-export", MENTEE, str(tmp_path / "no" / "x.zip"), fails=1)
    assert "Mia Married" in terminal.run("privacy", "rectify", MENTEE, "--name", "Mia Married")


def test_a_rater_s_data(terminal: Terminal, service: Service, mentoring: Mentoring) -> None:
    found = json.loads(terminal.run("privacy", "rater-export", "PEERS1@example.org"))
    assert len(found) == 2
    assert not {"done", "answered", "responses"} & set(found[0])
    assert "Nothing was changed" in terminal.run("privacy", "rater-erase", "peers1@example.org")
    terminal.run("privacy", "rater-erase", "peers1@example.org", "--yes")
    assert json.loads(terminal.run("privacy", "rater-export", "peers1@example.org")) == []
    with service.database.reading() as session:
        assert "peers1@example.org" not in session.scalars(select(Invitation.email)).all()


def test_the_record_of_processing_names_the_controller(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "not set: CONTROLLER_NAME" in terminal.run("privacy", "record-of-processing")
    monkeypatch.setenv("CONTROLLER_NAME", "Mentoring Guild")
    output = terminal.run("privacy", "record-of-processing")
    assert "Mentoring Guild" in output
    assert "| Invitations |" in output
    assert "90 days from the round's close" in output


def test_a_schedule_that_cannot_be_read_is_named(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETENTION_FILE", "/nowhere.yaml")
    assert "RETENTION_FILE: /nowhere.yaml" in terminal.run("privacy", "schedule", fails=1)
