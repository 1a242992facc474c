"""The audit trail."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from survey.storage.models.base import Base, RandomKey, UtcDateTime


class AuditEntry(RandomKey, Base):
    """One deed of a mentor or of the service. Raters leave no entry, whatever they do."""

    __tablename__ = "audit_entries"

    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id"))
    action: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[uuid.UUID]
