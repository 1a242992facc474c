"""The time of a close: no answer brings it about, and what follows from it does not tell it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from survey.rounds.release import release_round
from survey.rounds.submit import decline, submit_feedback
from survey.service import Service
from survey.storage.models import Letter, LetterKind, Round, RoundState, WebhookDelivery
from tests.mail.mailing import MENTEE, deliver_all, mailing_app
from tests.support.cases import NOW, close, launched_case, tokens
from tests.support.mail_server import MailServer
from tests.support.web import service_of, worker_of

DAY = dt.timedelta(days=1)


@pytest.fixture
def app(database_url: str, tmp_path: Path, mail_server: MailServer) -> Iterator[Flask]:
    yield from mailing_app(database_url, tmp_path, mail_server)


def told_at(service: Service) -> list[dt.datetime]:
    """When the mentee is to be told of the report."""
    letters = select(Letter.due_at).where(Letter.kind == LetterKind.REPORT_RELEASED)
    with service.database.reading() as session:
        return list(session.scalars(letters))


def test_the_last_answer_closes_nothing(app: Flask, mail_server: MailServer) -> None:
    """With everybody done and the report released at once, the round waits for its last day."""
    service = service_of(app)
    case = launched_case(service, {"manager": 1, "peers": 3}, release_mode="at_once")
    deliver_all(app)
    sent = len(mail_server.messages)
    for number, token in enumerate(tokens(service, case.round_id).values()):
        with service.database.writing() as session:
            if number % 2:
                decline(session, service.rater_links, token, NOW.date())
            else:
                submit_feedback(session, service.rater_links, token, {"c-start": "Hm"}, NOW.date())
    worker = worker_of(app)
    for days in range(15):
        service.clock = NOW + days * DAY
        while worker.run_once():
            pass
        with service.database.reading() as session:
            round_ = session.get_one(Round, case.round_id)
            assert (round_.state, round_.closed_on) == (RoundState.OPEN, None)
            assert not session.scalars(select(WebhookDelivery)).all()
    assert told_at(service) == []
    assert len(mail_server.messages) == sent
    service.clock = NOW + 15 * DAY
    worker.run_once()
    with service.database.reading() as session:
        assert session.get_one(Round, case.round_id).state is RoundState.RELEASED


@pytest.mark.parametrize("minute", [0, 1, 59])
def test_a_close_that_releases_the_report_tells_the_mentee_after_the_hour(
    app: Flask, mail_server: MailServer, minute: int
) -> None:
    service = service_of(app)
    case = launched_case(service, {"peers": 3}, release_mode="at_once")
    deliver_all(app)
    closed_at = NOW.replace(minute=minute, second=17)
    close(service, case.round_id, now=closed_at)
    hour = NOW.replace(minute=0) + dt.timedelta(hours=1)
    (due,) = told_at(service)
    assert hour <= due < hour + dt.timedelta(minutes=5)
    before = len(mail_server.to(MENTEE))
    service.clock = hour - dt.timedelta(seconds=1)
    deliver_all(app)
    assert len(mail_server.to(MENTEE)) == before
    service.clock = hour + dt.timedelta(minutes=5)
    deliver_all(app)
    assert len(mail_server.to(MENTEE)) == before + 1


def test_a_release_of_its_own_tells_the_mentee_then(service: Service) -> None:
    case = launched_case(service, {"peers": 3})
    close(service, case.round_id)
    later = NOW + dt.timedelta(hours=30, minutes=7)
    with service.database.writing() as session:
        release_round(session, session.get_one(Round, case.round_id), later)
    assert told_at(service) == [later]
