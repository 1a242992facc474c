"""Reminding everybody who has not answered - without anyone learning who that is."""

from __future__ import annotations

import datetime as dt
import uuid
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from survey.languages.message import Message
from survey.privacy.audit_trail import Action, record
from survey.rounds.draft import require_state, restriction_problems
from survey.rounds.reminder_days import coming_days, is_due
from survey.storage.models import Letter, LetterKind, Person, Round, RoundState
from survey.storage.queries import invitations as invitation_queries
from survey.storage.queries import rounds as round_queries


def remind_all(
    session: Session, round_: Round, now: dt.datetime, *, reminded_by: Person | None = None
) -> None:
    """Put a reminder to every rater who has not answered into the outbox.

    The audit trail says of the round that it was done, whether or not anybody had to be reminded.

    Returns nothing on purpose: a number here, set beside the counts of a round with a revoked
    invitation, could tell whether that one rater had answered.
    """
    # Held, so that two clicks at once remind nobody twice.
    round_ = round_queries.locked(session, round_.id)
    require_state(round_, RoundState.OPEN, Message("Reminders go out only while a round is open."))
    for invitation in invitation_queries.to_remind(session, round_.id):
        session.add(Letter(kind=LetterKind.REMINDER, invitation_id=invitation.id, due_at=now))
    round_.reminded_on = now.date()
    record(session, reminded_by, Action.REMINDERS_SENT, round_.id, now)
    session.flush()


def rounds_to_remind(session: Session, now: dt.datetime, zone: ZoneInfo) -> list[uuid.UUID]:
    """Ids of the open rounds of which a reminder day has come."""
    return [
        round_.id
        for round_ in round_queries.that_remind_themselves(session)
        if _is_to_remind(round_, now, zone)
    ]


def remind_if_due(session: Session, round_id: uuid.UUID, now: dt.datetime, zone: ZoneInfo) -> None:
    """Remind everybody who has not answered, if one of the round's reminder days has come.

    Nothing happens where another worker, or the mentor, was faster, or the round has closed.
    """
    round_ = round_queries.locked(session, round_id)
    if _is_to_remind(round_, now, zone):
        remind_all(session, round_, now)
        # By the calendar that says when it is due: in the far east UTC still has the day before,
        # and the same reminder would go out again.
        round_.reminded_on = now.astimezone(zone).date()


def _is_to_remind(round_: Round, now: dt.datetime, zone: ZoneInfo) -> bool:
    return (
        round_.state is RoundState.OPEN
        and round_.launched_on is not None
        and round_.reminds_itself
        and is_due(round_.launched_on, round_.deadline, round_.reminded_on, now, zone)
        and not restriction_problems(round_.mentorship)
    )


def coming_reminder_days(round_: Round, today: dt.date) -> list[dt.date]:
    """The days from today on when an open round will remind by itself."""
    if not round_.reminds_itself or round_.launched_on is None:
        return []
    return coming_days(round_.launched_on, round_.deadline, round_.reminded_on, today)
