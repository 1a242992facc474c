"""Bounces in a mailbox: read over IMAP from a real server, from a Maildir, from a file."""

from __future__ import annotations

import datetime as dt
import mailbox
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme
from flask import Flask

from config import load_config
from survey.mail.bounce_mailbox import BounceMailbox, BounceMailboxError, read_maildir
from survey.mail.pace import Pace
from survey.service import Service
from survey.storage.models import Delivery
from tests.conftest import fresh_database, service_environment
from tests.mail.bounced import absence_note, reply, report
from tests.mail.mailing import PEER, deliver_all, invitation, mailing_app
from tests.support.cases import NOW, Case, launched_case
from tests.support.imap_server import PASSWORD, USER, ImapServer
from tests.support.live_service import ROOT
from tests.support.mail_server import MailServer
from tests.support.web import service_of

BARE = "bounces@feedback.example"
FOREIGN = b"To: somebody@feedback.example\r\nSubject: Lunch?\r\n\r\nAt noon.\r\n"

StartImap = Callable[..., ImapServer]


@pytest.fixture
def imap(tmp_path: Path) -> Iterator[StartImap]:
    """Starts IMAP servers, and stops them after the test."""
    running: list[ImapServer] = []

    def start(name: str = "localhost", *, implicit: bool = False) -> ImapServer:
        folder = tmp_path / f"imap{len(running)}"
        server = ImapServer(folder, trustme.CA(), name, implicit=implicit)
        running.append(server)
        server.start()
        return server

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def bouncing(
    request: pytest.FixtureRequest, tmp_path: Path, mail_server: MailServer
) -> Iterator[Flask]:
    database = fresh_database("sqlite", request, tmp_path)
    yield from mailing_app(database, tmp_path, mail_server, BOUNCE_ADDRESS=BARE)


def sent_case(app: Flask) -> Case:
    case = launched_case(service_of(app), {"peers": 3})
    deliver_all(app)
    return case


def path_of(app: Flask, case: Case, address: str = PEER) -> str:
    path = service_of(app).return_path.of(invitation(app, case, address))
    assert path is not None
    return path


def box_at(app: Flask, server: ImapServer, **settings: object) -> BounceMailbox:
    config = app.config | {
        "BOUNCE_IMAP_HOST": "localhost",
        "BOUNCE_IMAP_PORT": server.port,
        "BOUNCE_IMAP_STARTTLS": True,
        "BOUNCE_IMAP_USERNAME": USER,
        "BOUNCE_IMAP_PASSWORD": PASSWORD,
        "MAIL_CA_FILE": server.ca_file,
        **settings,
    }
    return BounceMailbox(service_of(app), Pace("secret"), config)


def test_the_mailbox_is_read_and_emptied_of_what_is_ours(bouncing: Flask, imap: StartImap) -> None:
    case = sent_case(bouncing)
    server = imap()
    server.put(
        report(path_of(bouncing, case)),
        report(path_of(bouncing, case, "peers2@example.org"), action="delayed", status="4.4.1"),
        report(BARE),
        absence_note(BARE),
        reply(path_of(bouncing, case, "peers3@example.org")),
        FOREIGN,
    )
    box = box_at(bouncing, server)
    assert box.read() == 1
    assert invitation(bouncing, case).delivery is Delivery.FAILED
    for other in ("peers2@example.org", "peers3@example.org"):
        assert invitation(bouncing, case, other).delivery is Delivery.SENT
    # Somebody else's letter stays; and what would tell who had not answered does not.
    assert server.messages() == [FOREIGN]
    assert box.read() == 0
    assert server.messages() == [FOREIGN]


def test_a_mailbox_that_is_encrypted_from_the_start(bouncing: Flask, imap: StartImap) -> None:
    case = sent_case(bouncing)
    server = imap(implicit=True)
    server.put(report(path_of(bouncing, case)), FOREIGN)
    untrusted = box_at(bouncing, server, BOUNCE_IMAP_STARTTLS=False, MAIL_CA_FILE=None)
    with pytest.raises(BounceMailboxError, match="cannot be trusted"):
        untrusted.read()
    assert len(server.messages()) == 2
    assert box_at(bouncing, server, BOUNCE_IMAP_STARTTLS=False).read() == 1
    assert invitation(bouncing, case).delivery is Delivery.FAILED
    assert server.messages() == [FOREIGN]


