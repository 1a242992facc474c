"""Queries about rounds and what was answered in them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, selectinload

from survey.frameworks.rater_groups import SELF
from survey.storage.models import (
    CommentRedaction,
    Invitation,
    Letter,
    Mentorship,
    Response,
    Round,
    RoundKind,
    RoundState,
    SealedBallot,
    StoredAggregate,
    StoredQuestionnaire,
)


def with_groups(session: Session, round_id: uuid.UUID) -> Round | None:
    """Any round, with groups and raters: who may see it is for the caller to ask the policy."""
    return session.scalars(
        select(Round)
        .where(Round.id == round_id)
        .options(selectinload(Round.groups), selectinload(Round.invitations))
    ).one_or_none()


def of_mentee(session: Session, mentee_id: uuid.UUID, round_id: uuid.UUID) -> Round | None:
    """A launched round about this mentee."""
    return session.scalars(
        select(Round)
        .join(Round.mentorship)
        .where(
            Round.id == round_id,
            Mentorship.mentee_id == mentee_id,
            Round.state != RoundState.DRAFT,
        )
    ).one_or_none()


def by_id(session: Session, round_id: uuid.UUID) -> Round | None:
    """Any round: for the command line and the worker, which act for nobody in particular."""
    return session.get(Round, round_id)


def in_mentorship(session: Session, mentorship_id: uuid.UUID) -> Sequence[Round]:
    """All rounds of a mentorship: drafts first, then in the order of launch."""
    return session.scalars(
        select(Round)
        .where(Round.mentorship_id == mentorship_id)
        .order_by(Round.launched_on.asc().nulls_first(), Round.kind.desc(), Round.id)
    ).all()


def all_rounds(session: Session) -> Sequence[Round]:
    """Every round, for the operator's list on the command line."""
    return session.scalars(select(Round).order_by(Round.launched_on, Round.id)).all()


def locked(session: Session, round_id: uuid.UUID) -> Round:
    """The round, held against every other writer until the transaction ends (PostgreSQL).

    On SQLite a writing transaction already excludes all others.
    """
    return session.scalars(
        select(Round)
        .where(Round.id == round_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def shared(session: Session, round_id: uuid.UUID) -> Round:
    """The round, held so that it cannot close while this transaction adds a ballot."""
    return session.scalars(
        select(Round)
        .where(Round.id == round_id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    ).one()


def past_deadline(session: Session, today: dt.date) -> Sequence[uuid.UUID]:
    """Ids of open rounds whose last day is over."""
    return session.scalars(
        select(Round.id).where(Round.state == RoundState.OPEN, Round.deadline < today)
    ).all()


def that_remind_themselves(session: Session) -> Sequence[Round]:
    """Open rounds that send reminders without being told."""
    return session.scalars(
        select(Round).where(Round.state == RoundState.OPEN, Round.reminds_itself.is_(True))
    ).all()


def closed(session: Session) -> Sequence[tuple[uuid.UUID, dt.date]]:
    """Ids of all closed rounds, and when they closed."""
    rows = session.execute(
        select(Round.id, Round.closed_on).where(
            Round.state.in_([RoundState.CLOSED, RoundState.RELEASED])
        )
    )
    return [(round_id, closed_on) for round_id, closed_on in rows if closed_on is not None]


def unfinished(session: Session, ids: Collection[uuid.UUID]) -> Sequence[Round]:
    """Those of the rounds that are there and not closed, held against other writers."""
    return session.scalars(
        select(Round)
        .where(Round.id.in_(ids), Round.state.in_([RoundState.DRAFT, RoundState.OPEN]))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def earlier_closed(session: Session, mentorship_id: uuid.UUID) -> Sequence[Round]:
    """Closed rounds that a later one can be compared with: before rounds first, then interim."""
    return session.scalars(
        select(Round)
        .where(
            Round.mentorship_id == mentorship_id,
            Round.state.in_([RoundState.CLOSED, RoundState.RELEASED]),
            Round.kind != RoundKind.AFTER,
            Round.without_result.is_(False),
        )
        .order_by(Round.kind, Round.launched_on.desc(), Round.id)  # "before" < "interim"
    ).all()


def questionnaire_by_fingerprint(session: Session, fingerprint: str) -> StoredQuestionnaire | None:
    """A frozen questionnaire with exactly this content."""
    return session.scalars(
        select(StoredQuestionnaire).where(StoredQuestionnaire.fingerprint == fingerprint)
    ).one_or_none()


def sealed_ballots(session: Session, round_id: uuid.UUID) -> Sequence[bytes]:
    """The sealed ballots of an open round."""
    return session.scalars(
        select(SealedBallot.sealed).where(SealedBallot.round_id == round_id)
    ).all()


def delete_sealed_ballots(session: Session, round_id: uuid.UUID) -> None:
    """Remove the sealed ballots of a round."""
    session.execute(delete(SealedBallot).where(SealedBallot.round_id == round_id))


def delete_letters(session: Session, invitation_ids: Sequence[uuid.UUID]) -> None:
    """Remove letters to these raters that still wait: a closed round sends none."""
    session.execute(delete(Letter).where(Letter.invitation_id.in_(invitation_ids)))


def responses(session: Session, round_id: uuid.UUID) -> Sequence[Response]:
    """The opened responses of a closed round, in the order of their random keys."""
    return session.scalars(
        select(Response).where(Response.round_id == round_id).order_by(Response.key)
    ).all()


def aggregate(session: Session, round_id: uuid.UUID) -> StoredAggregate | None:
    """The released aggregate of a round, from its close on."""
    return session.get(StoredAggregate, round_id)


def self_invitation(session: Session, round_id: uuid.UUID) -> Invitation | None:
    """The mentee's own invitation in a round, if it asks for a self-assessment."""
    return session.scalars(
        select(Invitation).where(
            Invitation.round_id == round_id,
            Invitation.group_key == SELF.key,
            Invitation.revoked.is_(False),
        )
    ).first()


def comment_redactions(session: Session, round_id: uuid.UUID) -> Sequence[CommentRedaction]:
    """The words taken out of a round's comments."""
    return session.scalars(
        select(CommentRedaction).where(CommentRedaction.round_id == round_id)
    ).all()


def with_private_key(session: Session) -> Sequence[Round]:
    """Every open round, held against other writers: their private keys are to be wrapped anew."""
    return session.scalars(
        select(Round).where(Round.wrapped_private_key.is_not(None)).with_for_update()
    ).all()
