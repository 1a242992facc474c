"""Queries about requests about personal data."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, joinedload

from survey.storage.models import Letter, PrivacyRequest, RaterRequest, RequestKind, RequestState


def is_waiting(session: Session, person_id: uuid.UUID, kind: RequestKind) -> bool:
    """Whether the person has an open request of this kind."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    PrivacyRequest.person_id == person_id,
                    PrivacyRequest.kind == kind,
                    PrivacyRequest.state == RequestState.OPEN,
                )
            )
        )
    )


def all_requests(session: Session) -> Sequence[PrivacyRequest]:
    """Every request that is kept: open ones first, by the day they are due."""
    return session.scalars(
        select(PrivacyRequest)
        .options(joinedload(PrivacyRequest.person))
        .order_by(PrivacyRequest.state != RequestState.OPEN, PrivacyRequest.due_on)
    ).all()


def by_id(session: Session, request_id: uuid.UUID) -> PrivacyRequest | None:
    """One request."""
    return session.get(PrivacyRequest, request_id)


_UNANSWERED = ~exists().where(Letter.rater_request_id == RaterRequest.id)


def unanswered_rater_request(session: Session) -> bool:
    """Whether any rater has asked for whom there is no letter in the outbox yet."""
    return session.scalar(select(RaterRequest.id).where(_UNANSWERED).limit(1)) is not None


def claimed_rater_requests(session: Session, limit: int = 100) -> Sequence[RaterRequest]:
    """Raters' requests without a letter in the outbox, held against other workers."""
    return session.scalars(
        select(RaterRequest)
        .where(_UNANSWERED)
        .order_by(RaterRequest.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
