"""Letters on their way to a real SMTP server, and what becomes of them."""

from __future__ import annotations

import datetime as dt
import html
import re
import threading
from collections.abc import Iterator
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from survey.accounts.errors import AccountError
from survey.accounts.people import add_mentor
from survey.mail.delivery import CLAIM, MOST_ATTEMPTS, Postman, pause_after
from survey.mail.envelope import Envelope
from survey.mail.letters import LetterWriter
from survey.mail.transport import SmtpTransport
from survey.rounds.close import close_round
from survey.rounds.manage import revoke_invitation
from survey.rounds.release import release_round
from survey.rounds.remind import remind_all
from survey.rounds.submit import submit_feedback
from survey.storage.models import (
    Delivery,
    Invitation,
    Letter,
    LetterKind,
    Person,
    Round,
    RoundState,
    SealedBallot,
)
from survey.storage.queries import outbox as outbox_queries
from tests.conftest import fresh_database, service_environment
from tests.support.cases import (
    NOW,
    Case,
    ask_for_link,
    draft_case,
    invitation_of,
    launch,
    launched_case,
    tokens,
)
from tests.support.mail_server import MailServer, html_of, link_in, text_of
from tests.support.web import Surfer, make_app, postman_of, service_of, worker_of

TODAY = NOW.date()
DAY = dt.timedelta(days=1)
MENTOR = "max.mentor@example.org"
MENTEE = "mia.mentee@example.org"
PEER = "peers1@example.org"


@pytest.fixture
def app(database_url: str, tmp_path: Path, mail_server: MailServer) -> Iterator[Flask]:
    yield from mailing_app(database_url, tmp_path, mail_server)


@pytest.fixture
def sqlite_app(
    request: pytest.FixtureRequest, tmp_path: Path, mail_server: MailServer
) -> Iterator[Flask]:
    """For what a letter says, which no database changes."""
    yield from mailing_app(fresh_database("sqlite", request, tmp_path), tmp_path, mail_server)


def mailing_app(database_url: str, folder: Path, mail_server: MailServer) -> Iterator[Flask]:
    app = make_app(
        service_environment(database_url, folder)
        | {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": str(mail_server.port)}
    )
    yield app
    service_of(app).database.dispose()


def deliver_all(app: Flask) -> int:
    postman = postman_of(app)
    taken = 0
    while batch := postman.deliver_due():
        taken += batch
    return taken


def letters(app: Flask) -> list[Letter]:
    with service_of(app).database.reading() as session:
        return list(session.scalars(select(Letter)))


def invitation(app: Flask, case: Case, email: str = PEER) -> Invitation:
    with service_of(app).database.reading() as session:
        return invitation_of(session.get_one(Round, case.round_id), email)


def only_letter(mail_server: MailServer, address: str) -> EmailMessage:
    found = mail_server.to(address)
    assert len(found) == 1
    return found[0]


def remind(app: Flask, case: Case) -> None:
    with service_of(app).database.writing() as session:
        remind_all(session, session.get_one(Round, case.round_id), service_of(app).now())


def test_an_invitation_carries_the_headers_of_automatic_mail(
    sqlite_app: Flask, mail_server: MailServer
) -> None:
    case = launched_case(service_of(sqlite_app), {"peers": 1})
    row = next(
        letter
        for letter in letters(sqlite_app)
        if letter.invitation_id == invitation(sqlite_app, case).id
    )
    deliver_all(sqlite_app)
    letter = only_letter(mail_server, PEER)
    assert letter["Message-ID"] == f"<{row.id.hex}@127.0.0.1>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Reply-To"] == MENTOR
    assert letter["From"] == "feedback@localhost.localdomain"
    assert getaddresses([letter["To"]]) == [("peers 1", PEER)]
    assert letter["Subject"] == "Max Mentor asks for your feedback about Mia Mentee"
    link = link_in(letter, "/r/")
    assert letter["List-Unsubscribe"] == f"<{link}/decline>"
    # One click from a mail program must not decline: a person has to confirm.
    assert letter["List-Unsubscribe-Post"] is None
    assert letter.get_content_type().startswith("multipart/")


