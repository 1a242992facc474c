"""Webhooks of one's own: registering them, how they fare, and having something sent again."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Literal

from pydantic import Field
from sqlalchemy.orm import Session

from survey.accounts.api_tokens import Scope
from survey.accounts.policy import Action, Relation, Resource
from survey.api.operations import PREFIX, Created, operation
from survey.api.paging import PageAsked, Part, part_of
from survey.api.shapes import Line, Sent, Shown
from survey.storage.models import Webhook, WebhookDelivery, WebhookEvent, WebhookState
from survey.storage.queries import webhooks as webhook_queries
from survey.web.access import own_account, require, webhook_delivery_for, webhook_for
from survey.web.current import current_person, service
from survey.web.rate_limits import limit_webhooks
from survey.webhooks.announcing import events_of
from survey.webhooks.registering import CHOICES, register, revoke_webhook, send_again, send_test

EventName = Literal["round.launched", "round.closed", "report.released"]


class WebhookSent(Sent):
    """Where to, and what about."""

    url: Line = Field(description="An https address that is reachable from outside.")
    events: list[EventName] = Field(min_length=1, max_length=len(CHOICES))


class WebhookShown(Shown):
    """A webhook."""

    id: uuid.UUID
    url: str
    events: list[WebhookEvent]
    created_on: dt.date
    problem: str | None = Field(description="What went wrong at the last attempt, if anything did.")


class WebhookMade(WebhookShown):
    """A new webhook, with its secret."""

    secret: str = Field(description="What messages are signed by. It is shown this once.")


class MessageShown(Shown):
    """What was told a webhook, or is to be."""

    id: uuid.UUID
    event_id: str = Field(description="The `webhook-id` that it is sent under, every time.")
    type: WebhookEvent
    day: dt.date
    round_id: uuid.UUID | None
    state: WebhookState
    attempts: int
    problem: str | None = Field(description="What became of the last attempt that failed.")


@operation(
    "GET",
    "/webhooks",
    tag="Webhooks",
    scope=Scope.WEBHOOKS_READ,
    asked=PageAsked,
    shows=WebhookShown,
    many=True,
)
def list_webhooks(session: Session, asked: PageAsked) -> Part:
    """List your webhooks, the newest first."""
    require(Resource.WEBHOOK, Action.READ, Relation.OWN_ACCOUNT)
    found = webhook_queries.hooks_of(session, current_person().id)
    return part_of(found, asked, lambda one: str(one.id), _shown)


@operation(
    "POST",
    "/webhooks",
    tag="Webhooks",
    scope=Scope.WEBHOOKS_WRITE,
    body=WebhookSent,
    shows=WebhookMade,
    status=201,
    fields={"Address": "#/url", "Events": "#/events"},
)
def create_webhook(session: Session, body: WebhookSent) -> Created:
    """Register an address to be told of your rounds. The secret is in this answer alone."""
    require(Resource.WEBHOOK, Action.CREATE, Relation.OWN_ACCOUNT)
    made = register(
        session,
        own_account(session),
        body.url,
        [WebhookEvent(name) for name in body.events],
        service().now(),
        allow_private=service().webhooks_allow_private,
    )
    shown = _shown(made.webhook)
    return Created(
        WebhookMade(**shown.model_dump(), secret=made.secret),
        f"{PREFIX}/webhooks/{made.webhook.id}",
    )


@operation(
    "GET",
    "/webhooks/<uuid:webhook_id>",
    tag="Webhooks",
    scope=Scope.WEBHOOKS_READ,
    shows=WebhookShown,
)
def read_webhook(session: Session, webhook_id: uuid.UUID) -> WebhookShown:
    """Read a webhook. Its secret is not shown again."""
    return _shown(webhook_for(session, webhook_id, Action.READ))


@operation(
    "DELETE",
    "/webhooks/<uuid:webhook_id>",
    tag="Webhooks",
    scope=Scope.WEBHOOKS_WRITE,
    status=204,
)
def remove_webhook(session: Session, webhook_id: uuid.UUID) -> None:
    """Revoke a webhook at once. What waits for it is not sent any more."""
    webhook = webhook_for(session, webhook_id, Action.DELETE)
    revoke_webhook(session, current_person(), webhook, service().now())


@operation(
    "POST",
    "/webhooks/<uuid:webhook_id>/test",
    tag="Webhooks",
    scope=Scope.WEBHOOKS_WRITE,
    shows=MessageShown,
    limits=(limit_webhooks,),
    refusals=(409,),
)
def test_webhook(session: Session, webhook_id: uuid.UUID) -> MessageShown:
    """Send a test. The list of messages tells how it went."""
    webhook = webhook_for(session, webhook_id, Action.WRITE)
    return _message(send_test(session, webhook, service().now()))


@operation(
    "GET",
    "/webhooks/<uuid:webhook_id>/messages",
    tag="Webhooks",
    scope=Scope.WEBHOOKS_READ,
    asked=PageAsked,
    shows=MessageShown,
    many=True,
)
def list_messages(session: Session, webhook_id: uuid.UUID, asked: PageAsked) -> Part:
    """List what was told a webhook or is to be, the newest day first."""
    webhook = webhook_for(session, webhook_id, Action.READ)
    found = webhook_queries.deliveries_to(session, webhook.id)
    return part_of(found, asked, lambda one: str(one.id), _message)


@operation(
    "POST",
    "/webhooks/<uuid:webhook_id>/messages/<uuid:delivery_id>/again",
    tag="Webhooks",
    scope=Scope.WEBHOOKS_WRITE,
    shows=MessageShown,
    limits=(limit_webhooks,),
    refusals=(409,),
)
def send_message_again(
    session: Session, webhook_id: uuid.UUID, delivery_id: uuid.UUID
) -> MessageShown:
    """Send a message once more, under the same id."""
    delivery = webhook_delivery_for(session, webhook_id, delivery_id, Action.WRITE)
    send_again(session, delivery, service().now())
    return _message(delivery)


def _shown(webhook: Webhook) -> WebhookShown:
    events = events_of(webhook)
    return WebhookShown(
        id=webhook.id,
        url=webhook.address,
        events=[event for event in CHOICES if event in events],
        created_on=webhook.created_on,
        problem=webhook.last_problem or None,
    )


def _message(one: WebhookDelivery) -> MessageShown:
    return MessageShown(
        id=one.id,
        event_id=f"evt_{one.event_id.hex}",
        type=one.event,
        day=one.day,
        round_id=one.round_id,
        state=one.state,
        attempts=one.attempts,
        problem=one.last_problem or None,
    )
