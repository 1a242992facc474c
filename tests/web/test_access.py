"""Every page, asked for by people whose business it is not."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import MetaData, select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from survey.accounts.people import add_mentor
from survey.frameworks.rater_groups import STANDARD_GROUPS
from survey.frameworks.sketch import read_sketch, write_sketch
from survey.mentoring.agreed_actions import ActionDetails
from survey.mentoring.goal_evaluation import EvaluationDetails, save_evaluation
from survey.mentoring.mentees import add_mentee
from survey.mentoring.mentoring_feedback import give_feedback
from survey.mentoring.next_session import SessionPlan, plan_session
from survey.mentoring.reflective_log import LogDetails, save_log_entry
from survey.mentoring.self_reflection import ReflectionDetails, save_reflection
from survey.mentoring.session_records import Note, RecordDetails, save_record
from survey.mentoring.success_measures import MeasureDetails, save_measures
from survey.rounds.close import close_round
from survey.rounds.draft import RoundDetails, add_raters, create_draft
from survey.rounds.framework_drafts import begin_draft
from survey.rounds.proposals import ask_for_proposals, propose
from survey.rounds.rater_list import RaterEntry
from survey.rounds.release import release_round
from survey.rounds.submit import submit_feedback
from survey.service import Service
from survey.storage.models import (
    Mentorship,
    Person,
    ReflectionMoment,
    Round,
    RoundKind,
    RoundState,
    WebhookEvent,
    WebhookState,
)
from survey.storage.queries import frameworks as framework_queries
from survey.webhooks.registering import register, send_test
from tests.conftest import fresh_database, service_environment
from tests.frameworks.samples import GOOD, broken
from tests.support.cases import NOW, draft_case, entries, launch, tokens
from tests.support.web import Surfer, make_app, service_of, signed_in

MENTOR, MENTEE = "max.mentor@example.org", "mia.mentee@example.org"
OTHER_MENTOR, OTHER_MENTEE = "nora@example.org", "otto@example.org"
# What belongs to Max and Mia, and stands on some page that they may see.
SECRETS = (
    "Max Mentor",
    "Mia Mentee",
    MENTEE,
    "peers1@example.org",
    "peers 1",
    "Lead cross-team projects",
    "A purpose that is nobody",
    "A comment that is nobody",
    "A measure that is nobody",
    "A lesson that is nobody",
    "A shared thought that is nobody",
    "A feedback that is nobody",
    "A log entry that is nobody",
    "A session that is nobody",
    "A colleague that is nobody",
    "An action that is nobody",
    "max-own",
    "webhook-that-is-nobodys",
)
TEXTS = {
    "moment": "session_end",
    "kind": "midway",
    "token": "nonsense",
    "handle": "nonsense",
    "key": "nonsense",
    "framework_id": "max-own",
    "competency_id": "strategic-thinking",
    "code": "de",
    "filename": "style.css",
    "format_": "csv",
    # Nobody's request about personal data (see tests/privacy/test_privacy_pages.py).
    "request_id": str(uuid.uuid4()),
    "outcome": "done",
    "deed": "restrict",
}
# What anybody may ask for.
PUBLIC = ("accounts", "rater", "static", "privacy_notice", "health", "api_description", "brand")
# A plausible answer to every form, so that nothing but the lack of a right stops it.
FIELDS = {
    "name": "Changed",
    "email": "changed@example.org",
    "statement": "Changed",
    "deadline": (NOW.date() + dt.timedelta(days=20)).isoformat(),
    "pasted": "New Rater <new.rater@example.org>",
    "group": "peers",
    "kind": "before",
    "framework": "leadership",
    "groups": "peers",
    "threshold": "3",
    "release_mode": "at_once",
    "compared_with": "",
    "goal": "",
    "m1_statement": "Changed",
    "m1_expected": "Changed",
    "m1_weight": "1",
    "outcome": "not_achieved",
    "next_steps": "Changed",
    "held_on": NOW.date().isoformat(),
    "next_on": (NOW.date() + dt.timedelta(days=20)).isoformat(),
    "next_at": "10:00",
    "part": "notes",
    "shared": "yes",
    "done": "yes",
    "agreed_sessions": "3",
    "on": NOW.date().isoformat(),
    "until": (NOW.date() + dt.timedelta(days=5)).isoformat(),
    "step": "submit",
    "sure": "yes",
}
# Pages for everybody, for programme leads (see test_programme_page.py), or for administrators
# (see test_people_pages.py and tests/privacy/test_privacy_pages.py).
NOT_OF_MENTORS = ("brand", "rater", "accounts", "programme", "people", "privacy", "privacy_notice")
# Mia's own records and what she writes together with Max (see test_reflection_pages.py).
OF_THE_MENTEE = {
    "reflections.index",
    "reflections.new",
    "reflections.edit",
    "reflections.set_shared",
    "reflections.remove",
    "mentoring_feedback.given",
    "mentoring_feedback.give",
    "mentoring_feedback.show",
    "relationship.show",
    "proposals.new",
    "proposals.withdraw",
}
ABOUT_SOMEBODY = {
    "mentorship_id",
    "round_id",
    "framework_id",
    "draft_id",
    "entry_id",
    "webhook_id",
}
OF_BOTH = {"reviews.index", "reviews.write", "sessions.appointment", "sessions.tick_off"}
# Endpoints that show Mia something of her own: by endpoint, in which state of the round.
OPEN_TO_THE_MENTEE = {
    "reports.show": {RoundState.RELEASED},
    "reports.download": {RoundState.RELEASED},
    "reports.self_assessment": set(RoundState) - {RoundState.DRAFT},
}


@dataclass
class World:
    """Max's mentorship with Mia, with a round in each state."""

    app: Flask
    rounds: dict[RoundState, uuid.UUID] = field(default_factory=dict)
    ids: dict[str, uuid.UUID] = field(default_factory=dict)
    invitations: dict[RoundState, uuid.UUID] = field(default_factory=dict)

    def requests(self) -> Iterator[tuple[Rule, str, str, RoundState | None]]:
        """Rule, method, path and state of the round, for all that browsers can ask for.

        What programs ask for, with a token and without a session, is in tests/api/test_access.py.
        """
        for rule in self.app.url_map.iter_rules():
            if rule.endpoint.startswith("api."):
                continue
            for state in RoundState if "round_id" in rule.arguments else (None,):
                values = {name: self._value(rule, name, state) for name in rule.arguments}
                with self.app.test_request_context():
                    built = self.app.url_map.bind("").build(rule.endpoint, values)
                for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "DELETE"}):
                    yield rule, method, built, state

    def _value(self, rule: Rule, name: str, state: RoundState | None) -> object:
        if name == "round_id":
            assert state is not None
            return self.rounds[state]
        if name == "invitation_id":
            assert state is not None
            return self.invitations[state]
        if name in self.ids:
            return self.ids[name]
        assert name in TEXTS, f"tell this test what to put in for {name!r} of {rule}"
        return TEXTS[name]


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    app = make_app(
        service_environment(fresh_database("sqlite", request, tmp_path), tmp_path)
        | {"MAIL_SERVER": "127.0.0.1"}
    )
    # Here the rights alone have to hold; that forms carry a token is tested elsewhere.
    app.config["WTF_CSRF_ENABLED"] = False
    made = World(app)
    fill(made)
    yield made
    service_of(app).database.dispose()


