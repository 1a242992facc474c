"""The next session: planned, moved, and as an appointment for calendars."""

from __future__ import annotations

import datetime as dt
import uuid
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.mentoring.errors import MentoringError
from survey.mentoring.next_session import (
    CancelledSession,
    Publisher,
    SessionPlan,
    as_calendar,
    as_cancellation,
    next_session,
    plan_session,
    remove_plan,
    send_appointment,
)
from survey.mentoring.relationship import agree_sessions, end_relationship
from survey.service import Service
from survey.storage.models import Letter, LetterKind, Mentorship, PlannedSession
from tests.mentoring.test_session_records import new_mentorship
from tests.support.cases import NOW

BERLIN = ZoneInfo("Europe/Berlin")
PUBLISHER = Publisher("feedback.example", "feedback@feedback.example")
PLAN = SessionPlan(dt.date(2026, 12, 1), dt.time(14, 30), 90, " Room\x00 2,\nfirst floor ")


def test_a_session_is_planned_and_moved(service: Service) -> None:
    with service.database.writing() as session:
        mentorship = new_mentorship(session)
        planned = plan_session(session, mentorship, PLAN, BERLIN, NOW)
        mentorship_id, planned_id = mentorship.id, planned.id
        again = plan_session(session, mentorship, PLAN, BERLIN, NOW)
        assert (again.id, again.revision) == (planned_id, 0)
    with service.database.writing() as session:
        mentorship = session.get_one(Mentorship, mentorship_id)
        planned = next_session(session, mentorship, NOW)
        assert planned is not None
        assert planned.starts_at == dt.datetime(2026, 12, 1, 13, 30, tzinfo=dt.UTC)
        assert (planned.minutes, planned.place) == (90, "Room 2, first floor")
        later = SessionPlan(dt.date(2026, 12, 2), dt.time(14, 30), 90, "Room 2, first floor")
        moved = plan_session(session, mentorship, later, BERLIN, NOW)
        assert (moved.id, moved.revision) == (planned_id, 1)
        assert next_session(session, mentorship, moved.ends_at) is None
        # Once it has begun, the next plan is another appointment.
        after = moved.starts_at
        new = plan_session(
            session, mentorship, SessionPlan(dt.date(2026, 12, 20), dt.time(9)), BERLIN, after
        )
        assert new.id != planned_id
        assert new.revision == 0
        remove_plan(session, new, NOW)
        assert next_session(session, mentorship, NOW) is None


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (SessionPlan(NOW.date(), dt.time(9)), "^Day: .* in the past"),
        (SessionPlan(dt.date(2026, 12, 1), dt.time(9), 5), "^Length"),
        (SessionPlan(dt.date(2026, 12, 1), dt.time(9), 481), "^Length"),
        (SessionPlan(dt.date(2026, 12, 1), dt.time(9), 60, "x" * 301), "^Place"),
        (SessionPlan(dt.date(2027, 3, 28), dt.time(2, 30)), "^Time: clocks are set forward"),
    ],
)
def test_what_makes_no_sense_is_refused(
    service: Service, wrong: SessionPlan, expected: str
) -> None:
    with service.database.writing() as session:
        mentorship = new_mentorship(session)
        with pytest.raises(MentoringError, match=expected):
            plan_session(session, mentorship, wrong, BERLIN, NOW)
        assert next_session(session, mentorship, NOW) is None


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"])
def test_calendars_understand_the_appointment(service: Service, zone: str) -> None:
    with service.database.writing() as session:
        mentorship = new_mentorship(session)
        planned = plan_session(session, mentorship, PLAN, BERLIN, NOW)
        file = as_calendar(planned, ZoneInfo(zone), NOW, PUBLISHER, "https://x.example/mentoring/1")
        planned_id, starts_at = planned.id, planned.starts_at
    calendar = Calendar.from_ical(file)
    assert calendar["version"] == "2.0"
    (event,) = calendar.events
    assert event["uid"] == f"{planned_id}@feedback.example"
    assert event.DTSTAMP == NOW
    assert event["sequence"] == 0
    assert event.start == starts_at
    assert event.end == starts_at + dt.timedelta(minutes=90)
    assert event["location"] == "Room 2, first floor"
    assert event["summary"] == "Mentoring session"
    assert calendar["method"] == "PUBLISH"
    assert event["organizer"] == "mailto:feedback@feedback.example"
    assert event["url"] == "https://x.example/mentoring/1"
    # A named zone comes with its rules, so that no calendar has to guess them.
    assert calendar.get_missing_tzids() == set()
    assert [str(found.tz_name) for found in calendar.timezones] == ([] if zone == "UTC" else [zone])
    assert b"Mia" not in file
    assert b"entor of" not in file


