"""How fast letters leave, of all workers together, and who is let go first."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from survey.mail.delivery import Postman
from survey.mail.pace import DEFERRALS_BEFORE_WAITING, Limit
from survey.storage.models import MailPace, Round
from tests.mail.mailing import (
    MENTOR,
    deliver_all,
    letters,
    mailing_app,
)
from tests.support.cases import NOW, Case, ask_for_link, draft_case, launch, launched_case
from tests.support.mail_server import MailServer
from tests.support.web import postman_of, service_of

MINUTE = dt.timedelta(minutes=1)
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def limited(database_url: str, tmp_path: Path, mail_server: MailServer) -> Iterator[Flask]:
    yield from mailing_app(database_url, tmp_path, mail_server, MAIL_PER_MINUTE="10")


@pytest.fixture
def by_domain(database_url: str, tmp_path: Path, mail_server: MailServer) -> Iterator[Flask]:
    yield from mailing_app(database_url, tmp_path, mail_server, MAIL_PER_MINUTE_PER_DOMAIN="6")


@pytest.mark.parametrize("per_minute", [1, 2, 7, 29, 30, 31, 60, 100, 600, 6000])
def test_no_minute_has_more_letters_than_the_limit_and_few_less(per_minute: int) -> None:
    limit = Limit(per_minute)
    free_at, now = None, NOW
    sent: list[dt.datetime] = []
    # Somebody who sends whenever there is room, in a rhythm that fits nothing, and once rests.
    while now < NOW + 6 * MINUTE:
        for _ in range(limit.room(free_at, now)):
            free_at = limit.after_one_more(free_at or now - MINUTE * 60, now)
            sent.append(now)
        now += dt.timedelta(milliseconds=371)
        if len(sent) == per_minute // 2:
            now += MINUTE
    first = 0
    for last, instant in enumerate(sent):
        while sent[first] <= instant - MINUTE:
            first += 1
        assert last - first + 1 <= per_minute
    assert len(sent) >= 4 * (per_minute - limit.burst + 1) * 0.95


def drive(app: Flask, postmen: list[Postman], seconds: int) -> list[int]:
    """So many seconds of all of them, and how many letters left in each."""
    service = service_of(app)
    counts = []
    for _ in range(seconds):
        counts.append(sum(postman.deliver_due() for postman in postmen))
        service.clock += SECOND
    return counts


def test_all_workers_together_keep_to_the_limit(limited: Flask, mail_server: MailServer) -> None:
    launched_case(service_of(limited), {"peers": 30})
    postmen = [postman_of(limited) for _ in range(3)]
    counts = drive(limited, postmen, 120)
    for postman in postmen:
        postman.close()
    assert sum(counts) == len(mail_server.messages) == 20
    for start in range(61):
        assert sum(counts[start : start + 60]) <= 10
    assert {letter.attempts for letter in letters(limited)} == {0}


def test_somebody_who_waits_to_sign_in_goes_first(limited: Flask, mail_server: MailServer) -> None:
    service = service_of(limited)
    launched_case(service, {"peers": 30})
    service.clock = NOW + SECOND
    with service.database.writing() as session:
        ask_for_link(session, service, MENTOR, service.now())
    with closing(postman_of(limited)) as postman:
        drive(limited, [postman], 2)
    assert [m["X-Recipient"] for m in mail_server.messages] == [MENTOR]


def mixed_case(app: Flask) -> Case:
    """Many raters at one domain, and some elsewhere."""
    service = service_of(app)
    case = draft_case(service, {"peers": 12, "customers": 6})
    with service.database.writing() as session:
        for invitation in session.get_one(Round, case.round_id).invitations:
            if invitation.group_key == "customers":
                invitation.email = invitation.normalised_email = (
                    f"{invitation.name.replace(' ', '')}@{invitation.name[-1]}.example.net"
                )
    launch(service, case.round_id)
    return case


def domains(mail_server: MailServer) -> Counter[str]:
    return Counter(m["X-Recipient"].partition("@")[2] for m in mail_server.messages)


def test_a_busy_domain_holds_up_no_other(by_domain: Flask, mail_server: MailServer) -> None:
    mixed_case(by_domain)
    postmen = [postman_of(by_domain) for _ in range(2)]
    drive(by_domain, postmen, 60)
    arrived = domains(mail_server)
    assert arrived.pop("example.org") == 6
    assert len(arrived) == 6
    assert set(arrived.values()) == {1}
    counts = drive(by_domain, postmen, 60)
    assert domains(mail_server)["example.org"] == 12
    assert sum(counts) == 6
    drive(by_domain, postmen, 60)
    for postman in postmen:
        postman.close()
    assert letters(by_domain) == []


def test_a_domain_that_puts_letters_off_is_left_alone_for_a_while(
    app: Flask, mail_server: MailServer
) -> None:
    service = service_of(app)
    mixed_case(app)
    asked: Counter[str] = Counter()

    def busy(address: str) -> bool:
        asked[address.partition("@")[2]] += 1
        return address.endswith("@example.org")

    mail_server.postpone = busy
    deliver_all(app)
    # Three were put off, then the domain had its peace; all others got theirs.
    assert asked["example.org"] == DEFERRALS_BEFORE_WAITING
    assert domains(mail_server) == {f"{n}.example.net": 1 for n in range(1, 7)}
    assert Counter(letter.attempts for letter in letters(app)) == {0: 11, 1: 3}
    mail_server.postpone = lambda _address: False
    service.clock = NOW + MINUTE
    deliver_all(app)
    service.clock = NOW + 2 * MINUTE
    deliver_all(app)
    assert letters(app) == []
    with service.database.reading() as session:
        assert {row.deferrals for row in session.scalars(select(MailPace))} <= {0}


def test_what_is_kept_about_domains_names_none_and_goes_again(
    app: Flask, mail_server: MailServer
) -> None:
    service = service_of(app)
    mixed_case(app)
    mail_server.postpone = lambda _address: True
    deliver_all(app)
    with service.database.reading() as session:
        keys = session.scalars(select(MailPace.key)).all()
    assert len(keys) == 7
    assert not any("example" in key for key in keys)
    assert not any("example" in (letter.domain_key or "") for letter in letters(app))
    mail_server.postpone = lambda _address: False
    service.clock = NOW + 10 * MINUTE
    deliver_all(app)
    assert letters(app) == []
    service.clock = NOW + 3 * 60 * MINUTE
    with service.database.writing() as session:
        ask_for_link(session, service, MENTOR, service.now())
    deliver_all(app)
    with service.database.reading() as session:
        assert session.scalars(select(MailPace.key)).all() == []
