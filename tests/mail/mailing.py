"""Sending what is due, and looking at what became of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from survey.rounds.remind import remind_all
from survey.rounds.submit import submit_feedback
from survey.storage.models import Invitation, Letter, Round
from tests.conftest import service_environment
from tests.support.cases import NOW, Case, invitation_of, tokens
from tests.support.mail_server import MailServer
from tests.support.web import make_app, postman_of, service_of

TODAY = NOW.date()
DAY = dt.timedelta(days=1)
MENTOR = "max.mentor@example.org"
MENTEE = "mia.mentee@example.org"
PEER = "peers1@example.org"


def mailing_app(
    database_url: str, folder: Path, mail_server: MailServer, **settings: str
) -> Iterator[Flask]:
    app = make_app(
        service_environment(database_url, folder)
        | {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": str(mail_server.port)}
        | settings
    )
    yield app
    service_of(app).database.dispose()


def deliver_all(app: Flask) -> int:
    taken = 0
    with closing(postman_of(app)) as postman:
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


def answer(app: Flask, case: Case, address: str) -> None:
    service = service_of(app)
    token = tokens(service, case.round_id)[address]
    with service.database.writing() as session:
        submit_feedback(session, service.rater_links, token, {"c-start": "Hm"}, TODAY)
