"""Webhooks: where programs want to be told of rounds, and what is on its way to them."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.storage.models.base import Base, RandomKey, UtcDateTime, stored_by_value
from survey.storage.models.people import Person
from survey.storage.models.rounds import Round
from survey.storage.sealed_columns import SealedText


class WebhookEvent(StrEnum):
    """What a program can be told. Nothing here is about one rater, or about how many there are."""

    ROUND_LAUNCHED = "round.launched"
    ROUND_CLOSED = "round.closed"
    REPORT_RELEASED = "report.released"
    TEST = "webhook.test"


class WebhookState(StrEnum):
    """How far the telling has come."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class Webhook(RandomKey, Base):
    """An address that is told of its owner's rounds, and the secret that what is told is signed by.

    The address may be a secret as well: many services put a token into it. `events` are words with
    blanks between them.
    """

    __tablename__ = "webhooks"

    person_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), index=True
    )
    events: Mapped[str] = mapped_column(String(120))
    created_on: Mapped[dt.date]
    address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    secret_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    # Of the attempt that was made last, whatever it told; empty when that arrived.
    last_problem: Mapped[str] = mapped_column(String(300), default="")
    address = SealedText("address_sealed")
    secret = SealedText("secret_sealed")

    person: Mapped[Person] = relationship()

    @property
    def sealed_for(self) -> uuid.UUID:
        """Whose key seals it: the owner's own, which goes when they are erased."""
        return self.person_id


class WebhookDelivery(RandomKey, Base):
    """One thing to tell one webhook. Written together with the deed that it tells of.

    Of the deed it keeps the day. `due_at` is empty once nothing is to be sent any more, so that no
    time outlives the sending.
    """

    __tablename__ = "webhook_deliveries"

    webhook_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("webhooks.id", ondelete="CASCADE"), index=True
    )
    # The same for all webhooks that are told of one deed, and however often it is sent.
    event_id: Mapped[uuid.UUID]
    event: Mapped[WebhookEvent] = mapped_column(stored_by_value(WebhookEvent))
    round_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("rounds.id", ondelete="CASCADE"), index=True
    )
    day: Mapped[dt.date]
    state: Mapped[WebhookState] = mapped_column(
        stored_by_value(WebhookState), default=WebhookState.WAITING
    )
    attempts: Mapped[int] = mapped_column(default=0)
    # Which attempt is under way: what an older one comes to counts no more.
    attempt: Mapped[uuid.UUID | None]
    due_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime, index=True)
    settled_on: Mapped[dt.date | None]
    last_problem: Mapped[str] = mapped_column(String(300), default="")

    webhook: Mapped[Webhook] = relationship()
    round: Mapped[Round | None] = relationship()
