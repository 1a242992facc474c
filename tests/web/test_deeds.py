"""Which request leaves an entry in the audit trail, asked of every route that changes something.

Each says below which entry it leaves, or why it leaves none. One that says neither fails the test:
whoever adds a route decides here. The requests are really made, by those who may make them.
"""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Collection, Mapping

from sqlalchemy import select

from survey.accounts.people import find_person
from survey.frameworks.rater_groups import STANDARD_GROUPS
from survey.privacy.audit_trail import Action
from survey.privacy.requests import ask as request_of
from survey.rounds.draft import RoundDetails, create_draft
from survey.rounds.framework_drafts import begin_draft
from survey.storage.models import (
    ApiToken,
    AuditEntry,
    Mentorship,
    Passkey,
    Person,
    RequestKind,
    RoundKind,
    RoundState,
    SignInSession,
)
from survey.web.rate_limits import limiter
from tests.frameworks.samples import GOOD, broken
from tests.support.cases import NOW, tokens
from tests.support.web import Surfer, posted_endpoints, service_of, signed_in
from tests.web.test_access import FIELDS, MENTEE, MENTOR, World
from tests.web.test_crawler import ADMIN, world

__all__ = ["world"]

# In this order: what is needed is taken away last. Who asks, in which state of the round.
DEEDS: Mapping[str, tuple[str, Action, RoundState | None]] = {
    "account.show": (MENTOR, Action.PERSON_RECTIFIED, None),
    "account.end_session": (MENTOR, Action.SIGN_INS_REVOKED, None),
    "account.end_others": (MENTOR, Action.SIGN_INS_REVOKED, None),
    "account.drop_passkey": (MENTOR, Action.PASSKEY_REMOVED, None),
    "api_tokens.new": (MENTOR, Action.API_TOKEN_MADE, None),
    "api_tokens.revoke": (MENTOR, Action.API_TOKEN_REVOKED, None),
    "webhooks.new": (MENTOR, Action.WEBHOOK_REGISTERED, None),
    "webhooks.revoke": (MENTOR, Action.WEBHOOK_REVOKED, None),
    "mentees.new": (MENTOR, Action.MENTORSHIP_STARTED, None),
    "frameworks.index": (MENTOR, Action.FRAMEWORK_UPLOADED, None),
    "proposals.ask": (MENTOR, Action.PROPOSALS_ASKED, RoundState.DRAFT),
    "frameworks.edit": (MENTOR, Action.FRAMEWORK_UPLOADED, None),
    "frameworks.bring_back": (MENTOR, Action.FRAMEWORK_UPLOADED, None),
    "framework_drafts.save": (MENTOR, Action.FRAMEWORK_UPLOADED, None),
    "framework_drafts.text": (MENTOR, Action.FRAMEWORK_UPLOADED, None),
    "frameworks.delete": (MENTOR, Action.FRAMEWORK_DELETED, None),
    "rounds.launch": (MENTOR, Action.ROUND_LAUNCHED, RoundState.DRAFT),
    "rounds.set_deadline": (MENTOR, Action.DEADLINE_MOVED, RoundState.OPEN),
    "rounds.remind": (MENTOR, Action.REMINDERS_SENT, RoundState.OPEN),
    "rounds.close": (MENTOR, Action.ROUND_CLOSED, RoundState.OPEN),
    "comments.redact": (MENTOR, Action.COMMENT_REDACTED, RoundState.CLOSED),
    "rounds.release": (MENTOR, Action.REPORT_RELEASED, RoundState.CLOSED),
    "rounds.discard": (MENTOR, Action.DRAFT_DISCARDED, RoundState.DRAFT),
    "sessions.remove": (MENTOR, Action.SESSION_RECORD_DELETED, None),
    "reflective_log.remove": (MENTOR, Action.LOG_ENTRY_DELETED, None),
    "reflections.remove": (MENTEE, Action.REFLECTION_DELETED, None),
    "my_data.download": (MENTEE, Action.PERSON_EXPORTED, None),
    "relationship.end": (MENTOR, Action.MENTORSHIP_ENDED, None),
    "people.new": (ADMIN, Action.PERSON_ADDED, None),
    "people.show": (ADMIN, Action.ROLES_CHANGED, None),
    "people.send_sign_in_link": (ADMIN, Action.SIGN_IN_LINK_SENT, None),
    "people.close": (ADMIN, Action.PERSON_DEACTIVATED, None),
    "people.reopen": (ADMIN, Action.PERSON_ACTIVATED, None),
    "privacy.restriction": (ADMIN, Action.PROCESSING_RESTRICTED, None),
    "privacy.rectify": (ADMIN, Action.PERSON_RECTIFIED, None),
    "privacy.close_request": (ADMIN, Action.REQUEST_DONE, None),
    "privacy.erase_one_mentorship": (ADMIN, Action.MENTORSHIP_ERASED, None),
    "privacy.erase": (ADMIN, Action.PERSON_ERASED, None),
}
_WRITTEN = "written by those who read it, who can change it; the trail tells of what is gone"
_RATER = "raters leave no trace: a day would stand beside their answer"
_ONE_RATER = "about one rater: the trail tells of rounds, never of who was asked and when"
_SIGN_IN = "signing in and out is no deed with anything, and would follow people’s days"
_OF_REQUEST = "the request itself keeps who asked for what and when, for longer"
_UNFINISHED = "a framework in the making is its author's alone; saving it is the deed"
NO_ENTRY: Mapping[str, str] = {
    "rater.answer": _RATER,
    "rater.send_decline": _RATER,
    "privacy_notice.ask": _RATER,
    "privacy_notice.erase": _RATER,
    "reports.self_assessment": _RATER,
    "rounds.add_late": _ONE_RATER,
    "rounds.address": _ONE_RATER,
    "rounds.resend": _ONE_RATER,
    "rounds.revoke": _ONE_RATER,
    "rounds.raters": _ONE_RATER,
    "proposals.decide": _ONE_RATER,
    "proposals.new": _ONE_RATER,
    "proposals.put": _ONE_RATER,
    "proposals.put_all": _ONE_RATER,
    "proposals.withdraw": _ONE_RATER,
    "rounds.remove": _ONE_RATER,
    "accounts.passkey_options": _SIGN_IN,
    "accounts.redeem": _SIGN_IN,
    "accounts.request_link": _SIGN_IN,
    "accounts.sign_out": _SIGN_IN,
    "accounts.with_passkey": _SIGN_IN,
    "account.passkey_options": _SIGN_IN,
    "account.send_confirmation": _SIGN_IN,
    "account.new_passkey": "leaves one, which takes a browser: tests/accounts/test_passkeys.py",
    "my_data.ask_for_erasure": _OF_REQUEST,
    "my_data.rectify": _OF_REQUEST,
    "my_data.take_back": _OF_REQUEST,
    "webhooks.test": "nothing changes; the webhook’s own page shows what was sent",
    "webhooks.again": "the webhook’s own page shows what was sent",
    "frameworks.draft": _UNFINISHED,
    "framework_drafts.new": _UNFINISHED,
    "framework_drafts.begin": _UNFINISHED,
    "framework_drafts.arrange": _UNFINISHED,
    "framework_drafts.remove_competency": _UNFINISHED,
    "framework_drafts.details": _UNFINISHED,
    "framework_drafts.scale": _UNFINISHED,
    "framework_drafts.competency": _UNFINISHED,
    "framework_drafts.questions": _UNFINISHED,
    "framework_drafts.languages": _UNFINISHED,
    "framework_drafts.remove_language": _UNFINISHED,
    "framework_drafts.delete": _UNFINISHED,
    "goals.attainment": _WRITTEN,
    "goals.evaluation": _WRITTEN,
    "goals.measures": _WRITTEN,
    "mentees.edit_goal": _WRITTEN,
    "mentees.new_goal": _WRITTEN,
    "milestones.edit": _WRITTEN,
    "mentoring_feedback.give": _WRITTEN,
    "mentoring_feedback.show": _WRITTEN,
    "reflections.edit": _WRITTEN,
    "reflections.new": _WRITTEN,
    "reflections.set_shared": _WRITTEN,
    "reflective_log.edit": _WRITTEN,
    "reflective_log.new": _WRITTEN,
    "relationship.agreed_sessions": _WRITTEN,
    "reviews.write": _WRITTEN,
    "rounds.details": _WRITTEN,
    "rounds.version": "a draft’s; the launch leaves one: tests/rounds/test_new_version.py",
    "rounds.start_after": _WRITTEN,
    "rounds.new": _WRITTEN,
    "sessions.edit": _WRITTEN,
    "sessions.new": _WRITTEN,
    "sessions.plan": _WRITTEN,
    "sessions.send": _WRITTEN,
    "sessions.share": _WRITTEN,
    "sessions.tick_off": _WRITTEN,
    "sessions.unplan": _WRITTEN,
}


