"""Signing in through the organisation's own sign-in service (OpenID Connect)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from survey.accounts.errors import SignInError
from survey.accounts.people import find_person
from survey.languages.message import Message
from survey.privacy.audit_trail import Action, record
from survey.storage.models import ExternalIdentity, Person
from survey.storage.queries import sign_in as sign_in_queries

LONGEST_SUBJECT = 255


def person_of_identity(
    session: Session,
    issuer: str,
    subject: str,
    email: str,
    *,
    email_verified: bool,
    now: dt.datetime,
) -> Person:
    """Who this is here. Nobody gets an account this way.

    An identity is bound to the person with its verified address when it is first used; from then
    on the identity alone counts, so that an address that changes hands opens nothing.

    Raises SignInError.
    """
    if not subject or len(subject) > LONGEST_SUBJECT or "\x00" in subject:
        raise SignInError(Message("The sign-in service did not say who you are."))
    person = sign_in_queries.person_of_identity(session, issuer, subject)
    if person is None:
        person = _bind(session, issuer, subject, email, email_verified=email_verified)
        record(session, person, Action.IDENTITY_BOUND, person.id, now)
    if person.deactivated_on is not None:
        raise SignInError(Message("This account is deactivated."))
    return person


def _bind(
    session: Session, issuer: str, subject: str, email: str, *, email_verified: bool
) -> Person:
    if not email or not email_verified:
        raise SignInError(Message("The sign-in service did not confirm your e-mail address."))
    person = find_person(session, email)
    if person is None:
        raise SignInError(
            Message(
                "There is no account with your e-mail address. Ask your mentor or an administrator."
            )
        )
    if sign_in_queries.identity_at(session, person.id, issuer) is not None:
        raise SignInError(
            Message("Your account belongs to another identity. Ask an administrator.")
        )
    session.add(ExternalIdentity(person_id=person.id, issuer=issuer, subject=subject))
    session.flush()
    return person
