"""A mentor with a webhook, and a courier with a clock that tests set."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from survey.accounts.people import find_person
from survey.service import Service
from survey.storage.models import Webhook, WebhookDelivery, WebhookEvent
from survey.webhooks.courier import Courier
from survey.webhooks.registering import CHOICES, register, send_again, send_test
from tests.support.cases import NOW
from tests.webhooks.receiving import Received

MENTOR = "max.mentor@example.org"


@dataclass
class Clock:
    """What time it is."""

    now: dt.datetime = NOW

    def __call__(self) -> dt.datetime:
        return self.now


def courier_of(service: Service, clock: Clock) -> Courier:
    """One that goes to loopback, too."""
    return Courier(service.database, clock, "https://feedback.example.org", allow_private=True)


def registered(
    service: Service,
    address: str,
    events: Collection[WebhookEvent] = CHOICES,
    *,
    email: str = MENTOR,
) -> tuple[uuid.UUID, str]:
    """A webhook of this person's: its id and secret."""
    with service.database.writing() as session:
        person = find_person(session, email)
        assert person is not None
        made = register(session, person, address, events, NOW, allow_private=True)
        return made.webhook.id, made.secret


def queue_test(service: Service, webhook_id: uuid.UUID, now: dt.datetime = NOW) -> None:
    """Put a test into the outbox."""
    with service.database.writing() as session:
        send_test(session, session.get_one(Webhook, webhook_id), now)


def sent_again(service: Service, delivery_id: uuid.UUID, now: dt.datetime) -> None:
    """Have a message sent once more."""
    with service.database.writing() as session:
        send_again(session, session.get_one(WebhookDelivery, delivery_id), now)


def outbox(service: Service) -> list[WebhookDelivery]:
    """All that was told or is to be."""
    with service.database.reading() as session:
        return list(session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.event)))


def told(received: Received) -> dict[str, Any]:
    """What a request says."""
    said = json.loads(received.body)
    assert isinstance(said, dict)
    return said
