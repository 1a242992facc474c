"""Requests about personal data, and what was disposed of when."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.storage.models.base import Base, RandomKey, stored_by_value
from survey.storage.models.people import Person


class RequestKind(StrEnum):
    """What somebody asks for about their own data."""

    ACCESS = "access"
    ERASURE = "erasure"
    RECTIFICATION = "rectification"
    OBJECTION = "objection"


class RequestState(StrEnum):
    """What has become of a request."""

    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class PrivacyRequest(RandomKey, Base):
    """What somebody with an account asks for, and by when it has to be answered."""

    __tablename__ = "privacy_requests"

    person_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[RequestKind] = mapped_column(stored_by_value(RequestKind))
    state: Mapped[RequestState] = mapped_column(
        stored_by_value(RequestState), default=RequestState.OPEN
    )
    asked_on: Mapped[dt.date]
    due_on: Mapped[dt.date]
    finished_on: Mapped[dt.date | None]
    # What a rectification asks for; empty for what shall stay.
    wanted_name: Mapped[str] = mapped_column(String(120), default="")
    wanted_email: Mapped[str] = mapped_column(String(320), default="")

    person: Mapped[Person] = relationship()


class RaterRequest(RandomKey, Base):
    """Somebody wants to know what is held about them as a rater. Deleted once answered.

    The page looks nothing up: it takes as long for a stranger's address as for a rater's.
    """

    __tablename__ = "rater_requests"

    email: Mapped[str] = mapped_column(String(320))
    asked_on: Mapped[dt.date]


class DisposalRun(Base):
    """The day's disposal by the retention schedule: done once, by whichever worker is first."""

    __tablename__ = "disposal_runs"

    day: Mapped[dt.date] = mapped_column(primary_key=True)
    disposed: Mapped[int]
