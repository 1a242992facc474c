"""Telling the key database which rounds are closed, so that their keys go for good."""

from __future__ import annotations

from sqlalchemy.orm import Session

from survey.storage.queries import rounds as round_queries
from survey.storage.sealed_columns import has_keys, key_store


def end_closed_rounds(session: Session) -> int:
    """Destroy the keys of all rounds that are closed and not noted as such; returns how many.

    Of committed closes only: the session is one that has changed nothing.
    """
    if not has_keys(session):
        return 0
    keys = key_store(session)
    known = keys.ended_rounds()
    fresh = {
        round_id: closed_on
        for round_id, closed_on in round_queries.closed(session)
        if round_id not in known
    }
    if fresh:
        keys.end_rounds(fresh)
    return len(fresh)
