"""A mentor's mentees. The id is that of the mentorship: of the two working together."""

from __future__ import annotations

import datetime as dt
import uuid

from flask import url_for
from pydantic import Field
from sqlalchemy.orm import Session

from survey.accounts.api_tokens import Scope
from survey.accounts.policy import Action, Resource
from survey.api.operations import Created, operation
from survey.api.paging import PageAsked, Part, part_of
from survey.api.shapes import Address, Sent, ShortLine, Shown
from survey.mentoring.mentees import add_mentee
from survey.privacy.audit_trail import Action as Deed
from survey.storage.models import Mentorship
from survey.storage.queries import people as people_queries
from survey.web.access import as_mentor, own_account, require
from survey.web.current import current_person, service
from survey.web.deeds import note_deed
from survey.web.rate_limits import limit_letters

_FIELDS = {"Name": "#/name", "E-mail": "#/email"}


class MenteeSent(Sent):
    """Somebody to take on."""

    name: ShortLine = Field(min_length=1, description="As it should stand in letters to raters.")
    email: Address = Field(min_length=3)


class Mentee(Shown):
    """One of your mentees."""

    id: uuid.UUID
    name: str
    email: str
    started_on: dt.date
    ended_on: dt.date | None
    agreed_sessions: int | None


@operation(
    "GET",
    "/mentees",
    tag="Mentees",
    scope=Scope.MENTEES_READ,
    asked=PageAsked,
    shows=Mentee,
    many=True,
    refusals=(404,),
)
def list_mentees(session: Session, asked: PageAsked) -> Part:
    """List your mentees, by name."""
    require(Resource.MENTORSHIP, Action.CREATE)
    found = people_queries.mentorships_of_mentor(session, current_person().id)
    return part_of(found, asked, lambda one: str(one.id), shown_mentee)


@operation(
    "POST",
    "/mentees",
    tag="Mentees",
    scope=Scope.MENTEES_WRITE,
    body=MenteeSent,
    shows=Mentee,
    status=201,
    limits=(limit_letters,),
    fields=_FIELDS,
    refusals=(404,),
)
def create_mentee(session: Session, body: MenteeSent) -> Created:
    """Take on a mentee.

    They get a welcome letter. Somebody who has an account already keeps it.
    """
    require(Resource.MENTORSHIP, Action.CREATE)
    mentor = own_account(session)
    mentorship = add_mentee(session, mentor, body.name, body.email, service().now())
    note_deed(session, Deed.MENTORSHIP_STARTED, mentorship.id)
    address = url_for("api.read_mentee", mentorship_id=mentorship.id)
    return Created(shown_mentee(mentorship), address)


@operation(
    "GET",
    "/mentees/<uuid:mentorship_id>",
    tag="Mentees",
    scope=Scope.MENTEES_READ,
    shows=Mentee,
)
def read_mentee(session: Session, mentorship_id: uuid.UUID) -> Mentee:
    """Read one mentee."""
    return shown_mentee(as_mentor(session, mentorship_id, Resource.MENTORSHIP, Action.WRITE))


def shown_mentee(mentorship: Mentorship) -> Mentee:
    """A mentorship as its mentor sees it."""
    return Mentee(
        id=mentorship.id,
        name=mentorship.mentee.name,
        email=mentorship.mentee.email,
        started_on=mentorship.started_on,
        ended_on=mentorship.ended_on,
        agreed_sessions=mentorship.agreed_sessions,
    )
