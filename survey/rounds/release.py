"""Releasing a closed round's report to the mentee."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from survey.anonymity.hour import after_the_hour
from survey.languages.message import Message
from survey.privacy.audit_trail import Action, record
from survey.rounds.draft import require_state, restriction_problems
from survey.rounds.errors import WrongStateError
from survey.rounds.programme_batches import enter_programme
from survey.storage.models import Letter, LetterKind, Person, Round, RoundState, WebhookEvent
from survey.storage.queries import rounds as round_queries
from survey.webhooks.announcing import announce


def release_round(
    session: Session,
    round_: Round,
    now: dt.datetime,
    *,
    released_by: Person | None = None,
    at_close: bool = False,
) -> None:
    """Let the mentee read the report, and tell them by e-mail.

    The aggregate was fixed when the round closed; releasing shows it and changes nothing in it.
    With `at_close` it is part of the close, and the letter waits for the next full hour.
    """
    round_ = round_queries.locked(session, round_.id)
    require_state(
        round_,
        RoundState.CLOSED,
        Message("Only a closed round can be released, and only once."),
    )
    if round_.without_result:
        raise WrongStateError(
            Message("This round was closed without a result: there is no report.")
        )
    if problems := restriction_problems(round_.mentorship):
        raise WrongStateError(problems[0])
    round_.state = RoundState.RELEASED
    round_.released_on = now.date()
    record(session, released_by, Action.REPORT_RELEASED, round_.id, now)
    announce(session, round_, WebhookEvent.REPORT_RELEASED, now)
    enter_programme(session, round_)
    due_at = after_the_hour(now) if at_close else now
    session.add(Letter(kind=LetterKind.REPORT_RELEASED, round_id=round_.id, due_at=due_at))
    session.flush()