def test_both_get_one_letter_however_often_it_is_sent(service: Service) -> None:
    with service.database.writing() as session:
        mentorship = new_mentorship(session)
        planned = plan_session(session, mentorship, PLAN, BERLIN, NOW)
        send_appointment(session, planned, NOW)
        send_appointment(session, planned, NOW)
        letters = session.scalars(
            select(Letter).where(Letter.kind == LetterKind.SESSION_PLANNED)
        ).all()
        assert {letter.recipient_id for letter in letters} == {
            mentorship.mentor_id,
            mentorship.mentee_id,
        }
        assert len(letters) == 2
        end_relationship(session, mentorship, NOW.date(), NOW)
        kinds = session.scalars(select(Letter.kind)).all()
        assert LetterKind.SESSION_PLANNED not in kinds
        with pytest.raises(MentoringError, match="has ended"):
            plan_session(session, mentorship, PLAN, BERLIN, NOW)


def cancellations(session: Session) -> list[Letter]:
    found = select(Letter).where(Letter.kind == LetterKind.SESSION_CANCELLED)
    return list(session.scalars(found))


@pytest.mark.parametrize("how", ["taken off", "ended"])
def test_a_session_that_is_taken_off_is_cancelled_for_both(service: Service, how: str) -> None:
    with service.database.writing() as session:
        mentorship = new_mentorship(session)
        planned = plan_session(session, mentorship, PLAN, BERLIN, NOW)
        planned.revision = 2
        planned_id, starts_at = planned.id, planned.starts_at
        send_appointment(session, planned, NOW)
        if how == "ended":
            end_relationship(session, mentorship, NOW.date(), NOW)
        else:
            remove_plan(session, planned, NOW)
        assert session.scalars(select(PlannedSession)).all() == []
        letters = cancellations(session)
        assert {letter.recipient_id for letter in letters} == {
            mentorship.mentor_id,
            mentorship.mentee_id,
        }
        assert len(letters) == 2
        for letter in letters:
            # Whatever becomes of the mentorship, the letter goes out.
            assert letter.mentorship_id is None
            assert letter.planned_session_id is None
            assert letter.cancelled_session_id == planned_id
            assert letter.cancelled_revision == 3
            assert letter.cancelled_starts_at == starts_at


def test_a_session_that_has_begun_is_not_cancelled(service: Service) -> None:
    with service.database.writing() as session:
        mentorship = new_mentorship(session)
        planned = plan_session(session, mentorship, PLAN, BERLIN, NOW)
        after = planned.starts_at
        plan_session(
            session, mentorship, SessionPlan(dt.date(2026, 12, 20), dt.time(9)), BERLIN, after
        )
        assert cancellations(session) == []


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_calendars_understand_the_cancellation(zone: str) -> None:
    starts_at = dt.datetime(2026, 12, 1, 13, 30, tzinfo=dt.UTC)
    cancelled = CancelledSession(uuid.uuid4(), 4, starts_at)
    calendar = Calendar.from_ical(as_cancellation(cancelled, ZoneInfo(zone), NOW, PUBLISHER))
    assert calendar["method"] == "CANCEL"
    (event,) = calendar.events
    assert event["uid"] == f"{cancelled.id}@feedback.example"
    assert event["sequence"] == 4
    assert event["status"] == "CANCELLED"
    assert event["organizer"] == "mailto:feedback@feedback.example"
    assert event.DTSTAMP == NOW
    assert event.start == starts_at
    assert calendar.get_missing_tzids() == set()


def test_the_relationship_has_a_number_of_sessions_and_one_end(service: Service) -> None:
    with service.database.writing() as session:
        mentorship = new_mentorship(session)
        for wrong in (0, -1, 201):
            with pytest.raises(MentoringError, match=r"^Agreed sessions"):
                agree_sessions(session, mentorship, wrong)
        agree_sessions(session, mentorship, 6)
        assert mentorship.agreed_sessions == 6
        agree_sessions(session, mentorship, None)
        assert mentorship.agreed_sessions is None
        today = NOW.date()
        for day in (today + dt.timedelta(1), mentorship.started_on - dt.timedelta(1)):
            with pytest.raises(MentoringError, match=r"^Last day"):
                end_relationship(session, mentorship, day, NOW)
        end_relationship(session, mentorship, today, NOW)
        with pytest.raises(MentoringError, match="already"):
            end_relationship(session, mentorship, today, NOW)
        assert mentorship.ended_on == today