def entries(world: World) -> list[tuple[dt.date, uuid.UUID | None, str]]:
    with service_of(world.app).database.reading() as session:
        return [
            (entry.day, entry.actor_id, entry.action)
            for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.sequence))
        ]


def path_of(world: World, endpoint: str, state: RoundState | None) -> str:
    paths = {p for rule, _, p, s in world.requests() if rule.endpoint == endpoint and s is state}
    assert len(paths) == 1, (endpoint, paths)
    return paths.pop()


def prepared(world: World, endpoint: str, kept: Collection[uuid.UUID] = ()) -> dict[str, object]:
    """What this request needs to succeed, beside what every form is filled with."""
    ids, service = world.ids, service_of(world.app)
    if endpoint == "account.end_session":
        signed_in(world.app, MENTOR)  # in another browser
    with service.database.writing() as session:
        mentor = find_person(session, MENTOR)
        assert mentor is not None
        if endpoint == "account.end_session":
            ids["sign_in_id"] = session.scalars(
                select(SignInSession.id).where(
                    SignInSession.person_id == mentor.id, SignInSession.id.not_in(kept)
                )
            ).one()
        if endpoint == "account.drop_passkey":
            key = Passkey(
                person_id=mentor.id,
                credential_id=b"key",
                public_key=b"key",
                sign_count=0,
                label="Laptop",
                created_on=NOW.date(),
            )
            session.add(key)
            session.flush()
            ids["passkey_id"] = key.id
        if endpoint == "api_tokens.revoke":
            ids["token_id"] = session.scalars(
                select(ApiToken.id).where(ApiToken.person_id == mentor.id)
            ).one()
        if endpoint == "rounds.discard":
            mentorship = session.get_one(Mentorship, ids["mentorship_id"])
            details = RoundDetails(
                RoundKind.BEFORE, "leadership", STANDARD_GROUPS, NOW.date() + dt.timedelta(days=9)
            )
            draft = create_draft(session, mentorship, details, NOW.date())
            world.rounds[RoundState.DRAFT] = draft.id
        if endpoint in ("framework_drafts.save", "framework_drafts.text"):
            own = broken("id: leadership", "id: max-own", GOOD)
            ids["draft_id"] = begin_draft(session, mentor, own, "", NOW.date()).id
        if endpoint in ("privacy.rectify", "privacy.close_request"):
            mia = session.get_one(Person, ids["person_id"])
            wanted = (
                RequestKind.RECTIFICATION if endpoint == "privacy.rectify" else RequestKind.ACCESS
            )
            asked = request_of(session, mia, wanted, NOW.date(), wanted_name="Mia M.")
            ids["request_id"] = asked.id
    return {
        "api_tokens.new": {"label": "HR system", "scopes": "rounds:read", "days": "30"},
        "webhooks.new": {"address": "https://hooks.example.org/x", "events": "round.closed"},
        "account.show": {"name": "Max Mentor", "language": "en"},
        "frameworks.index": {
            "file": (io.BytesIO(broken("id: leadership", "id: mine", GOOD).encode()), "mine.yaml")
        },
        "frameworks.edit": {
            "text": broken("id: leadership", "id: max-own", GOOD),
            "step": "save",
        },
        "framework_drafts.text": {
            "text": broken("id: leadership", "id: another", GOOD),
            "step": "save",
        },
        "comments.redact": {"question": "start", "group": "", "position": "0", "words": "nobody’s"},
        "people.new": {"name": "Pia New", "email": "pia@example.org", "roles": "mentor"},
        "people.show": {"roles": "programme lead"},
        "privacy.erase_one_mentorship": {"typed": "Mia M."},
        "privacy.erase": {"typed": "Mia M."},
    }.get(endpoint, {})


