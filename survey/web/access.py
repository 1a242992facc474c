"""Objects that pages are about, looked up through the policy.

What somebody may not see does not exist for them: every refusal is the page for that.
"""

from __future__ import annotations

import uuid

from flask import abort
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Relation, Resource
from survey.storage.models import Mentorship, Person, Round, RoundState
from survey.storage.queries import people as people_queries
from survey.storage.queries import rounds as round_queries
from survey.web.current import current_person, may

_REPORTS = {
    RoundState.CLOSED: Resource.UNRELEASED_REPORT,
    RoundState.RELEASED: Resource.REPORT,
}


def relation_to(mentorship: Mentorship) -> Relation:
    """How the current person stands to a mentorship and all that belongs to it."""
    person_id = current_person().id
    if mentorship.mentor_id == person_id:
        return Relation.OWN_AS_MENTOR
    if mentorship.mentee_id == person_id:
        return Relation.OWN_AS_MENTEE
    return Relation.NONE


def mentorship_for(
    session: Session, mentorship_id: uuid.UUID, resource: Resource, action: Action
) -> Mentorship:
    """The mentorship, if the current person may do this with such a thing of it."""
    mentorship = people_queries.mentorship(session, mentorship_id)
    if mentorship is None or not may(resource, action, relation_to(mentorship)):
        abort(404)
    return mentorship


def round_for(
    session: Session,
    round_id: uuid.UUID,
    action: Action,
    resource: Resource | None = None,
) -> Round:
    """The round, if the current person may do this with it, or with such a thing of it."""
    round_ = round_queries.with_groups(session, round_id)
    if round_ is None:
        abort(404)
    if resource is None:
        is_draft = round_.state is RoundState.DRAFT
        resource = Resource.DRAFT_ROUND if is_draft else Resource.ROUND
    if not may(resource, action, relation_to(round_.mentorship)):
        abort(404)
    return round_


def reported_round_for(session: Session, round_id: uuid.UUID, action: Action) -> Round:
    """The closed or released round, if the current person may do this with its report."""
    round_ = round_queries.with_groups(session, round_id)
    if round_ is None or round_.state not in _REPORTS:
        abort(404)
    if not may(_REPORTS[round_.state], action, relation_to(round_.mentorship)):
        abort(404)
    return round_


def person_for(session: Session, person_id: uuid.UUID, action: Action) -> Person:
    """Somebody's account, if the current person may do this with it."""
    person = session.get(Person, person_id)
    if person is None:
        abort(404)
    own = person.id == current_person().id
    if not may(Resource.PERSON, action, Relation.OWN_ACCOUNT if own else Relation.NONE):
        abort(404)
    return person
