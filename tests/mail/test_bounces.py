"""Letters that came back: an invitation is shown as undelivered; nothing else leaves a trace."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from survey.mail.bounces import note_bounce, our_recipients
from survey.mail.delivery_report import LONGEST_READ, failure_in
from survey.rounds.close import close_round
from survey.rounds.manage import correct_address, revoke_invitation
from survey.rounds.return_path import ReturnPath
from survey.storage.models import Delivery, Round
from tests.mail.bounced import absence_note, reply, report
from tests.mail.mailing import (
    MENTEE,
    PEER,
    answer,
    deliver_all,
    invitation,
    letters,
    mailing_app,
    remind,
)
from tests.support.cases import NOW, Case, invitation_of, launched_case
from tests.support.mail_server import MailServer
from tests.support.web import service_of, signed_in

BARE = "bounces@feedback.example"
PROBLEM = "550 5.1.1 <rater@example.org>: User unknown"


@pytest.fixture
def bouncing(database_url: str, tmp_path: Path, mail_server: MailServer) -> Iterator[Flask]:
    yield from mailing_app(database_url, tmp_path, mail_server, BOUNCE_ADDRESS=BARE)


def path_of(app: Flask, case: Case, address: str = PEER) -> str:
    path = service_of(app).return_path.of(invitation(app, case, address))
    assert path is not None
    return path


def come_back(app: Flask, content: bytes, *recipients: str) -> bool:
    """As the listener, or with no recipients as the mailbox, takes it."""
    service = service_of(app)
    with service.database.writing() as session:
        found = recipients or our_recipients(service.return_path, content)
        return note_bounce(session, service.return_path, found, content)


def everything(app: Flask) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables."""
    with service_of(app).database.reading() as session:
        tables = ("invitations", "outbox", "rounds", "mail_pace", "audit_entries", "people")
        return {
            name: sorted(tuple(row) for row in session.execute(text(f"SELECT * FROM {name}")))
            for name in tables
        }


@pytest.mark.parametrize("by_header", [True, False])
def test_a_report_of_failure_marks_its_invitation_for_the_mentor(
    bouncing: Flask, by_header: bool
) -> None:
    case = launched_case(service_of(bouncing), {"peers": 3})
    deliver_all(bouncing)
    path = path_of(bouncing, case)
    if by_header:
        assert come_back(bouncing, report(path))
    else:
        assert come_back(bouncing, report("somebody@else.example"), path)
    failed = invitation(bouncing, case)
    assert (failed.delivery, failed.delivery_problem) == (Delivery.FAILED, PROBLEM)
    for other in ("peers2@example.org", MENTEE):
        assert invitation(bouncing, case, other).delivery is Delivery.SENT
    page = signed_in(bouncing, "max.mentor@example.org").get(f"/rounds/{case.round_id}").text
    assert "User unknown" in page
    # The same report once more changes nothing.
    assert not come_back(bouncing, report(path))


def test_mail_servers_may_change_the_case_of_an_address(bouncing: Flask) -> None:
    case = launched_case(service_of(bouncing), {"peers": 3})
    deliver_all(bouncing)
    assert come_back(bouncing, report(path_of(bouncing, case).upper()))


@pytest.mark.parametrize("header", ["Delivered-To", "X-Original-To", "Envelope-To"])
def test_the_header_of_the_mail_server_tells_the_recipient(bouncing: Flask, header: str) -> None:
    case = launched_case(service_of(bouncing), {"peers": 3})
    deliver_all(bouncing)
    plain = report("postmaster@feedback.example")
    assert come_back(bouncing, f"{header}: {path_of(bouncing, case)}\r\n".encode() + plain)


def test_a_report_that_overtakes_our_own_note_is_not_lost(bouncing: Flask) -> None:
    """The server has the letter, and this worker has not yet noted it: it was killed, say."""
    case = launched_case(service_of(bouncing), {"peers": 3})
    assert come_back(bouncing, report(path_of(bouncing, case)))
    assert invitation(bouncing, case).delivery is Delivery.FAILED
    deliver_all(bouncing)
    assert invitation(bouncing, case).delivery is Delivery.FAILED
    assert letters(bouncing) == []


