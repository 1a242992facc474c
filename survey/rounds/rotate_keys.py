"""The keys of open rounds: changing the server's master key, and bringing old ones up to date."""

from __future__ import annotations

from sqlalchemy.orm import Session

from survey.anonymity.ballot_box import RoundKeys, with_opening_key
from survey.confidentiality.master_key import MasterKey
from survey.storage.database import erase_traces_after_commit
from survey.storage.queries import rounds as round_queries
from survey.storage.sealed_columns import key_store


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


def protect_older_rounds(session: Session, master_key: MasterKey) -> int:
    """Give an opening key to open rounds that an earlier version launched; returns how many.

    From then on no backup can be opened once they are closed. Raises MasterKeyError.
    """
    count = 0
    for round_ in round_queries.with_private_key(session):
        if round_.public_key is None or round_.wrapped_private_key is None:
            continue
        keys = RoundKeys(round_.public_key, round_.wrapped_private_key)
        if not keys.needs_opening_key and not key_store(session).is_ended(round_.id):
            opening_key = key_store(session).opening_key_for_writing(round_.id)
            protected = with_opening_key(keys, master_key, opening_key)
            round_.wrapped_private_key = protected.wrapped_private_key
            erase_traces_after_commit(session)
            count += 1
    return count
