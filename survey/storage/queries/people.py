"""Queries about people, their sign-in links and their mentorships."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import delete, exists, func, or_, select
from sqlalchemy.orm import Session

from survey.storage.models import Mentorship, Person, SignInLink, SignInRequest


def by_normalised_email(session: Session, normalised_email: str) -> Person | None:
    """The person with this address, in its normalised form."""
    return session.scalars(
        select(Person).where(Person.normalised_email == normalised_email)
    ).one_or_none()


def mentors(session: Session) -> Sequence[Person]:
    """All mentors, by name."""
    return session.scalars(
        select(Person).where(Person.is_mentor).order_by(Person.name, Person.id)
    ).all()


def everybody(session: Session) -> Sequence[tuple[Person, bool]]:
    """All people by name, each with whether they are a mentee."""
    is_mentee = exists().where(Mentorship.mentee_id == Person.id)
    rows = session.execute(select(Person, is_mentee).order_by(Person.name, Person.id))
    return [(person, mentee) for person, mentee in rows]


def is_mentee(session: Session, person_id: uuid.UUID) -> bool:
    """Whether somebody is a mentee in any mentorship."""
    return bool(session.scalar(select(exists().where(Mentorship.mentee_id == person_id))))


def locked_administrators(session: Session) -> Sequence[Person]:
    """All administrators who can sign in, held against other writers."""
    return session.scalars(
        select(Person)
        .where(Person.is_administrator, Person.deactivated_on.is_(None))
        .order_by(Person.id)
        .with_for_update()
    ).all()


def delete_sign_in_links(session: Session, person_id: uuid.UUID) -> None:
    """Remove all of a person's sign-in links, with the letters that would carry them."""
    session.execute(delete(SignInLink).where(SignInLink.person_id == person_id))


def count(session: Session) -> int:
    """How many people have an account."""
    return session.scalar(select(func.count()).select_from(Person)) or 0


def unused_sign_in_links(session: Session, person_id: uuid.UUID, now: dt.datetime) -> int:
    """How many unused and unexpired links a person has."""
    return (
        session.scalar(
            select(func.count()).where(
                SignInLink.person_id == person_id,
                SignInLink.used.is_(False),
                SignInLink.expires_at > now,
            )
        )
        or 0
    )


def sign_in_link(session: Session, token_hash: str) -> SignInLink | None:
    """The sign-in link with this hash, locked against a second use at the same instant."""
    return session.scalars(
        select(SignInLink).where(SignInLink.token_hash == token_hash).with_for_update()
    ).one_or_none()


def delete_stale_sign_in_links(session: Session, now: dt.datetime) -> None:
    """Remove links that are used up or expired."""
    session.execute(delete(SignInLink).where(or_(SignInLink.used, SignInLink.expires_at < now)))


def mentorships_of_mentor(session: Session, mentor_id: uuid.UUID) -> Sequence[Mentorship]:
    """A mentor's mentorships, by the mentee's name."""
    return session.scalars(
        select(Mentorship)
        .join(Mentorship.mentee)
        .where(Mentorship.mentor_id == mentor_id)
        .order_by(Person.name, Mentorship.id)
    ).all()


def mentorships_of_mentee(session: Session, mentee_id: uuid.UUID) -> Sequence[Mentorship]:
    """The mentorships in which somebody is the mentee."""
    return session.scalars(
        select(Mentorship)
        .where(Mentorship.mentee_id == mentee_id)
        .order_by(Mentorship.started_on, Mentorship.id)
    ).all()


def mentorship(session: Session, mentorship_id: uuid.UUID) -> Mentorship | None:
    """Any mentorship: who may see it is for the caller to ask the policy."""
    return session.get(Mentorship, mentorship_id)


def mentorship_of_mentor(
    session: Session, mentor_id: uuid.UUID, mentorship_id: uuid.UUID
) -> Mentorship | None:
    """A mentorship of this mentor; None when it is somebody else's."""
    return session.scalars(
        select(Mentorship).where(Mentorship.id == mentorship_id, Mentorship.mentor_id == mentor_id)
    ).one_or_none()


def mentorship_between(
    session: Session, mentor_id: uuid.UUID, mentee_id: uuid.UUID
) -> Mentorship | None:
    """The mentorship of these two."""
    return session.scalars(
        select(Mentorship).where(
            Mentorship.mentor_id == mentor_id, Mentorship.mentee_id == mentee_id
        )
    ).one_or_none()


def claimed_sign_in_requests(session: Session, limit: int = 100) -> Sequence[SignInRequest]:
    """Requests to answer, held against other workers."""
    return session.scalars(
        select(SignInRequest)
        .order_by(SignInRequest.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def sign_in_requested(session: Session) -> bool:
    """Whether any request waits."""
    return session.scalar(select(SignInRequest.id).limit(1)) is not None
