"""Where somebody is signed in, and what they sign in with besides links."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.storage.models.base import Base, RandomKey, UtcDateTime
from survey.storage.models.people import Person


class SignInSession(RandomKey, Base):
    """One browser in which a person is signed in. Holds the hash of its token, never the token.

    Times are coarse: they serve to end the session, not to follow somebody's day.
    """

    __tablename__ = "sign_in_sessions"

    person_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    # The browser's family, such as "Firefox", for its owner to recognise it by.
    browser: Mapped[str] = mapped_column(String(40))
    created_on: Mapped[dt.date]
    last_seen_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    # When the person last showed that it is them; None when another service vouched for that at
    # a time that it did not tell.
    confirmed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    revoked: Mapped[bool] = mapped_column(default=False)

    person: Mapped[Person] = relationship()


class Passkey(RandomKey, Base):
    """A passkey of a person: the public half; the private one never leaves their device."""

    __tablename__ = "passkeys"

    person_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), index=True
    )
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    label: Mapped[str] = mapped_column(String(60))
    created_on: Mapped[dt.date]

    person: Mapped[Person] = relationship()


class PasskeyChallenge(RandomKey, Base):
    """A random number that a passkey is to sign: good once, for a short while. Holds its hash."""

    __tablename__ = "passkey_challenges"

    challenge_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class ExternalIdentity(RandomKey, Base):
    """Who a person is at the organisation's own sign-in service, bound when first used."""

    __tablename__ = "external_identities"
    __table_args__ = (
        UniqueConstraint("issuer", "subject"),
        UniqueConstraint("person_id", "issuer"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), index=True
    )
    issuer: Mapped[str] = mapped_column(String(300))
    subject: Mapped[str] = mapped_column(String(255))

    person: Mapped[Person] = relationship()
