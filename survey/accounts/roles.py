"""Roles: who has which, who gives and takes them, and people who leave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sqlalchemy.orm import Session

from survey.accounts.errors import AccountError
from survey.accounts.people import find_person, new_person
from survey.accounts.policy import Role
from survey.languages.message import Message
from survey.privacy.audit_trail import Action, record
from survey.storage.models import Person
from survey.storage.queries import people as people_queries
from survey.storage.queries import sign_in as sign_in_queries

# Being a mentee is not given: a mentor takes the person on.
GIVEN_ROLES = (Role.ADMINISTRATOR, Role.MENTOR, Role.PROGRAMME_LEAD)


def roles_of(person: Person, *, is_mentee: bool) -> frozenset[Role]:
    """The roles of a person; nobody who is deactivated has any."""
    if person.deactivated_on is not None:
        return frozenset()
    held = {
        Role.ADMINISTRATOR: person.is_administrator,
        Role.MENTOR: person.is_mentor,
        Role.MENTEE: is_mentee,
        Role.PROGRAMME_LEAD: person.is_programme_lead,
    }
    return frozenset(role for role, is_held in held.items() if is_held)


def add_administrator(session: Session, name: str, email: str) -> Person:
    """Make somebody an administrator; a person who is known already keeps their name.

    Raises AccountError when the name or the address cannot be used.
    """
    person = find_person(session, email)
    if person is None:
        person = new_person(session, name, email)
    if person.deactivated_on is not None:
        raise AccountError(Message("This person is deactivated; activate them first.", at="E-mail"))
    person.is_administrator = True
    session.flush()
    return person


def appoint_first_administrator(session: Session, person: Person) -> None:
    """Make the person an administrator if nobody is one yet."""
    if not people_queries.locked_administrators(session):
        person.is_administrator = True


def add_person(
    session: Session,
    name: str,
    email: str,
    roles: Collection[Role],
    *,
    added_by: Person,
    now: dt.datetime,
) -> Person:
    """Give somebody an account with these roles.

    Raises AccountError when they have one, or when the name or the address cannot be used.
    """
    if find_person(session, email) is not None:
        raise AccountError(
            Message(
                "Somebody has an account with this address. Change their roles instead.",
                at="E-mail",
            )
        )
    person = new_person(session, name, email)
    _give(person, roles)
    record(session, added_by, Action.PERSON_ADDED, person.id, now)
    return person


def change_roles(
    session: Session,
    person: Person,
    roles: Collection[Role],
    *,
    changed_by: Person,
    now: dt.datetime,
) -> None:
    """Give a person exactly these roles. Raises AccountError for the last administrator."""
    if Role.ADMINISTRATOR not in roles:
        _spare_the_last_administrator(session, person)
    before = _given(person)
    _give(person, roles)
    if _given(person) != before:
        record(session, changed_by, Action.ROLES_CHANGED, person.id, now)


def deactivate(
    session: Session, person: Person, *, deactivated_by: Person, now: dt.datetime
) -> None:
    """End all that the person can do here; what belongs to them stays.

    Raises AccountError for the last administrator.
    """
    if person.deactivated_on is not None:
        return
    _spare_the_last_administrator(session, person)
    person.deactivated_on = now.date()
    sign_in_queries.revoke_sessions(session, person.id)
    people_queries.delete_sign_in_links(session, person.id)
    record(session, deactivated_by, Action.PERSON_DEACTIVATED, person.id, now)


def activate(session: Session, person: Person, *, activated_by: Person, now: dt.datetime) -> None:
    """Let a deactivated person in again, with the roles that they had."""
    if person.deactivated_on is not None:
        person.deactivated_on = None
        record(session, activated_by, Action.PERSON_ACTIVATED, person.id, now)


def _spare_the_last_administrator(session: Session, person: Person) -> None:
    # Held against others: two administrators must not demote each other at the same instant.
    administrators = people_queries.locked_administrators(session)
    if [other.id for other in administrators] == [person.id]:
        raise AccountError(
            Message(
                "This is the last administrator. Make somebody else an administrator first.",
                at="Roles",
            )
        )


def _given(person: Person) -> frozenset[Role]:
    held = {
        Role.ADMINISTRATOR: person.is_administrator,
        Role.MENTOR: person.is_mentor,
        Role.PROGRAMME_LEAD: person.is_programme_lead,
    }
    return frozenset(role for role, is_held in held.items() if is_held)


def _give(person: Person, roles: Collection[Role]) -> None:
    person.is_administrator = Role.ADMINISTRATOR in roles
    person.is_mentor = Role.MENTOR in roles
    person.is_programme_lead = Role.PROGRAMME_LEAD in roles
