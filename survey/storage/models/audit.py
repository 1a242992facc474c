"""The audit trail: a chain of deeds, and what stands for those that were disposed of."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from survey.storage.models.base import Base


class AuditEntry(Base):
    """One deed of somebody with an account, or of the service. Raters leave no entry, ever.

    The database refuses to change an entry, and to delete one that no checkpoint stands for. Actor
    and object are bare ids without a foreign key: the trail outlives what it tells of.

    The day is all that is kept of the time. A finer clock, even for deeds that seem harmless, would
    bracket the deeds between them, such as a close right after the last answer.
    """

    __tablename__ = "audit_entries"

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[dt.date]
    actor_id: Mapped[uuid.UUID | None]
    action: Mapped[str] = mapped_column(String(60))
    object_id: Mapped[uuid.UUID | None]
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    entry_hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class AuditCheckpoint(Base):
    """Stands for all entries up to `through`, which were disposed of; the chain goes on from it."""

    __tablename__ = "audit_checkpoints"

    through: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[dt.date]
    entry_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    signature: Mapped[bytes] = mapped_column(LargeBinary(32))
