"""Queries that tell whether the service is well; none looks at answers or who gave them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from survey.storage.models import (
    AuditEntry,
    DisposalRun,
    ErasureDue,
    Letter,
    LetterKind,
    Round,
    RoundState,
    WebhookDelivery,
    WebhookEvent,
    WebhookState,
)

# Letters whose fate tells nothing about whether a rater has answered.
COUNTED = frozenset(
    {
        LetterKind.INVITATION,
        LetterKind.SIGN_IN,
        LetterKind.MENTEE_WELCOME,
        LetterKind.RATERS_WANTED,
        LetterKind.REPORT_RELEASED,
        LetterKind.SESSION_PLANNED,
        LetterKind.SESSION_CANCELLED,
    }
)
# A reminder is dropped when its rater has answered meanwhile; what raters ask for is their own
# business.
LEFT_OUT = frozenset({LetterKind.REMINDER, LetterKind.RATER_DATA})
# With the doubling pauses between attempts, about an hour.
_MANY_ATTEMPTS = 7
# After five attempts to tell a webhook, more than two hours; after six it would be more than six.
_MANY_TRIES = 5


def letters_waiting(session: Session, now: dt.datetime) -> int:
    """How many letters wait, reminders and answers to raters left out.

    Nor is a letter counted before it is first due: what waits for the hour after a close would
    tell when that was.
    """
    return session.scalars(
        select(func.count())
        .select_from(Letter)
        .where(Letter.kind.in_(COUNTED), or_(Letter.due_at <= now, Letter.attempts > 0))
    ).one()


def letters_stuck(session: Session, since: dt.datetime) -> int:
    """How many of them have waited since then, or were tried in vain for about an hour."""
    return session.scalars(
        select(func.count())
        .select_from(Letter)
        .where(
            Letter.kind.in_(COUNTED),
            or_(Letter.due_at < since, Letter.attempts >= _MANY_ATTEMPTS),
        )
    ).one()


def webhooks_stuck(session: Session, since: dt.datetime) -> int:
    """How many messages to webhooks were due by then and lie there, or were tried for hours.

    Tests are left out: whoever sends one looks at what becomes of it. What waits for the hour after
    a close is not counted, since that would tell when the close was.
    """
    return session.scalars(
        select(func.count())
        .select_from(WebhookDelivery)
        .where(
            WebhookDelivery.state == WebhookState.WAITING,
            WebhookDelivery.event != WebhookEvent.TEST,
            or_(WebhookDelivery.due_at < since, WebhookDelivery.attempts >= _MANY_TRIES),
        )
    ).one()


def webhooks_given_up(session: Session, since: dt.date) -> int:
    """How many messages to webhooks were given up on this day or later, tests left out."""
    return session.scalars(
        select(func.count())
        .select_from(WebhookDelivery)
        .where(
            WebhookDelivery.state == WebhookState.GIVEN_UP,
            WebhookDelivery.event != WebhookEvent.TEST,
            WebhookDelivery.settled_on >= since,
        )
    ).one()


def rounds_overdue(session: Session, today: dt.date) -> int:
    """How many rounds are open although their last day is over."""
    return session.scalars(
        select(func.count())
        .select_from(Round)
        .where(Round.state == RoundState.OPEN, Round.deadline < today)
    ).one()


def erasures_due(session: Session) -> int:
    """How often traces of deleted rows have still to be erased from the files."""
    return session.scalars(select(func.count()).select_from(ErasureDue)).one()


def last_daily_work(session: Session) -> dt.date | None:
    """The day on which a worker last did what is done once a day."""
    return session.scalars(select(func.max(DisposalRun.day))).one()


def last_deed(session: Session, action: str) -> dt.date | None:
    """The day on which something was last done, as the audit trail has it."""
    return session.scalars(
        select(func.max(AuditEntry.day)).where(AuditEntry.action == action)
    ).one()
