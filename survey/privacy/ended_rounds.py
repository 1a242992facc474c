"""Rounds that have ended stay ended, whatever a restored backup says.

A backup that was made while a round was open brings back its sealed ballots. Were they counted a
second time, with one answer more or less, two reports could be compared and the difference be
somebody's answers. So the key database notes which rounds have ended, and their keys are gone.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey.anonymity.ballot_box import RoundKeys
from survey.privacy.audit_trail import Action, record
from survey.storage.database import erase_traces_after_commit
from survey.storage.dependents import delete_with_dependents
from survey.storage.key_store import KeyStore
from survey.storage.models import Base, Person, Round, RoundState
from survey.storage.queries import erasure as erasure_queries
from survey.storage.queries import invitations as invitation_queries
from survey.storage.queries import rounds as round_queries

_AT_ONCE = 500


@dataclass(frozen=True)
class Settled:
    """How many rounds came back: open ones, closed now without a result, and drafts, deleted."""

    closed: int = 0
    deleted: int = 0


def settle_ended_rounds(session: Session, keys: KeyStore, now: dt.datetime) -> Settled:
    """End again every round that has ended and is a draft or open all the same."""
    ended = keys.ended_rounds()
    ids = list(ended)
    found = [
        round_
        for start in range(0, len(ids), _AT_ONCE)
        for round_ in round_queries.unfinished(session, ids[start : start + _AT_ONCE])
    ]
    drafts = [round_.id for round_ in found if round_.state is RoundState.DRAFT]
    for round_ in found:
        if round_.state is RoundState.OPEN:
            close_without_result(session, round_, ended[round_.id], now)
    if drafts:
        # Launching it would need a key, and the round shall have none again.
        deleted = delete_with_dependents(session, Base.metadata.tables["rounds"], drafts)
        for round_id in drafts:
            record(session, None, Action.ROUND_DELETED_AGAIN, round_id, now)
        erase_traces_after_commit(session, deleted)
    return Settled(len(found) - len(drafts), len(drafts))


def rounds_without_key(session: Session, keys: KeyStore) -> int:
    """How many open rounds have lost the key that opens their ballots."""
    return sum(
        RoundKeys(round_.public_key, round_.wrapped_private_key).needs_opening_key
        and not keys.has_opening_key(round_.id)
        for round_ in round_queries.with_private_key(session)
        if round_.public_key is not None and round_.wrapped_private_key is not None
    )


def close_without_result(
    session: Session,
    round_: Round,
    ended_on: dt.date,
    now: dt.datetime,
    *,
    closed_by: Person | None = None,
) -> None:
    """Close a round that came back open, without opening one of its ballots."""
    clear_the_ballot_box(session, round_)
    round_.state = RoundState.CLOSED
    round_.closed_on = ended_on
    # Unless the result is there, and somebody has but set the state back by hand.
    round_.without_result = round_queries.aggregate(session, round_.id) is None
    record(session, closed_by, Action.ROUND_CLOSED_WITHOUT_RESULT, round_.id, now)
    session.flush()


def clear_the_ballot_box(session: Session, round_: Round) -> None:
    """Take out what served to collect answers: sealed ballots, keys, marks and waiting letters."""
    round_queries.delete_sealed_ballots(session, round_.id)
    erasure_queries.forget_marks(session, round_.id)
    invitation_queries.rewrite_in_random_order(session, round_.id)
    round_queries.delete_letters(session, [invitation.id for invitation in round_.invitations])
    round_.public_key = None
    round_.wrapped_private_key = None
    erase_traces_after_commit(session)
