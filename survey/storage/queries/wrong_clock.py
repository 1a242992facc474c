"""What a clock that was ahead has left behind, once it has been set back.

Waits and leases that end further in the future than any of ours does would otherwise last for as
long as the clock was wrong: letters would not leave, and links would not expire.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from survey.storage.models import (
    Letter,
    MailPace,
    MailWorker,
    PasskeyChallenge,
    SignInLink,
    SignInSession,
    WebhookDelivery,
)
from survey.storage.queries.mail_workers import database_time

# Each is longer than what it is for ever lasts, with room for clocks that differ a little.
_LETTER_WAITS = dt.timedelta(days=2)
_DOMAIN_WAITS = dt.timedelta(days=1)
_WORKER_LIVES = dt.timedelta(hours=1)
_SIGNED_IN = dt.timedelta(hours=13)
_LINK_LIVES = dt.timedelta(hours=2)


def left_by_a_wrong_clock(session: Session, now: dt.datetime) -> bool:
    """Whether anything ends later than it can."""
    return bool(session.scalar(select(or_(*_impossible(session, now)))))


def undo_wrong_clock(session: Session, now: dt.datetime) -> None:
    """Let letters leave, free what dead workers hold, and end what would live for too long.

    Whoever was signed in by such a clock signs in again; a link of that time is asked for anew.
    """
    # First the workers: their letters are free by the rows' own rules once they are gone.
    session.execute(
        delete(MailWorker).where(MailWorker.alive_until > database_time(session) + _WORKER_LIVES)
    )
    session.execute(
        update(Letter)
        .where(Letter.due_at > now + _LETTER_WAITS)
        .values(due_at=now)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.due_at > now + _LETTER_WAITS)
        .values(due_at=now)
        .execution_options(synchronize_session=False)
    )
    session.execute(delete(MailPace).where(MailPace.free_at > now + _DOMAIN_WAITS))
    session.execute(delete(SignInSession).where(SignInSession.ends_at > now + _SIGNED_IN))
    session.execute(delete(SignInLink).where(SignInLink.expires_at > now + _LINK_LIVES))
    session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.expires_at > now + _LINK_LIVES))


def _impossible(session: Session, now: dt.datetime) -> list[ColumnElement[bool]]:
    return [
        exists().where(MailWorker.alive_until > database_time(session) + _WORKER_LIVES),
        exists().where(Letter.due_at > now + _LETTER_WAITS),
        exists().where(WebhookDelivery.due_at > now + _LETTER_WAITS),
        exists().where(MailPace.free_at > now + _DOMAIN_WAITS),
        exists().where(SignInSession.ends_at > now + _SIGNED_IN),
        exists().where(SignInLink.expires_at > now + _LINK_LIVES),
        exists().where(PasskeyChallenge.expires_at > now + _LINK_LIVES),
    ]