def test_the_worker_reads_it_every_few_minutes_and_one_worker_only(
    bouncing: Flask, imap: StartImap
) -> None:
    case = sent_case(bouncing)
    server = imap()
    first, second = (box_at(bouncing, server, BOUNCE_IMAP_MINUTES=5) for _ in range(2))
    first.read_if_due()
    server.put(report(path_of(bouncing, case)))
    for box in (first, second):
        box.read_if_due()
    assert len(server.messages()) == 1
    service_of(bouncing).clock = NOW + dt.timedelta(minutes=5, seconds=1)
    second.read_if_due()
    assert server.messages() == []
    assert invitation(bouncing, case).delivery is Delivery.FAILED


@pytest.mark.parametrize(
    ("name", "settings", "words"),
    [
        ("localhost", {"BOUNCE_IMAP_PASSWORD": "mistyped"}, "BOUNCE_IMAP_PASSWORD"),
        ("localhost", {"BOUNCE_IMAP_FOLDER": "Nowhere"}, "BOUNCE_IMAP_FOLDER"),
        ("localhost", {"MAIL_CA_FILE": None}, "cannot be trusted"),
        ("imap.example.org", {}, "cannot be trusted"),
    ],
)
def test_trouble_with_the_mailbox_is_named_and_nothing_is_touched(
    bouncing: Flask,
    imap: StartImap,
    caplog: pytest.LogCaptureFixture,
    name: str,
    settings: dict[str, object],
    words: str,
) -> None:
    sent_case(bouncing)
    server = imap(name)
    server.put(report(BARE))
    box = box_at(bouncing, server, **settings)
    with pytest.raises(BounceMailboxError, match=words):
        box.read()
    box.read_if_due()
    assert words in caplog.text
    assert "mistyped" not in caplog.text
    assert len(server.messages()) == 1


def test_a_mailbox_that_is_away_is_tried_again(
    bouncing: Flask, imap: StartImap, caplog: pytest.LogCaptureFixture
) -> None:
    server = imap()
    server.stop()
    box_at(bouncing, server).read_if_due()
    assert "Bounces are not read" in caplog.text


def test_a_maildir_is_read_in_the_same_way(bouncing: Flask, tmp_path: Path) -> None:
    case = sent_case(bouncing)
    box = mailbox.Maildir(tmp_path / "maildir", create=True)
    for message in (report(path_of(bouncing, case)), absence_note(BARE), FOREIGN):
        box.add(message)
    assert read_maildir(service_of(bouncing), tmp_path / "maildir") == 1
    assert invitation(bouncing, case).delivery is Delivery.FAILED
    assert [message["Subject"] for message in box] == ["Lunch?"]
    with pytest.raises(BounceMailboxError, match="is not a Maildir"):
        read_maildir(service_of(bouncing), tmp_path)


def run(environment: dict[str, str], *arguments: str, given: bytes = b"") -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "survey", "bounces", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        input=given,
        capture_output=True,
        timeout=120,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).decode()


def test_the_command_reads_what_a_mail_server_pipes_in(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    environment = service_environment(fresh_database("sqlite", request, tmp_path), tmp_path)
    environment["BOUNCE_ADDRESS"] = BARE
    service = Service(load_config(environment))
    case = launched_case(service, {"peers": 3}, now=service.now())
    with service.database.reading() as session:
        from survey.storage.models import Round

        rater = session.get_one(Round, case.round_id).invitations[0]
        path = service.return_path.of(rater)
    assert path is not None
    assert run(environment, "--file", "-", given=report(path)) == (
        0,
        "1 invitation could not be delivered.\n",
    )
    assert run(environment, "--file", "-", given=report(BARE))[1].startswith("0 invitations")
    code, said = run(environment)
    assert code != 0
    assert "--file, --maildir, --imap and --listen" in said
    code, said = run({**environment, "BOUNCE_ADDRESS": ""}, "--file", "-")
    assert code == 1
    assert said.startswith("Error: BOUNCE_ADDRESS is not set")
    service.database.dispose()