@pytest.mark.parametrize(
    "options",
    [
        {"action": "delayed", "status": "4.4.1"},
        {"action": "delivered", "status": "2.0.0"},
        {"action": "relayed", "status": "2.0.0"},
        {"action": "expanded", "status": "2.0.0"},
        {"action": "nonsense"},
        {"action": ""},
        {"recipients": 0},
    ],
)
def test_a_report_of_anything_but_failure_changes_nothing(
    bouncing: Flask, options: dict[str, object]
) -> None:
    case = launched_case(service_of(bouncing), {"peers": 3})
    deliver_all(bouncing)
    before = everything(bouncing)
    assert not come_back(bouncing, report(path_of(bouncing, case), **options))  # type: ignore[arg-type]
    assert everything(bouncing) == before


def test_a_reminder_that_comes_back_leaves_no_mark(
    bouncing: Flask, mail_server: MailServer
) -> None:
    case = launched_case(service_of(bouncing), {"peers": 3})
    deliver_all(bouncing)
    remind(bouncing, case)
    sent = len(mail_server.senders)
    deliver_all(bouncing)
    assert len(mail_server.senders) == sent + 4
    before = everything(bouncing)
    for sender in mail_server.senders[sent:]:
        assert sender == BARE
        assert not come_back(bouncing, report(sender))
        assert not come_back(bouncing, report(sender), sender)
    assert everything(bouncing) == before


@pytest.mark.parametrize("message", [absence_note, reply])
def test_what_people_write_is_neither_stored_nor_logged(
    bouncing: Flask, caplog: pytest.LogCaptureFixture, message: object
) -> None:
    case = launched_case(service_of(bouncing), {"peers": 3})
    deliver_all(bouncing)
    before = everything(bouncing)
    caplog.clear()
    for path in (path_of(bouncing, case), BARE):
        assert callable(message)
        assert not come_back(bouncing, message(path))
        assert not come_back(bouncing, message(path), path)
    assert everything(bouncing) == before
    assert "SECRET" not in caplog.text
    assert "rater@example.org" not in caplog.text


def test_forged_and_foreign_return_paths_are_ignored(bouncing: Flask) -> None:
    case = launched_case(service_of(bouncing), {"peers": 3})
    deliver_all(bouncing)
    right = path_of(bouncing, case)
    token = right.partition("+")[2].partition("@")[0]
    last = "a" if token[-2] != "a" else "b"
    stranger = ReturnPath(BARE, "another secret")
    named = base64.b32encode(invitation(bouncing, case).id.bytes).decode().rstrip("=").lower()
    before = everything(bouncing)
    for forged in (
        f"bounces+{token[:-2]}{last}{token[-1]}@feedback.example",
        f"bounces+{token}@elsewhere.example",
        f"other+{token}@feedback.example",
        f"bounces+{named}@feedback.example",
        f"bounces+{'a' * 42}@feedback.example",
        f"bounces+{'a' * 4000}@feedback.example",
        "bounces+@feedback.example",
        "bounces+ü\x00@feedback.example",
        f"bounces+{token}x@feedback.example",
        stranger.of(invitation(bouncing, case)),
        "",
        "@",
        BARE,
    ):
        assert forged is not None
        assert not come_back(bouncing, report(right), forged), forged
    assert everything(bouncing) == before


def test_a_report_about_an_earlier_address_says_nothing_about_the_new_one(
    bouncing: Flask,
) -> None:
    service = service_of(bouncing)
    case = launched_case(service, {"peers": 3})
    deliver_all(bouncing)
    old = path_of(bouncing, case)
    assert come_back(bouncing, report(old))
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        problems = correct_address(
            session,
            round_,
            invitation_of(round_, PEER),
            "right@example.org",
            links=service.rater_links,
            now=NOW,
        )
        assert problems == []
    deliver_all(bouncing)
    assert not come_back(bouncing, report(old))
    assert invitation(bouncing, case, "right@example.org").delivery is Delivery.SENT
    assert come_back(bouncing, report(path_of(bouncing, case, "right@example.org")))


def test_a_rater_who_has_answered_looks_like_one_who_has_not(bouncing: Flask) -> None:
    case = launched_case(service_of(bouncing), {"peers": 3})
    deliver_all(bouncing)
    answer(bouncing, case, PEER)
    for address in (PEER, "peers2@example.org"):
        assert come_back(bouncing, report(path_of(bouncing, case, address)))
    marks = {
        (i.delivery, i.delivery_problem)
        for i in (invitation(bouncing, case, a) for a in (PEER, "peers2@example.org"))
    }
    assert marks == {(Delivery.FAILED, PROBLEM)}


