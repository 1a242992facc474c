"""A mentor's session records, and the next session."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated

from flask import url_for
from pydantic import Field, StringConstraints
from sqlalchemy.orm import Session

from survey.accounts.api_tokens import Scope
from survey.accounts.policy import Action, Resource
from survey.api.operations import Created, operation
from survey.api.paging import PageAsked, Part, part_of
from survey.api.shapes import WITHOUT_NUL, LongText, Sent, Shown
from survey.mentoring.agreed_actions import LONGEST_ACTION, MOST_ACTIONS, ActionDetails
from survey.mentoring.next_session import (
    LEAST_MINUTES,
    LONGEST_PLACE,
    MOST_MINUTES,
    USUAL_MINUTES,
    SessionPlan,
    plan_session,
    send_appointment,
)
from survey.mentoring.session_records import (
    NOTE_NAMES,
    Note,
    RecordDetails,
    records_of,
    save_record,
)
from survey.storage.models import PlannedSession, SessionRecord, Side
from survey.web.access import as_mentor
from survey.web.current import service
from survey.web.rate_limits import limit_letters
from survey.web.record_access import planned_session_for, session_record_for

_RECORD_FIELDS = {
    "Date": "#/held_on",
    **{name: f"#/{key}/text" for key, name in NOTE_NAMES.items()},
    **{
        f"Action {number}, {name}": f"#/actions/{number - 1}/{key}"
        for number in range(1, MOST_ACTIONS + 1)
        for name, key in (("what", "text"), ("who", "owner"), ("goal", "goal_id"))
    },
    "Actions": "#/actions",
}
_PLAN_FIELDS = {"Day": "#/on", "Time": "#/at", "Length": "#/minutes", "Place": "#/place"}


ActionText = Annotated[str, StringConstraints(max_length=LONGEST_ACTION, pattern=WITHOUT_NUL)]
# As a clock on the wall shows it: an offset from UTC would say something else beside it.
ClockTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
PlaceText = Annotated[str, StringConstraints(max_length=LONGEST_PLACE, pattern=WITHOUT_NUL)]


class NoteSent(Sent):
    """A text of a record, and whether the mentee may read it."""

    text: LongText = ""
    shared: bool = False


class ActionSent(Sent):
    """What one of the two said they would do."""

    text: ActionText = Field(min_length=1)
    owner: Side = Side.MENTEE
    due_on: dt.date | None = None
    goal_id: uuid.UUID | None = None


class RecordSent(Sent):
    """What was talked about in a session."""

    held_on: dt.date
    topics: NoteSent = NoteSent()
    approaches: NoteSent = NoteSent()
    notes: NoteSent = NoteSent()
    actions: list[ActionSent] = Field(default_factory=list, max_length=MOST_ACTIONS)
    done: list[uuid.UUID] = Field(
        default_factory=list,
        max_length=100,
        description="Actions of earlier sessions that are done now.",
    )


class PlanSent(Sent):
    """The next session, by a clock in the service's time zone."""

    on: dt.date
    at: ClockTime = Field(description="Such as `14:30`.")
    minutes: int = Field(default=USUAL_MINUTES, ge=LEAST_MINUTES, le=MOST_MINUTES)
    place: PlaceText = ""
    send: bool = Field(default=False, description="Whether both of you get the appointment.")


class NoteShown(Shown):
    """A text of a record, and whether the mentee may read it."""

    text: str
    shared: bool


class ActionShown(Shown):
    """An action that was agreed."""

    id: uuid.UUID
    text: str
    owner: Side
    due_on: dt.date | None
    goal_id: uuid.UUID | None
    done_on: dt.date | None


class RecordShown(Shown):
    """A session record."""

    id: uuid.UUID
    mentorship_id: uuid.UUID
    held_on: dt.date
    topics: NoteShown
    approaches: NoteShown
    notes: NoteShown
    actions: list[ActionShown]


class PlanShown(Shown):
    """The next session."""

    id: uuid.UUID
    starts_at: dt.datetime
    minutes: int
    place: str


