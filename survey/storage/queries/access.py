"""Queries for everything that is held about a person."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from survey.storage.models import (
    AuditEntry,
    ExternalIdentity,
    FrameworkDraft,
    FrameworkVersion,
    MentoringFeedback,
    Passkey,
    PlannedSession,
    PrivacyRequest,
    ReflectiveLogEntry,
    SessionRecord,
    SignInSession,
    UploadedFramework,
)


def passkeys(session: Session, person_id: uuid.UUID) -> Sequence[Passkey]:
    """A person's passkeys."""
    return session.scalars(select(Passkey).where(Passkey.person_id == person_id)).all()


def identities(session: Session, person_id: uuid.UUID) -> Sequence[ExternalIdentity]:
    """Who the person is elsewhere."""
    return session.scalars(
        select(ExternalIdentity).where(ExternalIdentity.person_id == person_id)
    ).all()


def sign_in_sessions(session: Session, person_id: uuid.UUID) -> Sequence[SignInSession]:
    """Where the person is or was signed in."""
    return session.scalars(select(SignInSession).where(SignInSession.person_id == person_id)).all()


def session_records(session: Session, mentorship_id: uuid.UUID) -> Sequence[SessionRecord]:
    """A mentorship's session records in their order."""
    return session.scalars(
        select(SessionRecord)
        .where(SessionRecord.mentorship_id == mentorship_id)
        .order_by(SessionRecord.held_on, SessionRecord.id)
    ).all()


def planned_sessions(session: Session, mentorship_id: uuid.UUID) -> Sequence[PlannedSession]:
    """A mentorship's planned session, if there is one."""
    return session.scalars(
        select(PlannedSession).where(PlannedSession.mentorship_id == mentorship_id)
    ).all()


def mentoring_feedback(session: Session, mentorship_id: uuid.UUID) -> Sequence[MentoringFeedback]:
    """What a mentee said about the mentoring, in its order."""
    return session.scalars(
        select(MentoringFeedback)
        .where(MentoringFeedback.mentorship_id == mentorship_id)
        .order_by(MentoringFeedback.given_on, MentoringFeedback.id)
    ).all()


def log_entries(session: Session, mentor_id: uuid.UUID) -> Sequence[ReflectiveLogEntry]:
    """A mentor's reflective log in its order."""
    return session.scalars(
        select(ReflectiveLogEntry)
        .where(ReflectiveLogEntry.mentor_id == mentor_id)
        .order_by(ReflectiveLogEntry.happened_on, ReflectiveLogEntry.id)
    ).all()


def uploaded_frameworks(session: Session, owner_id: uuid.UUID) -> Sequence[UploadedFramework]:
    """The frameworks somebody uploaded."""
    return session.scalars(
        select(UploadedFramework)
        .where(UploadedFramework.owner_id == owner_id)
        .order_by(UploadedFramework.framework_id)
    ).all()


def framework_drafts(session: Session, owner_id: uuid.UUID) -> Sequence[FrameworkDraft]:
    """The frameworks somebody has in the making."""
    return session.scalars(
        select(FrameworkDraft)
        .where(FrameworkDraft.owner_id == owner_id)
        .order_by(FrameworkDraft.changed_on, FrameworkDraft.id)
    ).all()


def framework_versions(
    session: Session, owner_id: uuid.UUID
) -> Sequence[tuple[str, FrameworkVersion]]:
    """The kept versions of somebody's frameworks, each with the framework's id."""
    found = session.execute(
        select(UploadedFramework.framework_id, FrameworkVersion)
        .join(FrameworkVersion, FrameworkVersion.upload_id == UploadedFramework.id)
        .where(UploadedFramework.owner_id == owner_id)
        .order_by(UploadedFramework.framework_id, FrameworkVersion.number)
    )
    return [(name, version) for name, version in found]


def privacy_requests(session: Session, person_id: uuid.UUID) -> Sequence[PrivacyRequest]:
    """What the person asked for about their data, the newest first."""
    return session.scalars(
        select(PrivacyRequest)
        .where(PrivacyRequest.person_id == person_id)
        .order_by(PrivacyRequest.asked_on.desc(), PrivacyRequest.id)
    ).all()


def audit_entries(
    session: Session, person_id: uuid.UUID, object_ids: Collection[uuid.UUID]
) -> Sequence[AuditEntry]:
    """What the person did, and what was done with these objects."""
    return session.scalars(
        select(AuditEntry)
        .where(or_(AuditEntry.actor_id == person_id, AuditEntry.object_id.in_(object_ids)))
        .order_by(AuditEntry.sequence)
    ).all()
