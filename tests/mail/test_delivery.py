"""Letters on their way to a real SMTP server, and what becomes of them."""

from __future__ import annotations

import datetime as dt
import re
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, select

from survey.mail.delivery import MOST_ATTEMPTS, Postman
from survey.mail.envelope import Envelope
from survey.mail.lease import LEASE
from survey.mail.letters import LetterWriter
from survey.mail.pace import Pace, pause_after
from survey.mail.smtp import SmtpTransport
from survey.rounds.close import close_round
from survey.rounds.manage import revoke_invitation
from survey.storage.models import (
    Delivery,
    Letter,
    LetterKind,
    MailPace,
    MailWorker,
    Person,
    Round,
    RoundState,
    SealedBallot,
)
from survey.storage.queries import mail_workers as worker_queries
from survey.storage.queries import outbox as outbox_queries
from tests.mail.mailing import (
    DAY,
    MENTEE,
    MENTOR,
    PEER,
    TODAY,
    answer,
    deliver_all,
    invitation,
    letters,
    mailing_app,
    only_letter,
    remind,
)
from tests.support.cases import (
    NOW,
    ask_for_link,
    invitation_of,
    launched_case,
    tokens,
)
from tests.support.mail_server import MailServer, html_of, link_in, text_of
from tests.support.web import postman_of, service_of, worker_of


def test_an_address_that_mail_can_not_reach_fails_alone(
    sqlite_app: Flask, mail_server: MailServer
) -> None:
    """Without SMTPUTF8 on the server, letters cannot go to such a mailbox; others still do."""
    service = service_of(sqlite_app)
    case = launched_case(service, {"peers": 3})
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        invitation_of(round_, PEER).email = "jörg@example.org"
        first = invitation_of(round_, "jörg@example.org").id
        for letter in session.scalars(select(Letter)):
            if letter.invitation_id == first:
                letter.due_at = NOW - DAY
    deliver_all(sqlite_app)
    assert letters(sqlite_app) == []
    failed = invitation(sqlite_app, case, "jörg@example.org")
    assert failed.delivery is Delivery.FAILED
    assert failed.delivery_problem
    for address in ("peers2@example.org", "peers3@example.org", MENTEE):
        assert invitation(sqlite_app, case, address).delivery is Delivery.SENT


def test_a_temporary_refusal_is_tried_again_later_and_then_delivered_with_the_same_id(
    app: Flask, mail_server: MailServer
) -> None:
    service = service_of(app)
    case = launched_case(service, {"peers": 2})
    mail_server.postpone = lambda address: address == PEER
    deliver_all(app)
    (letter,) = letters(app)
    message_id = f"<{letter.id.hex}@127.0.0.1>"
    assert letter.attempts == 1
    assert letter.claimed_by is None
    assert letter.last_problem == "451 4.3.0 Try again later"
    assert NOW < letter.due_at <= NOW + dt.timedelta(minutes=1)
    assert invitation(app, case).delivery is Delivery.QUEUED
    assert invitation(app, case, "peers2@example.org").delivery is Delivery.SENT

    assert deliver_all(app) == 0  # not due yet
    for minutes in (2, 4, 8):
        (letter,) = letters(app)
        service.clock = letter.due_at
        assert deliver_all(app) == 1
        pause = letters(app)[0].due_at - service.clock
        assert dt.timedelta(0) < pause <= dt.timedelta(minutes=minutes)
        forget_domains(app)
    mail_server.postpone = lambda _address: False
    service.clock = letters(app)[0].due_at
    deliver_all(app)
    assert only_letter(mail_server, PEER)["Message-ID"] == message_id
    assert letters(app) == []
    assert invitation(app, case).delivery is Delivery.SENT
    assert len(mail_server.to("peers2@example.org")) == 1


