"""Launching a round: keys, frozen questionnaire, links and letters in one transaction."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from survey.anonymity.ballot_box import create_round_keys
from survey.confidentiality.master_key import MasterKey
from survey.frameworks.model import Framework
from survey.languages.message import Message, Whole
from survey.privacy.audit_trail import Action, record
from survey.rounds.draft import require_state, restriction_problems
from survey.rounds.errors import InvalidRoundError, TooManyLettersError
from survey.rounds.new_version import record_decision, version_problems
from survey.rounds.questionnaires import freeze_questionnaire
from survey.rounds.rater_guidance import outlook, small_groups_warnings
from survey.rounds.rater_links import LONGEST_LINK_LIFE, RaterLinks
from survey.rounds.rater_list import MAX_RATERS
from survey.storage.models import (
    Delivery,
    Invitation,
    Letter,
    LetterKind,
    Round,
    RoundState,
    WebhookEvent,
)
from survey.storage.queries import invitations as invitation_queries
from survey.storage.queries import rounds as round_queries
from survey.storage.sealed_columns import key_store
from survey.webhooks.announcing import announce

# Two of the largest rounds there can be.
MOST_INVITED_A_DAY = 2 * MAX_RATERS


def launch_round(
    session: Session,
    round_: Round,
    framework: Framework,
    *,
    links: RaterLinks,
    master_key: MasterKey,
    now: dt.datetime,
) -> None:
    """Open the round and put an invitation to every rater into the outbox.

    Raises WrongStateError, InvalidRoundError when nobody is invited or the deadline is over, and
    TooManyLettersError.
    """
    round_ = round_queries.locked(session, round_.id)
    require_state(round_, RoundState.DRAFT, Message("It can be launched only once."))
    problems = [*launch_problems(round_, now.date()), *version_problems(round_, framework)]
    if problems:
        raise InvalidRoundError(problems)
    require_letters_left(session, round_, len(round_.invitations), now.date())
    freeze_questionnaire(session, round_, framework)
    # Made in the key database now: should this transaction fail, the next launch uses it.
    opening_key = key_store(session).opening_key_for_writing(round_.id)
    keys = create_round_keys(master_key, opening_key)
    round_.public_key = keys.public_key
    round_.wrapped_private_key = keys.wrapped_private_key
    round_.state = RoundState.OPEN
    round_.launched_on = now.date()
    # What the mentee proposed, and could set beside the answers, ends here.
    round_.proposals.clear()
    for invitation in round_.invitations:
        send_invitation(session, invitation, links=links, now=now)
    record(session, round_.mentorship.mentor, Action.ROUND_LAUNCHED, round_.id, now)
    record_decision(session, round_, now)
    announce(session, round_, WebhookEvent.ROUND_LAUNCHED, now)
    session.flush()


def launch_problems(round_: Round, today: dt.date) -> list[str]:
    """What stands in the way of a launch."""
    problems = restriction_problems(round_.mentorship)
    if not round_.invitations:
        problems.append(Message("Raters: nobody is invited yet."))
    if round_.deadline < today:
        problems.append(Message("Deadline: that day is over; choose another."))
    return problems


def require_letters_left(session: Session, round_: Round, more: int, today: dt.date) -> None:
    """Refuse to invite more people in a day than a mentor ever needs to.

    Whoever takes a mentor's account over must not write to the world in our name. Raises
    TooManyLettersError.
    """
    # A link ends so long after the day on which it was made.
    made_today = today + LONGEST_LINK_LIFE
    mentor_id = round_.mentorship.mentor_id
    invited = invitation_queries.with_links_until(session, mentor_id, made_today)
    if invited + more > MOST_INVITED_A_DAY:
        raise TooManyLettersError(
            Message(
                "At most %(most)s people can be invited by one mentor in a day, and %(invited)s "
                "were today. Invite the others tomorrow.",
                most=Whole(MOST_INVITED_A_DAY),
                invited=Whole(invited),
            )
        )


def launch_warnings(round_: Round) -> list[str]:
    """What a mentor should know before launching: groups that cannot reach their threshold."""
    return small_groups_warnings(outlook(round_))


def send_invitation(
    session: Session, invitation: Invitation, *, links: RaterLinks, now: dt.datetime
) -> None:
    """Give the rater a fresh link and put its letter into the outbox."""
    links.issue(invitation, now.date())
    invitation.delivery = Delivery.QUEUED
    invitation.delivery_problem = ""
    session.add(Letter(kind=LetterKind.INVITATION, invitation_id=invitation.id, due_at=now))
