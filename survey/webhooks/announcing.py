"""Telling webhooks of a round, in the transaction of the deed itself: both happen, or neither.

A launch is told of at once, since its letters leave at once. A close is not: it often follows the
last answer, and the minute of a close that lies in somebody's log would tell about when that came.
Of a close, and of a release, which may be part of one, nothing leaves before the next full hour.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Relation, Resource, allowed
from survey.accounts.roles import roles_of
from survey.anonymity.hour import after_the_hour
from survey.storage.models import Person, Round, Webhook, WebhookDelivery, WebhookEvent
from survey.storage.queries import webhooks as webhook_queries

_AT_ONCE = frozenset({WebhookEvent.ROUND_LAUNCHED})


def announce(session: Session, round_: Round, event: WebhookEvent, now: dt.datetime) -> None:
    """Put what happened to the round into the outbox of its mentor's webhooks.

    Nobody is told while the processing of the mentee's or mentor's data is restricted.
    """
    mentorship = round_.mentorship
    if not may_be_told(mentorship.mentor) or mentorship.mentee.restricted_on is not None:
        return
    event_id = uuid.uuid4()
    for webhook in webhook_queries.hooks_of(session, mentorship.mentor_id):
        if event in events_of(webhook):
            session.add(
                WebhookDelivery(
                    webhook_id=webhook.id,
                    event_id=event_id,
                    event=event,
                    round_id=round_.id,
                    day=now.date(),
                    due_at=now if event in _AT_ONCE else after_the_hour(now),
                )
            )


def events_of(webhook: Webhook) -> frozenset[WebhookEvent]:
    """What a webhook is told of; an event that only another version knows counts for nothing."""
    known = set(WebhookEvent)
    return frozenset(WebhookEvent(word) for word in webhook.events.split() if word in known)


def may_be_told(person: Person) -> bool:
    """Whether programs of this person may be told anything now: of their rounds, as their mentor.

    Other roles know of no rounds, so there is nothing to tell them.
    """
    if person.restricted_on is not None:
        return False
    roles = roles_of(person, is_mentee=False)
    return allowed(roles, Resource.WEBHOOK, Action.READ, Relation.OWN_ACCOUNT)
