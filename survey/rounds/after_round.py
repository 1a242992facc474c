"""The after round of a before or interim round in one step, and what it takes over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey.anonymity.thresholds import DEFAULT_THRESHOLD
from survey.frameworks.rater_groups import SELF
from survey.languages.message import Message
from survey.rounds.draft import RoundDetails, create_draft, is_asked_again, rater_groups_of
from survey.rounds.errors import WrongStateError
from survey.rounds.rater_guidance import usual_deadline
from survey.storage.models import Delivery, Invitation, Round, RoundKind, RoundState
from survey.storage.queries import rounds as round_queries


@dataclass(frozen=True)
class LeftOut:
    """Raters of the earlier round who are not proposed again: who, if it is known, and why."""

    why: str
    names: Sequence[str]
    number: int


def may_have_after_round(session: Session, round_: Round) -> bool:
    """Whether an after round can follow: a before or interim round, closed and with a result."""
    return round_ in round_queries.earlier_closed(session, round_.mentorship_id)


def after_round_of(session: Session, earlier: Round) -> Round | None:
    """The after round that is compared with this one, if there is one: a draft before others."""
    return next(
        (
            other
            for other in round_queries.in_mentorship(session, earlier.mentorship_id)
            if other.kind is RoundKind.AFTER and other.compared_with_id == earlier.id
        ),
        None,
    )


def draft_after_round(
    session: Session, earlier: Round, today: dt.date, deadline: dt.date | None = None
) -> Round:
    """Draft the after round: the same framework, groups, thresholds, goal, words and raters.

    Without a deadline it gets the usual one. Raises WrongStateError where no after round can
    follow, InvalidRoundError when the deadline cannot be used.
    """
    if not may_have_after_round(session, earlier):
        raise WrongStateError(
            Message(
                "An after round follows a before or interim round that is closed and has a result."
            )
        )
    return create_draft(
        session,
        earlier.mentorship,
        RoundDetails(
            kind=RoundKind.AFTER,
            framework_id=earlier.framework_id,
            groups=rater_groups_of(earlier),
            deadline=deadline or usual_deadline(today),
            goal=earlier.goal,
            purpose=earlier.purpose,
            release_mode=earlier.release_mode,
            threshold=max(
                (group.threshold for group in earlier.groups if group.anonymous),
                default=DEFAULT_THRESHOLD,
            ),
            compared_with=earlier,
            label_comments=earlier.label_comments,
            reminds_itself=earlier.reminds_itself,
        ),
        today,
    )


def left_out(draft: Round) -> list[LeftOut]:
    """Who of the compared round is not proposed in a draft, by reason.

    Reasons are what the earlier round's page shows of its invitations, and nothing of answers.
    """
    earlier = draft.compared_with
    if earlier is None or draft.state is not RoundState.DRAFT:
        return []
    found: dict[str, list[Invitation]] = {}
    for invitation in earlier.invitations:
        if invitation.group_key != SELF.key and not is_asked_again(invitation):
            found.setdefault(_reason(invitation), []).append(invitation)
    return [
        LeftOut(why, [i.name or i.email for i in members if i.email], len(members))
        for why, members in found.items()
    ]


def _reason(invitation: Invitation) -> str:
    if not invitation.email:
        return Message("name and address are no longer kept, after a while or at their own request")
    if invitation.revoked:
        return Message("you withdrew the invitation")
    if invitation.delivery is Delivery.FAILED:
        return Message("the invitation came back")
    raise ValueError("this rater is asked again")
