"""Queries about sign-in sessions, passkeys and identities elsewhere."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import CursorResult, Delete, Update, delete, exists, or_, select, update
from sqlalchemy.orm import Session, joinedload

from survey.storage.models import (
    ExternalIdentity,
    Mentorship,
    Passkey,
    PasskeyChallenge,
    Person,
    SignInSession,
)


def session_by_hash(session: Session, token_hash: str) -> tuple[SignInSession, bool] | None:
    """The session with this token's hash, its person, and whether that person is a mentee."""
    row = session.execute(
        select(SignInSession, exists().where(Mentorship.mentee_id == SignInSession.person_id))
        .where(SignInSession.token_hash == token_hash)
        .options(joinedload(SignInSession.person))
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def sessions_of(
    session: Session, person_id: uuid.UUID, now: dt.datetime
) -> Sequence[SignInSession]:
    """The person's sessions that have not ended, the most recently used first."""
    return session.scalars(
        select(SignInSession)
        .where(
            SignInSession.person_id == person_id,
            SignInSession.revoked.is_(False),
            SignInSession.ends_at > now,
        )
        .order_by(SignInSession.last_seen_at.desc(), SignInSession.id)
    ).all()


def set_last_seen(session: Session, session_id: uuid.UUID, moment: dt.datetime) -> None:
    """Move the instant of last use forwards."""
    session.execute(
        update(SignInSession)
        .where(SignInSession.id == session_id, SignInSession.last_seen_at < moment)
        .values(last_seen_at=moment)
        .execution_options(synchronize_session=False)
    )


def revoke_by_hash(session: Session, token_hash: str) -> None:
    """End the session with this token's hash."""
    session.execute(
        update(SignInSession).where(SignInSession.token_hash == token_hash).values(revoked=True)
    )


def revoke_one(session: Session, person_id: uuid.UUID, session_id: uuid.UUID) -> bool:
    """End one session of this person; tells whether there was such a one."""
    return bool(
        _count(
            session,
            update(SignInSession)
            .where(SignInSession.id == session_id, SignInSession.person_id == person_id)
            .values(revoked=True),
        )
    )


def revoke_sessions(session: Session, person_id: uuid.UUID, but: uuid.UUID | None = None) -> int:
    """End the person's sessions, all or all but one; returns how many."""
    statement = update(SignInSession).where(
        SignInSession.person_id == person_id, SignInSession.revoked.is_(False)
    )
    if but is not None:
        statement = statement.where(SignInSession.id != but)
    return _count(session, statement.values(revoked=True))


def delete_ended_sessions(session: Session, now: dt.datetime) -> None:
    """Remove sessions that are revoked or over."""
    session.execute(
        delete(SignInSession).where(or_(SignInSession.revoked, SignInSession.ends_at <= now))
    )


def passkeys_of(session: Session, person_id: uuid.UUID) -> Sequence[Passkey]:
    """The person's passkeys, the oldest first."""
    return session.scalars(
        select(Passkey)
        .where(Passkey.person_id == person_id)
        .order_by(Passkey.created_on, Passkey.label, Passkey.id)
    ).all()


def passkey_by_credential(session: Session, credential_id: bytes) -> Passkey | None:
    """The passkey with this credential id, held against a second use at the same instant."""
    return session.scalars(
        select(Passkey).where(Passkey.credential_id == credential_id).with_for_update()
    ).one_or_none()


def delete_passkey(session: Session, person_id: uuid.UUID, passkey_id: uuid.UUID) -> bool:
    """Remove one of the person's passkeys; tells whether there was such a one."""
    return bool(
        _count(
            session,
            delete(Passkey).where(Passkey.id == passkey_id, Passkey.person_id == person_id),
        )
    )


def take_challenge(session: Session, challenge_hash: str, now: dt.datetime) -> bool:
    """Use a challenge up; tells whether it was there and had not expired."""
    return bool(
        _count(
            session,
            delete(PasskeyChallenge).where(
                PasskeyChallenge.challenge_hash == challenge_hash,
                PasskeyChallenge.expires_at >= now,
            ),
        )
    )


def delete_expired_challenges(session: Session, now: dt.datetime) -> None:
    """Remove challenges that nobody answered in time."""
    session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.expires_at < now))


def person_of_identity(session: Session, issuer: str, subject: str) -> Person | None:
    """The person that this identity elsewhere is bound to."""
    return session.scalars(
        select(Person)
        .join(ExternalIdentity, ExternalIdentity.person_id == Person.id)
        .where(ExternalIdentity.issuer == issuer, ExternalIdentity.subject == subject)
    ).one_or_none()


def identity_at(session: Session, person_id: uuid.UUID, issuer: str) -> ExternalIdentity | None:
    """Who this person is at an issuer, once bound."""
    return session.scalars(
        select(ExternalIdentity).where(
            ExternalIdentity.person_id == person_id, ExternalIdentity.issuer == issuer
        )
    ).one_or_none()


def _count(session: Session, statement: Update | Delete) -> int:
    """Carry a change out without loading rows, and tell how many it met."""
    done = session.execute(statement.execution_options(synchronize_session=False))
    return cast(CursorResult[Any], done).rowcount
