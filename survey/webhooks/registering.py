"""What an owner does with webhooks: register one, try it, have something sent again, revoke it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey.languages.message import Message
from survey.privacy.audit_trail import Action, record
from survey.storage.models import (
    Person,
    Webhook,
    WebhookDelivery,
    WebhookEvent,
    WebhookState,
)
from survey.storage.queries import webhooks as webhook_queries
from survey.webhooks.destinations import destination
from survey.webhooks.errors import WebhookError
from survey.webhooks.signature import new_secret

MOST_WEBHOOKS = 10
# A receiver that is away must not gather tests without end.
MOST_WAITING = 100
# What can be chosen, in this order.
CHOICES = (
    WebhookEvent.ROUND_LAUNCHED,
    WebhookEvent.ROUND_CLOSED,
    WebhookEvent.REPORT_RELEASED,
)


class InvalidWebhookError(WebhookError):
    """A field is wrong; the text begins with its name and a colon."""


@dataclass(frozen=True)
class Registered:
    """A new webhook, and its secret, which nobody can be shown again."""

    webhook: Webhook
    secret: str


def register(
    session: Session,
    person: Person,
    address: str,
    events: Collection[WebhookEvent],
    now: dt.datetime,
    *,
    allow_private: bool,
) -> Registered:
    """Register an address to be told of these events.

    Raises InvalidWebhookError naming the field, DestinationError for an address that is not asked.
    """
    address = address.strip()
    destination(address, allow_private=allow_private)
    chosen = [event for event in CHOICES if event in events]
    if not chosen or set(events) - set(CHOICES):
        raise InvalidWebhookError(
            Message("Choose at least one of those that there are.", at="Events")
        )
    if len(webhook_queries.hooks_of(session, person.id)) >= MOST_WEBHOOKS:
        raise InvalidWebhookError(
            Message(
                "You have %(most)s webhooks. Revoke one that you do not need.", most=MOST_WEBHOOKS
            )
        )
    secret = new_secret()
    webhook = Webhook(
        id=uuid.uuid4(),
        person_id=person.id,
        events=" ".join(chosen),
        created_on=now.date(),
        last_problem="",
    )
    session.add(webhook)
    webhook.address, webhook.secret = address, secret
    session.flush()
    record(session, person, Action.WEBHOOK_REGISTERED, person.id, now)
    return Registered(webhook, secret)


def send_test(session: Session, webhook: Webhook, now: dt.datetime) -> WebhookDelivery:
    """Put a test into the outbox. Raises WebhookError when too much waits there."""
    if webhook_queries.waiting_for(session, webhook.id) >= MOST_WAITING:
        raise WebhookError(
            Message(
                "%(most)s messages wait for this webhook already. See to its receiver first.",
                most=MOST_WAITING,
            )
        )
    made = WebhookDelivery(
        webhook_id=webhook.id,
        event_id=uuid.uuid4(),
        event=WebhookEvent.TEST,
        day=now.date(),
        state=WebhookState.WAITING,
        attempts=0,
        due_at=now,
        last_problem="",
    )
    session.add(made)
    session.flush()
    return made


def send_again(session: Session, delivery: WebhookDelivery, now: dt.datetime) -> None:
    """Send what was sent before once more, under the same id, as often as at the first time.

    Raises WebhookError for what has not been tried yet: its time is not to be chosen.
    """
    if delivery.state is WebhookState.WAITING and delivery.attempts == 0:
        raise WebhookError(Message("This has not been sent yet. It goes by itself."))
    delivery.state = WebhookState.WAITING
    delivery.attempts = 0
    # What becomes of an attempt that is still under way counts no more.
    delivery.attempt = None
    delivery.due_at = now
    delivery.settled_on = None
    session.flush()


def revoke_webhook(session: Session, person: Person, webhook: Webhook, now: dt.datetime) -> None:
    """End a webhook at once: what waits for it is not sent any more, and its secret is gone."""
    webhook_queries.delete_hook(session, webhook.id)
    record(session, person, Action.WEBHOOK_REVOKED, person.id, now)
