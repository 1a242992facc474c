"""Letters that came back with words instead of a delivery report."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes
from pathlib import Path

import pytest
from flask import Flask
from flufl.bounce import scan_message

from survey.mail.bounces import note_bounce, our_recipients
from survey.mail.other_report import other_failure_in
from survey.storage.models import Delivery
from tests.mail import bounced
from tests.mail.bounced import report
from tests.mail.mailing import MENTEE, PEER, deliver_all, invitation, mailing_app, remind
from tests.mail.test_bounces import BARE, HOSTILE, everything
from tests.support.cases import Case, launched_case
from tests.support.mail_server import MailServer
from tests.support.web import service_of

Sample = Callable[[str, str], bytes]
REASONS = [
    (bounced.by_qmail, f"550 5.1.1 <{PEER}>: Recipient address rejected: User unknown"),
    (bounced.by_exim, "550 5.1.1 No such mailbox"),
    (bounced.by_old_exchange, "returned as undeliverable"),
    (bounced.by_postfix_in_words, "550 5.1.1"),
    (bounced.by_yahoo, "returned as undeliverable"),
]
SAMPLES = [sample for sample, _ in REASONS]


@pytest.fixture
def bouncing(database_url: str, tmp_path: Path, mail_server: MailServer) -> Iterator[Flask]:
    yield from mailing_app(database_url, tmp_path, mail_server, BOUNCE_ADDRESS=BARE)


def sent(app: Flask) -> tuple[Case, str]:
    """A round whose invitations have left, and the return path of PEER's."""
    case = launched_case(service_of(app), {"peers": 3})
    deliver_all(app)
    path = service_of(app).return_path.of(invitation(app, case))
    assert path is not None
    return case, path


def come_back(app: Flask, content: bytes) -> bool:
    service = service_of(app)
    with service.database.writing() as session:
        recipients = our_recipients(service.return_path, content)
        return note_bounce(session, service.return_path, recipients, content)


@pytest.mark.parametrize(("sample", "reason"), REASONS)
def test_what_a_mail_server_says_in_its_own_words_marks_the_invitation(
    bouncing: Flask, sample: Sample, reason: str
) -> None:
    case, path = sent(bouncing)
    assert come_back(bouncing, sample(path, PEER))
    failed = invitation(bouncing, case)
    assert (failed.delivery, failed.delivery_problem) == (Delivery.FAILED, reason)
    for other in ("peers2@example.org", MENTEE):
        assert invitation(bouncing, case, other).delivery is Delivery.SENT


@pytest.mark.parametrize("sample", SAMPLES)
def test_only_the_signed_return_path_says_which_letter_it_is(
    bouncing: Flask, sample: Sample
) -> None:
    """What stands in a message, anybody can write: an address, a Message-ID, a returned letter."""
    _, path = sent(bouncing)
    token = path.partition("+")[2].partition("@")[0]
    before = everything(bouncing)
    for forged in (BARE, f"bounces+{'a' * 42}@feedback.example", f"other+{token}@feedback.example"):
        assert not come_back(bouncing, sample(forged, PEER))
    assert everything(bouncing) == before


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_reminder_that_comes_back_in_words_leaves_no_mark(
    bouncing: Flask, mail_server: MailServer, sample: Sample
) -> None:
    case, _ = sent(bouncing)
    remind(bouncing, case)
    before_reminding = len(mail_server.senders)
    deliver_all(bouncing)
    before = everything(bouncing)
    for sender in mail_server.senders[before_reminding:]:
        assert not come_back(bouncing, sample(sender, PEER))
    assert everything(bouncing) == before


def test_what_names_another_address_says_nothing_about_this_letter(bouncing: Flask) -> None:
    _, path = sent(bouncing)
    before = everything(bouncing)
    for sample in SAMPLES:
        for other in ("peers2@example.org", f"x{PEER}", f"{PEER}.example"):
            assert not come_back(bouncing, sample(path, other))
    assert everything(bouncing) == before


def test_a_forwarded_letter_that_failed_further_on_has_failed(bouncing: Flask) -> None:
    """The server names the address at home; the letter that it returns names ours."""
    case, path = sent(bouncing)
    assert come_back(bouncing, bounced.by_qmail(path, "rita@home.example", letter_to=PEER))
    assert invitation(bouncing, case).delivery is Delivery.FAILED


def test_a_report_that_a_gateway_wrapped_up_is_read(bouncing: Flask) -> None:
    case, path = sent(bouncing)
    inner = report(path).replace(b"rater0@example.org", PEER.encode())
    assert come_back(bouncing, bounced.wrapped(inner, path))
    assert invitation(bouncing, case).delivery is Delivery.FAILED


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_a_wrapped_report_of_anything_but_failure_is_none(action: str) -> None:
    inner = report("a@b.example", action=action).replace(b"rater0@example.org", PEER.encode())
    assert other_failure_in(bounced.wrapped(inner, "a@b.example"), PEER) is None


def test_of_a_wrapped_report_one_who_got_the_letter_is_enough() -> None:
    inner = report("a@b.example", recipients=2).replace(b"rater0@example.org", PEER.encode())
    assert other_failure_in(bounced.wrapped(inner, "a@b.example"), PEER) is not None
    inner = inner.replace(b"Action: failed", b"Action: relayed", 1)
    assert other_failure_in(bounced.wrapped(inner, "a@b.example"), PEER) is None


