"""Who may ask for what: every operation, with every scope, as every kind of person, about others.

Each operation says below who it is for and which entry it leaves in the audit trail. One that does
not fails the test: whoever adds one decides here.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from survey.accounts.api_tokens import Scope
from survey.accounts.people import add_mentor, add_programme_lead
from survey.accounts.roles import add_administrator
from survey.api.openapi import document
from survey.api.operations import OPERATIONS, PREFIX
from survey.privacy.audit_trail import Action
from survey.storage.models import AuditEntry, RoundState
from tests.api.programs import MENTEE, MENTOR, Program, in_days, program_of, refusal
from tests.conftest import fresh_database, service_environment
from tests.frameworks.samples import GOOD, broken
from tests.support.web import make_app, service_of
from tests.web.test_access import OTHER_MENTEE, OTHER_MENTOR, SECRETS, World, fill, stored

ADMIN, LEAD, ALL_ROLES = "ada@example.org", "lena@example.org", "zoe@example.org"


class For(StrEnum):
    """Who an operation is for."""

    # Whoever has a token.
    SELF = "self"
    # Whoever may take on mentees.
    MENTOR = "mentor"
    MENTOR_OR_ADMINISTRATOR = "mentor or administrator"
    # The mentor of the mentorship in the address.
    OWNER = "owner"
    # Its mentor, and its mentee once it is released.
    BOTH = "both"


_WRITTEN = "written by those who read it, who can change it"
_SENT = "the webhook’s own messages show what was sent"
_ONE_RATER = "about one rater: the trail tells of rounds, never of who was asked and when"
# Who it is for, the scope it takes, and the entry it leaves or why it leaves none.
EXPECTED: Mapping[str, tuple[For, Scope | None, Action | str | None]] = {
    "whoami": (For.SELF, None, None),
    "list_mentees": (For.MENTOR, Scope.MENTEES_READ, None),
    "create_mentee": (For.MENTOR, Scope.MENTEES_WRITE, Action.MENTORSHIP_STARTED),
    "read_mentee": (For.OWNER, Scope.MENTEES_READ, None),
    "list_goals": (For.OWNER, Scope.GOALS_READ, None),
    "create_goal": (For.OWNER, Scope.GOALS_WRITE, _WRITTEN),
    "read_goal": (For.OWNER, Scope.GOALS_READ, None),
    "list_frameworks": (For.MENTOR_OR_ADMINISTRATOR, Scope.FRAMEWORKS_READ, None),
    "create_framework": (
        For.MENTOR_OR_ADMINISTRATOR,
        Scope.FRAMEWORKS_WRITE,
        Action.FRAMEWORK_UPLOADED,
    ),
    "read_framework": (For.OWNER, Scope.FRAMEWORKS_READ, None),
    "delete_framework": (For.OWNER, Scope.FRAMEWORKS_WRITE, Action.FRAMEWORK_DELETED),
    "list_rounds": (For.MENTOR, Scope.ROUNDS_READ, None),
    "read_round": (For.OWNER, Scope.ROUNDS_READ, None),
    "create_round": (For.OWNER, Scope.ROUNDS_WRITE, _WRITTEN),
    "create_after_round": (For.OWNER, Scope.ROUNDS_WRITE, _WRITTEN),
    "discard_round": (For.OWNER, Scope.ROUNDS_WRITE, Action.DRAFT_DISCARDED),
    "list_raters": (For.OWNER, Scope.ROUNDS_READ, None),
    "create_raters": (For.OWNER, Scope.ROUNDS_WRITE, _ONE_RATER),
    "ask_the_mentee": (For.OWNER, Scope.ROUNDS_WRITE, Action.PROPOSALS_ASKED),
    "list_proposals": (For.OWNER, Scope.ROUNDS_READ, None),
    "decide_about_proposal": (For.OWNER, Scope.ROUNDS_WRITE, _ONE_RATER),
    "remove_one_rater": (For.OWNER, Scope.ROUNDS_WRITE, _ONE_RATER),
    "withdraw_invitation": (For.OWNER, Scope.ROUNDS_WRITE, _ONE_RATER),
    "send_fresh_link": (For.OWNER, Scope.ROUNDS_WRITE, _ONE_RATER),
    "launch": (For.OWNER, Scope.ROUNDS_WRITE, Action.ROUND_LAUNCHED),
    "remind": (For.OWNER, Scope.ROUNDS_WRITE, Action.REMINDERS_SENT),
    "set_deadline": (For.OWNER, Scope.ROUNDS_WRITE, Action.DEADLINE_MOVED),
    "close": (For.OWNER, Scope.ROUNDS_WRITE, Action.ROUND_CLOSED),
    "release": (For.OWNER, Scope.ROUNDS_WRITE, Action.REPORT_RELEASED),
    "read_report": (For.BOTH, Scope.REPORTS_READ, Action.REPORT_EXPORTED),
    "list_sessions": (For.OWNER, Scope.SESSIONS_READ, None),
    "create_session": (For.OWNER, Scope.SESSIONS_WRITE, _WRITTEN),
    "read_session": (For.OWNER, Scope.SESSIONS_READ, None),
    "read_next_session": (For.OWNER, Scope.SESSIONS_READ, None),
    "plan_next_session": (For.OWNER, Scope.SESSIONS_WRITE, _WRITTEN),
    "list_webhooks": (For.MENTOR, Scope.WEBHOOKS_READ, None),
    "create_webhook": (For.MENTOR, Scope.WEBHOOKS_WRITE, Action.WEBHOOK_REGISTERED),
    "read_webhook": (For.OWNER, Scope.WEBHOOKS_READ, None),
    "list_messages": (For.OWNER, Scope.WEBHOOKS_READ, None),
    "test_webhook": (For.OWNER, Scope.WEBHOOKS_WRITE, _SENT),
    "send_message_again": (For.OWNER, Scope.WEBHOOKS_WRITE, _SENT),
    "remove_webhook": (For.OWNER, Scope.WEBHOOKS_WRITE, Action.WEBHOOK_REVOKED),
}
BODIES: Mapping[str, Mapping[str, object]] = {
    "create_mentee": {"name": "Ute New", "email": "ute@example.org"},
    "create_goal": {"statement": "Changed"},
    "create_framework": {"yaml": broken("id: leadership", "id: mine", GOOD)},
    "create_round": {"framework_id": "leadership", "deadline": in_days(14)},
    "create_after_round": {"deadline": in_days(14)},
    "create_raters": {"raters": [{"email": "new@example.org", "group": "peers"}]},
    "ask_the_mentee": {"until": in_days(5)},
    "decide_about_proposal": {"put_on_the_list": True},
    "set_deadline": {"deadline": in_days(20)},
    "create_session": {"held_on": in_days(0)},
    "create_webhook": {"url": "https://hooks.example.org/x", "events": ["round.closed"]},
    "plan_next_session": {"on": in_days(20), "at": "10:00"},
}
# In which state of the round an operation does what it is for.
STATES: Mapping[str, RoundState] = {
    "discard_round": RoundState.DRAFT,
    "ask_the_mentee": RoundState.DRAFT,
    "list_proposals": RoundState.DRAFT,
    "decide_about_proposal": RoundState.DRAFT,
    "remove_one_rater": RoundState.DRAFT,
    "launch": RoundState.DRAFT,
    "release": RoundState.CLOSED,
    "read_report": RoundState.CLOSED,
    "create_after_round": RoundState.CLOSED,
}


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    app = make_app(
        service_environment(fresh_database("sqlite", request, tmp_path), tmp_path)
        | {"MAIL_SERVER": "127.0.0.1"}
    )
    made = World(app)
    fill(made)
    with service_of(app).database.writing() as session:
        add_administrator(session, "Ada Admin", ADMIN)
        add_programme_lead(session, "Lena Lead", LEAD)
        everything = add_mentor(session, "Zoe All", ALL_ROLES)
        everything.is_administrator = everything.is_programme_lead = True
    yield made
    service_of(app).database.dispose()


def path_of(world: World, name: str, state: RoundState | None = None) -> str:
    state = state or STATES.get(name, RoundState.OPEN)
    values: dict[str, object] = {
        **world.ids,
        "round_id": world.rounds[state],
        "invitation_id": world.invitations[state],
        "framework_id": "max-own",
    }
    path = OPERATIONS[name].path
    for argument, value in values.items():
        for converter in ("uuid:", ""):
            path = path.replace(f"<{converter}{argument}>", str(value))
    assert "<" not in path
    return PREFIX + path


def ask(world: World, program: Program, name: str, state: RoundState | None = None) -> TestResponse:
    made = OPERATIONS[name]
    return program.ask(made.method, path_of(world, name, state), BODIES.get(name))


def assert_nothing_of_theirs(answer: TestResponse, what: str) -> None:
    for secret in SECRETS:
        assert secret not in answer.text, (what, secret)
        assert secret not in str(answer.headers), (what, secret)


def test_every_operation_says_who_it_is_for(world: World) -> None:
    routes = {
        rule.endpoint.removeprefix("api."): (rule.methods or set()) - {"HEAD", "OPTIONS"}
        for rule in world.app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
    }
    assert set(routes) == set(EXPECTED) == set(OPERATIONS)
    described = {
        operation["operationId"]: method.upper()
        for methods in document()["paths"].values()
        for method, operation in methods.items()
    }
    assert {name: {method} for name, method in described.items()} == routes
    for name, (_, scope, entry) in EXPECTED.items():
        assert OPERATIONS[name].scope is scope, name
        # What changes something leaves an entry, or says why not.
        assert (OPERATIONS[name].method == "GET" and name != "read_report") == (entry is None), name


def test_each_is_done_by_whom_it_is_for_and_leaves_its_entry(world: World) -> None:
    program = program_of(world.app, MENTOR)
    # What others need is taken away last.
    last = ("close", "release", "launch", "discard_round")
    for name in sorted(EXPECTED, key=lambda name: last.index(name) if name in last else -1):
        if name == "discard_round":
            draft = ask(world, program, "create_round").get_json()["id"]
            world.rounds[RoundState.DRAFT] = uuid.UUID(draft)
        before = len(entries(world))
        answer = ask(world, program, name)
        assert answer.status_code in (200, 201, 204), (name, answer.text)
        entry = EXPECTED[name][2]
        wanted = [entry.value] if isinstance(entry, Action) else []
        assert entries(world)[before:] == wanted, name


def entries(world: World) -> list[str]:
    with service_of(world.app).database.reading() as session:
        found = select(AuditEntry.action).order_by(AuditEntry.sequence)
        return list(session.scalars(found))


def test_without_the_scope_nothing_is_done(world: World) -> None:
    """Every operation, with a token for everything but its own scope."""
    before = stored(world.app)
    for name, (_, scope, _) in EXPECTED.items():
        if scope is None:
            continue
        others = [one for one in Scope if one is not scope]
        program = program_of(world.app, MENTOR, others)
        answer = ask(world, program, name)
        problem = refusal(answer, 403, "missing-scope")
        assert scope in problem["detail"], name
        assert f'scope="{scope}"' in answer.headers["WWW-Authenticate"]
        assert_nothing_of_theirs(answer, name)
        with service_of(world.app).database.writing() as session:
            session.connection().exec_driver_sql("DELETE FROM api_tokens")
    assert stored(world.app) == before


def test_with_its_scope_alone_each_works(world: World) -> None:
    for name in (
        "whoami",
        "list_mentees",
        "read_goal",
        "read_round",
        "read_report",
        "read_session",
    ):
        scope = EXPECTED[name][1] or Scope.GOALS_WRITE
        assert ask(world, program_of(world.app, MENTOR, [scope]), name).status_code == 200, name


def test_nobody_gets_nothing(world: World) -> None:
    before = stored(world.app)
    for token in (None, "mfs_nonsense"):
        for name in EXPECTED:
            answer = ask(world, Program(world.app, token), name)
            refusal(answer, 401, "no-token")
            assert_nothing_of_theirs(answer, name)
    assert stored(world.app) == before


@pytest.mark.parametrize("email", [OTHER_MENTOR, OTHER_MENTEE, ADMIN, LEAD, ALL_ROLES, MENTEE])
def test_nobody_gets_anything_of_others(world: World, email: str) -> None:
    """Whatever their role, and whatever their token is for; the mentee herself gets the report."""
    program = program_of(world.app, email)
    welcome = {For.SELF}
    if email in (OTHER_MENTOR, ALL_ROLES):
        welcome |= {For.MENTOR, For.MENTOR_OR_ADMINISTRATOR}
    if email == ADMIN:
        welcome |= {For.MENTOR_OR_ADMINISTRATOR}
    assert program.get("/whoami").status_code == 200
    before = stored(world.app)
    refused = 0
    for name, (whom, _, _) in EXPECTED.items():
        if whom in welcome and OPERATIONS[name].method != "GET":
            continue
        for state in RoundState:
            answer = ask(world, program, name, state)
            what = f"{name} of a {state} round as {email}"
            own_report = email == MENTEE and whom is For.BOTH and state is RoundState.RELEASED
            if whom in welcome or own_report:
                assert answer.status_code == 200, what
            else:
                refusal(answer, 404)
                refused += 1
            if email != MENTEE:
                assert_nothing_of_theirs(answer, what)
            assert "peers1@example.org" not in answer.text, what
    assert refused > 80
    assert stored(world.app) == before


def test_an_id_of_another_round_or_mentorship_does_not_help(world: World) -> None:
    other = program_of(world.app, OTHER_MENTOR)
    own = other.get("/mentees").get_json()["items"][0]["id"]
    made = other.post(f"/mentees/{own}/rounds", BODIES["create_round"]).get_json()["id"]
    foreign = {
        f"/mentees/{own}/goals/{world.ids['goal_id']}": "GET",
        f"/mentees/{own}/sessions/{world.ids['record_id']}": "GET",
        f"/rounds/{made}/raters/{world.invitations[RoundState.OPEN]}": "DELETE",
        f"/rounds/{made}/raters/{world.invitations[RoundState.OPEN]}/withdraw": "POST",
        f"/rounds/{made}/raters/{world.invitations[RoundState.OPEN]}/fresh-link": "POST",
    }
    before = stored(world.app)
    for path, method in foreign.items():
        answer = other.ask(method, path)
        refusal(answer, 404)
        assert_nothing_of_theirs(answer, path)
    wanted = {**BODIES["create_round"], "compared_with_id": str(world.rounds[RoundState.CLOSED])}
    refusal(other.post(f"/mentees/{own}/rounds", wanted), 422, "invalid-request")
    wanted = {**BODIES["create_round"], "goal_id": str(world.ids["goal_id"])}
    refusal(other.post(f"/mentees/{own}/rounds", wanted), 422, "invalid-request")
    wanted = {**BODIES["create_round"], "framework_id": "max-own"}
    refusal(other.post(f"/mentees/{own}/rounds", wanted), 422, "invalid-request")
    sent = {"held_on": in_days(0), "actions": [{"text": "A", "goal_id": str(uuid.uuid4())}]}
    refusal(other.post(f"/mentees/{own}/sessions", sent), 422, "invalid-request")
    assert stored(world.app) == before


def test_there_is_no_way_round_the_policy(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a policy that allows nothing, every operation but whoami is refused."""
    program = program_of(world.app, MENTOR)
    monkeypatch.setattr("survey.web.current.allowed", lambda *_: False)
    for name, (whom, _, _) in EXPECTED.items():
        if whom is not For.SELF:
            refusal(ask(world, program, name), 404)
