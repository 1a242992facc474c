"""Taking a rater's answers: the link is used up and the ballot sealed in one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.orm import Session

from survey.anonymity.ballot_box import seal
from survey.anonymity.delay import delay_step
from survey.frameworks.questionnaire import GroupForm
from survey.rounds.answers import read_answers
from survey.rounds.errors import RoundClosedError, UsedLinkError
from survey.rounds.questionnaires import questionnaire_of
from survey.rounds.rater_links import RaterLinks
from survey.storage.models import Invitation, Round, RoundState, SealedBallot
from survey.storage.queries import invitations as invitation_queries
from survey.storage.queries import rounds as round_queries


def form_of(invitation: Invitation) -> GroupForm:
    """The form that this rater sees, in their language."""
    round_ = invitation.round
    return questionnaire_of(round_).form_for(
        invitation.group_key,
        invitation.language,
        round_.mentorship.mentee.first_name,
        round_.kind.value,
    )


def submit_feedback(
    session: Session, links: RaterLinks, token: str, fields: Mapping[str, str], today: dt.date
) -> None:
    """Accept a filled form.

    Raises a LinkError when the link does not count (any more), and InvalidAnswersError when the
    form has to be mended; in both cases nothing is stored.
    """
    invitation = links.find(session, token, today)
    ballot = read_answers(
        form_of(invitation),
        invitation.group_key,
        fields,
        retrospective=invitation.round.retrospective,
    )
    round_ = _use_up(session, invitation)
    if round_.public_key is None or round_.launched_on is None:
        raise ValueError("an open round has a public key and a day of launch")
    ballot = replace(ballot, answered=delay_step(round_.launched_on, today))
    session.add(SealedBallot(round_id=round_.id, sealed=seal(ballot, round_.public_key)))
    session.flush()


def decline(session: Session, links: RaterLinks, token: str, today: dt.date) -> None:
    """Note that a rater does not want to answer: a number in their group, no mark on them."""
    invitation = links.find(session, token, today)
    round_ = _use_up(session, invitation)
    round_queries.count_decline(session, round_.id, invitation.group_key)


def _use_up(session: Session, invitation: Invitation) -> Round:
    round_ = round_queries.shared(session, invitation.round_id)
    if round_.state is not RoundState.OPEN:
        raise RoundClosedError
    if not invitation_queries.consume(session, invitation.id, invitation.link_hash):
        raise UsedLinkError
    return round_
