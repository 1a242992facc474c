"""The example client drives a round against the service as it is served."""

from __future__ import annotations

import csv
import datetime as dt
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from config import load_config
from examples.api_client import ApiError, Client
from survey.accounts.api_tokens import Scope, make_token
from survey.accounts.people import add_mentor
from survey.rounds.questionnaires import questionnaire_of
from survey.rounds.submit import submit_feedback
from survey.service import Service
from survey.storage.models import Round
from tests.support.cases import tokens
from tests.support.live_service import ROOT, LiveService
from tests.support.mail_server import MailServer


@pytest.fixture
def beside(live_service: LiveService) -> Iterator[Service]:
    """The same service in this process: for the raters, who have no API."""
    made = Service(load_config(live_service.environment))
    yield made
    made.database.dispose()


@pytest.fixture
def token(beside: Service) -> str:
    with beside.database.writing() as session:
        mentor = add_mentor(session, "Max Mentor", "max.mentor@example.org")
        return make_token(session, mentor, "The example", list(Scope), 30, beside.now())


def run(live: LiveService, token: str, *arguments: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "examples/api_client.py", *arguments],
        cwd=ROOT,
        env={"MENTORING_URL": live.base_url, "MENTORING_TOKEN": token, "PATH": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code == 0 else done.stderr


def answer(service: Service, round_id: uuid.UUID) -> None:
    """All raters answer, as their forms would."""
    with service.database.reading() as session:
        asked = questionnaire_of(session.get_one(Round, round_id))
        items = [id_ for competency in asked.competencies for id_ in competency.indicator_ids]
    for email, link in tokens(service, round_id).items():
        said = {f"r-{item}": str(2 + (len(email) + n) % 4) for n, item in enumerate(items)}
        with service.database.writing() as session:
            submit_feedback(session, service.rater_links, link, said, service.today())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_round_from_draft_to_report(
    live_service: LiveService,
    beside: Service,
    token: str,
    mail_server: MailServer,
    tmp_path: Path,
) -> None:
    file = tmp_path / "raters.csv"
    with file.open("w", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(["name", "email", "group"])
        for group, count in (("manager", 1), ("peers", 3), ("direct_reports", 3)):
            for number in range(1, count + 1):
                named = group.replace("_", " ").capitalize()
                writer.writerow([f"{group} {number}", f"{group}{number}@example.org", named])
    deadline = (beside.today() + dt.timedelta(days=14)).isoformat()
    started = ["start", "--mentee", "Mia Mentee <mia@example.org>", "--raters", str(file)]
    said = run(live_service, token, *started, "--deadline", "2020-01-01", code=1)
    assert "#/deadline: That day is over" in said
    stranger = tmp_path / "stranger.csv"
    stranger.write_text("name,email,group\nBo,bo@example.org,Gods\n")
    refused = [*started[:-1], str(stranger), "--deadline", deadline]
    said = run(live_service, token, *refused, code=1)
    assert "#/raters/0/group" in said
    with beside.database.reading() as session:
        assert session.scalars(select(Round)).all() == []
    more = ("--deadline", deadline, "--goal", "Lead cross-team projects")
    round_id = run(live_service, token, *started, *more).strip()
    mail_server.wait_for("peers1@example.org", "/r/", 1)
    answer(beside, uuid.UUID(round_id))
    assert "peers: 3 of 3 are done" in run(live_service, token, "status", round_id)
    report = run(live_service, token, "finish", round_id, "--release")
    assert report.endswith("The mentee can read the report now.\n")
    assert len(report.splitlines()) >= 3
    again = run(live_service, token, "finish", round_id, "--release")
    assert again.splitlines() == report.splitlines()[:-1]
    client = Client(live_service.base_url, token)
    assert [mentee.email for mentee in client.mentees()] == ["mia@example.org"]
    figures = client.report(round_id).document["figures"]
    assert {one["group"] for one in figures} >= {"Self", "Manager", "Peers", "Direct reports"}
    with pytest.raises(ApiError, match="409") as refused:
        client.launch(round_id)
    assert "closed" in refused.value.problem["detail"] or "released" in str(refused.value)


def test_a_token_is_sent_to_safe_addresses_alone() -> None:
    with pytest.raises(ValueError, match="https"):
        Client("http://feedback.example.org", "mfs_x")
