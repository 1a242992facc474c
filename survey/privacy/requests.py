"""What people with an account ask for about their data, and by when it has to be answered."""

from __future__ import annotations

import calendar
import datetime as dt

from sqlalchemy.orm import Session

from survey.accounts.people import checked_address, checked_name
from survey.languages.message import Message
from survey.privacy.errors import PrivacyError
from survey.storage.models import Person, PrivacyRequest, RequestKind, RequestState
from survey.storage.queries import requests as request_queries


def due_date(asked_on: dt.date) -> dt.date:
    """One month later (Art. 12(3) GDPR), by the calendar."""
    month = asked_on.month % 12 + 1
    year = asked_on.year + (asked_on.month == 12)
    return dt.date(year, month, min(asked_on.day, calendar.monthrange(year, month)[1]))


def ask(
    session: Session,
    person: Person,
    kind: RequestKind,
    today: dt.date,
    *,
    wanted_name: str = "",
    wanted_email: str = "",
) -> PrivacyRequest:
    """Put a request to the administrators.

    Raises PrivacyError when the same waits already, AccountError for what cannot be a name or
    an address.
    """
    if request_queries.is_waiting(session, person.id, kind):
        raise PrivacyError(Message("You have asked for this already; it is being dealt with."))
    request = PrivacyRequest(
        person_id=person.id,
        kind=kind,
        asked_on=today,
        due_on=due_date(today),
        wanted_name=checked_name(wanted_name) if wanted_name.strip() else "",
        wanted_email=checked_address(wanted_email) if wanted_email.strip() else "",
    )
    session.add(request)
    session.flush()
    return request


def withdraw(request: PrivacyRequest, today: dt.date) -> None:
    """Take an own request back. Raises PrivacyError when it is finished already."""
    finish(request, RequestState.WITHDRAWN, today)


def finish(request: PrivacyRequest, state: RequestState, today: dt.date) -> None:
    """Note what became of a request. Raises PrivacyError when it is finished already."""
    if request.state is not RequestState.OPEN:
        raise PrivacyError(Message("This request is finished already."))
    request.state = state
    request.finished_on = today
    # What was wanted stands in the account now, or shall stand nowhere.
    request.wanted_name = request.wanted_email = ""