def test_nothing_is_noted_after_the_close_or_for_whom_is_asked_no_more(bouncing: Flask) -> None:
    service = service_of(bouncing)
    case = launched_case(service, {"peers": 3})
    deliver_all(bouncing)
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        revoke_invitation(session, round_, invitation_of(round_, PEER))
    assert not come_back(bouncing, report(path_of(bouncing, case)))
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        close_round(session, round_, master_key=service.master_key, now=NOW)
    before = everything(bouncing)
    assert not come_back(bouncing, report(path_of(bouncing, case, "peers2@example.org")))
    assert everything(bouncing) == before


def test_without_a_bounce_address_nothing_comes_back(app: Flask) -> None:
    case = launched_case(service_of(app), {"peers": 3})
    assert service_of(app).return_path.of(invitation(app, case)) is None
    assert not come_back(app, report("bounces+x@feedback.example"), "bounces+x@feedback.example")
    assert not come_back(app, report(""), "")


def test_the_reason_is_one_plain_line() -> None:
    wild = "smtp; 550 <b>No</b>\x00\x1b[31m \u202egnitirw \r\n\tsecond   line " + "x" * 900
    reason = failure_in(report("a@b.example", diagnosis=wild))
    assert reason is not None
    assert reason.startswith("550 <b>No</b> [31m gnitirw second line xx")
    assert len(reason) == 300
    assert reason.isprintable()


@pytest.mark.parametrize(
    ("diagnosis", "status", "reason"),
    [
        ("smtp; 550 5.1.1 No such user", "5.1.1", "550 5.1.1 No such user"),
        ("X-Postfix; unknown host", "5.4.4", "unknown host"),
        ("", "5.4.4 (host not found)", "5.4.4"),
        ("", "", "returned as undeliverable"),
    ],
)
def test_the_reason_is_in_the_words_of_the_server(diagnosis: str, status: str, reason: str) -> None:
    assert failure_in(report("a@b.example", diagnosis=diagnosis, status=status)) == reason


def test_the_server_that_gave_up_after_days_has_failed_too() -> None:
    given_up = report("a@b.example", status="4.4.7", diagnosis="smtp; 451 4.4.1 timed out")
    assert failure_in(given_up) == "451 4.4.1 timed out"


@pytest.mark.parametrize(
    "action", ["failed (bad destination address)", "failure", "error", "FAILED"]
)
def test_the_word_for_failure_as_some_servers_write_it(action: str) -> None:
    assert failure_in(report("a@b.example", action=action)) == PROBLEM


def nested(depth: int) -> bytes:
    heads = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(depth)
    )
    return heads + report("a@b.example")


HOSTILE = {
    "empty": b"",
    "no header": b"\r\n\r\n",
    "zeros": bytes(100_000),
    "all bytes": bytes(range(256)) * 500,
    "one long line": b"Content-Type: multipart/report; boundary=" + b"x" * 3_000_000,
    "many headers": b"To: a@b.example\r\n" * 200_000,
    "nested": nested(5000),
    "nested messages": b"Content-Type: message/rfc822\r\n\r\n" * 100_000,
    "report of reports": b"Content-Type: multipart/report; boundary=b\r\n\r\n"
    + b"--b\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n" * 5000,
    "unknown charset": report("a@b.example").replace(b"us-ascii", b"x-no-such-charset"),
    "wrong charset": report("a@b.example", diagnosis="smtp; \udcff\udcfe\udc80 caf\udce9"),
    "encoded words": report("=?utf-8?b?" + "4" * 5000 + "?= <a@b.example>"),
    "unbalanced": b"To: " + b"(" * 50_000 + b"<" * 50_000 + b'"' * 50_000,
    "many recipients": b"To: " + b"a@b.example, " * 100_000,
    "boundaries": b"Content-Type: multipart/report; boundary=b\r\n\r\n" + b"--b\r\n" * 60_000,
    "half a report": report("a@b.example")[:700],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_messages_are_harmless(name: str) -> None:
    paths = ReturnPath("a@b.example", "secret")
    began = time.process_time()
    reason = failure_in(HOSTILE[name])
    recipients = our_recipients(paths, HOSTILE[name])
    assert time.process_time() - began < 10
    assert len(recipients) <= 20
    assert reason is None or (len(reason) <= 300 and reason.isprintable())


def test_of_a_huge_report_only_the_beginning_is_read() -> None:
    huge = report("a@b.example").replace(b"--BOUNDARY--", b"x" * 20_000_000)
    assert failure_in(huge) == PROBLEM
    late = report("a@b.example").replace(b"I'm sorry", b"x" * (LONGEST_READ + 1) + b"\r\n")
    assert failure_in(late) is None