def test_the_unsubscribe_address_stands_in_the_header_as_it_is(
    sqlite_app: Flask, mail_server: MailServer
) -> None:
    """Mail programs look for an address in angle brackets and decode nothing there."""
    launched_case(service_of(sqlite_app), {"peers": 1})
    deliver_all(sqlite_app)
    letter = only_letter(mail_server, PEER)
    raw = dict(letter.raw_items())["List-Unsubscribe"]
    assert raw.strip() == f"<{link_in(letter, '/r/')}/decline>"


def test_letters_to_people_with_an_account_offer_no_way_to_decline(
    sqlite_app: Flask, mail_server: MailServer
) -> None:
    service = service_of(sqlite_app)
    case = launched_case(service, {"peers": 3})
    with service.database.writing() as session:
        ask_for_link(session, service, MENTEE, NOW)
    deliver_all(sqlite_app)
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        close_round(session, round_, master_key=service.master_key, now=NOW)
        release_round(session, round_, NOW)
    deliver_all(sqlite_app)
    subjects = {str(letter["Subject"]): letter for letter in mail_server.to(MENTEE)}
    assert set(subjects) == {
        "Max Mentor invites you to Mentoring Feedback",
        "Your own view: a short self-assessment",
        "Sign in to Mentoring Feedback",
        "Your feedback report is ready",
    }
    for subject, letter in subjects.items():
        is_to_rater = "self-assessment" in subject
        assert (letter["List-Unsubscribe"] is not None) == is_to_rater
        assert letter["Reply-To"] == (None if subject.startswith("Sign in") else MENTOR)
        assert letter["Auto-Submitted"] == "auto-generated"


def test_text_and_html_carry_the_same_working_link(app: Flask, mail_server: MailServer) -> None:
    service = service_of(app)
    case = launched_case(service, {"peers": 1, "manager": 1})
    with service.database.writing() as session:
        ask_for_link(session, service, MENTOR, NOW)
    deliver_all(app)
    current = tokens(service, case.round_id)
    for address in (PEER, "manager1@example.org"):
        letter = only_letter(mail_server, address)
        link = f"{service.base_url}/r/{current[address]}"
        assert link_in(letter, "/r/") == link
        assert f'href="{link}"' in html_of(letter)
        assert Surfer(app).get(link, follow=True).status_code == 200
    sign_in = only_letter(mail_server, MENTOR)
    link = link_in(sign_in, "/sign-in/")
    assert f'href="{link}"' in html_of(sign_in)
    surfer = Surfer(app)
    surfer.get(link)
    surfer.post(link)
    assert surfer.get("/").status_code == 200


def test_an_invitation_says_who_sees_what(sqlite_app: Flask, mail_server: MailServer) -> None:
    launched_case(service_of(sqlite_app), {"peers": 3, "manager": 1}, threshold=4)
    deliver_all(sqlite_app)
    peer = text_of(only_letter(mail_server, PEER))
    assert "YOUR ANSWERS ARE ANONYMOUS" in peer
    assert "at least 4 people" in peer
    assert "Monday 16 November 2026" in peer
    assert "NOT ANONYMOUS" in text_of(only_letter(mail_server, "manager1@example.org"))
    own = next(m for m in mail_server.to(MENTEE) if "/r/" in text_of(m))
    assert "SHOWN AS YOURS" in text_of(own)


def test_the_unsubscribe_address_leads_to_the_page_to_decline_and_consumes_nothing(
    app: Flask, mail_server: MailServer
) -> None:
    service = service_of(app)
    case = launched_case(service, {"peers": 1})
    deliver_all(app)
    address = only_letter(mail_server, PEER)["List-Unsubscribe"].strip("<>")
    for _ in range(2):  # a mail scanner, then the rater
        surfer = Surfer(app)
        page = surfer.get(address, follow=True)
        assert page.status_code == 200
        assert page.request.path.endswith("/decline")
        assert not invitation(app, case).done
    assert surfer.client.post(address).status_code == 405
    surfer.post(page.request.path)
    assert invitation(app, case).done
    with service.database.reading() as session:
        assert session.get_one(Round, case.round_id).group("peers").declined == 1
        assert session.scalars(select(SealedBallot)).all() == []