def fill(world: World) -> None:
    service = service_of(world.app)
    case = draft_case(service, {"peers": 3}, purpose="A purpose that is nobody’s business")
    world.rounds[RoundState.DRAFT] = case.round_id
    for state in (RoundState.OPEN, RoundState.CLOSED, RoundState.RELEASED):
        with service.database.writing() as session:
            mentorship = session.get_one(Round, case.round_id).mentorship
            draft = create_draft(
                session,
                mentorship,
                RoundDetails(
                    kind=RoundKind.BEFORE,
                    framework_id="leadership",
                    groups=STANDARD_GROUPS,
                    deadline=NOW.date() + dt.timedelta(days=14),
                    goal=mentorship.goals[0],
                    purpose="A purpose that is nobody’s business",
                ),
                NOW.date(),
            )
            assert add_raters(session, draft, entries({"peers": 3})) == []
            world.rounds[state] = draft.id
        launch(service, world.rounds[state])
        if state is not RoundState.OPEN:
            for token in tokens(service, world.rounds[state]).values():
                with service.database.writing() as session:
                    submit_feedback(
                        session,
                        service.rater_links,
                        token,
                        {"c-start": "A comment that is nobody’s business"},
                        NOW.date(),
                    )
            with service.database.writing() as session:
                round_ = session.get_one(Round, world.rounds[state])
                close_round(session, round_, master_key=service.master_key, now=NOW)
                if state is RoundState.RELEASED:
                    release_round(session, round_, NOW)
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        world.ids |= propose_rater(session, round_)
        own = broken("id: leadership", "id: max-own", GOOD)
        service.catalogue.store_upload(session, round_.mentorship.mentor, own.encode(), "own.yaml")
        world.ids |= begin_framework(session, round_.mentorship.mentor, own)
        goal = round_.mentorship.goals[0]
        world.ids["mentorship_id"] = round_.mentorship_id
        world.ids["goal_id"] = goal.id
        world.ids["person_id"] = round_.mentorship.mentee_id
        world.ids |= {name: uuid.uuid4() for name in ("passkey_id", "sign_in_id", "token_id")}
        measure = MeasureDetails("A measure that is nobody’s business", "In time", baseline=-1)
        save_measures(session, goal, [measure])
        lesson = EvaluationDetails("partly", lessons="A lesson that is nobody’s business")
        save_evaluation(session, goal, lesson, NOW.date())
        for state, round_id in world.rounds.items():
            invitations = session.get_one(Round, round_id).invitations
            world.invitations[state] = next(i.id for i in invitations if i.group_key == "peers")
        world.ids |= write_reflections(service, session, round_.mentorship)
        world.ids |= write_session(service, session, round_.mentorship)
        world.ids |= write_webhook(session, round_.mentorship.mentor)
        nora = add_mentor(session, "Nora Other", OTHER_MENTOR)
        add_mentee(session, nora, "Otto Other", OTHER_MENTEE, NOW)


