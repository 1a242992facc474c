"""Several workers at one outbox, killed at random instants: no letter is lost, few are repeated."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import func, select

from config import load_config
from survey.rounds.launch import send_invitation
from survey.service import Service
from survey.storage.models import Delivery, Invitation, Letter, Round
from tests.conftest import fresh_database, service_environment
from tests.support.cases import Case, launched_case
from tests.support.live_service import ROOT
from tests.support.ports import free_port

WORKERS = 4
KILLS = 8


class Ledger:
    """Notes of each message for whom it was and which id it carried, when it is accepted."""

    def __init__(self) -> None:
        self.accepted: list[tuple[str, str]] = []

    async def handle_DATA(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        found = re.search(rb"^Message-ID: (\S+)", content, re.MULTILINE)
        assert found is not None
        self.accepted.append((envelope.rcpt_tos[0], found[1].decode()))
        return "250 OK"


def start_worker(environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "survey", "worker"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
        )


def invite_many(service: Service, case: Case, count: int) -> None:
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        for number in range(count - len(round_.invitations)):
            address = f"rater{number}@domain{number % 7}.example"
            invitation = Invitation(
                group_key="peers", name=f"Rater {number}", email=address, normalised_email=address
            )
            round_.invitations.append(invitation)
            session.flush()
            send_invitation(session, invitation, links=service.rater_links, now=service.now())


@pytest.mark.parametrize(("kind", "count"), [("postgresql", 2000), ("sqlite", 600)])
def test_every_invitation_arrives_however_often_workers_are_killed(
    kind: str, count: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    ledger = Ledger()
    controller = Controller(ledger, hostname="127.0.0.1", port=free_port())
    environment = service_environment(fresh_database(kind, request, tmp_path), tmp_path) | {
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": str(controller.port),
    }
    service = Service(load_config(environment))
    case = launched_case(service, {"peers": 1}, now=service.now())
    invite_many(service, case, count)
    with service.database.reading() as session:
        invited = {i.email for i in session.get_one(Round, case.round_id).invitations}
        letters = session.execute(select(func.count()).select_from(Letter)).scalar_one()
    assert len(invited) == count
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("MAIL_")}
    log = tmp_path / "workers.log"
    chance = random.Random(20261125)
    kills = 0
    controller.start()
    workers = [start_worker(inherited | environment, log) for _ in range(WORKERS)]
    try:
        deadline = time.monotonic() + 900
        while waiting(service):
            assert time.monotonic() < deadline, log.read_text()
            # The last kills leave something to do for those who come after.
            enough = len(ledger.accepted) > letters * (kills + 1) / (KILLS + 2)
            if kills < KILLS and enough:
                time.sleep(chance.uniform(0, 0.2))
                victim = chance.randrange(WORKERS)
                workers[victim].kill()
                workers[victim].wait()
                kills += 1
                workers[victim] = start_worker(inherited | environment, log)
            time.sleep(0.02)
        for worker in workers:
            worker.terminate()
        # One that was only just started may not listen to the signal yet.
        ends = {worker.wait(120) for worker in workers}
        assert ends <= {0, -signal.SIGTERM}, log.read_text()
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
        controller.stop()
    assert kills == KILLS
    arrivals = Counter(ledger.accepted)
    assert {address for address, _ in arrivals} >= invited
    # One id for each letter, repeated or not.
    assert len(arrivals) == len({message_id for _, message_id in arrivals}) == letters
    repeats = arrivals.total() - len(arrivals)
    assert repeats <= kills
    with service.database.reading() as session:
        states = Counter(i.delivery for i in session.get_one(Round, case.round_id).invitations)
    assert states == {Delivery.SENT: count}
    service.database.dispose()


def waiting(service: Service) -> int:
    with service.database.reading() as session:
        return session.execute(select(func.count()).select_from(Letter)).scalar_one()