def test_a_letter_waits_up_to_twice_as_long_each_time_and_at_most_six_hours() -> None:
    for attempts, minutes in [(1, 1), (2, 2), (5, 16), (9, 256), (10, 360), (400, 360)]:
        pauses = [pause_after(attempts).total_seconds() / 60 for _ in range(300)]
        assert min(pauses) > 0
        assert max(pauses) <= minutes
        # Full jitter: anything in between, so that what failed together comes back apart.
        assert min(pauses) < 0.2 * minutes
        assert max(pauses) > 0.8 * minutes


def test_after_many_attempts_a_letter_is_given_up_and_the_mentor_is_told(
    sqlite_app: Flask, mail_server: MailServer
) -> None:
    service = service_of(sqlite_app)
    case = launched_case(service, {"peers": 1})
    mail_server.postpone = lambda address: address == PEER
    for attempt in range(MOST_ATTEMPTS):
        deliver_all(sqlite_app)
        left = [letter for letter in letters(sqlite_app) if letter.kind is LetterKind.INVITATION]
        assert len(left) == (0 if attempt == MOST_ATTEMPTS - 1 else 1)
        if left:
            assert invitation(sqlite_app, case).delivery is Delivery.QUEUED
            service.clock = left[0].due_at
            forget_domains(sqlite_app)
    given_up = invitation(sqlite_app, case)
    assert given_up.delivery is Delivery.FAILED
    assert given_up.delivery_problem == "451 4.3.0 Try again later"
    assert service.clock < NOW + 3 * DAY


def test_a_permanent_refusal_is_shown_with_the_server_s_words(
    app: Flask, mail_server: MailServer
) -> None:
    case = launched_case(service_of(app), {"peers": 3})
    mail_server.refuse = lambda address: address == PEER
    deliver_all(app)
    assert letters(app) == []
    failed = invitation(app, case)
    assert failed.delivery is Delivery.FAILED
    assert failed.delivery_problem == "550 5.1.1 No such mailbox here"
    assert mail_server.to(PEER) == []
    for address in ("peers2@example.org", "peers3@example.org"):
        assert len(mail_server.to(address)) == 1
        assert invitation(app, case, address).delivery is Delivery.SENT
        assert invitation(app, case, address).delivery_problem == ""


def test_a_reminder_leaves_no_mark_whatever_becomes_of_it(
    sqlite_app: Flask, mail_server: MailServer
) -> None:
    service = service_of(sqlite_app)
    case = launched_case(service, {"peers": 3})
    deliver_all(sqlite_app)
    remind(sqlite_app, case)
    mail_server.refuse = lambda address: address == PEER
    mail_server.postpone = lambda address: address == "peers2@example.org"
    deliver_all(sqlite_app)
    assert [letter.kind for letter in letters(sqlite_app)] == [LetterKind.REMINDER]
    for _ in range(MOST_ATTEMPTS):
        service.clock += dt.timedelta(hours=6)
        deliver_all(sqlite_app)
        forget_domains(sqlite_app)
    assert letters(sqlite_app) == []
    assert "A reminder" in str(mail_server.to("peers3@example.org")[-1]["Subject"])
    for address in (PEER, "peers2@example.org", "peers3@example.org"):
        reminded = invitation(sqlite_app, case, address)
        assert (reminded.delivery, reminded.delivery_problem) == (Delivery.SENT, "")


def test_letters_wait_while_the_server_is_down(database_url: str, tmp_path: Path) -> None:
    later_up = MailServer()
    for app in mailing_app(database_url, tmp_path, later_up):
        service = service_of(app)
        case = launched_case(service, {"peers": 2})
        waiting = len(letters(app))
        for day in range(MOST_ATTEMPTS + 2):
            service.clock = NOW + dt.timedelta(minutes=10 * day)
            assert deliver_all(app) == 0
        left = letters(app)
        assert len(left) == waiting
        # It is not the letters that failed: they lose nothing by waiting.
        assert {letter.attempts for letter in left} == {0}
        assert {letter.claimed_by for letter in left} == {None}
        assert all("cannot reach the mail server" in letter.last_problem for letter in left)
        assert invitation(app, case).delivery is Delivery.QUEUED
        later_up.start()
        try:
            deliver_all(app)
        finally:
            later_up.stop()
        assert letters(app) == []
        assert len(later_up.messages) == waiting
        assert len(later_up.to(PEER)) == 1
        assert invitation(app, case).delivery is Delivery.SENT


