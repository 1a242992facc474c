"""Mentorships on pages that are for one of the two alone: the other's look different."""

from __future__ import annotations

import uuid

from flask import abort
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Relation, Resource
from survey.storage.models import Mentorship, Side
from survey.web.access import mentorship_for, relation_to


def as_mentee(
    session: Session, mentorship_id: uuid.UUID, resource: Resource, action: Action
) -> Mentorship:
    """The mentorship, if the current person is its mentee and may do this."""
    mentorship = mentorship_for(session, mentorship_id, resource, action)
    if relation_to(mentorship) is not Relation.OWN_AS_MENTEE:
        abort(404)
    return mentorship


def as_mentor(
    session: Session, mentorship_id: uuid.UUID, resource: Resource, action: Action
) -> Mentorship:
    """The mentorship, if the current person is its mentor and may do this."""
    mentorship = mentorship_for(session, mentorship_id, resource, action)
    if relation_to(mentorship) is not Relation.OWN_AS_MENTOR:
        abort(404)
    return mentorship


def as_either(
    session: Session, mentorship_id: uuid.UUID, resource: Resource, action: Action
) -> tuple[Mentorship, Side]:
    """The current person's mentorship, and which of the two the person is in it."""
    mentorship = mentorship_for(session, mentorship_id, resource, action)
    is_mentor = relation_to(mentorship) is Relation.OWN_AS_MENTOR
    return mentorship, Side.MENTOR if is_mentor else Side.MENTEE
