"""Letters waiting for delivery."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from survey.storage.models.base import Base, RandomKey, UtcDateTime, stored_by_value


class LetterKind(StrEnum):
    """Which text a letter carries."""

    INVITATION = "invitation"
    REMINDER = "reminder"
    SIGN_IN = "sign_in"
    MENTEE_WELCOME = "mentee_welcome"
    REPORT_RELEASED = "report_released"
    SESSION_PLANNED = "session_planned"
    SESSION_CANCELLED = "session_cancelled"
    RATER_DATA = "rater_data"
    RATERS_WANTED = "raters_wanted"


class Letter(RandomKey, Base):
    """One letter to deliver. The row is deleted once the mail server has accepted it.

    It names what the letter is about and holds neither address, text nor link: those are made
    when it is sent. Deleting it afterwards keeps no trace of who was still reminded when.
    """

    __tablename__ = "outbox"

    kind: Mapped[LetterKind] = mapped_column(stored_by_value(LetterKind))
    invitation_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("invitations.id", ondelete="CASCADE"), index=True
    )
    sign_in_link_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("sign_in_links.id", ondelete="CASCADE")
    )
    round_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("rounds.id", ondelete="CASCADE"))
    mentorship_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("mentorships.id", ondelete="CASCADE")
    )
    rater_request_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("rater_requests.id", ondelete="CASCADE")
    )
    planned_session_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("planned_sessions.id", ondelete="CASCADE")
    )
    # Whom of several people a letter goes to; where it is about one only, it does not say.
    recipient_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE")
    )
    # What calendars know a session by that was taken off: its row, and perhaps the mentorship, is
    # gone by then.
    cancelled_session_id: Mapped[uuid.UUID | None]
    cancelled_revision: Mapped[int | None]
    cancelled_starts_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    # The worker that has taken the letter up; a worker whose lease ran out has none.
    claimed_by: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("mail_workers.id", ondelete="SET NULL"), index=True
    )
    # The mail domain that it goes to, as a keyed hash, once a worker has looked.
    domain_key: Mapped[str | None] = mapped_column(String(64))
    last_problem: Mapped[str] = mapped_column(String(300), default="")