def test_a_server_that_is_no_use_is_left_alone_for_a_while(
    sqlite_app: Flask, mail_server: MailServer
) -> None:
    service = service_of(sqlite_app)
    launched_case(service, {"peers": 2})
    mail_server.stop()
    with closing(postman_of(sqlite_app)) as postman:
        assert postman.deliver_due() == 0
        mail_server.start()
        assert postman.deliver_due() == 0
        assert mail_server.messages == []
        service.clock = NOW + dt.timedelta(seconds=11)
        assert postman.deliver_due() == 4
    assert len(mail_server.messages) == 4


def test_letters_of_a_closed_or_overdue_round_are_not_sent(
    app: Flask, mail_server: MailServer
) -> None:
    service = service_of(app)
    case = launched_case(service, {"peers": 2})
    claimed = claim_all(app)
    assert len(claimed) == 4  # two peers, the mentee's own, the welcome
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        close_round(session, round_, master_key=service.master_key, now=NOW)
    assert [letter.kind for letter in letters(app)] == [LetterKind.MENTEE_WELCOME]
    end_all_leases(app)
    deliver_all(app)
    assert [str(m["Subject"]) for m in mail_server.messages] == [
        "Max Mentor invites you to Mentoring Feedback"
    ]


def test_letters_that_are_no_longer_wanted_are_dropped(app: Flask, mail_server: MailServer) -> None:
    service = service_of(app)
    case = launched_case(service, {"peers": 3})
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        revoke_invitation(session, round_, invitation_of(round_, PEER))
        ask_for_link(session, service, MENTOR, NOW)
    service.clock = NOW + dt.timedelta(minutes=31)
    deliver_all(app)
    remind(app, case)
    answer(app, case, "peers2@example.org")  # between the reminder's queueing and its delivery
    deliver_all(app)
    assert letters(app) == []
    assert mail_server.to(PEER) == []
    assert mail_server.to(MENTOR) == []  # the sign-in link has expired
    assert len(mail_server.to("peers2@example.org")) == 1
    assert len(mail_server.to("peers3@example.org")) == 2


def test_no_letter_of_a_round_past_its_last_day(sqlite_app: Flask, mail_server: MailServer) -> None:
    service = service_of(sqlite_app)
    launched_case(service, {"peers": 2})
    service.clock = NOW + 15 * DAY
    deliver_all(sqlite_app)
    assert mail_server.to(PEER) == []
    assert letters(sqlite_app) == []


def test_an_answer_before_delivery_shows_in_nothing_that_the_mentor_sees(
    sqlite_app: Flask, mail_server: MailServer
) -> None:
    service = service_of(sqlite_app)
    case = launched_case(service, {"peers": 2})
    answer(sqlite_app, case, PEER)
    deliver_all(sqlite_app)
    assert letters(sqlite_app) == []
    marks = {
        (i.delivery, i.delivery_problem)
        for i in (invitation(sqlite_app, case), invitation(sqlite_app, case, "peers2@example.org"))
    }
    assert marks == {(Delivery.SENT, "")}


def claim_all(app: Flask) -> list[object]:
    """As a worker that claims everything and dies."""
    with service_of(app).database.writing() as session:
        worker_id = worker_queries.register(session, LEASE)
        return list(outbox_queries.claim(session, worker_id, service_of(app).now(), 100))