INJECTIONS = (
    "Eve\r\nBcc: thief@example.org",
    "Eve\nSubject: Other",
    "Eve\rX-Evil: 1",
    "Eve\x0bBcc: thief@example.org",
    "Eve\u2028Bcc: thief@example.org",
    "Eve\x85X-Evil: 1",
    "Eve\x00",
)


def test_names_with_line_breaks_or_control_characters_become_no_header(sqlite_app: Flask) -> None:
    """They are made one line, or refused with the field's name."""
    for number, name in enumerate(INJECTIONS):
        with service_of(sqlite_app).database.writing() as session:
            try:
                stored = add_mentor(session, name, f"m{number}@example.org").name
            except AccountError as error:
                assert str(error).startswith("Name:")  # noqa: PT017
            else:
                assert stored.isprintable()


@pytest.mark.parametrize(
    "name",
    [
        *INJECTIONS[:-1],
        'Eve" <thief@example.org>, "x',
        "Eve <thief@example.org>",
        "thief@example.org, Eve",
        "Eve (comment) \\ ; :",
        "=?utf-8?q?Eve=0D=0ABcc:_thief@example.org?=",
        "=?utf-8?b?RXZlDQpCY2M6IHRoaWVmQGV4YW1wbGUub3Jn?=",
    ],
)
def test_no_name_can_add_a_header_or_a_recipient(
    sqlite_app: Flask, mail_server: MailServer, name: str
) -> None:
    """Even when such a name stands in the database, whatever door it came through."""
    service = service_of(sqlite_app)
    case = draft_case(service, {"peers": 1})
    name_everybody(sqlite_app, case, name)
    launch(service, case.round_id)
    with service.database.writing() as session:
        ask_for_link(session, service, MENTOR, NOW)
    deliver_all(sqlite_app)
    assert letters(sqlite_app) == []
    assert sorted(m["X-Recipient"] for m in mail_server.messages) == sorted(
        [MENTOR, MENTEE, MENTEE, PEER]
    )
    for message in mail_server.messages:
        assert set(message.keys()) <= {
            "Content-Type", "MIME-Version", "Subject", "From", "To", "Date", "Message-ID",
            "Reply-To", "Auto-Submitted", "List-Unsubscribe", "X-Recipient",
        }  # fmt: skip
        assert len(message.get_all("Subject")) == 1
        recipients = [address.addr_spec for address in message["To"].addresses]
        assert recipients == [message["X-Recipient"]]
        assert len(message["From"].addresses) == 1


@pytest.mark.parametrize(
    "name",
    [
        "Zoë Çelik-Łukasiewicz",
        "Ольга Петрова",
        "O'Neill & Söhne <GmbH>",
        "山田 太郎",
        "Anna-Katharina Müller-Lüdenscheidt von Hohenstein",
        "Zoë 🌻 " + "ü" * 110,
        "Þ" + "x" * 118 + "ß",
    ],
)
def test_names_of_every_script_arrive_as_written(
    sqlite_app: Flask, mail_server: MailServer, name: str
) -> None:
    service = service_of(sqlite_app)
    case = draft_case(service, {"peers": 1})
    name_everybody(sqlite_app, case, name)
    launch(service, case.round_id)
    deliver_all(sqlite_app)
    letter = only_letter(mail_server, PEER)
    assert f"Hello {name}," in text_of(letter)
    assert html.unescape(html_of(letter)).count(f"Hello {name},") == 1
    assert header_of(letter, "Subject") == f"{name} asks for your feedback about {name}"
    to = letter["To"].addresses
    assert [(address.display_name, address.addr_spec) for address in to] == [(name, PEER)]


def name_everybody(app: Flask, case: Case, name: str) -> None:
    with service_of(app).database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        round_.mentorship.mentor.name = name
        round_.mentorship.mentee.name = name
        invitation_of(round_, PEER).name = name


