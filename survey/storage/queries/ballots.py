"""Queries about sealed ballots."""

from __future__ import annotations

import uuid
from typing import cast

from sqlalchemy import Table, bindparam, insert
from sqlalchemy.orm import Session

from survey.storage.models import SealedBallot
from survey.storage.models.ballots import random_ballot_key

_ADD = insert(cast(Table, SealedBallot.__table__)).values(
    key=bindparam("key"), round_id=bindparam("round_id"), sealed=bindparam("sealed")
)


def add_sealed(session: Session, round_id: uuid.UUID, sealed: bytes) -> None:
    """Add a sealed ballot to a round."""
    row = {"key": random_ballot_key(), "round_id": round_id, "sealed": sealed}
    session.connection().execute(_ADD, row)
