"""Who is asked in a round: adding raters, and taking them off.

None of this behaves differently for a rater who has answered and one who has not.
"""

from __future__ import annotations

import unicodedata
import uuid

from pydantic import Field
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from survey.accounts.api_tokens import Scope
from survey.accounts.policy import Action, Resource
from survey.anonymity.addresses import validated_address
from survey.api.operations import operation
from survey.api.paging import PageAsked, Part, part_of
from survey.api.problems import ErrorAt, ProblemError, pointer_to
from survey.api.round_shapes import RaterShown, RoundShown, shown, shown_rater
from survey.api.shapes import Address, Line, Sent, ShortLine
from survey.rounds.draft import add_raters, rater_groups_of, remove_rater
from survey.rounds.errors import RoundError
from survey.rounds.manage import (
    add_late_raters,
    invitation_in,
    resend_link,
    revoke_invitation,
)
from survey.rounds.rater_list import RaterEntry, RaterProblem
from survey.rounds.rater_list_table import GroupNames, language_code
from survey.storage.models import Invitation, Round, RoundState
from survey.web.access import round_for
from survey.web.current import service
from survey.web.rate_limits import limit_letters

MOST_AT_ONCE = 1000
# How a rater list's problems name what the body calls otherwise.
_FIELDS = {"e-mail": "email"}


class RaterSent(Sent):
    """Somebody to ask."""

    name: Line = ""
    email: Address
    group: ShortLine = Field(
        description="One of the round's groups: its key, or its name as in lists of raters."
    )
    language: ShortLine | None = Field(
        default=None, description="The language of the letter, such as `de`; yours if left out."
    )


class RatersSent(Sent):
    """Raters to add: all of them, or none where anything is wrong with any."""

    raters: list[RaterSent] = Field(min_length=1, max_length=MOST_AT_ONCE)


@operation(
    "GET",
    "/rounds/<uuid:round_id>/raters",
    tag="Raters",
    scope=Scope.ROUNDS_READ,
    asked=PageAsked,
    shows=RaterShown,
    many=True,
)
def list_raters(session: Session, round_id: uuid.UUID, asked: PageAsked) -> Part:
    """List who is invited, by group. Whether somebody has answered is shown to nobody."""
    round_ = round_for(session, round_id, Action.READ, Resource.RATER_LIST)
    found: list[Invitation] = list(round_.invitations)
    return part_of(
        found, asked, lambda one: str(one.id), lambda one: shown_rater(one, round_.state)
    )


@operation(
    "POST",
    "/rounds/<uuid:round_id>/raters",
    tag="Raters",
    scope=Scope.ROUNDS_WRITE,
    body=RatersSent,
    shows=RoundShown,
    limits=(limit_letters,),
    refusals=(409,),
)
def create_raters(session: Session, round_id: uuid.UUID, body: RatersSent) -> RoundShown:
    """Add raters to a draft, or invite them late to an open round.

    All are added, or none where anything is wrong with any of them.
    """
    round_ = round_for(session, round_id, Action.CREATE, Resource.RATER_LIST)
    entries = _entries(body, GroupNames(rater_groups_of(round_)))
    if round_.state is RoundState.DRAFT:
        problems = add_raters(session, round_, entries)
    else:
        problems = add_late_raters(
            session, round_, entries, links=service().rater_links, now=service().now()
        )
    if problems:
        found = [_at(problem) for problem in problems]
        raise ProblemError(422, "invalid-request", "Nobody was added.", found)
    return shown(session, round_, service().today())


@operation(
    "DELETE",
    "/rounds/<uuid:round_id>/raters/<uuid:invitation_id>",
    tag="Raters",
    scope=Scope.ROUNDS_WRITE,
    status=204,
    refusals=(409,),
)
def remove_one_rater(session: Session, round_id: uuid.UUID, invitation_id: uuid.UUID) -> None:
    """Take a rater off a draft. The mentee stays as long as their group is asked.

    Once the round is launched, withdraw the invitation instead.
    """
    round_ = round_for(session, round_id, Action.DELETE, Resource.RATER_LIST)
    remove_rater(session, round_, _invitation(round_, invitation_id).id)


@operation(
    "POST",
    "/rounds/<uuid:round_id>/raters/<uuid:invitation_id>/withdraw",
    tag="Raters",
    scope=Scope.ROUNDS_WRITE,
    shows=RaterShown,
    refusals=(409,),
)
def withdraw_invitation(
    session: Session, round_id: uuid.UUID, invitation_id: uuid.UUID
) -> RaterShown:
    """Withdraw an invitation: its link stops working. An answer already given still counts."""
    round_ = round_for(session, round_id, Action.WRITE, Resource.RATER_LIST)
    invitation = _invitation(round_, invitation_id)
    revoke_invitation(session, round_, invitation)
    return shown_rater(invitation, round_.state)


@operation(
    "POST",
    "/rounds/<uuid:round_id>/raters/<uuid:invitation_id>/fresh-link",
    tag="Raters",
    scope=Scope.ROUNDS_WRITE,
    shows=RaterShown,
    limits=(limit_letters,),
    refusals=(409,),
)
def send_fresh_link(session: Session, round_id: uuid.UUID, invitation_id: uuid.UUID) -> RaterShown:
    """Send a rater a fresh link; earlier ones stop working. It restores a withdrawn invitation."""
    round_ = round_for(session, round_id, Action.WRITE, Resource.RATER_LIST)
    invitation = _invitation(round_, invitation_id)
    resend_link(session, round_, invitation, links=service().rater_links, now=service().now())
    return shown_rater(invitation, round_.state)


def _invitation(round_: Round, invitation_id: uuid.UUID) -> Invitation:
    try:
        return invitation_in(round_, invitation_id)
    except RoundError as error:
        raise NotFound from error


def _entries(body: RatersSent, groups: GroupNames) -> list[RaterEntry]:
    """The raters as use cases know them. Raises ProblemError for languages that are none.

    A group that is not found stays as it was sent, for the check to name it.
    """
    wrong = [
        ErrorAt(
            detail="This is not a language; use a code such as `en` or `de`, or leave it out.",
            pointer=pointer_to("raters", place, "language"),
        )
        for place, rater in enumerate(body.raters)
        if rater.language is not None and language_code(rater.language) is None
    ]
    if wrong:
        raise ProblemError(422, "invalid-request", "Nobody was added.", wrong)
    return [
        RaterEntry(
            name=unicodedata.normalize("NFC", " ".join(rater.name.split())),
            email=_as_stored(rater.email),
            group_key=groups.find(rater.group) or rater.group,
            language=language_code(rater.language) if rater.language else None,
            row=place,
        )
        for place, rater in enumerate(body.raters, 1)
    ]


def _as_stored(email: str) -> str:
    """An address as lists store it; what is none stays, for the check to name it."""
    written = email.strip()
    try:
        return validated_address(written).normalized
    except ValueError:
        return written


def _at(problem: RaterProblem) -> ErrorAt:
    """A problem at its rater; row 0 stands for the whole list."""
    said = f"{problem.what[:1].upper()}{problem.what[1:]}; {problem.hint}."
    if problem.row == 0:
        return ErrorAt(detail=said, pointer=pointer_to("raters"))
    field = _FIELDS.get(problem.field, problem.field)
    return ErrorAt(detail=said, pointer=pointer_to("raters", problem.row - 1, field))