def end_all_leases(app: Flask) -> None:
    """As if the time of every lease were over."""
    with service_of(app).database.writing() as session:
        for worker in session.scalars(select(MailWorker)):
            worker.alive_until = dt.datetime.now(dt.UTC)


def forget_domains(app: Flask) -> None:
    """As if the time for which domains are left alone were over."""
    with service_of(app).database.writing() as session:
        session.execute(delete(MailPace))


def test_the_letters_of_a_dead_worker_are_taken_over_with_the_same_message_id(
    app: Flask, mail_server: MailServer
) -> None:
    launched_case(service_of(app), {"peers": 2})
    ids = {f"<{letter.id.hex}@127.0.0.1>" for letter in letters(app)}
    claim_all(app)
    assert deliver_all(app) == 0
    assert mail_server.messages == []
    end_all_leases(app)
    assert deliver_all(app) == len(ids)
    assert {str(m["Message-ID"]) for m in mail_server.messages} == ids


def test_a_lease_is_short_and_measured_by_the_clock_of_the_database(app: Flask) -> None:
    """Whatever the workers' clocks say: this service's stands in another month."""
    service = service_of(app)
    launched_case(service, {"peers": 2})
    claim_all(app)
    with service.database.reading() as session:
        worker = session.scalars(select(MailWorker)).one()
        left = worker.alive_until - worker_queries.database_time(session)
        assert dt.timedelta(seconds=5) < left <= LEASE
    assert dt.timedelta(seconds=30) >= LEASE


def test_a_worker_that_stops_gives_its_letters_back_at_once(
    app: Flask, mail_server: MailServer
) -> None:
    launched_case(service_of(app), {"peers": 5})
    first = postman_of(app)
    asked = []

    def after_two() -> bool:
        asked.append(None)
        return len(asked) > 2

    assert first.deliver_due(after_two) == 2
    first.close()
    assert len(mail_server.messages) == 2
    assert {letter.claimed_by for letter in letters(app)} == {None}
    with service_of(app).database.reading() as session:
        assert session.scalars(select(MailWorker)).all() == []
    deliver_all(app)
    assert len(mail_server.messages) == 7


def test_a_worker_that_was_thought_dead_sends_nothing_more(
    app: Flask, mail_server: MailServer
) -> None:
    """It was stopped in its sleep, say, and others have its letters now."""
    launched_case(service_of(app), {"peers": 5})
    slow = postman_of(app)

    def overtaken() -> bool:
        if len(mail_server.messages) == 2:
            end_all_leases(app)
            deliver_all(app)
        return False

    assert slow.deliver_due(overtaken) == 2
    slow.close()
    ids = [str(m["Message-ID"]) for m in mail_server.messages]
    assert len(ids) == len(set(ids)) == 7
    assert letters(app) == []