def do(world: World, surfer: Surfer, endpoint: str, state: RoundState | None) -> int:
    with service_of(world.app).database.reading() as session:
        kept = session.scalars(select(SignInSession.id)).all()
    fields = prepared(world, endpoint, kept)
    limiter.reset()
    surfer.get("/account")
    data = {**FIELDS, **fields, "csrf_token": surfer.csrf}
    return surfer.client.post(path_of(world, endpoint, state), data=data).status_code


def test_every_route_that_changes_something_says_which_entry_it_leaves(world: World) -> None:
    assert set(DEEDS) | set(NO_ENTRY) == posted_endpoints(world.app)
    assert not set(DEEDS) & set(NO_ENTRY)


def test_what_is_done_stands_in_the_audit_trail(world: World) -> None:
    surfers = {email: signed_in(world.app, email) for email in (MENTOR, MENTEE, ADMIN)}
    with service_of(world.app).database.reading() as session:
        people = {email: find_person(session, email) for email in surfers}
    missing = {}
    for endpoint, (email, action, state) in DEEDS.items():
        before = len(entries(world))
        status = do(world, surfers[email], endpoint, state)
        person = people[email]
        assert person is not None
        left = entries(world)[before:]
        if (NOW.date(), person.id, action.value) not in left:
            missing[endpoint] = (status, left)
    assert missing == {}


