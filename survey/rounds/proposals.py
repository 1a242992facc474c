"""Raters whom the mentee proposes for a draft, and what the mentor makes of each.

The mentor asks, the mentee proposes, the mentor decides; nothing here writes to a rater or launches
a round. The mentee sees their own proposals and what became of them, and nothing else of the rater
list. At the launch all of it is deleted: from then on there is nothing that the mentee could set
beside the numbers of answers.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from survey.anonymity.addresses import normalise_address
from survey.frameworks.rater_groups import SELF
from survey.languages.message import Message
from survey.privacy.rater_marks import address_mark
from survey.rounds.draft import (
    add_raters,
    rater_groups_of,
    require_state,
    restriction_problems,
)
from survey.rounds.errors import InvalidRoundError, RoundError, WrongStateError
from survey.rounds.rater_list import RaterEntry, RaterProblem, check_raters
from survey.storage.models import (
    Letter,
    LetterKind,
    ProposalState,
    ProposedRater,
    Round,
    RoundGroup,
    RoundState,
)
from survey.storage.queries import rounds as round_queries

MOST_PROPOSALS = 60
LONGEST_WORD = 300
_DRAFT_ONLY = Message("Raters are proposed before the launch.")


def ask_for_proposals(session: Session, round_: Round, until: dt.date, now: dt.datetime) -> None:
    """Ask the mentee by letter to propose raters until a day. Asking again moves the day.

    Raises WrongStateError, or InvalidRoundError naming what is wrong with the day.
    """
    round_ = round_queries.locked(session, round_.id)
    require_state(round_, RoundState.DRAFT, _DRAFT_ONLY)
    problems = restriction_problems(round_.mentorship)
    if not groups_to_propose_for(round_):
        problems.append(Message("Rater groups: nobody but the mentee is asked in this round."))
    if until < now.date():
        problems.append(Message("Propose until: that day is over; choose today or later."))
    elif until > round_.deadline:
        problems.append(Message("Propose until: choose a day before the round's deadline."))
    if problems:
        raise InvalidRoundError(problems)
    round_.proposals_asked_on = now.date()
    round_.proposals_until = until
    session.add(Letter(kind=LetterKind.RATERS_WANTED, round_id=round_.id, due_at=now))
    session.flush()


def takes_proposals(round_: Round, today: dt.date) -> bool:
    """Whether the mentee may propose raters today."""
    return (
        round_.state is RoundState.DRAFT
        and round_.proposals_until is not None
        and today <= round_.proposals_until
        and not restriction_problems(round_.mentorship)
    )


def groups_to_propose_for(round_: Round) -> list[RoundGroup]:
    """The groups that the mentee can propose somebody for: all but their own."""
    return [group for group in round_.groups if group.key != SELF.key]


def waiting_proposals(round_: Round) -> list[ProposedRater]:
    """Those that the mentor has not decided about."""
    return [one for one in round_.proposals if one.state is ProposalState.WAITING]


def propose(
    session: Session, round_: Round, entry: RaterEntry, today: dt.date
) -> list[RaterProblem]:
    """Add a proposal of the mentee's; returns what is wrong with it instead, if anything.

    It is compared with the mentee's own proposals alone: what the mentor has put on the list is not
    theirs to find out. Raises WrongStateError when nothing is taken any more.
    """
    round_ = round_queries.locked(session, round_.id)
    if not takes_proposals(round_, today):
        raise WrongStateError(Message("Proposals are not taken any more. Talk with your mentor."))
    if len(round_.proposals) >= MOST_PROPOSALS:
        what = Message("you have proposed %(most)s people", most=MOST_PROPOSALS)
        hint = Message("that is plenty; take somebody off first")
        return [RaterProblem(0, "list", what, hint)]
    problems = _problems(round_, entry)
    if problems:
        return problems
    mark = address_mark(session, normalise_address(entry.email))
    if any(one.address_mark == mark for one in round_.proposals):
        what = Message("you have proposed somebody with this address")
        return [RaterProblem(0, "e-mail", what, Message("each rater answers once"))]
    proposal = ProposedRater(
        round_id=round_.id, round=round_, group_key=entry.group_key, address_mark=mark
    )
    proposal.state, proposal.changed = ProposalState.WAITING, False
    _write(proposal, entry)
    session.add(proposal)
    session.flush()
    return []


def proposal_in(round_: Round, proposal_id: uuid.UUID) -> ProposedRater:
    """The proposal with this id for the round. Raises RoundError."""
    for proposal in round_.proposals:
        if proposal.id == proposal_id:
            return proposal
    raise RoundError(Message("That proposal is not there any more."))


def take_back(session: Session, round_: Round, proposal: ProposedRater) -> None:
    """Let the mentee take a proposal back that the mentor has not decided about."""
    require_state(round_, RoundState.DRAFT, _DRAFT_ONLY)
    if proposal.state is not ProposalState.WAITING:
        raise RoundError(Message("Your mentor has decided about it already. Talk with them."))
    round_.proposals.remove(proposal)
    session.flush()


def entry_of(proposal: ProposedRater) -> RaterEntry:
    """The proposal as a rater list has it."""
    return RaterEntry(proposal.name, proposal.email, proposal.group_key, proposal.language)


def put_on_the_list(
    session: Session,
    round_: Round,
    proposal: ProposedRater,
    entry: RaterEntry | None = None,
    word: str = "",
) -> list[RaterProblem]:
    """Put a proposed rater on the draft's list, as proposed or as the mentor has changed it.

    Somebody who is on the list already stays there as they are. Returns what is wrong instead, if
    anything; then nothing is changed.
    """
    require_state(round_, RoundState.DRAFT, _DRAFT_ONLY)
    proposed = entry_of(proposal)
    entry = entry or proposed
    problems = _problems(round_, entry)
    if problems:
        return problems
    address = normalise_address(entry.email)
    mark = address_mark(session, address)
    if any(one.address_mark == mark for one in round_.proposals if one is not proposal):
        what = Message("'%(address)s' is the address of another proposal", address=entry.email)
        return [RaterProblem(0, "e-mail", what, Message("decide about that one"))]
    if all(address != invitation.normalised_email for invitation in round_.invitations):
        problems = add_raters(session, round_, [entry])
        if problems:
            return problems
    if entry != proposed:
        proposal.changed = True
        proposal.address_mark = mark
        _write(proposal, entry)
    proposal.state = ProposalState.ON_THE_LIST
    proposal.word = _tidy(word)
    session.flush()
    return []


def turn_down(session: Session, round_: Round, proposal: ProposedRater, word: str = "") -> None:
    """Turn a proposal down, with a word to the mentee; the rater is taken off the list again."""
    require_state(round_, RoundState.DRAFT, _DRAFT_ONLY)
    if proposal.state is ProposalState.ON_THE_LIST:
        address = normalise_address(proposal.email)
        for invitation in list(round_.invitations):
            if invitation.normalised_email == address and invitation.group_key != SELF.key:
                round_.invitations.remove(invitation)
    proposal.state = ProposalState.TURNED_DOWN
    proposal.word = _tidy(word)
    session.flush()


def is_listed(round_: Round, proposal: ProposedRater) -> bool:
    """Whether somebody with the proposal's address is on the draft's list."""
    address = normalise_address(proposal.email)
    return any(invitation.normalised_email == address for invitation in round_.invitations)


def _problems(round_: Round, entry: RaterEntry) -> list[RaterProblem]:
    return check_raters(
        [entry],
        groups=[group for group in rater_groups_of(round_) if group.key != SELF.key],
        mentee_email=round_.mentorship.mentee.email,
        mentor_email=round_.mentorship.mentor.email,
    )


def _write(proposal: ProposedRater, entry: RaterEntry) -> None:
    proposal.name = entry.name
    proposal.email = entry.email
    proposal.group_key = entry.group_key
    proposal.language = entry.language


def _tidy(word: str) -> str:
    return " ".join(word.split())[:LONGEST_WORD]
