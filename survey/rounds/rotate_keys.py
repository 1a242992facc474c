"""Changing the server's master key while rounds are open."""

from __future__ import annotations

from sqlalchemy.orm import Session

from survey.confidentiality.master_key import MasterKey
from survey.storage.queries import rounds as round_queries


def rewrap_round_keys(session: Session, master_key: MasterKey) -> int:
    """Wrap the private key of every open round with the newest master key; returns how many.

    Afterwards older master keys open nothing any more. Raises MasterKeyError when a round was
    launched with a key that is not among those given; then nothing is changed.
    """
    count = 0
    for round_ in round_queries.with_private_key(session):
        if round_.wrapped_private_key is not None:
            round_.wrapped_private_key = master_key.rewrap(round_.wrapped_private_key)
            count += 1
    session.flush()
    return count
