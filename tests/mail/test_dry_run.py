"""Looking at what would be sent."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from config import load_config
from survey.mail.dry_run import letters_that_would_go
from survey.mail.letters import LetterWriter
from survey.service import Service
from tests.conftest import fresh_database, service_environment
from tests.mail.mailing import MENTOR, deliver_all, mailing_app, remind
from tests.support.cases import ask_for_link, launched_case
from tests.support.live_service import ROOT
from tests.support.mail_server import MailServer
from tests.support.web import service_of, worker_of


def test_a_dry_run_says_how_many_of_which_kind_and_changes_nothing(
    request: pytest.FixtureRequest, tmp_path: Path, mail_server: MailServer
) -> None:
    environment = service_environment(fresh_database("sqlite", request, tmp_path), tmp_path) | {
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": str(mail_server.port),
    }
    service = Service(load_config(environment))
    launched_case(service, {"peers": 3}, now=service.now())
    with service.database.writing() as session:
        ask_for_link(session, service, MENTOR, service.now())
    before = outbox(service)
    for arguments, settings in ((["--dry-run"], {}), ([], {"MAIL_DRY_RUN": "1"})):
        done = subprocess.run(
            [sys.executable, "-m", "survey", "deliver", *arguments],
            cwd=ROOT,
            env={**os.environ, **environment, **settings},
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        assert done.stdout == (
            "Nothing is sent (dry run). Due now:\n"
            "  invitation: 4\n  sign in: 1\n  mentee welcome: 1\n"
        )
        assert done.stderr == ""
    assert outbox(service) == before
    assert mail_server.messages == []
    service.database.dispose()


def outbox(service: Service) -> list[tuple[object, ...]]:
    with service.database.reading() as session:
        return sorted(tuple(row) for row in session.execute(text("SELECT * FROM outbox")))


def test_reminders_are_named_without_their_number(
    request: pytest.FixtureRequest, tmp_path: Path, mail_server: MailServer
) -> None:
    """It is the number of those who have not answered."""
    for app in mailing_app(fresh_database("sqlite", request, tmp_path), tmp_path, mail_server):
        service = service_of(app)
        case = launched_case(service, {"peers": 3})
        deliver_all(app)
        remind(app, case)
        writer = LetterWriter(service, app.config["TEMPLATE_FOLDER"])
        assert letters_that_would_go(service, writer) == ["reminder: some"]


def test_a_worker_in_a_dry_run_sends_nothing_and_logs_numbers(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    mail_server: MailServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    for app in mailing_app(fresh_database("sqlite", request, tmp_path), tmp_path, mail_server):
        service = service_of(app)
        launched_case(service, {"peers": 3})
        writer = LetterWriter(service, app.config["TEMPLATE_FOLDER"])
        worker = worker_of(app)
        worker._dry_run = partial(letters_that_would_go, service, writer)
        assert worker.run_once() is False
        assert worker.run_once() is False
        said = [r.getMessage() for r in caplog.records if "Dry run" in r.getMessage()]
        assert said == ["Dry run, no letter leaves. Waiting: invitation: 4; mentee welcome: 1"]
        assert mail_server.messages == []