@pytest.mark.parametrize(
    "made", [bounced.delayed_by_exim, bounced.absence_note_with_address], ids=["delay", "absence"]
)
def test_what_the_library_takes_for_a_failure_and_is_none(
    bouncing: Flask, caplog: pytest.LogCaptureFixture, made: Sample
) -> None:
    _, path = sent(bouncing)
    message = made(path, PEER)
    # Should the library know better one day, this test is of no use any more.
    assert scan_message(message_from_bytes(message)) == {PEER.encode()}
    before = everything(bouncing)
    caplog.set_level(logging.DEBUG)
    caplog.clear()
    assert not come_back(bouncing, message)
    assert everything(bouncing) == before
    assert "flufl" not in caplog.text
    assert PEER not in caplog.text


@pytest.mark.parametrize(
    "sender",
    [f"Rita Rater <{PEER}>", "it-help@example.org", "Mailer-Daemon <rita@home.example>"],
)
@pytest.mark.parametrize("sample", SAMPLES)
def test_only_a_mail_server_can_say_so(sample: Sample, sender: str) -> None:
    lines = sample("a@b.example", PEER).split(b"\r\n")
    at = next(n for n, line in enumerate(lines) if line.startswith(b"From: "))
    lines[at] = f"From: {sender}".encode()
    assert other_failure_in(b"\r\n".join(lines), PEER) is None


def test_a_delay_is_told_by_its_subject_or_by_its_words() -> None:
    delay = bounced.delayed_by_exim("a@b.example", PEER)
    subject = b"Warning: message 1kZabc-0001xy-00 delayed 24 hours"
    words = b"Delay reason: ", b"No action is required on your part. ", b"not yet been", b"attempts"
    assert subject in delay
    assert all(word in delay for word in words)
    silent = delay.replace(subject, b"Your letter")
    assert other_failure_in(silent, PEER) is None
    for word in words:
        delay, silent = delay.replace(word, b""), silent.replace(word, b"")
    assert other_failure_in(delay, PEER) is None
    # Without any of these it looks like a failure.
    assert other_failure_in(silent, PEER) is not None


def test_nothing_of_a_message_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for sample in SAMPLES:
        assert other_failure_in(sample("a@b.example", PEER), PEER) is not None
    assert caplog.text == ""


def test_a_standard_report_is_not_read_a_second_way() -> None:
    for action in ("failed", "delayed", "relayed"):
        content = report("a@b.example", action=action).replace(b"rater0@example.org", PEER.encode())
        assert other_failure_in(content, PEER) is None


def test_the_reason_is_short_and_of_the_server_not_of_the_letter() -> None:
    message = bounced.by_qmail("a@b.example", PEER)
    silent = message.replace(b"Remote host said: 550 5.1.1", b"Remote host said: no")
    letter = silent.replace(b"Dear Rita", b"550 SECRET of the letter\r\nDear Rita")
    assert other_failure_in(letter, PEER) == "returned as undeliverable"
    wild = message.replace(b"User unknown", b"\x1b[31m<b>" + b"x" * 5000)
    reason = other_failure_in(wild, PEER)
    assert reason is not None
    assert reason.isprintable()
    assert len(reason) <= 300


MADE_TO_BE_SLOW = {
    # The library's patterns try each beginning with each end.
    "one endless word": b"Your message to:\r\n" + b"x" * 250_000,
    "many long words": b"Your message to:\r\n" + (b"x" * 990 + b"\r\n") * 250,
    "brackets": b"This Message was undeliverable due to the following reason:\r\n" + b"<" * 200_000,
    "many brackets": b"This Message was undeliverable due to the following reason:\r\n"
    + (b"<" * 199 + b"\r\n") * 1000,
    "at signs": b"The address to which the message has not yet been delivered is\r\n"
    + b"@" * 200_000,
    "commas": b"," * 250_000,
    "spaces": b"Yale Message not delivered to the following\r\n" + b" " * 250_000,
    "short lines": b"\r\n" * 120_000,
    "digits": b"5" * 250_000,
    "answers": b"550 " * 60_000,
}


@pytest.mark.parametrize("kind", ["text/plain", "multipart/mixed; boundary=B"])
@pytest.mark.parametrize("name", MADE_TO_BE_SLOW)
def test_nothing_makes_it_slow(name: str, kind: str) -> None:
    head = f"From: mailer-daemon@a.example\r\nContent-Type: {kind}\r\n\r\n{PEER}\r\n".encode()
    body = MADE_TO_BE_SLOW[name]
    if "multipart" in kind:
        body = b"--B\r\n\r\n" + body + b"\r\n--B\r\n\r\nend\r\n--B--\r\n"
    began = time.process_time()
    other_failure_in(head + body, PEER)
    assert time.process_time() - began < 5


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_messages_are_harmless_here_too(name: str) -> None:
    for head in (b"", b"From: mailer-daemon@a.example\r\nX-To: " + PEER.encode() + b"\r\n"):
        began = time.process_time()
        reason = other_failure_in(head + HOSTILE[name], PEER)
        assert time.process_time() - began < 10
        assert reason is None or (len(reason) <= 300 and reason.isprintable())
