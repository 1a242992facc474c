"""Queries about webhooks and what is on its way to them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import CursorResult, delete, exists, func, select, update
from sqlalchemy.orm import Session, joinedload

from survey.storage.models import Webhook, WebhookDelivery, WebhookState


def hooks_of(session: Session, person_id: uuid.UUID) -> Sequence[Webhook]:
    """The person's webhooks, the newest first."""
    return session.scalars(
        select(Webhook)
        .where(Webhook.person_id == person_id)
        .options(joinedload(Webhook.person))
        .order_by(Webhook.created_on.desc(), Webhook.id)
    ).all()


def deliveries_to(
    session: Session, webhook_id: uuid.UUID, limit: int | None = None
) -> Sequence[WebhookDelivery]:
    """What was told a webhook or is to be, the newest day first."""
    return session.scalars(
        select(WebhookDelivery)
        .where(WebhookDelivery.webhook_id == webhook_id)
        .order_by(WebhookDelivery.day.desc(), WebhookDelivery.event, WebhookDelivery.id)
        .limit(limit)
    ).all()


def waiting_for(session: Session, webhook_id: uuid.UUID) -> int:
    """How much is still to be told a webhook."""
    return session.scalars(
        select(func.count())
        .select_from(WebhookDelivery)
        .where(
            WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.state == WebhookState.WAITING
        )
    ).one()


def by_id(session: Session, webhook_id: uuid.UUID) -> Webhook | None:
    """A webhook, with its owner."""
    return session.get(Webhook, webhook_id, options=[joinedload(Webhook.person)])


def delivery(
    session: Session, webhook_id: uuid.UUID, delivery_id: uuid.UUID
) -> WebhookDelivery | None:
    """One of the things told a webhook."""
    return session.scalars(
        select(WebhookDelivery).where(
            WebhookDelivery.id == delivery_id, WebhookDelivery.webhook_id == webhook_id
        )
    ).one_or_none()


def delete_hook(session: Session, webhook_id: uuid.UUID) -> None:
    """Remove a webhook with all that is on its way to it."""
    for model, column in ((WebhookDelivery, WebhookDelivery.webhook_id), (Webhook, Webhook.id)):
        session.execute(
            delete(model).where(column == webhook_id).execution_options(synchronize_session=False)
        )


def anything_due(session: Session, now: dt.datetime) -> bool:
    """Whether anything is to be sent now."""
    return bool(session.scalar(select(exists().where(*_due(now)))))


def next_due(session: Session, now: dt.datetime) -> WebhookDelivery | None:
    """What has been due for longest, held against other workers until the transaction ends."""
    return session.scalars(
        select(WebhookDelivery)
        .where(*_due(now))
        .order_by(WebhookDelivery.due_at, WebhookDelivery.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=WebhookDelivery)
    ).one_or_none()


def note_outcome(
    session: Session, delivery_id: uuid.UUID, attempt: uuid.UUID, values: dict[str, Any]
) -> bool:
    """Note what became of an attempt, with its problem at the webhook as well.

    Tells whether the attempt was still the newest one; otherwise nothing is noted.
    """
    done = session.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.id == delivery_id,
            WebhookDelivery.attempt == attempt,
            WebhookDelivery.state == WebhookState.WAITING,
        )
        .values(values)
        .execution_options(synchronize_session=False)
    )
    if not cast(CursorResult[Any], done).rowcount:
        return False
    told = select(WebhookDelivery.webhook_id).where(WebhookDelivery.id == delivery_id)
    session.execute(
        update(Webhook)
        .where(Webhook.id == told.scalar_subquery())
        .values(last_problem=values["last_problem"])
        .execution_options(synchronize_session=False)
    )
    return True


def _due(now: dt.datetime) -> tuple[Any, ...]:
    return (WebhookDelivery.state == WebhookState.WAITING, WebhookDelivery.due_at <= now)
