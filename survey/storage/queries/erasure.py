"""Queries for erasing what is held about somebody."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import Table, delete, func, select, update
from sqlalchemy.orm import Session

from survey.storage.models import (
    FrameworkDraft,
    Goal,
    Invitation,
    Letter,
    MentoringFeedback,
    Mentorship,
    Person,
    PrivacyRequest,
    ReflectiveLogEntry,
    ReviewContribution,
    Round,
    RoundState,
    SelfReflection,
    SessionRecord,
    SignInRequest,
    UploadedFramework,
)

_OF_MENTORSHIP = (
    Goal,
    Round,
    SessionRecord,
    SelfReflection,
    MentoringFeedback,
    ReviewContribution,
    ReflectiveLogEntry,
)


def existing_mentorships(session: Session, ids: Collection[uuid.UUID]) -> Sequence[Mentorship]:
    """Those of the mentorships that are there."""
    return session.scalars(select(Mentorship).where(Mentorship.id.in_(ids))).all()


def rounds_of_mentorships(session: Session, ids: Collection[uuid.UUID]) -> Sequence[uuid.UUID]:
    """The ids of all rounds of these mentorships."""
    return session.scalars(select(Round.id).where(Round.mentorship_id.in_(ids))).all()


def existing_people(session: Session, ids: Collection[uuid.UUID]) -> Sequence[Person]:
    """Those of the people that are there."""
    return session.scalars(select(Person).where(Person.id.in_(ids))).all()


def existing_invitations(session: Session, ids: Collection[uuid.UUID]) -> Sequence[Invitation]:
    """Those of the invitations that are there and still say who was invited."""
    return session.scalars(
        select(Invitation).where(Invitation.id.in_(ids), Invitation.email != "")
    ).all()


def counts_of_mentorship(session: Session, mentorship_id: uuid.UUID) -> dict[str, int]:
    """How many records of each table belong to a mentorship itself."""
    return {
        model.__tablename__: session.scalar(
            select(func.count()).select_from(model).where(model.mentorship_id == mentorship_id)
        )
        or 0
        for model in _OF_MENTORSHIP
    }


def invitations_of(session: Session, normalised_email: str) -> Sequence[Invitation]:
    """The invitations that went to this address, in whatever round."""
    if not normalised_email:
        return []
    return session.scalars(
        select(Invitation)
        .where(Invitation.normalised_email == normalised_email, Invitation.email != "")
        .order_by(Invitation.round_id)
    ).all()


def delete_letters_about(session: Session, invitation_id: uuid.UUID) -> None:
    """Remove letters to a rater that still wait."""
    session.execute(delete(Letter).where(Letter.invitation_id == invitation_id))


def delete_letters_to(session: Session, person_id: uuid.UUID) -> None:
    """Remove letters about sessions that wait for somebody."""
    session.execute(delete(Letter).where(Letter.recipient_id == person_id))


def delete_sign_in_requests(session: Session, email: str) -> None:
    """Remove what somebody typed into the sign-in page and nobody has answered yet."""
    session.execute(delete(SignInRequest).where(func.lower(SignInRequest.email) == email.lower()))


def open_rounds_of_mentor(session: Session, mentor_id: uuid.UUID) -> int:
    """How many open rounds a mentor runs."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Round)
            .join(Mentorship, Mentorship.id == Round.mentorship_id)
            .where(Mentorship.mentor_id == mentor_id, Round.state == RoundState.OPEN)
        )
        or 0
    )


def rows_of_person(
    session: Session, table: Table, column: str, person_id: uuid.UUID
) -> Sequence[uuid.UUID]:
    """The ids of a table's rows in which this column names the person."""
    return session.scalars(select(table.c.id).where(table.c[column] == person_id)).all()


def own_log_entries(session: Session, mentor_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """The entries of a mentor's reflective log."""
    return session.scalars(
        select(ReflectiveLogEntry.id).where(ReflectiveLogEntry.mentor_id == mentor_id)
    ).all()


def own_frameworks(session: Session, owner_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """The frameworks that somebody uploaded."""
    return session.scalars(
        select(UploadedFramework.id).where(UploadedFramework.owner_id == owner_id)
    ).all()


def own_framework_drafts(session: Session, owner_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """The frameworks that somebody has in the making."""
    return session.scalars(
        select(FrameworkDraft.id).where(FrameworkDraft.owner_id == owner_id)
    ).all()


def requests_of(session: Session, person_id: uuid.UUID) -> Sequence[PrivacyRequest]:
    """Somebody's requests about their data, the newest first."""
    return session.scalars(
        select(PrivacyRequest)
        .where(PrivacyRequest.person_id == person_id)
        .order_by(PrivacyRequest.asked_on.desc(), PrivacyRequest.id)
    ).all()


def forget_marks(session: Session, round_id: uuid.UUID) -> None:
    """Drop the marks of erased raters in a round that is closed now: nobody is invited any more."""
    session.execute(
        update(Invitation)
        .where(Invitation.round_id == round_id, Invitation.email == "")
        .values(normalised_email="")
        .execution_options(synchronize_session=False)
    )
