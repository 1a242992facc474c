"""Single records of a mentorship that pages are about, looked up through the policy.

Which resource a record is can depend on its state: shared or not, held back or not. The same holds
as for all objects: what somebody may not see does not exist for them.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TypeVar

from flask import abort
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Relation, Resource
from survey.mentoring.agreed_actions import action_of
from survey.mentoring.errors import MentoringError
from survey.mentoring.goals import goal_of
from survey.mentoring.mentoring_feedback import feedback_of, has_ended
from survey.mentoring.next_session import next_session
from survey.mentoring.reflective_log import LogEntry, log_entry
from survey.mentoring.self_reflection import reflection_of
from survey.mentoring.session_records import record_of
from survey.storage.models import (
    AgreedAction,
    Goal,
    MentoringFeedback,
    Mentorship,
    PlannedSession,
    SelfReflection,
    SessionRecord,
    Side,
)
from survey.storage.queries import people as people_queries
from survey.web.access import relation_to
from survey.web.current import current_person, may, service

T = TypeVar("T")


def goal_for(
    session: Session, mentorship_id: uuid.UUID, goal_id: uuid.UUID, action: Action
) -> Goal:
    """A goal of the mentorship."""
    mentorship = _mentorship(session, mentorship_id)
    goal = _found(lambda: goal_of(mentorship, goal_id))
    return _allowed(goal, Resource.GOAL, action, mentorship)


def session_record_for(
    session: Session, mentorship_id: uuid.UUID, record_id: uuid.UUID, action: Action
) -> SessionRecord:
    """A session record of the mentorship."""
    mentorship = _mentorship(session, mentorship_id)
    record = _found(lambda: record_of(session, mentorship, record_id))
    return _allowed(record, Resource.SESSION_RECORD, action, mentorship)


def agreed_action_for(
    session: Session, mentorship_id: uuid.UUID, action_id: uuid.UUID, action: Action
) -> AgreedAction:
    """An action that was agreed in the mentorship."""
    mentorship = _mentorship(session, mentorship_id)
    agreed = _found(lambda: action_of(session, mentorship, action_id))
    of_mentee = agreed.owner is Side.MENTEE
    resource = Resource.MENTEES_ACTION if of_mentee else Resource.AGREED_ACTION
    return _allowed(agreed, resource, action, mentorship)


def planned_session_for(
    session: Session, mentorship_id: uuid.UUID, action: Action
) -> PlannedSession:
    """The mentorship's next session."""
    mentorship = _mentorship(session, mentorship_id)
    planned = next_session(session, mentorship, service().now()) or abort(404)
    return _allowed(planned, Resource.PLANNED_SESSION, action, mentorship)


def reflection_for(
    session: Session, mentorship_id: uuid.UUID, reflection_id: uuid.UUID, action: Action
) -> SelfReflection:
    """A self-reflection of the mentee."""
    mentorship = _mentorship(session, mentorship_id)
    reflection = _found(lambda: reflection_of(session, mentorship, reflection_id))
    shared = reflection.shared
    resource = Resource.SHARED_REFLECTION if shared else Resource.SELF_REFLECTION
    return _allowed(reflection, resource, action, mentorship)


def feedback_for(
    session: Session, mentorship_id: uuid.UUID, feedback_id: uuid.UUID, action: Action
) -> MentoringFeedback:
    """What the mentee said about the mentoring."""
    mentorship = _mentorship(session, mentorship_id)
    feedback = _found(lambda: feedback_of(session, mentorship, feedback_id))
    held_back = feedback.held_back and not has_ended(mentorship, service().today())
    resource = Resource.HELD_BACK_FEEDBACK if held_back else Resource.MENTEE_FEEDBACK
    return _allowed(feedback, resource, action, mentorship)


def log_entry_for(session: Session, entry_id: uuid.UUID, action: Action) -> LogEntry:
    """An entry of the current mentor's own log: nobody else's can be asked for."""
    if not may(Resource.REFLECTIVE_LOG, action, Relation.OWN_AS_MENTOR):
        abort(404)
    return _found(lambda: log_entry(session, current_person(), entry_id))


def _mentorship(session: Session, mentorship_id: uuid.UUID) -> Mentorship:
    return people_queries.mentorship(session, mentorship_id) or abort(404)


def _found(find: Callable[[], T]) -> T:
    try:
        return find()
    except MentoringError:
        abort(404)


def _allowed(found: T, resource: Resource, action: Action, mentorship: Mentorship) -> T:
    if not may(resource, action, relation_to(mentorship)):
        abort(404)
    return found
