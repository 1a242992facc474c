"""What lies sealed in an open round's ballot box, for tests that hold all the keys."""

from __future__ import annotations

import uuid

from survey.anonymity.ballot_box import BoxContents, RoundKeys, open_and_shuffle
from survey.service import Service
from survey.storage.models import Round
from survey.storage.queries import rounds as round_queries


def box_contents(service: Service, round_id: uuid.UUID) -> BoxContents:
    """The answers and the number of declines per group, as the close would count them."""
    with service.database.reading() as session:
        round_ = session.get_one(Round, round_id)
        assert round_.public_key is not None
        assert round_.wrapped_private_key is not None
        keys = RoundKeys(round_.public_key, round_.wrapped_private_key)
        sealed = round_queries.sealed_ballots(session, round_id)
    opening_key = service.keys.opening_key(round_id)
    return open_and_shuffle(sealed, keys, service.master_key, opening_key)
