"""Queries about tokens for the API, and the answers kept for repeated requests."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import CursorResult, Delete, Update, delete, exists, func, select, update
from sqlalchemy.orm import Session, joinedload

from survey.storage.models import ApiAnswer, ApiToken, Mentorship


def token_by_hash(session: Session, token_hash: str) -> tuple[ApiToken, bool] | None:
    """The token with this hash, its person, and whether that person is a mentee."""
    row = session.execute(
        select(ApiToken, exists().where(Mentorship.mentee_id == ApiToken.person_id))
        .where(ApiToken.token_hash == token_hash)
        .options(joinedload(ApiToken.person))
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def tokens_of(session: Session, person_id: uuid.UUID) -> Sequence[ApiToken]:
    """The person's tokens, the newest first."""
    return session.scalars(
        select(ApiToken)
        .where(ApiToken.person_id == person_id)
        .order_by(ApiToken.created_on.desc(), ApiToken.label, ApiToken.id)
    ).all()


def count_of(session: Session, person_id: uuid.UUID) -> int:
    """How many tokens the person has."""
    return session.scalar(select(func.count()).where(ApiToken.person_id == person_id)) or 0


def set_last_used(session: Session, token_id: uuid.UUID, day: dt.date) -> None:
    """Note the day of the last use."""
    session.execute(
        update(ApiToken)
        .where(ApiToken.id == token_id)
        .values(last_used_on=day)
        .execution_options(synchronize_session=False)
    )


def delete_token(session: Session, person_id: uuid.UUID, token_id: uuid.UUID) -> bool:
    """Remove one of the person's tokens; tells whether there was such a one."""
    return _met(
        session,
        delete(ApiToken).where(ApiToken.id == token_id, ApiToken.person_id == person_id),
    )


def kept_answer(session: Session, token_id: uuid.UUID, key_hash: str) -> ApiAnswer | None:
    """What is kept for this key, held against others who send it."""
    return session.scalars(
        select(ApiAnswer)
        .where(ApiAnswer.token_id == token_id, ApiAnswer.key_hash == key_hash)
        .with_for_update()
    ).one_or_none()


def finish_answer(
    session: Session, answer_id: uuid.UUID, attempt: uuid.UUID, status: int, sealed: bytes
) -> bool:
    """Keep an answer; tells whether the place was still this attempt's."""
    return _met(
        session,
        update(ApiAnswer)
        .where(ApiAnswer.id == answer_id, ApiAnswer.attempt == attempt, ApiAnswer.status.is_(None))
        .values(status=status, sealed=sealed),
    )


def give_up_answer(session: Session, answer_id: uuid.UUID, attempt: uuid.UUID) -> None:
    """Free the place of an attempt that came to nothing."""
    _met(
        session,
        delete(ApiAnswer).where(
            ApiAnswer.id == answer_id, ApiAnswer.attempt == attempt, ApiAnswer.status.is_(None)
        ),
    )


def delete_answers_before(session: Session, moment: dt.datetime) -> None:
    """Remove what was begun before that instant."""
    _met(session, delete(ApiAnswer).where(ApiAnswer.begun_at < moment))


def _met(session: Session, statement: Update | Delete) -> bool:
    """Carry a change out without loading rows, and tell whether it met any."""
    done = session.execute(statement.execution_options(synchronize_session=False))
    return bool(cast(CursorResult[Any], done).rowcount)
