"""Every route of the service, asked for by every kind of person about somebody else's things.

Each endpoint says below who it is for. One that does not fails the test: whoever adds a page
decides here who must not see it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from survey.accounts.people import add_mentor, add_programme_lead
from survey.accounts.policy import Role
from survey.accounts.roles import add_administrator
from survey.mentoring.mentees import add_mentee
from survey.privacy.requests import ask as request_of
from survey.storage.models import (
    AgreedAction,
    Mentorship,
    Person,
    RequestKind,
    SessionRecord,
    Side,
)
from survey.web.rate_limits import limiter
from tests.conftest import fresh_database, service_environment
from tests.support.cases import NOW
from tests.support.web import Surfer, make_app, service_of, signed_in
from tests.web.test_access import (
    FIELDS,
    MENTEE,
    MENTOR,
    OTHER_MENTEE,
    OTHER_MENTOR,
    SECRETS,
    TEXTS,
    World,
    fill,
    stored,
)


class For(StrEnum):
    """Who a page is for."""

    # Anybody, signed in or not; it shows nothing of anybody.
    ALL = "all"
    # Anybody who is signed in: a page about oneself.
    SELF = "self"
    # A thing of somebody's own: for others it does not exist.
    OWNER = "owner"
    # Anybody with one of these roles.
    MENTOR = "mentor"
    LEAD = "lead"
    ADMINISTRATOR = "administrator"
    MENTOR_OR_ADMINISTRATOR = "mentor or administrator"
    # Programs with somebody's token; see tests/api/test_access.py.
    PROGRAM = "program"


EXPECTED = {
    "static": For.ALL,
    "rater": For.ALL,
    "health": For.ALL,
    "brand": For.ALL,
    "accounts": For.ALL,
    "openid": For.ALL,
    "home": For.SELF,
    "account": For.SELF,
    "account.drop_passkey": For.OWNER,
    "account.end_session": For.OWNER,
    "api": For.PROGRAM,
    "api_description": For.ALL,
    "api_tokens.new": For.SELF,
    "api_tokens.revoke": For.OWNER,
    "webhooks": For.OWNER,
    "webhooks.new": For.MENTOR,
    "people": For.ADMINISTRATOR,
    "privacy": For.ADMINISTRATOR,
    "privacy_notice": For.ALL,
    "my_data": For.SELF,
    "programme": For.LEAD,
    "frameworks.index": For.MENTOR_OR_ADMINISTRATOR,
    "frameworks.draft": For.MENTOR_OR_ADMINISTRATOR,
    "frameworks.template": For.MENTOR_OR_ADMINISTRATOR,
    "frameworks.show": For.OWNER,
    "frameworks.preview": For.OWNER,
    "frameworks.edit": For.OWNER,
    "frameworks.delete": For.OWNER,
    "frameworks.versions": For.OWNER,
    "frameworks.bring_back": For.OWNER,
    "framework_drafts": For.OWNER,
    "framework_drafts.new": For.MENTOR_OR_ADMINISTRATOR,
    "mentees.new": For.MENTOR,
    "mentees.show": For.OWNER,
    "mentees.new_goal": For.OWNER,
    "mentees.edit_goal": For.OWNER,
    "goals": For.OWNER,
    "milestones": For.OWNER,
    "relationship": For.OWNER,
    "sessions": For.OWNER,
    "rounds": For.OWNER,
    "proposals": For.OWNER,
    "comments": For.OWNER,
    "reports": For.OWNER,
    "reflections": For.OWNER,
    "reviews": For.OWNER,
    "mentoring_feedback": For.OWNER,
    "reflective_log.index": For.MENTOR,
    "reflective_log.new": For.MENTOR,
    "reflective_log.patterns": For.MENTOR,
    "reflective_log.edit": For.OWNER,
    "reflective_log.remove": For.OWNER,
}
ADMIN, LEAD, ALL_ROLES = "ada@example.org", "lena@example.org", "zoe@example.org"
PEOPLE: dict[str, set[Role]] = {
    OTHER_MENTOR: {Role.MENTOR},
    OTHER_MENTEE: {Role.MENTEE},
    ADMIN: {Role.ADMINISTRATOR},
    LEAD: {Role.PROGRAMME_LEAD},
    ALL_ROLES: set(Role),
}
RECORD = "A record that is nobody’s business"
ACTION = "An action that is nobody’s business"
MARKERS = (*SECRETS, RECORD, ACTION)
# An administrator knows who is here, and nothing that they wrote.
NAMES = {"Max Mentor", "Mia Mentee", MENTEE}


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    app = make_app(
        service_environment(fresh_database("sqlite", request, tmp_path), tmp_path)
        | {
            "MAIL_SERVER": "127.0.0.1",
            "BASE_URL": "http://localhost:8000",
            "OIDC_ISSUER": "http://127.0.0.1:1",
            "OIDC_CLIENT_ID": "mentoring",
            "OIDC_CLIENT_SECRET": "secret",
        }
    )
    made = World(app)
    request.getfixturevalue("monkeypatch").setitem(TEXTS, "outcome", "done")
    fill(made)
    with service_of(app).database.writing() as session:
        made.ids |= write_record(session, made.ids["mentorship_id"])
        mia = session.get_one(Person, made.ids["person_id"])
        made.ids["request_id"] = request_of(session, mia, RequestKind.ERASURE, NOW.date()).id
        add_administrator(session, "Ada Admin", ADMIN)
        add_programme_lead(session, "Lena Lead", LEAD)
        everything = add_mentor(session, "Zoe All", ALL_ROLES)
        everything.is_administrator = everything.is_programme_lead = True
        nora = add_mentor(session, "Nora Other", OTHER_MENTOR)
        add_mentee(session, nora, "Zoe All", ALL_ROLES, NOW)
    yield made
    service_of(app).database.dispose()


def write_record(session: Session, mentorship_id: uuid.UUID) -> dict[str, uuid.UUID]:
    mentorship = session.get_one(Mentorship, mentorship_id)
    record = SessionRecord(
        mentorship_id=mentorship.id, mentorship=mentorship, held_on=NOW.date(), topics_shared=True
    )
    session.add(record)
    session.flush()
    record.topics = RECORD
    action = AgreedAction(record=record, position=0, owner=Side.MENTEE)
    session.add(action)
    session.flush()
    action.text = ACTION
    session.flush()
    return {"record_id": record.id, "action_id": action.id}


def expected(endpoint: str) -> For:
    found = EXPECTED.get(endpoint) or EXPECTED.get(endpoint.partition(".")[0])
    assert found, f"say in EXPECTED who {endpoint} is for"
    return found


def requests(world: World) -> Iterator[tuple[str, str, str, bool]]:
    """Endpoint, method, path, and whether the route takes the method: for all there is."""
    for rule, _, path, _ in {(r.rule, s): (r, m, p, s) for r, m, p, s in world.requests()}.values():
        for method in ("GET", "POST"):
            yield rule.endpoint, method, path, method in (rule.methods or ())


def ask(surfer: Surfer, method: str, path: str) -> TestResponse:
    """Ask as the person's browser would, with a token that is good."""
    data = {**FIELDS, "csrf_token": surfer.csrf} if method == "POST" else None
    limiter.reset()
    return surfer.client.open(path, method=method, data=data)


