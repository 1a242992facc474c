"""Reminding everybody who has not answered - without anyone learning who that is."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from survey.privacy.audit_trail import Action, record
from survey.rounds.draft import require_state
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
    require_state(round_, RoundState.OPEN, "Reminders go out only while a round is open.")
    for invitation in invitation_queries.to_remind(session, round_.id):
        session.add(Letter(kind=LetterKind.REMINDER, invitation_id=invitation.id, due_at=now))
    record(session, reminded_by, Action.REMINDERS_SENT, round_.id, now)
    session.flush()
