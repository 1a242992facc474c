"""Queries about invitations."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import CursorResult, bindparam, exists, func, select, update
from sqlalchemy.orm import Session

from survey.storage.models import Delivery, Invitation, Letter, LetterKind


@dataclass(frozen=True)
class InvitationCounts:
    """Invitations of one group: how many there are, and how many are in each state."""

    total: int
    done: int
    revoked: int
    failed: int


def by_link_hash(session: Session, link_hash: str) -> Invitation | None:
    """The invitation whose current link has this hash."""
    return session.scalars(
        select(Invitation).where(Invitation.link_hash == link_hash)
    ).one_or_none()


def consume(session: Session, invitation_id: uuid.UUID, link_hash: str | None) -> bool:
    """Mark the invitation as done, if its link is still this one and nobody was faster.

    One conditional UPDATE decides: of two submissions at the same instant, one gets True.
    """
    result = cast(
        CursorResult[object],
        session.execute(
            update(Invitation)
            .where(
                Invitation.id == invitation_id,
                Invitation.link_hash == link_hash,
                Invitation.done.is_(False),
                Invitation.revoked.is_(False),
            )
            .values(done=True)
            .execution_options(synchronize_session=False)
        ),
    )
    return result.rowcount == 1


def counts_by_group(session: Session, round_id: uuid.UUID) -> dict[str, InvitationCounts]:
    """Counts per group key."""

    rows = session.execute(
        select(
            Invitation.group_key,
            func.count(),
            func.count().filter(Invitation.done),
            func.count().filter(Invitation.revoked),
            func.count().filter(Invitation.delivery == Delivery.FAILED),
        )
        .where(Invitation.round_id == round_id)
        .group_by(Invitation.group_key)
    )
    return {row[0]: InvitationCounts(*row[1:]) for row in rows}


def to_remind(session: Session, round_id: uuid.UUID) -> Sequence[Invitation]:
    """Invitations not done, whose invitation letter was sent, and with no letter waiting."""
    waiting = exists().where(Letter.invitation_id == Invitation.id)
    return session.scalars(
        select(Invitation).where(
            Invitation.round_id == round_id,
            Invitation.done.is_(False),
            Invitation.revoked.is_(False),
            Invitation.delivery == Delivery.SENT,
            ~waiting,
        )
    ).all()


def letter_waiting(session: Session, invitation_id: uuid.UUID) -> bool:
    """Whether an invitation letter to this rater is still in the outbox."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    Letter.invitation_id == invitation_id, Letter.kind == LetterKind.INVITATION
                )
            )
        )
    )


def rewrite_in_random_order(session: Session, round_id: uuid.UUID) -> None:
    """Write a round's invitations anew, so that neither place nor transaction tells an order.

    PostgreSQL writes a changed row to another place, under the number of its transaction: of rows
    that were marked as done one after the other, that is the order of answering. SQLite changes
    rows where they are.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    ids = list(session.scalars(select(Invitation.id).where(Invitation.round_id == round_id)))
    secrets.SystemRandom().shuffle(ids)
    statement = (
        update(Invitation)
        .where(Invitation.id == bindparam("invitation"))
        .values(link_version=Invitation.link_version)
        .execution_options(synchronize_session=False)
    )
    for invitation in ids:
        session.execute(statement, {"invitation": invitation})