def propose_rater(session: Session, round_: Round) -> dict[str, uuid.UUID]:
    """Max asks Mia, and she proposes two people; one can be put on the list, or both at once."""
    ask_for_proposals(session, round_, NOW.date() + dt.timedelta(days=3), NOW)
    person = RaterEntry("A colleague that is nobody’s business", "c@example.org", "peers", None)
    assert propose(session, round_, person, NOW.date()) == []
    other = RaterEntry("Dana", "dana@example.org", "peers", None)
    assert propose(session, round_, other, NOW.date()) == []
    return {"proposal_id": round_.proposals[0].id}


def write_reflections(
    service: Service, session: Session, mentorship: Mentorship
) -> dict[str, uuid.UUID]:
    """Mia shares a reflection and gives feedback, Max writes into his log."""
    sets, today = service.question_sets, NOW.date()
    thought = {"learned": "A shared thought that is nobody’s business"}
    details = ReflectionDetails(ReflectionMoment.SESSION_END, today, thought, shared=True)
    reflection = save_reflection(session, mentorship, details, sets, today)
    said = {"more-of": "A feedback that is nobody’s business"}
    feedback = give_feedback(
        session, mentorship, said, sets.mentee_feedback, today, held_back=False
    )
    felt = {"how-it-went": "A log entry that is nobody’s business"}
    entry = LogDetails(today, felt, mentorship.id)
    entry_id = save_log_entry(session, mentorship.mentor, entry, sets.reflective_log, today)
    return {"reflection_id": reflection.id, "feedback_id": feedback.id, "entry_id": entry_id}


def write_session(
    service: Service, session: Session, mentorship: Mentorship
) -> dict[str, uuid.UUID]:
    """Max records a session with an action, and plans the next."""
    details = RecordDetails(
        NOW.date(),
        notes=Note("A session that is nobody’s business"),
        actions=[ActionDetails("An action that is nobody’s business")],
    )
    record = save_record(session, mentorship, details, NOW.date())
    soon = SessionPlan(NOW.date() + dt.timedelta(days=9), dt.time(10))
    plan_session(session, mentorship, soon, service.zone, NOW)
    return {"record_id": record.id, "action_id": record.actions[0].id}


def begin_framework(session: Session, mentor: Person, text: str) -> dict[str, uuid.UUID]:
    """Max has a draft of a framework in two languages, and a version that was saved."""
    upload = framework_queries.uploaded(session, mentor.id, "max-own")
    assert upload is not None
    version = framework_queries.versions_of(session, upload.id)[0]
    sketch = read_sketch(text)
    sketch.languages.append("de")
    draft = begin_draft(session, mentor, write_sketch(sketch), "max-own", NOW.date())
    return {"draft_id": draft.id, "version_id": version.id}


def write_webhook(session: Session, mentor: Person) -> dict[str, uuid.UUID]:
    """Max has a webhook, which was sent a test."""
    address = "https://hooks.example.org/webhook-that-is-nobodys"
    events = [WebhookEvent.ROUND_CLOSED]
    made = register(session, mentor, address, events, NOW, allow_private=False)
    told = send_test(session, made.webhook, NOW)
    told.attempts, told.state = 1, WebhookState.GIVEN_UP
    told.due_at, told.settled_on = None, NOW.date()
    return {"webhook_id": made.webhook.id, "delivery_id": told.id}