def with_token(app: Flask, email: str | None) -> Surfer:
    """Somebody with a good CSRF token: from the sign-in page, or from the own account."""
    if email is None:
        surfer = Surfer(app)
        surfer.get("/sign-in")
    else:
        surfer = signed_in(app, email)
        surfer.get("/account")
    assert surfer.csrf
    return surfer


def assert_nothing_leaks(answer: TestResponse, what: str, known: set[str]) -> None:
    for marker in MARKERS:
        if marker not in known:
            assert marker not in answer.text, (what, marker)
            assert marker not in str(answer.headers), (what, marker)


def is_refused(answer: TestResponse) -> bool:
    return answer.status_code in (403, 404, 405)


def test_every_route_says_who_it_is_for(world: World) -> None:
    endpoints = {rule.endpoint for rule in world.app.url_map.iter_rules()}
    kinds = {endpoint: expected(endpoint) for endpoint in endpoints}
    assert set(kinds.values()) == set(For)
    # And nothing is said of routes that are gone.
    known = endpoints | {endpoint.partition(".")[0] for endpoint in endpoints}
    assert set(EXPECTED) <= known


def test_the_markers_are_somewhere(world: World) -> None:
    """For those they belong to: or looking for them proves nothing."""
    seen = ""
    for email in (MENTOR, MENTEE):
        surfer = with_token(world.app, email)
        for endpoint, method, path, taken in requests(world):
            if method == "GET" and taken and expected(endpoint) is not For.ALL:
                seen += ask(surfer, method, path).text
    assert [marker for marker in MARKERS if marker not in seen] == []


def test_nobody_gets_nothing(world: World) -> None:
    before = stored(world.app)
    asked = 0
    for endpoint, method, path, taken in requests(world):
        stranger = with_token(world.app, None)
        answer = ask(stranger, method, path)
        what = f"{method} {path}"
        assert_nothing_leaks(answer, what, set())
        assert answer.status_code < 500, what
        if expected(endpoint) is not For.ALL:
            assert is_refused(answer) or answer.headers["Location"] == "/sign-in", what
            assert not taken or answer.status_code == 302, what
            asked += taken
    assert asked > 60
    # Anybody may ask for a link to sign in, or for what is held about them as a rater.
    asked_for = {"sign_in_requests": [], "rater_requests": []}
    assert stored(world.app) | asked_for == before


@pytest.mark.parametrize("email", PEOPLE)
def test_nobody_gets_anything_of_others(world: World, email: str) -> None:
    roles = PEOPLE[email]
    welcome = {
        For.MENTOR: Role.MENTOR in roles,
        For.LEAD: Role.PROGRAMME_LEAD in roles,
        For.ADMINISTRATOR: Role.ADMINISTRATOR in roles,
        For.MENTOR_OR_ADMINISTRATOR: bool(roles & {Role.MENTOR, Role.ADMINISTRATOR}),
        For.OWNER: False,
        For.SELF: True,
    }
    surfer = with_token(world.app, email)
    before = stored(world.app)
    opened, refused = set(), 0
    for endpoint, method, path, taken in requests(world):
        kind = expected(endpoint)
        if kind is For.ALL:
            continue
        if welcome[kind] and method == "POST":
            continue  # own things, which tests elsewhere are about
        answer = ask(surfer, method, path)
        what = f"{method} {path} as {email}"
        known = NAMES if kind is For.ADMINISTRATOR and welcome[kind] else set()
        assert_nothing_leaks(answer, what, known)
        assert answer.status_code < 500, what
        if welcome[kind]:
            opened.add(kind)
            assert not taken or answer.status_code in (200, 302), what
        else:
            assert is_refused(answer), what
            refused += 1
    assert opened == {kind for kind, is_welcome in welcome.items() if is_welcome}
    assert refused > 60
    assert stored(world.app) == before
