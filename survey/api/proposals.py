"""Raters whom the mentee proposes for a draft: asking for them, reading and deciding about them.

Proposing is the mentee's, and has a page alone.
"""

from __future__ import annotations

import datetime as dt
import uuid

from pydantic import Field
from sqlalchemy.orm import Session

from survey.accounts.api_tokens import Scope
from survey.accounts.policy import Action
from survey.api.operations import operation
from survey.api.paging import PageAsked, Part, part_of
from survey.api.problems import ErrorAt, ProblemError
from survey.api.shapes import Line, Sent, Shown
from survey.privacy.audit_trail import Action as Deed
from survey.rounds.proposals import ask_for_proposals, put_on_the_list, turn_down
from survey.storage.models import ProposalState, ProposedRater
from survey.web.access import proposal_for, rounds_proposals_for
from survey.web.current import service
from survey.web.deeds import note_deed
from survey.web.rate_limits import limit_letters


class UntilSent(Sent):
    """Until when the mentee may propose raters."""

    until: dt.date = Field(description="The last day for proposals (UTC), before the deadline.")


class DecisionSent(Sent):
    """What becomes of a proposal."""

    put_on_the_list: bool = Field(description="Otherwise it is turned down.")
    word: Line = Field(default="", description="What the mentee is told about it.")


class ProposalShown(Shown):
    """Somebody whom the mentee proposes."""

    id: uuid.UUID
    name: str
    email: str
    group: str
    language: str | None
    state: ProposalState
    word: str


@operation(
    "POST",
    "/rounds/<uuid:round_id>/proposals/ask",
    tag="Raters",
    scope=Scope.ROUNDS_WRITE,
    body=UntilSent,
    status=204,
    limits=(limit_letters,),
    fields={"Propose until": "#/until"},
    refusals=(409,),
)
def ask_the_mentee(session: Session, round_id: uuid.UUID, body: UntilSent) -> None:
    """Ask the mentee by e-mail to propose raters for a draft. Asking again moves the day."""
    round_ = rounds_proposals_for(session, round_id, Action.WRITE)
    ask_for_proposals(session, round_, body.until, service().now())
    note_deed(session, Deed.PROPOSALS_ASKED, round_.id)


@operation(
    "GET",
    "/rounds/<uuid:round_id>/proposals",
    tag="Raters",
    scope=Scope.ROUNDS_READ,
    asked=PageAsked,
    shows=ProposalShown,
    many=True,
)
def list_proposals(session: Session, round_id: uuid.UUID, asked: PageAsked) -> Part:
    """List whom the mentee proposes for a draft. At the launch the proposals are deleted."""
    round_ = rounds_proposals_for(session, round_id, Action.WRITE)
    return part_of(list(round_.proposals), asked, lambda one: str(one.id), _shown)


@operation(
    "POST",
    "/rounds/<uuid:round_id>/proposals/<uuid:proposal_id>",
    tag="Raters",
    scope=Scope.ROUNDS_WRITE,
    body=DecisionSent,
    shows=ProposalShown,
    refusals=(409,),
)
def decide_about_proposal(
    session: Session, round_id: uuid.UUID, proposal_id: uuid.UUID, body: DecisionSent
) -> ProposalShown:
    """Put somebody who is proposed on the draft's list, or turn the proposal down.

    The mentee sees it. Nothing is sent to the rater before the launch.
    """
    round_ = rounds_proposals_for(session, round_id, Action.WRITE)
    proposal = proposal_for(round_, proposal_id)
    if not body.put_on_the_list:
        turn_down(session, round_, proposal, body.word)
        return _shown(proposal)
    problems = put_on_the_list(session, round_, proposal, word=body.word)
    if problems:
        found = [
            ErrorAt(detail=f"{one.what[:1].upper()}{one.what[1:]}; {one.hint}.", pointer="#")
            for one in problems
        ]
        raise ProblemError(422, "invalid-request", "Nothing was changed.", found)
    return _shown(proposal)


def _shown(proposal: ProposedRater) -> ProposalShown:
    return ProposalShown(
        id=proposal.id,
        name=proposal.name,
        email=proposal.email,
        group=proposal.group_key,
        language=proposal.language,
        state=proposal.state,
        word=proposal.word,
    )
