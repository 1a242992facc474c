"""Delivering to webhooks from their outbox: claim, sign, send, note what became of it.

What is claimed is due again after a short while, so that what a worker held that died is taken
over by others. A crash between sending and noting sends it once more, under the same id.
"""

from __future__ import annotations

import datetime as dt
import logging
import random
import ssl
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey.confidentiality.sealed_text import SealBrokenError
from survey.storage.database import Database
from survey.storage.key_store import KeyDestroyedError
from survey.storage.models import WebhookDelivery, WebhookState
from survey.storage.queries import webhooks as webhook_queries
from survey.webhooks.announcing import may_be_told
from survey.webhooks.destinations import destination
from survey.webhooks.errors import GoneError, WebhookError
from survey.webhooks.message import Message
from survey.webhooks.posting import SECONDS, post
from survey.webhooks.reasons import NOT_TO_BE_TOLD, SECRET_LOST
from survey.webhooks.signature import headers

# Pauses after each attempt that failed, but for the last: two days and a half hour together.
PAUSES = tuple(dt.timedelta(minutes=m) for m in (1, 5, 30, 120, 300, 600, 840, 1020))
MOST_ATTEMPTS = len(PAUSES) + 1
# Each pause is longer or shorter by up to this part of it.
_JITTER = 0.2
# Looking a name up takes time of its own.
_CLAIM = dt.timedelta(seconds=6 * SECONDS)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Claimed:
    """An attempt of ours, and what it takes to make it."""

    delivery_id: uuid.UUID
    attempt: uuid.UUID
    number: int
    address: str
    secret: str
    message: Message


class Courier:
    """Delivers what is due. Any number of couriers may share one outbox."""

    def __init__(
        self,
        database: Database,
        now: Callable[[], dt.datetime],
        base_url: str,
        *,
        allow_private: bool = False,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """`trust` says whose certificates count; the system's own list unless told otherwise."""
        self._database = database
        self._now = now
        self._base_url = base_url
        self._allow_private = allow_private
        self._trust = trust or ssl.create_default_context()

    def deliver_due(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Deliver what is due, one after the other; returns how many attempts were made."""
        made = 0
        while not stopping():
            with self._database.reading() as session:
                if not webhook_queries.anything_due(session, self._now()):
                    return made
            with self._database.writing() as session:
                claimed = _claim(session, self._now())
            if claimed is not None:
                self._attempt(claimed)
                made += 1
        return made

    def _attempt(self, claimed: _Claimed) -> None:
        try:
            self._send(claimed)
        except WebhookError as error:
            problem, final = str(error), isinstance(error, GoneError)
        else:
            problem, final = "", False
        with self._database.writing() as session:
            webhook_queries.note_outcome(
                session,
                claimed.delivery_id,
                claimed.attempt,
                _outcome(problem, claimed.number, self._now(), final=final),
            )

    def _send(self, claimed: _Claimed) -> None:
        to = destination(claimed.address, allow_private=self._allow_private)
        body = claimed.message.body(self._base_url)
        timestamp = int(self._now().timestamp())
        post(
            to,
            headers(claimed.secret, claimed.message.id, timestamp, body),
            body,
            allow_private=self._allow_private,
            trust=self._trust,
        )


def _claim(session: Session, now: dt.datetime) -> _Claimed | None:
    """Take what has been due for longest; None where nothing is, or it cannot be sent at all."""
    delivery = webhook_queries.next_due(session, now)
    if delivery is None:
        return None
    webhook = delivery.webhook
    if not may_be_told(webhook.person):
        _give_up(delivery, NOT_TO_BE_TOLD, now)
        return None
    try:
        address, secret = webhook.address, webhook.secret
    except (KeyDestroyedError, SealBrokenError):
        _give_up(delivery, SECRET_LOST, now)
        return None
    delivery.attempt = uuid.uuid4()
    delivery.attempts += 1
    delivery.due_at = now + _CLAIM
    return _Claimed(
        delivery.id,
        delivery.attempt,
        delivery.attempts,
        address,
        secret,
        Message(delivery.event_id, delivery.event, delivery.day, delivery.round_id),
    )


def _give_up(delivery: WebhookDelivery, problem: str, now: dt.datetime) -> None:
    for name, value in _settled(WebhookState.GIVEN_UP, problem, now).items():
        setattr(delivery, name, value)
    delivery.webhook.last_problem = problem


def _outcome(problem: str, number: int, now: dt.datetime, *, final: bool) -> dict[str, object]:
    if not problem:
        return _settled(WebhookState.DELIVERED, "", now)
    if final or number >= MOST_ATTEMPTS:
        return _settled(WebhookState.GIVEN_UP, problem, now)
    return {"due_at": now + pause_after(number), "last_problem": problem[:300], "attempt": None}


def _settled(state: WebhookState, problem: str, now: dt.datetime) -> dict[str, object]:
    return {
        "state": state,
        "due_at": None,
        "settled_on": now.date(),
        "last_problem": problem[:300],
        "attempt": None,
    }


def pause_after(attempts: int) -> dt.timedelta:
    """How long to wait after so many attempts that failed, from 1 on."""
    spread = 1 + _JITTER * (2 * random.random() - 1)  # noqa: S311 - no secret depends on it
    return PAUSES[attempts - 1] * spread
