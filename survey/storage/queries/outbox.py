"""Queries about letters waiting for delivery."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, case, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from survey.storage.models import Letter, LetterKind, MailPace, MailWorker, Round
from survey.storage.queries.mail_workers import database_time


def anything_to_claim(session: Session, now: dt.datetime) -> bool:
    """Whether a letter is due that no living worker holds."""
    dead = exists().where(
        MailWorker.id == Letter.claimed_by, MailWorker.alive_until <= database_time(session)
    )
    return bool(
        session.scalar(
            select(exists().where(_may_leave(now), or_(Letter.claimed_by.is_(None), dead)))
        )
    )


def claim(
    session: Session,
    worker_id: uuid.UUID,
    now: dt.datetime,
    limit: int,
    *,
    per_domain: int | None = None,
) -> Sequence[uuid.UUID]:
    """Claim up to `limit` due letters for one worker and return their ids.

    On PostgreSQL rows that another worker holds are skipped; on SQLite the writing transaction
    already excludes other workers. `per_domain` is the most to one mail domain, as far as the
    letters' domains are known.
    """
    letters = session.scalars(
        select(Letter)
        .where(_may_leave(now), Letter.claimed_by.is_(None))
        # Somebody sits before the page and waits for a link to sign in with.
        .order_by(case((Letter.kind == LetterKind.SIGN_IN, 0), else_=1), Letter.due_at, Letter.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    claimed = []
    in_domain: Counter[str] = Counter()
    for letter in letters:
        if letter.domain_key is not None:
            in_domain[letter.domain_key] += 1
            if per_domain is not None and in_domain[letter.domain_key] > per_domain:
                continue
        letter.claimed_by = worker_id
        claimed.append(letter.id)
    return claimed


def release(session: Session, worker_id: uuid.UUID, problem: str = "") -> None:
    """Give back what a worker holds, with what kept it from sending."""
    values: dict[str, object] = {"claimed_by": None}
    if problem:
        values["last_problem"] = problem
    session.execute(
        update(Letter)
        .where(Letter.claimed_by == worker_id)
        .values(values)
        .execution_options(synchronize_session=False)
    )


def due(session: Session, now: dt.datetime) -> Sequence[Letter]:
    """All letters that are due."""
    return session.scalars(select(Letter).where(Letter.due_at <= now)).all()


def delete_invitation_letters(session: Session, invitation_id: uuid.UUID) -> None:
    """Remove waiting letters of invitation to a rater."""
    session.execute(
        delete(Letter).where(
            Letter.invitation_id == invitation_id, Letter.kind == LetterKind.INVITATION
        )
    )


def _may_leave(now: dt.datetime) -> ColumnElement[bool]:
    """Due, and not to a domain that has to wait."""
    waits = exists().where(MailPace.key == Letter.domain_key, MailPace.free_at > now)
    return and_(Letter.due_at <= now, ~waits)


def delete_about(session: Session, mentorship_id: uuid.UUID) -> None:
    """Remove waiting letters to a mentee about the mentorship itself or one of its rounds."""
    rounds = select(Round.id).where(Round.mentorship_id == mentorship_id)
    session.execute(
        delete(Letter).where(
            or_(Letter.mentorship_id == mentorship_id, Letter.round_id.in_(rounds))
        )
    )
