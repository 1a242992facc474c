"""Looking after an open round: deadline, late raters, lost and misaddressed letters.

None of these steps behaves differently, as far as the mentor can see, for a rater who has
answered and one who has not.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy.orm import Session

from survey.anonymity.addresses import normalise_address
from survey.languages.message import Message
from survey.rounds.draft import new_invitation, rater_problems, require_state
from survey.rounds.errors import InvalidRoundError, RoundError
from survey.rounds.launch import require_letters_left, send_invitation
from survey.rounds.rater_links import LONGEST_LINK_LIFE, RaterLinks
from survey.rounds.rater_list import RaterEntry, RaterProblem
from survey.storage.models import Delivery, Invitation, Round, RoundState
from survey.storage.queries import invitations as invitation_queries
from survey.storage.queries import rounds as round_queries

_OPEN_ONLY = Message("This is possible only while it is open.")


def extend_deadline(round_: Round, deadline: dt.date, today: dt.date) -> None:
    """Set another last day. Raises InvalidRoundError when links would not live that long."""
    require_state(round_, RoundState.OPEN, _OPEN_ONLY)
    if round_.launched_on is None:
        raise ValueError("an open round has a day of launch")
    latest = round_.launched_on + LONGEST_LINK_LIFE
    if deadline < today:
        raise InvalidRoundError(
            [Message("That day is over; choose today or later.", at="Deadline")]
        )
    if deadline > latest:
        raise InvalidRoundError(
            [
                Message(
                    "Its links work until %(day)s; choose that day or earlier.",
                    day=latest,
                    at="Deadline",
                )
            ]
        )
    round_.deadline = deadline


def add_late_raters(
    session: Session,
    round_: Round,
    entries: Sequence[RaterEntry],
    *,
    links: RaterLinks,
    now: dt.datetime,
) -> list[RaterProblem]:
    """Invite further raters to an open round: all of them, or none when any has a problem.

    Raises TooManyLettersError.
    """
    round_ = _open_and_held(session, round_)
    problems = rater_problems(round_, entries)
    if problems:
        return problems
    require_letters_left(session, round_, len(entries), now.date())
    added = [new_invitation(round_, entry) for entry in entries]
    round_.invitations.extend(added)
    session.flush()
    for invitation in added:
        send_invitation(session, invitation, links=links, now=now)
    session.flush()
    return []


def invitation_in(round_: Round, invitation_id: uuid.UUID) -> Invitation:
    """The round's invitation with this id. Raises RoundError."""
    for invitation in round_.invitations:
        if invitation.id == invitation_id:
            return invitation
    raise RoundError(Message("That invitation is not part of this round."))


def resend_link(
    session: Session,
    round_: Round,
    invitation: Invitation,
    *,
    links: RaterLinks,
    now: dt.datetime,
) -> None:
    """Send a rater a fresh link; the old one stops working, and a withdrawn invitation is restored.

    A rater who is done gets the letter too (its link says that nothing is left to do): were it
    left out, the delivery state would tell the mentor who has answered.
    """
    _open_and_held(session, round_)
    _require_address(invitation)
    invitation.revoked = False
    if invitation_queries.letter_waiting(session, invitation.id):
        return
    if invitation.delivery is not Delivery.FAILED:
        invitation.reached = True
    send_invitation(session, invitation, links=links, now=now)
    session.flush()


def is_correctable(invitation: Invitation) -> bool:
    """Whether the rater's address may be changed: every letter to it came back."""
    return invitation.delivery is Delivery.FAILED and not invitation.reached


def correct_address(
    session: Session,
    round_: Round,
    invitation: Invitation,
    email: str,
    *,
    links: RaterLinks,
    now: dt.datetime,
) -> list[RaterProblem]:
    """Change a rater's address and send a fresh link there. Returns problems instead, if any.

    Only where no letter has arrived: whoever could lead a link to their own mailbox after a rater
    had got it would see on its page whether that rater has answered. Raises RoundError otherwise.
    """
    round_ = _open_and_held(session, round_)
    _require_address(invitation)
    if not is_correctable(invitation):
        raise RoundError(
            Message(
                "The address can be corrected only while no letter has reached the rater. Withdraw "
                "this invitation, and invite the right address as a late rater."
            )
        )
    entry = RaterEntry(invitation.name, email, invitation.group_key, invitation.language)
    others = [other for other in round_.invitations if other is not invitation]
    problems = rater_problems(round_, [entry], among=others)
    if problems:
        return problems
    invitation.email = email
    invitation.normalised_email = normalise_address(email)
    resend_link(session, round_, invitation, links=links, now=now)
    return []


def revoke_invitation(session: Session, round_: Round, invitation: Invitation) -> None:
    """Make a rater's link worthless. An answer that was already given stays and counts."""
    _open_and_held(session, round_)
    invitation.revoked = True
    session.flush()


def _open_and_held(session: Session, round_: Round) -> Round:
    """The round, open and held: two clicks at once are one after the other. Or WrongStateError."""
    held = round_queries.locked(session, round_.id)
    require_state(held, RoundState.OPEN, _OPEN_ONLY)
    return held


def _require_address(invitation: Invitation) -> None:
    if not invitation.email:
        raise RoundError(
            Message(
                "This rater's name and address were erased at their request. Do not invite them "
                "again."
            )
        )
