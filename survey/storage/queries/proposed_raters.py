"""Queries about raters whom mentees propose."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.storage.models import Mentorship, ProposedRater, Round, RoundState


def of_round(session: Session, round_id: uuid.UUID) -> Sequence[ProposedRater]:
    """Who is proposed for a draft, by group."""
    return session.scalars(
        select(ProposedRater)
        .where(ProposedRater.round_id == round_id)
        .order_by(ProposedRater.group_key, ProposedRater.id)
    ).all()


def with_mark(session: Session, address_mark: str) -> Sequence[ProposedRater]:
    """All proposals of one address, in whatever draft."""
    return session.scalars(
        select(ProposedRater).where(ProposedRater.address_mark == address_mark)
    ).all()


def existing(session: Session, ids: Collection[uuid.UUID]) -> Sequence[ProposedRater]:
    """Those of the proposals that are there."""
    return session.scalars(select(ProposedRater).where(ProposedRater.id.in_(ids))).all()


def asked_of(session: Session, mentee_id: uuid.UUID) -> Sequence[Round]:
    """The drafts for which this mentee was asked to propose raters."""
    return session.scalars(
        select(Round)
        .join(Mentorship, Mentorship.id == Round.mentorship_id)
        .where(
            Mentorship.mentee_id == mentee_id,
            Round.state == RoundState.DRAFT,
            Round.proposals_asked_on.is_not(None),
        )
        .order_by(Round.proposals_until, Round.id)
    ).all()
