"""What still has to be erased from the database's files."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from survey.storage.models.base import Base, RandomKey


class ErasureDue(RandomKey, Base):
    """Rows were deleted or blanked, and what the files still hold of them has to go.

    `tables` names those concerned beside the ones that a round's close concerns, with a space
    between them. Written with the deed itself and removed once the erasure has succeeded, so that
    one that was hindered (somebody was reading) is done later by the worker.
    """

    __tablename__ = "erasures_due"

    tables: Mapped[str | None] = mapped_column(String(1000))