def ask(surfer: Surfer, method: str, path: str) -> TestResponse:
    data = FIELDS if method != "GET" else None
    return surfer.client.open(path, method=method, data=data)


_LEFT_BY_LOOKING = ("sign_in_links", "sign_in_sessions", "passkey_challenges", "audit_entries")


def stored(app: Flask) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables, except what signing in and reading a report leave by themselves."""
    service = service_of(app)
    schema = MetaData()
    schema.reflect(service.database.engine)
    with service.database.reading() as session:
        return {
            table.name: sorted(map(tuple, session.execute(select(table))), key=repr)
            for table in schema.sorted_tables
            if table.name not in _LEFT_BY_LOOKING
        }


def assert_nothing_of_theirs(response: TestResponse, what: str) -> None:
    for secret in SECRETS:
        assert secret not in response.text, (what, secret)
        assert secret not in str(response.headers), (what, secret)


def test_the_secrets_stand_on_pages_of_those_they_belong_to(world: World) -> None:
    """Otherwise the tests below would look for something that is nowhere."""
    mentor = signed_in(world.app, MENTOR)
    seen = ""
    shown: dict[str, bool] = {}
    for rule, method, path, state in world.requests():
        of_others = rule.endpoint.split(".")[0] in NOT_OF_MENTORS or rule.endpoint in OF_THE_MENTEE
        if method == "GET" and not of_others:
            answer = mentor.client.get(path, follow_redirects=True)
            assert answer.status_code in (200, 404), path
            shown[rule.endpoint] = shown.get(rule.endpoint, False) or answer.status_code == 200
            if rule.endpoint == "reports.show":
                is_early = state in (RoundState.DRAFT, RoundState.OPEN)
                assert (answer.status_code == 404) == is_early, state
            seen += answer.text
    # Each of the paths leads somewhere for its owner, or asking others for it proves nothing.
    assert [endpoint for endpoint, found in shown.items() if not found] == []
    assert [secret for secret in SECRETS if secret not in seen] == []


def test_strangers_are_sent_to_the_sign_in_page(world: World) -> None:
    before = stored(world.app)
    stranger = Surfer(world.app)
    asked = 0
    for rule, method, path, _ in world.requests():
        answer = ask(stranger, method, path)
        what = f"{method} {path}"
        assert_nothing_of_theirs(answer, what)
        assert answer.status_code < 500, what
        if rule.endpoint.split(".")[0] not in PUBLIC:
            assert answer.status_code == 302, what
            assert answer.headers["Location"] == "/sign-in", what
            asked += 1
    assert asked > 40
    # Anybody may ask for a sign-in link, or what is held about a rater; the worker answers to
    # those who have an account, or were invited.
    assert stored(world.app) | {"sign_in_requests": [], "rater_requests": []} == before


@pytest.mark.parametrize("email", [OTHER_MENTOR, OTHER_MENTEE])
def test_nothing_of_other_people_is_shown_or_changed(world: World, email: str) -> None:
    surfer = signed_in(world.app, email)
    before = stored(world.app)
    asked = 0
    for rule, method, path, _ in world.requests():
        about_somebody = bool(rule.arguments & ABOUT_SOMEBODY)
        if method != "GET" and not about_somebody:
            continue  # own mentees, own uploads, signing out
        answer = ask(surfer, method, path)
        what = f"{method} {path}"
        assert_nothing_of_theirs(answer, what)
        assert answer.status_code < 500, what
        if about_somebody:
            assert answer.status_code == 404, what
            asked += 1
    assert asked > 40
    assert stored(world.app) == before


def test_a_mentee_has_no_mentor_s_pages(world: World) -> None:
    mentee = signed_in(world.app, OTHER_MENTEE)
    for path in ("/mentees/new", "/frameworks/", "/frameworks/leadership"):
        for method in ("GET", "POST"):
            assert ask(mentee, method, path).status_code in (404, 405), path
    assert ask(mentee, "GET", "/frameworks/leadership").status_code == 404
    mentor = signed_in(world.app, OTHER_MENTOR)
    assert ask(mentor, "GET", "/frameworks/leadership").status_code == 200


def test_the_mentee_sees_the_released_report_and_nothing_else(world: World) -> None:
    mentee = signed_in(world.app, MENTEE)
    before = stored(world.app)
    shown = set()
    for rule, method, path, state in world.requests():
        if not rule.arguments & ABOUT_SOMEBODY:
            continue
        if rule.endpoint in OF_THE_MENTEE | OF_BOTH:
            continue
        answer = ask(mentee, method, path)
        assert "peers1@example.org" not in answer.text, path
        if state in OPEN_TO_THE_MENTEE.get(rule.endpoint, set()):
            assert answer.status_code in (200, 302, 303), path
            shown.add((rule.endpoint, state))
        else:
            assert answer.status_code == 404, f"{method} {path} of a {state} round"
    assert len(shown) == 5
    assert stored(world.app) == before
    home = mentee.get("/").text
    assert str(world.rounds[RoundState.RELEASED]) in home
    # Of a draft she knows that she may propose raters for it.
    draft = world.rounds[RoundState.DRAFT]
    assert str(draft) not in home.replace(f"/rounds/{draft}/propose", "")
    assert f"/rounds/{draft}/propose" in home
    assert f"/reports/{world.rounds[RoundState.CLOSED]}" not in home


def test_the_report_opens_for_the_mentor_at_the_close_and_for_the_mentee_at_the_release(
    world: World,
) -> None:
    service = service_of(world.app)
    round_id = world.rounds[RoundState.OPEN]
    mentor, mentee = signed_in(world.app, MENTOR), signed_in(world.app, MENTEE)

    def statuses() -> tuple[int, int]:
        return (
            mentor.get(f"/reports/{round_id}").status_code,
            mentee.get(f"/reports/{round_id}").status_code,
        )

    assert statuses() == (404, 404)
    with service.database.writing() as session:
        close_round(
            session, session.get_one(Round, round_id), master_key=service.master_key, now=NOW
        )
    assert statuses() == (200, 404)
    mentor.post(f"/rounds/{round_id}/release", {"sure": "yes"})
    assert statuses() == (200, 200)


def test_an_id_of_another_round_or_mentorship_does_not_help(world: World) -> None:
    """One's own mentorship or round in the path, with a part of somebody else's."""
    service = service_of(world.app)
    with service.database.writing() as session:
        nora = session.scalars(select(Person).where(Person.email == OTHER_MENTOR)).one()
        mentorship = add_mentee(session, nora, "Ute Own", "ute@example.org", NOW)
        draft = create_draft(
            session,
            mentorship,
            RoundDetails(
                kind=RoundKind.BEFORE,
                framework_id="leadership",
                groups=STANDARD_GROUPS,
                deadline=NOW.date() + dt.timedelta(days=14),
            ),
            NOW.date(),
        )
        own_mentorship, own_round = mentorship.id, draft.id
    launch(service, own_round)
    before = stored(world.app)
    nora_surfer = signed_in(world.app, OTHER_MENTOR)
    for state, method in itertools.product(RoundState, ("GET", "POST")):
        foreign = world.invitations[state]
        for path in (
            f"/mentees/{own_mentorship}/goals/{world.ids['goal_id']}",
            f"/mentees/{own_mentorship}/goals/{world.ids['goal_id']}/measures",
            f"/mentees/{own_mentorship}/goals/{world.ids['goal_id']}/attainment",
            f"/mentees/{own_mentorship}/goals/{world.ids['goal_id']}/evaluation",
            f"/rounds/{own_round}/invitations/{foreign}/resend",
            f"/rounds/{own_round}/invitations/{foreign}/revoke",
            f"/rounds/{own_round}/invitations/{foreign}/address",
        ):
            answer = ask(nora_surfer, method, path)
            assert_nothing_of_theirs(answer, path)
            assert answer.status_code in (302, 404, 405), path
    assert stored(world.app) == before


def test_with_a_mail_server_there_is_no_public_mailbox(world: World) -> None:
    assert not [rule for rule in world.app.url_map.iter_rules() if "mailbox" in str(rule)]
    assert Surfer(world.app).get("/mailbox/").status_code == 404


def test_taking_a_rater_off_a_launched_round_is_refused_kindly(world: World) -> None:
    round_id = world.rounds[RoundState.OPEN]
    mentor = signed_in(world.app, MENTOR)
    path = f"/rounds/{round_id}/raters/{world.invitations[RoundState.OPEN]}/remove"
    assert ask(mentor, "POST", path).status_code == 302


def test_a_round_with_named_groups_alone_can_be_changed(world: World) -> None:
    """A 180-degree round: self and manager."""
    mentor = signed_in(world.app, MENTOR)
    page = f"/rounds/{world.rounds[RoundState.DRAFT]}/details"
    fields = {**FIELDS, "groups": ["self", "manager"]}
    assert mentor.client.post(page, data=fields).status_code == 302
    shown = mentor.get(page).text
    threshold = shown.split('name="threshold"')[1].split('value="')[1].split('"')[0]
    again = mentor.client.post(page, data={**fields, "threshold": threshold})
    assert again.status_code == 302