def test_nothing_that_a_rater_does_leaves_an_entry(world: World) -> None:
    service = service_of(world.app)
    links = tokens(service, world.rounds[RoundState.OPEN])
    assert len(links) > 2
    before = entries(world)
    for number, (email, token) in enumerate(links.items()):
        rater = Surfer(world.app)
        limiter.reset()
        form = rater.get(f"/r/{token}").headers["Location"]
        rater.get(form)
        if number == 0:
            answer = rater.post(f"{form}/decline")
        else:
            answer = rater.post(form, {"step": "submit", "c-start": "Something"})
        assert answer.status_code == 303, (email, answer.text)
        asked = Surfer(world.app)
        asked.get("/rater-data")
        assert asked.post("/rater-data", {"email": email}).status_code == 200
        erase = f"/rater-data/{service.rater_data_links.token(email)}"
        asked.get(erase)
        if number == 1:
            assert asked.post(erase, {"sure": "yes"}).status_code == 200
    assert entries(world) == before


def test_reading_and_taking_away_stand_there_once_a_day(world: World) -> None:
    mentor = signed_in(world.app, MENTOR)
    closed = world.rounds[RoundState.CLOSED]
    before = len(entries(world))
    for _ in range(2):
        for path in (f"/reports/{closed}", f"/reports/{closed}.csv", f"/rounds/{closed}/comments"):
            assert mentor.get(path).status_code == 200
    assert [action for _, _, action in entries(world)[before:]] == [
        Action.REPORT_READ,
        Action.REPORT_EXPORTED,
        Action.COMMENTS_READ,
    ]


def test_a_reminder_is_told_of_the_round_alone(world: World) -> None:
    """Whoever reads the trail learns neither who was reminded, nor whether anybody was."""
    service = service_of(world.app)
    mentor = signed_in(world.app, MENTOR)
    round_id = world.rounds[RoundState.OPEN]
    mentor.get(f"/rounds/{round_id}")
    mentor.post(f"/rounds/{round_id}/remind")
    with service.database.reading() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence.desc())).first()
        assert entry is not None
        assert (entry.action, entry.object_id) == (Action.REMINDERS_SENT, round_id)