def test_a_lease_is_renewed_while_the_server_takes_its_time(
    app: Flask, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("survey.mail.lease._RENEWAL_SECONDS", 0.1)
    monkeypatch.setattr("survey.mail.lease.LEASE", dt.timedelta(seconds=2))
    launched_case(service_of(app), {"peers": 1})
    mail_server.seconds_for_data = 3
    sending = threading.Thread(target=deliver_all, args=(app,))
    sending.start()
    try:
        while not letters(app)[0].claimed_by and sending.is_alive():
            time.sleep(0.05)
        while sending.is_alive():
            assert deliver_all(app) == 0
            time.sleep(0.2)
    finally:
        sending.join()
    assert len(mail_server.messages) == 3
    assert len({m["Message-ID"] for m in mail_server.messages}) == 3


def test_a_crash_between_acceptance_and_note_repeats_one_letter_recognisably(
    app: Flask, mail_server: MailServer
) -> None:
    service = service_of(app)
    launched_case(service, {"peers": 2})

    class CrashesAfterAcceptance(SmtpTransport):
        def send(self, envelope: Envelope) -> None:
            super().send(envelope)
            raise KeyboardInterrupt

    postman = Postman(
        service,
        LetterWriter(service, app.config["TEMPLATE_FOLDER"]),
        CrashesAfterAcceptance(app),
        Pace("a secret"),
    )
    with pytest.raises(KeyboardInterrupt):
        postman.deliver_due()
    assert len(mail_server.messages) == 1
    end_all_leases(app)
    deliver_all(app)
    repeated = [str(m["Message-ID"]) for m in mail_server.messages]
    assert repeated.count(repeated[0]) == 2
    assert len(repeated) == len(set(repeated)) + 1
    assert letters(app) == []


def test_two_postmen_deliver_each_letter_once(app: Flask, mail_server: MailServer) -> None:
    service = service_of(app)
    case = launched_case(service, {"peers": 30, "customers": 25})
    with service.database.reading() as session:
        expected = sorted(
            [i.email for i in session.get_one(Round, case.round_id).invitations] + [MENTEE]
        )
    start = threading.Barrier(2)
    taken = [0, 0]
    failures: list[BaseException] = []

    def work(number: int) -> None:
        postman = postman_of(app)
        start.wait()
        try:
            while batch := postman.deliver_due():
                taken[number] += batch
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert sorted(m["X-Recipient"] for m in mail_server.messages) == expected
    assert letters(app) == []
    assert sum(taken) == len(expected)
    assert min(taken) > 0


def test_the_worker_closes_overdue_rounds_and_sends_the_report_letter(
    app: Flask, mail_server: MailServer
) -> None:
    service = service_of(app)
    case = launched_case(service, {"peers": 3}, release_mode="at_once")
    deliver_all(app)
    worker = worker_of(app)
    service.clock = NOW + 14 * DAY  # the last day itself
    worker.run_once()
    with service.database.reading() as session:
        assert session.get_one(Round, case.round_id).state is RoundState.OPEN
    service.clock = NOW + 15 * DAY
    while worker.run_once():
        pass
    with service.database.reading() as session:
        round_ = session.get_one(Round, case.round_id)
        assert (round_.state, round_.closed_on) == (RoundState.RELEASED, TODAY + 15 * DAY)
        assert round_.wrapped_private_key is None
    service.clock += dt.timedelta(hours=1, minutes=6)  # the letter waits for the hour
    while worker.run_once():
        pass
    newest = mail_server.to(MENTEE)[-1]
    assert link_in(newest, "/reports/").endswith(str(case.round_id))


def test_a_round_that_can_not_be_closed_stops_neither_mail_nor_other_rounds(
    app: Flask, mail_server: MailServer
) -> None:
    service = service_of(app)
    spoilt = launched_case(service, {"peers": 3})
    with service.database.writing() as session:
        session.add(SealedBallot(round_id=spoilt.round_id, sealed=b"damaged"))
    service.clock = NOW + 15 * DAY
    with service.database.writing() as session:
        ask_for_link(session, service, MENTOR, service.now())
    worker = worker_of(app)
    while worker.run_once():
        pass
    assert len(mail_server.to(MENTOR)) == 1
    with service.database.reading() as session:
        assert session.get_one(Round, spoilt.round_id).state is RoundState.OPEN


def test_a_letter_names_nobody_but_its_own_rater(
    sqlite_app: Flask, mail_server: MailServer
) -> None:
    service = service_of(sqlite_app)
    case = launched_case(service, {"peers": 4})
    deliver_all(sqlite_app)
    current = tokens(service, case.round_id)
    for message in mail_server.messages:
        own = message["X-Recipient"]
        source = message.as_string() + text_of(message) + html_of(message)
        for address, token in current.items():
            if address != own:
                assert address not in source
                assert token not in source
    with service.database.reading() as session:
        assert session.scalars(select(Person.email)).all()
    assert not re.search(r"https?://(?!127\.0\.0\.1:8000/)", html_of(mail_server.messages[0]))
