"""Tokens: made by their owner, shown once, kept as a hash, and at times worth nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import re

import pytest
from flask import Flask
from sqlalchemy import select, text

from survey.accounts.api_tokens import MOST_TOKENS, PREFIX, Scope, make_token
from survey.accounts.errors import AccountError
from survey.accounts.people import add_mentor, find_person
from survey.accounts.roles import deactivate
from survey.operations.log_redaction import redact
from survey.privacy.access_export import Access, collect
from survey.privacy.erasure import erase_person
from survey.privacy.restriction import lift_restriction, restrict
from survey.privacy.retention import due_now
from survey.storage.models import ApiAnswer, ApiToken, AuditEntry, Person
from survey.web.rate_limits import PER_CLIENT, PROGRAMS_PER_PERSON, limiter
from tests.api.programs import MENTOR, Program, program_of, refusal, token_for
from tests.support.cases import NOW
from tests.support.web import Surfer, service_of, signed_in

OTHER = "nora@example.org"
FORM = {"label": "HR system", "scopes": ["rounds:read", "reports:read"], "days": "30"}


@pytest.fixture(autouse=True)
def _people(app: Flask) -> None:
    with service_of(app).database.writing() as session:
        add_mentor(session, "Max Mentor", MENTOR)
        add_mentor(session, "Nora Other", OTHER)


def made_on_the_page(surfer: Surfer, fields: dict[str, object] = FORM) -> str:
    surfer.get("/account/tokens/new")
    page = surfer.post("/account/tokens/new", fields).text
    found = re.search(r"<code>(mfs_[^<]+)</code>", page)
    assert found, page
    return html.unescape(found[1])


def stored(app: Flask) -> list[ApiToken]:
    with service_of(app).database.reading() as session:
        return list(session.scalars(select(ApiToken)))


def deeds(app: Flask) -> list[str]:
    with service_of(app).database.reading() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.sequence)))


def test_a_token_is_made_on_the_account_s_page_and_shown_once(app: Flask) -> None:
    surfer = signed_in(app, MENTOR)
    token = made_on_the_page(surfer)
    (row,) = stored(app)
    assert row.token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert row.scopes == "rounds:read reports:read"
    assert row.expires_on == NOW.date() + dt.timedelta(days=30)
    assert deeds(app) == ["api_token.made"]
    with service_of(app).database.reading() as session:
        dump = repr(session.execute(text("SELECT * FROM api_tokens")).all())
    assert token not in dump
    account = surfer.get("/account").text
    assert "HR system" in account
    assert "never used" in account
    assert token not in account
    who = Program(app, token).get("/whoami").get_json()
    assert who["email"] == MENTOR
    assert who["token"] == {
        "label": "HR system",
        "scopes": ["reports:read", "rounds:read"],
        "expires_on": "2026-12-02",
    }
    assert "last used on" in surfer.get("/account").text


def test_making_one_asks_again_who_is_there(app: Flask) -> None:
    surfer = signed_in(app, MENTOR)
    service_of(app).clock = NOW + dt.timedelta(minutes=11)
    surfer.get("/account")
    assert surfer.get("/account/tokens/new").headers["Location"] == "/account/confirm"
    assert surfer.post("/account/tokens/new", FORM).headers["Location"] == "/account/confirm"
    assert stored(app) == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({**FORM, "label": " "}, "Enter a name"),
        ({**FORM, "scopes": []}, "Choose at least one thing"),
        ({**FORM, "scopes": ["everything"]}, "everything"),
        ({**FORM, "days": "9999"}, "Not a valid choice"),
    ],
)
def test_what_makes_no_token(app: Flask, fields: dict[str, object], said: str) -> None:
    surfer = signed_in(app, MENTOR)
    surfer.get("/account/tokens/new")
    answer = surfer.post("/account/tokens/new", fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert stored(app) == []


def test_nobody_has_tokens_without_end(app: Flask) -> None:
    for _ in range(MOST_TOKENS):
        token_for(app, MENTOR)
    with pytest.raises(AccountError, match="Revoke one"):
        token_for(app, MENTOR)


def test_a_revoked_token_opens_nothing(app: Flask) -> None:
    surfer = signed_in(app, MENTOR)
    program = Program(app, made_on_the_page(surfer))
    assert program.get("/whoami").status_code == 200
    path = f"/account/tokens/{stored(app)[0].id}/revoke"
    surfer.get("/account")
    assert "Revoke this token?" in surfer.post(path).text
    assert program.get("/whoami").status_code == 200
    surfer.post(path, {"sure": "yes"})
    problem = refusal(program.get("/whoami"), 401, "no-token")
    assert "revoked" in problem["detail"]
    assert deeds(app) == ["api_token.made", "api_token.revoked"]
    assert stored(app) == []


def test_nobody_revokes_the_token_of_others(app: Flask) -> None:
    token_for(app, MENTOR)
    other = signed_in(app, OTHER)
    other.get("/account")
    path = f"/account/tokens/{stored(app)[0].id}/revoke"
    assert other.post(path, {"sure": "yes"}).status_code == 404
    assert len(stored(app)) == 1


def test_a_token_works_to_the_end_of_its_last_day(app: Flask) -> None:
    program = program_of(app, MENTOR)
    service = service_of(app)
    service.clock = NOW + dt.timedelta(days=90)
    assert program.get("/whoami").status_code == 200
    service.clock = NOW + dt.timedelta(days=91)
    refusal(program.get("/whoami"), 401, "no-token")


def test_a_closed_or_restricted_account_s_token_does_not_work(app: Flask) -> None:
    program, service = program_of(app, MENTOR), service_of(app)
    with service.database.writing() as session:
        person = find_person(session, MENTOR)
        assert person
        restrict(session, person, None, NOW)
    refusal(program.get("/whoami"), 401, "no-token")
    with service.database.writing() as session:
        person = find_person(session, MENTOR)
        assert person
        lift_restriction(session, person, None, NOW)
    assert program.get("/whoami").status_code == 200
    with service.database.writing() as session:
        person, other = find_person(session, MENTOR), find_person(session, OTHER)
        assert person
        assert other
        deactivate(session, person, deactivated_by=other, now=NOW)
    refusal(program.get("/whoami"), 401, "no-token")


def test_an_erased_person_s_tokens_are_gone_with_what_was_answered(app: Flask) -> None:
    program, service = program_of(app, MENTOR), service_of(app)
    sent = {"name": "Mia Mentee", "email": "mia@example.org"}
    assert program.post("/mentees", sent, key="once").status_code == 201
    with service.database.writing() as session:
        assert session.scalars(select(ApiAnswer)).one()
        person = find_person(session, MENTOR)
        assert person
        erase_person(session, service.keys, person, None, NOW)
    with service.database.reading() as session:
        assert session.scalars(select(ApiToken)).all() == []
        assert session.scalars(select(ApiAnswer)).all() == []
    refusal(program.get("/whoami"), 401, "no-token")


def test_tokens_stand_in_the_copy_of_one_s_data_without_themselves(app: Flask) -> None:
    token = token_for(app, MENTOR, [Scope.ROUNDS_READ])
    with service_of(app).database.reading() as session:
        person = find_person(session, MENTOR)
        assert person
        sections = collect(Access(session, person, NOW.date()))
    (section,) = [one for one in sections if one.key == "sign_in"]
    assert {
        "token for programs": "A program",
        "for what": ["rounds:read"],
        "made on": "2026-11-02",
        "expires on": "2027-01-31",
    } in section.records
    assert token not in repr(sections)


def test_expired_tokens_and_old_answers_are_disposed_of(app: Flask) -> None:
    service = service_of(app)
    program = program_of(app, MENTOR)
    program.post("/mentees", {"name": "Mia", "email": "mia@example.org"}, key="once")

    def due(days: int) -> set[str]:
        with service.database.reading() as session:
            found = due_now(session, service.retention, NOW.date() + dt.timedelta(days=days))
            return {one.kind.key for one in found if one.ids} & {"api_tokens", "api_answers"}

    assert due(0) == set()
    assert due(2) == {"api_answers"}
    assert due(121) == {"api_answers", "api_tokens"}


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic bWFyOm1hcg==",
        f"Bearer {PREFIX}nonsense",
        "Bearer " + "x" * 5000,
        "Bearer \u00fc",
        "Bearer a b",
    ],
)
def test_what_is_no_token(app: Flask, header: str) -> None:
    answer = app.test_client().get("/api/v1/whoami", headers={"Authorization": header})
    refusal(answer, 401, "no-token")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_browser_s_session_counts_for_nothing(app: Flask) -> None:
    surfer = signed_in(app, MENTOR)
    surfer.get("/account")
    for headers in ({}, {"X-CSRFToken": surfer.csrf}):
        limiter.reset()
        refusal(surfer.client.get("/api/v1/whoami", headers=headers), 401, "no-token")
        sent = {"name": "Mia", "email": "mia@example.org"}
        answer = surfer.client.post("/api/v1/mentees", json=sent, headers=headers)
        refusal(answer, 401, "no-token")


def test_a_token_opens_no_page(app: Flask) -> None:
    token = token_for(app, MENTOR)
    page = app.test_client().get("/account", headers={"Authorization": f"Bearer {token}"})
    assert page.headers["Location"] == "/sign-in"


def test_using_a_token_keeps_the_account_in_use(app: Flask) -> None:
    program, service = program_of(app, MENTOR), service_of(app)
    service.clock = NOW + dt.timedelta(days=40)
    program.get("/whoami")
    with service.database.reading() as session:
        person = session.scalars(select(Person).where(Person.email == MENTOR)).one()
        assert person.last_used_month == dt.date(2026, 12, 1)
    assert stored(app)[0].last_used_on == dt.date(2026, 12, 12)


def test_programs_are_limited_per_person_and_wrong_tokens_per_client(app: Flask) -> None:
    program, other = program_of(app, MENTOR), program_of(app, OTHER)
    client = app.test_client(use_cookies=False)
    most = int(PROGRAMS_PER_PERSON.split()[0])
    limiter.reset()
    for _ in range(most):
        assert client.get("/api/v1/whoami", headers=program.headers).status_code == 200
    held_up = client.get("/api/v1/whoami", headers=program.headers)
    refusal(held_up, 429)
    assert int(held_up.headers["Retry-After"]) == 900
    assert client.get("/api/v1/whoami", headers=other.headers).status_code == 200
    limiter.reset()
    wrong = {"Authorization": "Bearer mfs_wrong"}
    for _ in range(int(PER_CLIENT.split()[0])):
        refusal(client.get("/api/v1/whoami", headers=wrong), 401, "no-token")
    refusal(client.get("/api/v1/whoami", headers=wrong), 429)
    assert client.get("/api/v1/whoami", headers=other.headers).status_code == 200


def test_a_scope_of_a_later_version_counts_for_nothing(app: Flask) -> None:
    program = program_of(app, MENTOR, [Scope.ROUNDS_READ])
    with service_of(app).database.writing() as session:
        session.execute(text("UPDATE api_tokens SET scopes = 'rounds:read people:write'"))
    assert program.get("/whoami").get_json()["token"]["scopes"] == ["rounds:read"]


def test_a_token_in_a_name_is_no_way_in(app: Flask) -> None:
    with service_of(app).database.writing() as session:
        person = find_person(session, MENTOR)
        assert person
        with pytest.raises(AccountError, match="Name"):
            make_token(session, person, "a\x07b", [Scope.ROUNDS_READ], 30, NOW)
        with pytest.raises(AccountError, match="Expiry"):
            make_token(session, person, "A name", [Scope.ROUNDS_READ], 31, NOW)


def test_a_token_is_taken_out_of_whatever_is_logged(app: Flask) -> None:
    token = token_for(app, MENTOR)
    assert redact(f"GET /api/v1/whoami Authorization: Bearer {token}'") == (
        "GET /api/v1/whoami Authorization: Bearer [link]'"
    )
