"""The sessions of the demo's mentorings, as written in `sessions.yaml`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from survey.mentoring.agreed_actions import ActionDetails, set_done
from survey.mentoring.milestones import MilestoneDetails, save_milestones
from survey.mentoring.next_session import SessionPlan, plan_session
from survey.mentoring.relationship import agree_sessions, end_relationship
from survey.mentoring.session_records import Note, RecordDetails, save_record
from survey.service import Service
from survey.storage.models import Mentorship, Side

_FILE = Path(__file__).with_name("sessions.yaml")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DemoMilestone(_Part):
    """A milestone; days that are still to come are negative."""

    text: str
    due_days_ago: int
    reached_days_ago: int | None = None


class DemoNote(_Part):
    """A part of a record."""

    text: str
    shared: bool = False


class DemoAction(_Part):
    """An action agreed in a session."""

    text: str
    owner: Side
    due_days_ago: int | None = None
    done_days_ago: int | None = None


class DemoSession(_Part):
    """A session that took place."""

    days_ago: int
    topics: DemoNote
    approaches: DemoNote
    notes: DemoNote
    actions: list[DemoAction]


class DemoPlan(_Part):
    """The next session."""

    in_days: int
    hour: int
    minutes: int
    place: str


class DemoSessions(_Part):
    """All that is kept about the sessions of one mentoring."""

    agreed_sessions: int
    ended_days_ago: int | None = None
    next_session: DemoPlan | None = None
    milestones: list[DemoMilestone]
    sessions: list[DemoSession]


class _Story(_Part):
    finished: DemoSessions
    running: DemoSessions


def read_sessions() -> _Story:
    """Read `sessions.yaml`."""
    return _Story.model_validate(yaml.safe_load(_FILE.read_text(encoding="utf-8")))


def fill_sessions(
    service: Service, session: Session, mentorship: Mentorship, case: DemoSessions, now: dt.datetime
) -> None:
    """Add sessions and milestones to a mentoring with one goal, seen from one instant."""
    today = now.date()

    def day(days_ago: int | None) -> dt.date | None:
        return None if days_ago is None else today - dt.timedelta(days_ago)

    goal = mentorship.goals[0]
    agree_sessions(session, mentorship, case.agreed_sessions)
    save_milestones(
        session,
        goal,
        [
            MilestoneDetails(found.text, day(found.due_days_ago), day(found.reached_days_ago))
            for found in case.milestones
        ],
        today,
    )
    for held in case.sessions:
        record = save_record(
            session,
            mentorship,
            RecordDetails(
                held_on=today - dt.timedelta(held.days_ago),
                topics=Note(held.topics.text, held.topics.shared),
                approaches=Note(held.approaches.text, held.approaches.shared),
                notes=Note(held.notes.text, held.notes.shared),
                actions=[
                    ActionDetails(action.text, action.owner, day(action.due_days_ago), goal.id)
                    for action in held.actions
                ],
            ),
            today,
        )
        for action, told in zip(record.actions, held.actions, strict=True):
            set_done(session, action, day(told.done_days_ago))
    if plan := case.next_session:
        on = today + dt.timedelta(plan.in_days)
        wanted = SessionPlan(on, dt.time(plan.hour), plan.minutes, plan.place)
        plan_session(session, mentorship, wanted, service.zone, now)
    if case.ended_days_ago is not None:
        end_relationship(session, mentorship, today - dt.timedelta(case.ended_days_ago), now)
