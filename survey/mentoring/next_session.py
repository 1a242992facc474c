"""The next session: when and where, as an appointment for the calendars of both."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from icalendar import STATUS, Calendar, Event, vCalAddress
from sqlalchemy.orm import Session

from survey.languages.catalogues import SOURCE_LANGUAGE
from survey.languages.message import Message, said
from survey.mentoring.answers import tidy
from survey.mentoring.errors import MentoringError
from survey.storage.models import Letter, LetterKind, Mentorship, PlannedSession
from survey.storage.queries import session_records as record_queries

LONGEST_PLACE = 300
LEAST_MINUTES, MOST_MINUTES = 10, 480
USUAL_MINUTES = 60
_SUMMARY = Message("Mentoring session")


@dataclass(frozen=True)
class Publisher:
    """Who stands in appointments: the service itself, and neither of the two people.

    It speaks the language of whoever gets the appointment.
    """

    host: str
    address: str
    language: str = SOURCE_LANGUAGE


@dataclass(frozen=True)
class CancelledSession:
    """What is left of a session that was taken off: enough for calendars to find it."""

    id: uuid.UUID
    revision: int
    starts_at: dt.datetime


@dataclass(frozen=True)
class SessionPlan:
    """Day and time as a clock in the service's time zone shows them."""

    on: dt.date
    at: dt.time
    minutes: int = USUAL_MINUTES
    place: str = ""


def plan_session(
    session: Session, mentorship: Mentorship, plan: SessionPlan, zone: ZoneInfo, now: dt.datetime
) -> PlannedSession:
    """Plan the next session, or move it. One that has begun makes room for a new appointment.

    Raises MentoringError naming the field.
    """
    if mentorship.ended_on is not None:
        raise MentoringError(Message("This mentoring has ended; there is no next session."))
    starts_at = _instant(plan, zone)
    if starts_at <= now:
        raise MentoringError(Message("The next session cannot lie in the past.", at="Day"))
    if not LEAST_MINUTES <= plan.minutes <= MOST_MINUTES:
        raise MentoringError(
            Message(
                "Enter a number of minutes from %(least)s to %(most)s.",
                least=LEAST_MINUTES,
                most=MOST_MINUTES,
                at="Length",
            )
        )
    place = " ".join(tidy(plan.place).split())
    if len(place) > LONGEST_PLACE:
        raise MentoringError(
            Message("At most %(most)s characters.", most=LONGEST_PLACE, at="Place")
        )
    planned = record_queries.planned_session(session, mentorship.id)
    if planned is not None and planned.starts_at <= now:
        remove_plan(session, planned, now)
        planned = None
    if planned is None:
        planned = PlannedSession(mentorship_id=mentorship.id, revision=0)
        session.add(planned)
    elif (planned.starts_at, planned.minutes, planned.place) != (starts_at, plan.minutes, place):
        planned.revision += 1
    planned.starts_at = starts_at
    planned.minutes = plan.minutes
    planned.place = place
    session.flush()
    return planned


def next_session(
    session: Session, mentorship: Mentorship, now: dt.datetime
) -> PlannedSession | None:
    """The session that is ahead or under way; one that is over is not shown."""
    planned = record_queries.planned_session(session, mentorship.id)
    return None if planned is None or planned.ends_at <= now else planned


def remove_plan(session: Session, planned: PlannedSession, now: dt.datetime) -> None:
    """Take the plan back, with the letters about it that still wait.

    Where it is still ahead, both get a letter that takes it out of their calendars. To whom the
    appointment was sent is kept nowhere, and anybody may have taken it from the page.
    """
    record_queries.delete_appointments(session, planned.id)
    if planned.starts_at > now:
        for person_id in (planned.mentorship.mentor_id, planned.mentorship.mentee_id):
            session.add(
                Letter(
                    kind=LetterKind.SESSION_CANCELLED,
                    recipient_id=person_id,
                    cancelled_session_id=planned.id,
                    cancelled_revision=planned.revision + 1,
                    cancelled_starts_at=planned.starts_at,
                    due_at=now,
                )
            )
    session.delete(planned)
    session.flush()


def send_appointment(session: Session, planned: PlannedSession, now: dt.datetime) -> None:
    """Send the appointment to mentor and mentee; letters about it that still wait are replaced."""
    record_queries.delete_appointments(session, planned.id)
    for person in (planned.mentorship.mentor, planned.mentorship.mentee):
        session.add(
            Letter(
                kind=LetterKind.SESSION_PLANNED,
                mentorship_id=planned.mentorship_id,
                planned_session_id=planned.id,
                recipient_id=person.id,
                due_at=now,
            )
        )
    session.flush()


def as_calendar(
    planned: PlannedSession, zone: ZoneInfo, now: dt.datetime, publisher: Publisher, url: str
) -> bytes:
    """The appointment as an iCalendar file (RFC 5545), published as RFC 5546 has it.

    It names neither the people nor what they talk about: others may see somebody's calendar.
    """
    event = Event.new(
        uid=_uid(planned.id, publisher),
        stamp=now,
        start=planned.starts_at.astimezone(zone),
        end=planned.ends_at.astimezone(zone),
        summary=said(_SUMMARY, publisher.language),
        location=planned.place or None,
        sequence=planned.revision,
        organizer=vCalAddress(f"mailto:{publisher.address}"),
        url=url,
    )
    return _file("PUBLISH", event, planned.starts_at)


def as_cancellation(
    cancelled: CancelledSession, zone: ZoneInfo, now: dt.datetime, publisher: Publisher
) -> bytes:
    """What takes the appointment out of a calendar (RFC 5546, 3.2.5)."""
    event = Event.new(
        uid=_uid(cancelled.id, publisher),
        stamp=now,
        start=cancelled.starts_at.astimezone(zone),
        summary=said(_SUMMARY, publisher.language),
        status=STATUS.CANCELLED,
        sequence=cancelled.revision,
        organizer=vCalAddress(f"mailto:{publisher.address}"),
    )
    return _file("CANCEL", event, cancelled.starts_at)


def _uid(session_id: uuid.UUID, publisher: Publisher) -> str:
    return f"{session_id}@{publisher.host}"


def _file(method: str, event: Event, starts_at: dt.datetime) -> bytes:
    calendar = Calendar.new(
        prodid="-//Mentoring Feedback//Sessions//EN", method=method, subcomponents=[event]
    )
    year = starts_at.year
    calendar.add_missing_timezones(
        first_date=dt.date(year - 1, 1, 1), last_date=dt.date(year + 2, 1, 1)
    )
    file: bytes = calendar.to_ical()
    return file


def _instant(plan: SessionPlan, zone: ZoneInfo) -> dt.datetime:
    local = dt.datetime.combine(plan.on, plan.at, zone)
    instant = local.astimezone(dt.UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise MentoringError(
            Message("Clocks are set forward over this time on that day. Choose another.", at="Time")
        )
    return instant
