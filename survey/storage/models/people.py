"""People who sign in (mentors and mentees) and their one-time sign-in links."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.storage.models.base import Base, RandomKey, UtcDateTime


def month_of(day: dt.date) -> dt.date:
    """The month of a day, by its first."""
    return day.replace(day=1)


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


class Person(RandomKey, Base):
    """Somebody with an account. Raters are not people here: they have only an invitation."""

    __tablename__ = "people"

    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(320))
    normalised_email: Mapped[str] = mapped_column(String(320), unique=True)
    language: Mapped[str] = mapped_column(String(12), default="en")
    is_mentor: Mapped[bool] = mapped_column(default=False)
    # May read the programme view: figures over many mentees, and nobody's own.
    is_programme_lead: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Looks after people, frameworks and retention, and reads nobody's content.
    is_administrator: Mapped[bool] = mapped_column(default=False, server_default=false())
    # From this day on the person cannot sign in; what belongs to them stays.
    deactivated_on: Mapped[dt.date | None]
    # From this day on what is held about the person is stored and not otherwise used.
    restricted_on: Mapped[dt.date | None]
    # The first day of the month in which the account was last used: no finer, since it serves
    # nothing but to tell an account that nobody needs.
    last_used_month: Mapped[dt.date | None] = mapped_column(default=lambda: month_of(_today()))

    @property
    def first_name(self) -> str:
        """How letters and forms address the person."""
        return self.name.split()[0]


class SignInRequest(RandomKey, Base):
    """Somebody typed an address into the sign-in page. The worker answers, and deletes the row.

    The page itself looks nothing up: it takes as long for a stranger's address as for an account.
    """

    __tablename__ = "sign_in_requests"

    email: Mapped[str] = mapped_column(String(320))


class SignInLink(RandomKey, Base):
    """A one-time link for signing in. Holds the hash of its token, never the token."""

    __tablename__ = "sign_in_links"

    person_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    used: Mapped[bool] = mapped_column(default=False)

    person: Mapped[Person] = relationship()
