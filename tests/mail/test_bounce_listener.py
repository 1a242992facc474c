"""Bounces handed over by a mail server: real LMTP and SMTP deliveries to the running command."""

from __future__ import annotations

import os
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config import load_config
from survey.service import Service
from survey.storage.models import Delivery, Round
from tests.conftest import service_environment
from tests.mail.bounced import absence_note, report
from tests.support.cases import Case, invitation_of, launched_case
from tests.support.live_service import ROOT
from tests.support.ports import free_port

BARE = "bounces@feedback.example"
PEER = "peers1@example.org"

Listen = Callable[..., int]


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    return service_environment(database_url, tmp_path) | {"BOUNCE_ADDRESS": BARE}


@pytest.fixture
def bouncing(environment: dict[str, str]) -> Iterator[Service]:
    made = Service(load_config(environment))
    yield made
    made.database.dispose()


@pytest.fixture
def listen(environment: dict[str, str], tmp_path: Path) -> Iterator[Listen]:
    """Starts the command and waits until it listens; its log is looked at in the end."""
    running: list[subprocess.Popen[bytes]] = []
    log = tmp_path / "listener.log"

    def start(*options: str) -> int:
        port = free_port()
        with log.open("ab") as output:
            running.append(
                subprocess.Popen(
                    [sys.executable, "-m", "survey", "bounces", "--listen", f"127.0.0.1:{port}",
                     *options],
                    cwd=ROOT,
                    env={**os.environ, **environment, "LOG_LEVEL": "debug"},
                    stdout=output,
                    stderr=output,
                )
            )  # fmt: skip
        deadline = time.monotonic() + 120
        while "Taking bounces" not in log.read_text():
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        return port

    yield start
    for process in running:
        process.terminate()
        assert process.wait(60) == 0
    assert "@" not in log.read_text().replace("127.0.0.1", "")


def paths(service: Service, case: Case) -> dict[str, str]:
    with service.database.reading() as session:
        raters = session.get_one(Round, case.round_id).invitations
        return {rater.email: service.return_path.of(rater) or "" for rater in raters}


def delivery(service: Service, case: Case, address: str) -> Delivery:
    with service.database.reading() as session:
        return invitation_of(session.get_one(Round, case.round_id), address).delivery


@pytest.mark.parametrize("protocol", ["lmtp", "smtp"])
def test_a_mail_server_hands_bounces_over(bouncing: Service, listen: Listen, protocol: str) -> None:
    case = launched_case(bouncing, {"peers": 3}, now=bouncing.now())
    path = paths(bouncing, case)
    port = listen(*(["--smtp"] if protocol == "smtp" else []))
    client: type[smtplib.SMTP] = smtplib.LMTP if protocol == "lmtp" else smtplib.SMTP
    with client("127.0.0.1", port, timeout=60) as connection:
        connection.sendmail("", [path[PEER]], report("undisclosed"))
        # The next is taken at once: what was accepted before is in the database already.
        assert delivery(bouncing, case, PEER) is Delivery.FAILED
        connection.sendmail("", [path["peers2@example.org"]], absence_note("x@y.example"))
        connection.sendmail("", [BARE], report(BARE))
        forged = path["peers3@example.org"].replace("+", "+a")
        connection.sendmail("", [forged], report(forged))
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            connection.sendmail("", ["max@feedback.example"], report(BARE))
        assert refused.value.recipients["max@feedback.example"][0] == 550
        later = connection.sendmail("", [path[PEER], path["peers2@example.org"]], report(BARE))
        assert [code for code, _ in later.values()] == [452]
        with pytest.raises(smtplib.SMTPResponseException):
            connection.sendmail("", [BARE], b"x" * 6_000_000)
    for address in ("peers2@example.org", "peers3@example.org"):
        assert delivery(bouncing, case, address) is Delivery.QUEUED
