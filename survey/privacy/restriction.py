"""Restriction of processing (Art. 18 GDPR) and objection (Art. 21), by an administrator's hand.

While somebody is restricted, what is held about them stays and is not otherwise used: no letter
goes to them but the ones they ask for, no round about them is prepared, launched or released,
and disposal leaves it alone. Erasing on request stays possible.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from survey.languages.message import Message
from survey.privacy.audit_trail import Action, record
from survey.privacy.errors import PrivacyError
from survey.privacy.requests import ask
from survey.storage.models import Person, RequestKind


def restrict(session: Session, person: Person, actor: Person | None, now: dt.datetime) -> None:
    """Restrict the processing. Raises PrivacyError when it is restricted already."""
    if person.restricted_on is not None:
        raise PrivacyError(
            Message(
                "%(person)s has been restricted since %(day)s.",
                person=person.name,
                day=person.restricted_on,
            )
        )
    person.restricted_on = now.date()
    record(session, actor, Action.PROCESSING_RESTRICTED, person.id, now)
    session.flush()


def lift_restriction(
    session: Session, person: Person, actor: Person | None, now: dt.datetime
) -> None:
    """Use the data again; tell the person before (Art. 18(3)). Raises PrivacyError."""
    if person.restricted_on is None:
        raise PrivacyError(Message("%(person)s is not restricted.", person=person.name))
    person.restricted_on = None
    record(session, actor, Action.RESTRICTION_LIFTED, person.id, now)
    session.flush()


def note_objection(
    session: Session, person: Person, actor: Person | None, now: dt.datetime
) -> None:
    """Note that the person objects: a request that an administrator has to decide on in time.

    Raises PrivacyError when one waits already.
    """
    ask(session, person, RequestKind.OBJECTION, now.date())
    record(session, actor, Action.OBJECTION_NOTED, person.id, now)