def header_of(message: EmailMessage, name: str) -> str:
    """A header decoded from its raw text, as a mail program does it."""
    raw = dict(message.raw_items())[name]
    return str(make_header(decode_header("".join(raw.splitlines())))).strip()


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
    assert letter.claimed_until is None
    assert letter.last_problem == "451 4.3.0 Try again later"
    assert NOW + dt.timedelta(seconds=20) < letter.due_at < NOW + dt.timedelta(seconds=40)
    assert invitation(app, case).delivery is Delivery.QUEUED
    assert invitation(app, case, "peers2@example.org").delivery is Delivery.SENT

    assert deliver_all(app) == 0  # not due yet
    pauses = []
    for _ in range(3):
        (letter,) = letters(app)
        service.clock = letter.due_at
        assert deliver_all(app) == 1
        pauses.append((letters(app)[0].due_at - service.clock).total_seconds())
    assert 45 <= pauses[0] <= 75
    assert 90 <= pauses[1] <= 150
    assert 180 <= pauses[2] <= 300
    mail_server.postpone = lambda _address: False
    service.clock = letters(app)[0].due_at
    deliver_all(app)
    assert only_letter(mail_server, PEER)["Message-ID"] == message_id
    assert letters(app) == []
    assert invitation(app, case).delivery is Delivery.SENT
    assert len(mail_server.to("peers2@example.org")) == 1


def test_the_pause_doubles_up_to_four_hours() -> None:
    for attempts, seconds in [(1, 30), (2, 60), (5, 480), (9, 7680), (10, 14400), (40, 14400)]:
        for _ in range(20):
            assert 0.75 * seconds <= pause_after(attempts).total_seconds() <= 1.25 * seconds


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
        assert postman_of(app).deliver_due() == waiting
        left = letters(app)
        assert len(left) == waiting
        assert all("cannot reach the mail server" in letter.last_problem for letter in left)
        assert invitation(app, case).delivery is Delivery.QUEUED
        later_up.start()
        try:
            service.clock = NOW + dt.timedelta(minutes=1)
            deliver_all(app)
        finally:
            later_up.stop()
        assert letters(app) == []
        assert len(later_up.messages) == waiting
        assert len(later_up.to(PEER)) == 1
        assert invitation(app, case).delivery is Delivery.SENT


def test_letters_of_a_closed_or_overdue_round_are_not_sent(
    app: Flask, mail_server: MailServer
) -> None:
    service = service_of(app)
    case = launched_case(service, {"peers": 2})
    claimed = claim_all(app, NOW)
    assert len(claimed) == 4  # two peers, the mentee's own, the welcome
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        close_round(session, round_, master_key=service.master_key, now=NOW)
    assert [letter.kind for letter in letters(app)] == [LetterKind.MENTEE_WELCOME]
    service.clock = NOW + CLAIM
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


def answer(app: Flask, case: Case, address: str) -> None:
    service = service_of(app)
    token = tokens(service, case.round_id)[address]
    with service.database.writing() as session:
        submit_feedback(session, service.rater_links, token, {"c-start": "Hm"}, TODAY)


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


def claim_all(app: Flask, now: dt.datetime) -> list[object]:
    """As a worker that claims everything and dies."""
    with service_of(app).database.writing() as session:
        return list(outbox_queries.claim(session, now, now + CLAIM, 100))


def test_a_claim_that_ran_out_is_taken_over_with_the_same_message_id(
    app: Flask, mail_server: MailServer
) -> None:
    service = service_of(app)
    launched_case(service, {"peers": 2})
    ids = {f"<{letter.id.hex}@127.0.0.1>" for letter in letters(app)}
    claim_all(app, NOW)
    service.clock = NOW + CLAIM - dt.timedelta(seconds=1)
    assert deliver_all(app) == 0
    assert mail_server.messages == []
    service.clock = NOW + CLAIM
    assert deliver_all(app) == len(ids)
    assert {str(m["Message-ID"]) for m in mail_server.messages} == ids


def test_a_crash_between_acceptance_and_note_repeats_one_letter_recognisably(
    app: Flask, mail_server: MailServer
) -> None:
    service = service_of(app)
    launched_case(service, {"peers": 2})

    class CrashesAfterAcceptance(SmtpTransport):
        def send(self, connection: object, envelope: Envelope) -> None:
            super().send(connection, envelope)
            raise KeyboardInterrupt

    postman = Postman(
        service,
        LetterWriter(service, app.config["TEMPLATE_FOLDER"]),
        CrashesAfterAcceptance(app),
    )
    with pytest.raises(KeyboardInterrupt):
        postman.deliver_due()
    assert len(mail_server.messages) == 1
    service.clock = NOW + CLAIM
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
