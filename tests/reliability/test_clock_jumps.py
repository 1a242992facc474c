"""The clock jumps ahead and is set back: nobody is locked out for long, no letter goes twice."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from survey.storage.models import Letter, MailPace, MailWorker, Round, RoundState, SignInLink
from survey.storage.queries.mail_workers import database_time
from tests.reliability.conftest import MakeApp
from tests.support.cases import NOW, ask_for_link, launched_case, tokens
from tests.support.mail_server import MailServer
from tests.support.web import Surfer, service_of, signed_in, worker_of

MENTOR = "max.mentor@example.org"
YEAR = dt.timedelta(days=365)


@pytest.fixture
def app(database_url: str, make: MakeApp, mail_server: MailServer) -> Flask:
    return make(database_url, MAIL_SERVER="127.0.0.1", MAIL_PORT=str(mail_server.port))


def set_clock(app: Flask, now: dt.datetime) -> None:
    service_of(app).clock = now


def deliver_all(app: Flask) -> None:
    worker = worker_of(app)
    while worker.run_once():
        pass


def count(app: Flask, model: type) -> int:
    with service_of(app).database.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_letters_of_a_clock_that_was_ahead_leave_once_it_is_right(
    app: Flask, mail_server: MailServer
) -> None:
    case = launched_case(service_of(app), {"peers": 4}, now=NOW + YEAR)
    waiting = count(app, Letter)
    assert waiting > 4
    deliver_all(app)
    assert len(mail_server.messages) == waiting
    assert count(app, Letter) == 0
    deliver_all(app)
    assert len(mail_server.messages) == waiting  # and none goes twice
    # Their links work, though the round begins in the future.
    token = tokens(service_of(app), case.round_id)["peers1@example.org"]
    rater = Surfer(app)
    address = rater.get(f"/r/{token}").headers["Location"]
    rater.get(address)
    sent = rater.post(address, {"c-start": "In time.", "step": "submit"})
    assert sent.headers["Location"].endswith("/thank-you")


def test_letters_of_a_worker_that_died_while_the_clock_was_ahead_are_taken_over(
    app: Flask, mail_server: MailServer
) -> None:
    launched_case(service_of(app), {"peers": 4})
    waiting = count(app, Letter)
    with service_of(app).database.writing() as session:
        dead = MailWorker(alive_until=database_time(session) + YEAR)
        session.add(dead)
        session.flush()
        session.execute(update(Letter).values(claimed_by=dead.id))
        session.add(MailPace(key="a domain", free_at=NOW + YEAR, deferrals=9))
        session.execute(update(Letter).values(domain_key="a domain"))
    deliver_all(app)
    assert len(mail_server.messages) == waiting
    assert count(app, Letter) == 0


def test_a_worker_that_waited_for_the_mail_server_does_not_wait_a_year(
    app: Flask, mail_server: MailServer
) -> None:
    launched_case(service_of(app), {"peers": 4})
    waiting = count(app, Letter)
    worker = worker_of(app)
    set_clock(app, NOW + dt.timedelta(days=3))
    mail_server.stop()
    worker.run_once()
    assert mail_server.messages == []
    set_clock(app, NOW)
    mail_server.start()
    while worker.run_once():
        pass
    assert len(mail_server.messages) == waiting


def test_whoever_signed_in_while_the_clock_was_ahead_signs_in_again(app: Flask) -> None:
    """Or a session of twelve hours would last for a year."""
    launched_case(service_of(app), {"peers": 4})
    set_clock(app, NOW + YEAR)
    mentor = signed_in(app, MENTOR)
    assert mentor.get("/account").status_code == 200
    set_clock(app, NOW)
    deliver_all(app)
    assert mentor.get("/account").headers["Location"].startswith("/sign-in")
    assert signed_in(app, MENTOR).get("/account").status_code == 200


def test_links_asked_for_while_the_clock_was_ahead_keep_nobody_from_new_ones(
    app: Flask, mail_server: MailServer
) -> None:
    """No more than a few links wait for one person; these would do so for a year."""
    launched_case(service_of(app), {"peers": 4})
    for _ in range(7):
        with service_of(app).database.writing() as session:
            ask_for_link(session, service_of(app), MENTOR, NOW + YEAR)
    deliver_all(app)
    with service_of(app).database.writing() as session:
        ask_for_link(session, service_of(app), MENTOR, NOW)
    with service_of(app).database.reading() as session:
        (link,) = session.scalars(select(SignInLink))
    assert link.expires_at < NOW + dt.timedelta(hours=1)


def test_a_session_of_today_outlives_a_clock_that_is_set_back(app: Flask) -> None:
    launched_case(service_of(app), {"peers": 4})
    mentor = signed_in(app, MENTOR)
    set_clock(app, NOW - dt.timedelta(minutes=30))
    deliver_all(app)
    assert mentor.get("/account").status_code == 200


def test_a_link_that_seemed_expired_works_again(app: Flask) -> None:
    case = launched_case(service_of(app), {"peers": 4})
    token = tokens(service_of(app), case.round_id)["peers1@example.org"]
    set_clock(app, NOW + YEAR)
    assert Surfer(app).get(f"/r/{token}").status_code == 410
    set_clock(app, NOW)
    assert Surfer(app).get(f"/r/{token}").status_code == 303


def test_a_close_by_a_clock_that_is_ahead_keeps_every_answer(app: Flask) -> None:
    """The round is closed too early, and for good; what was accepted is in it."""
    case = launched_case(service_of(app), {"peers": 4})
    token = tokens(service_of(app), case.round_id)["peers1@example.org"]
    rater = Surfer(app)
    address = rater.get(f"/r/{token}").headers["Location"]
    rater.get(address)
    rater.post(address, {"c-start": "In time.", "step": "submit"})
    set_clock(app, NOW + dt.timedelta(days=20))
    worker_of(app).close_overdue_rounds()
    set_clock(app, NOW)
    with service_of(app).database.reading() as session:
        assert session.get_one(Round, case.round_id).state is RoundState.CLOSED
    told = rater.post(address, {"c-start": "Again.", "step": "submit"})
    assert told.headers["Location"].endswith("/already-used")
