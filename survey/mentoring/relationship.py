"""The mentoring relationship itself: how many sessions were agreed, and its end."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from survey.languages.message import Message
from survey.mentoring.errors import MentoringError
from survey.mentoring.next_session import remove_plan
from survey.privacy.audit_trail import Action, record
from survey.storage.models import Mentorship
from survey.storage.queries import session_records as record_queries

MOST_SESSIONS = 200


def agree_sessions(session: Session, mentorship: Mentorship, number: int | None) -> None:
    """Note how many sessions the two agreed on; None when they left it open.

    Raises MentoringError for a number that makes no sense.
    """
    if number is not None and not 1 <= number <= MOST_SESSIONS:
        raise MentoringError(
            Message("Enter a number from 1 to %(most)s.", most=MOST_SESSIONS, at="Agreed sessions")
        )
    mentorship.agreed_sessions = number
    session.flush()


def end_relationship(
    session: Session, mentorship: Mentorship, on: dt.date, now: dt.datetime
) -> None:
    """End the relationship, and take a session off that is planned.

    There is no way back: what depends on the end, such as held-back feedback, opens with it.

    Raises MentoringError when it has ended already or on a day that cannot be.
    """
    if mentorship.ended_on is not None:
        raise MentoringError(Message("This mentoring has ended already."))
    if on > now.date():
        raise MentoringError(
            Message("That day is still to come. End the mentoring on the day.", at="Last day")
        )
    if on < mentorship.started_on:
        raise MentoringError(Message("The mentoring had not begun then.", at="Last day"))
    mentorship.ended_on = on
    planned = record_queries.planned_session(session, mentorship.id)
    if planned is not None:
        remove_plan(session, planned, now)
    record(session, mentorship.mentor, Action.MENTORSHIP_ENDED, mentorship.id, now)
    session.flush()
