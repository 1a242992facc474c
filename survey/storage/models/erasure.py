"""What still has to be erased from the database's files."""

from __future__ import annotations

from survey.storage.models.base import Base, RandomKey


class ErasureDue(RandomKey, Base):
    """A round was closed, and what the files still hold of its sealed ballots has to go.

    Written by the close itself and removed once the erasure has succeeded, so that one that was
    hindered (somebody was reading) is done later by the worker.
    """

    __tablename__ = "erasures_due"
