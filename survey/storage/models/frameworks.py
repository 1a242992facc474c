"""Competency frameworks that mentors uploaded, beside those that ship as files."""

from __future__ import annotations

import uuid

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from survey.storage.models.base import Base, RandomKey


class UploadedFramework(RandomKey, Base):
    """The YAML text of an uploaded framework, checked before it was stored."""

    __tablename__ = "uploaded_frameworks"
    __table_args__ = (UniqueConstraint("owner_id", "framework_id"),)

    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"), index=True)
    framework_id: Mapped[str] = mapped_column(String(80))
    yaml: Mapped[str] = mapped_column(Text)