@operation(
    "GET",
    "/mentees/<uuid:mentorship_id>/sessions",
    tag="Sessions",
    scope=Scope.SESSIONS_READ,
    asked=PageAsked,
    shows=RecordShown,
    many=True,
)
def list_sessions(session: Session, mentorship_id: uuid.UUID, asked: PageAsked) -> Part:
    """List your session records with a mentee, the newest first."""
    mentorship = as_mentor(session, mentorship_id, Resource.SESSION_RECORD, Action.READ)
    found = records_of(session, mentorship)
    return part_of(found, asked, lambda one: str(one.id), _shown)


@operation(
    "POST",
    "/mentees/<uuid:mentorship_id>/sessions",
    tag="Sessions",
    scope=Scope.SESSIONS_WRITE,
    body=RecordSent,
    shows=RecordShown,
    status=201,
    fields=_RECORD_FIELDS,
)
def create_session(session: Session, mentorship_id: uuid.UUID, body: RecordSent) -> Created:
    """Record a session. Each text is yours alone unless it is shared."""
    mentorship = as_mentor(session, mentorship_id, Resource.SESSION_RECORD, Action.CREATE)
    details = RecordDetails(
        held_on=body.held_on,
        topics=Note(body.topics.text, body.topics.shared),
        approaches=Note(body.approaches.text, body.approaches.shared),
        notes=Note(body.notes.text, body.notes.shared),
        actions=[
            ActionDetails(one.text, one.owner, one.due_on, one.goal_id) for one in body.actions
        ],
        done=frozenset(body.done),
    )
    record = save_record(session, mentorship, details, service().today())
    address = url_for("api.read_session", mentorship_id=mentorship.id, record_id=record.id)
    return Created(_shown(record), address)


@operation(
    "GET",
    "/mentees/<uuid:mentorship_id>/sessions/<uuid:record_id>",
    tag="Sessions",
    scope=Scope.SESSIONS_READ,
    shows=RecordShown,
)
def read_session(session: Session, mentorship_id: uuid.UUID, record_id: uuid.UUID) -> RecordShown:
    """Read one session record."""
    return _shown(session_record_for(session, mentorship_id, record_id, Action.READ))


@operation(
    "GET",
    "/mentees/<uuid:mentorship_id>/next-session",
    tag="Sessions",
    scope=Scope.SESSIONS_READ,
    shows=PlanShown,
)
def read_next_session(session: Session, mentorship_id: uuid.UUID) -> PlanShown:
    """Read when and where you meet next."""
    as_mentor(session, mentorship_id, Resource.PLANNED_SESSION, Action.READ)
    return _shown_plan(planned_session_for(session, mentorship_id, Action.READ))


@operation(
    "POST",
    "/mentees/<uuid:mentorship_id>/next-session",
    tag="Sessions",
    scope=Scope.SESSIONS_WRITE,
    body=PlanSent,
    shows=PlanShown,
    limits=(limit_letters,),
    fields=_PLAN_FIELDS,
)
def plan_next_session(session: Session, mentorship_id: uuid.UUID, body: PlanSent) -> PlanShown:
    """Plan the next session, or move it."""
    mentorship = as_mentor(session, mentorship_id, Resource.PLANNED_SESSION, Action.WRITE)
    plan = SessionPlan(body.on, dt.time.fromisoformat(body.at), body.minutes, body.place)
    planned = plan_session(session, mentorship, plan, service().zone, service().now())
    if body.send:
        send_appointment(session, planned, service().now())
    return _shown_plan(planned)


def _shown(record: SessionRecord) -> RecordShown:
    notes = {
        name: NoteShown(text=getattr(record, name), shared=getattr(record, f"{name}_shared"))
        for name in NOTE_NAMES
    }
    return RecordShown(
        id=record.id,
        mentorship_id=record.mentorship_id,
        held_on=record.held_on,
        topics=notes["topics"],
        approaches=notes["approaches"],
        notes=notes["notes"],
        actions=[
            ActionShown(
                id=one.id,
                text=one.text,
                owner=one.owner,
                due_on=one.due_on,
                goal_id=one.goal_id,
                done_on=one.done_on,
            )
            for one in record.actions
        ],
    )


def _shown_plan(planned: PlannedSession) -> PlanShown:
    return PlanShown(
        id=planned.id,
        starts_at=planned.starts_at,
        minutes=planned.minutes,
        place=planned.place,
    )
