"""Personal tokens for the API, and the answers that are kept for a repeated request."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.storage.models.base import Base, RandomKey, UtcDateTime
from survey.storage.models.people import Person


class ApiToken(RandomKey, Base):
    """What a program shows to act for a person. Holds the hash of the token, never the token.

    `scopes` are words with blanks between them. The last use is a day: enough for its owner to
    notice a token that nobody needs, or that somebody else uses.
    """

    __tablename__ = "api_tokens"

    person_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    label: Mapped[str] = mapped_column(String(60))
    scopes: Mapped[str] = mapped_column(String(400))
    created_on: Mapped[dt.date]
    # The last day on which it works.
    expires_on: Mapped[dt.date]
    last_used_on: Mapped[dt.date | None]

    person: Mapped[Person] = relationship()


class ApiAnswer(RandomKey, Base):
    """What was answered to a request with an Idempotency-Key, for when it is sent again.

    `status` is None while the first of them is still being worked on. The answer lies sealed with
    a key made from the token itself, which the service does not keep: it may hold a mentorship's
    texts, which lie in clear nowhere else either.
    """

    __tablename__ = "api_answers"
    __table_args__ = (UniqueConstraint("token_id", "key_hash"),)

    token_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("api_tokens.id", ondelete="CASCADE"))
    key_hash: Mapped[str] = mapped_column(String(64))
    # A digest of method, path and body: the same key for another request is a mistake.
    request_hash: Mapped[str] = mapped_column(String(64))
    # Whose the place is: a request that was taken for lost must not write over its successor's.
    attempt: Mapped[uuid.UUID]
    begun_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    status: Mapped[int | None]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
