"""Sign-in sessions: they live on the server, end by themselves, and can be ended."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from survey.accounts.people import add_mentor
from survey.accounts.sessions import (
    LONGEST_SESSION,
    RECENT,
    browser_family,
    end_one_session,
    end_other_sessions,
    end_session,
    find_session,
    is_due,
    is_recent,
    note_seen,
    start_session,
)
from survey.service import Service
from survey.storage.models import Person, SignInSession
from tests.support.cases import NOW

IDLE = dt.timedelta(minutes=60)
MINUTE = dt.timedelta(minutes=1)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/139.0.0.0 Safari/537.36"


def start(service: Service, email: str = "max@example.org", now: dt.datetime = NOW) -> str:
    with service.database.writing() as session:
        person = add_mentor(session, "Max", email)
        return start_session(session, person, FIREFOX, now, confirmed_at=now)


def holds(service: Service, token: str, now: dt.datetime = NOW) -> bool:
    with service.database.reading() as session:
        return find_session(session, token, now, IDLE) is not None


def rows(service: Service) -> list[SignInSession]:
    with service.database.reading() as session:
        return list(session.scalars(select(SignInSession)))


def test_the_database_holds_neither_the_token_nor_a_fine_time(service: Service) -> None:
    moment = NOW + dt.timedelta(minutes=13, seconds=7)
    token = start(service, now=moment)
    (row,) = rows(service)
    assert token not in (row.token_hash, row.browser, str(row.id))
    assert (row.browser, row.created_on) == ("Firefox", NOW.date())
    assert row.last_seen_at == NOW + 10 * MINUTE
    assert row.ends_at == row.last_seen_at + LONGEST_SESSION
    assert holds(service, token, moment)
    for wrong in ("", token[:-1], token.swapcase(), row.token_hash, "\x00"):
        assert not holds(service, wrong, moment)


def test_an_idle_session_ends_and_one_in_use_does_not(service: Service) -> None:
    idle, used = start(service), start(service)
    for step in range(1, 13):
        now = NOW + step * 5 * MINUTE
        with service.database.writing() as session:
            found = find_session(session, used, now, IDLE)
            assert found
            assert is_due(found.session, now)
            note_seen(session, found.session.id, now + 2 * MINUTE)
        with service.database.reading() as session:
            again = find_session(session, used, now, IDLE)
            assert again
            assert again.session.last_seen_at == now
            assert not is_due(again.session, now + 4 * MINUTE)
    assert not holds(service, idle, NOW + IDLE)
    assert holds(service, used, NOW + IDLE)


def test_no_session_outlives_twelve_hours(service: Service) -> None:
    token = start(service)
    now = NOW
    while now - NOW < LONGEST_SESSION:
        assert holds(service, token, now)
        with service.database.writing() as session:
            note_seen(session, rows(service)[0].id, now)
        now += 30 * MINUTE
    assert now - NOW == dt.timedelta(hours=12)
    assert not holds(service, token, now)
    # The next sign-in clears it away.
    start(service, now=now)
    assert len(rows(service)) == 1


def test_sessions_are_ended_one_by_one_or_all_others(service: Service) -> None:
    tokens = [start(service) for _ in range(4)]
    other = start(service, "nora@example.org")
    with service.database.writing() as session:
        end_session(session, tokens[0])
        end_session(session, "nonsense")
        second = find_session(session, tokens[1], NOW, IDLE)
        kept = find_session(session, tokens[2], NOW, IDLE)
        nora = find_session(session, other, NOW, IDLE)
        assert second
        assert kept
        assert nora
        # Somebody else's session is none of one's own.
        assert not end_one_session(session, nora.person, second.session.id)
        assert end_one_session(session, second.person, second.session.id)
        assert end_other_sessions(session, kept.person, kept.session.id) == 1
    assert [holds(service, token) for token in tokens] == [False, False, True, False]
    assert holds(service, other)


def test_nobody_who_is_deleted_stays_signed_in(service: Service) -> None:
    token = start(service)
    with service.database.writing() as session:
        session.delete(session.scalars(select(Person)).one())
    assert not holds(service, token)
    assert rows(service) == []


def test_a_sign_in_is_fresh_for_ten_minutes() -> None:
    row = SignInSession(confirmed_at=NOW)
    assert is_recent(row, NOW + RECENT)
    assert not is_recent(row, NOW + RECENT + dt.timedelta(seconds=1))
    assert not is_recent(SignInSession(confirmed_at=None), NOW)


@pytest.mark.parametrize(
    ("agent", "family"),
    [
        (FIREFOX, "Firefox"),
        (CHROME, "Chrome"),
        (f"{CHROME} Edg/139.0.0.0", "Edge"),
        (f"{CHROME} OPR/110.0", "Opera"),
        ("Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Version/18.0 Safari/604.1", "Safari"),
        ("curl/8.0", "Another browser"),
        ("", "Another browser"),
    ],
)
def test_a_browser_is_known_by_its_family_alone(agent: str, family: str) -> None:
    assert browser_family(agent) == family
