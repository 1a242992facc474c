"""Competency frameworks that mentors uploaded, beside those that ship as files."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import Date, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from survey.storage.models.base import Base, RandomKey


class UploadedFramework(RandomKey, Base):
    """The YAML text of an uploaded framework, checked before it was stored."""

    __tablename__ = "uploaded_frameworks"
    __table_args__ = (UniqueConstraint("owner_id", "framework_id"),)

    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"), index=True)
    framework_id: Mapped[str] = mapped_column(String(80))
    yaml: Mapped[str] = mapped_column(Text)


class FrameworkVersion(RandomKey, Base):
    """The text of an uploaded framework as it was saved once.

    `saved_on` is None for what was kept before versions were. `changes` counts what differs from
    the version before, as words such as "statement.reworded=2" with blanks between them.
    """

    __tablename__ = "framework_versions"
    __table_args__ = (UniqueConstraint("upload_id", "number"),)

    upload_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("uploaded_frameworks.id", ondelete="CASCADE"), index=True
    )
    number: Mapped[int]
    version: Mapped[str] = mapped_column(String(60))
    saved_on: Mapped[dt.date | None] = mapped_column(Date)
    changes: Mapped[str] = mapped_column(String(600))
    yaml: Mapped[str] = mapped_column(Text)


class FrameworkDraft(RandomKey, Base):
    """A framework in the making, with errors perhaps: its owner's alone, and of use to no round.

    `changes_id` is the owner's framework that it was begun from; empty for a new one. `title` and
    `problems` (how many there are) are of the text, for lists.
    """

    __tablename__ = "framework_drafts"

    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"), index=True)
    changes_id: Mapped[str] = mapped_column(String(80))
    changed_on: Mapped[dt.date] = mapped_column(Date)
    title: Mapped[str] = mapped_column(String(120))
    problems: Mapped[int]
    yaml: Mapped[str] = mapped_column(Text)
