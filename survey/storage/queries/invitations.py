"""Queries about invitations."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, Table, bindparam, exists, func, select, update
from sqlalchemy.orm import Session

from survey.storage.models import (
    Delivery,
    Invitation,
    Letter,
    LetterKind,
    Mentorship,
    Person,
    Round,
    RoundGroup,
)


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


def place_by_link_hash(
    connection: Connection, link_hash: str, *, hold_round: bool = False
) -> Sequence[Any] | None:
    """What a rater's pages need of the invitation with this link, its round and its people.

    One statement, since it runs with every request of a rater. With `hold_round` the round is held
    so that it cannot close while this transaction lasts (PostgreSQL).
    """
    statement = _PLACE_HELD if hold_round else _PLACE
    row = connection.execute(statement, {"link_hash": link_hash}).one_or_none()
    return None if row is None else tuple(row)


_INVITATIONS = cast(Table, Invitation.__table__)
_ROUNDS = Round.__table__
_GROUPS = RoundGroup.__table__
_MENTORSHIPS = Mentorship.__table__
_MENTEES = Person.__table__.alias("mentee")
_MENTORS = Person.__table__.alias("mentor")
_EARLIER = Round.__table__.alias("earlier")
_PLACE = (
    select(
        _INVITATIONS.c.id,
        _INVITATIONS.c.link_hash,
        _INVITATIONS.c.revoked,
        _INVITATIONS.c.done,
        _ROUNDS.c.state,
        _ROUNDS.c.launched_on,
        _ROUNDS.c.public_key,
        _MENTEES.c.name,
        _MENTORS.c.name,
        _ROUNDS.c.id,
        _ROUNDS.c.kind,
        _ROUNDS.c.purpose_sealed,
        _ROUNDS.c.deadline,
        _ROUNDS.c.retrospective,
        func.coalesce(_EARLIER.c.launched_on, _MENTORSHIPS.c.started_on),
        _ROUNDS.c.questionnaire_id,
        _GROUPS.c.key,
        _GROUPS.c.label,
        _GROUPS.c.anonymous,
        _GROUPS.c.threshold,
        _INVITATIONS.c.language,
    )
    .select_from(_INVITATIONS)
    .join(_ROUNDS, _ROUNDS.c.id == _INVITATIONS.c.round_id)
    .join(
        _GROUPS,
        (_GROUPS.c.round_id == _ROUNDS.c.id) & (_GROUPS.c.key == _INVITATIONS.c.group_key),
    )
    .join(_MENTORSHIPS, _MENTORSHIPS.c.id == _ROUNDS.c.mentorship_id)
    .join(_MENTEES, _MENTEES.c.id == _MENTORSHIPS.c.mentee_id)
    .join(_MENTORS, _MENTORS.c.id == _MENTORSHIPS.c.mentor_id)
    .outerjoin(_EARLIER, _EARLIER.c.id == _ROUNDS.c.compared_with_id)
    .where(_INVITATIONS.c.link_hash == bindparam("link_hash"))
)
_PLACE_HELD = _PLACE.with_for_update(read=True, of=_ROUNDS)


def with_links_until(session: Session, mentor_id: uuid.UUID, last_day: dt.date) -> int:
    """How many invitations of a mentor's rounds have a link that was made to end on this day."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Invitation)
            .join(Round, Round.id == Invitation.round_id)
            .join(Mentorship, Mentorship.id == Round.mentorship_id)
            .where(Mentorship.mentor_id == mentor_id, Invitation.link_expires_on == last_day)
        )
        or 0
    )


def consume(session: Session, invitation_id: uuid.UUID, link_hash: str | None) -> bool:
    """Mark the invitation as done, if its link is still this one and nobody was faster.

    One conditional UPDATE decides: of two submissions at the same instant, one gets True.
    """
    which = {"invitation_id": invitation_id, "current_hash": link_hash}
    return session.connection().execute(_CONSUME, which).rowcount == 1


_CONSUME = (
    update(_INVITATIONS)
    .where(
        _INVITATIONS.c.id == bindparam("invitation_id"),
        _INVITATIONS.c.link_hash == bindparam("current_hash"),
        _INVITATIONS.c.done.is_(False),
        _INVITATIONS.c.revoked.is_(False),
    )
    .values(done=True)
)


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
    """Write a round's invitations and groups anew: neither place nor transaction tells an order.

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
    # Earlier versions counted declines here: the last left its transaction's number.
    session.execute(
        update(RoundGroup)
        .where(RoundGroup.round_id == round_id)
        .values(declined=RoundGroup.declined)
        .execution_options(synchronize_session=False)
    )
