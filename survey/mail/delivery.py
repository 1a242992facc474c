"""Delivering letters from the outbox: claim, send, note what became of them."""

from __future__ import annotations

import datetime as dt
import logging
import random
import uuid

from sqlalchemy.orm import Session

from survey.mail.envelope import Envelope
from survey.mail.letters import LetterWriter
from survey.mail.transport import PermanentDeliveryError, TemporaryDeliveryError, Transport
from survey.service import Service
from survey.storage.models import Delivery, Invitation, Letter, LetterKind, RaterRequest
from survey.storage.queries import outbox as outbox_queries

# A worker has this long for a batch before others may take its letters over.
CLAIM = dt.timedelta(minutes=15)
BATCH = 20
MOST_ATTEMPTS = 12
_LONGEST_PAUSE = dt.timedelta(hours=4)

_log = logging.getLogger(__name__)


class Postman:
    """Delivers the letters that are due. Any number of postmen may share one outbox."""

    def __init__(self, service: Service, writer: LetterWriter, transport: Transport) -> None:
        self._service = service
        self._writer = writer
        self._transport = transport

    def deliver_due(self) -> int:
        """Deliver one batch and return how many letters were taken up.

        Each letter is noted as sent in a transaction of its own right after the server accepted
        it, so that a crash repeats at most the one letter that lay between the two.
        """
        now = self._service.now()
        with self._service.database.writing() as session:
            claimed = list(outbox_queries.claim(session, now, now + CLAIM, BATCH))
        if not claimed:
            return 0
        try:
            with self._transport.open() as connection:
                for letter_id in claimed:
                    self._deliver(letter_id, now + CLAIM, connection)
        except TemporaryDeliveryError as error:
            _log.warning("Mail waits: %s", error)
            for letter_id in claimed:
                self._postpone(letter_id, str(error))
        return len(claimed)

    def _deliver(
        self, letter_id: uuid.UUID, claimed_until: dt.datetime, connection: object
    ) -> None:
        try:
            envelope = self._write(letter_id, claimed_until)
            if envelope is None:
                return
            self._transport.send(connection, envelope)
        except TemporaryDeliveryError as error:
            self._postpone(letter_id, str(error))
        except PermanentDeliveryError as error:
            self._finish(letter_id, Delivery.FAILED, str(error))
        except Exception:
            # One letter that cannot be made or sent for a reason nobody foresaw must not keep
            # the others waiting; it comes back later, and the log says what happened.
            _log.exception("Letter %s failed", letter_id)
            self._postpone(letter_id, "unexpected error, see the log")
        else:
            self._finish(letter_id, Delivery.SENT)

    def _write(self, letter_id: uuid.UUID, claimed_until: dt.datetime) -> Envelope | None:
        """The envelope; None when the letter is not ours (any more) or no longer wanted.

        One that is no longer wanted is removed.
        """
        with self._service.database.writing() as session:
            letter = session.get(Letter, letter_id)
            if letter is None or letter.claimed_until != claimed_until:
                # Sent already, or taken over by another worker since this one was slow.
                return None
            envelope = self._writer.write(session, letter)
            if envelope is None:
                _remove(session, letter)
            return envelope

    def _finish(self, letter_id: uuid.UUID, outcome: Delivery, problem: str = "") -> None:
        with self._service.database.writing() as session:
            letter = session.get(Letter, letter_id)
            if letter is None:
                return
            _note_on_invitation(session, letter, outcome, problem)
            _remove(session, letter)

    def _postpone(self, letter_id: uuid.UUID, problem: str) -> None:
        with self._service.database.writing() as session:
            letter = session.get(Letter, letter_id)
            if letter is None:
                return
            letter.attempts += 1
            if letter.attempts >= MOST_ATTEMPTS:
                _note_on_invitation(session, letter, Delivery.FAILED, problem)
                _remove(session, letter)
                return
            letter.due_at = self._service.now() + pause_after(letter.attempts)
            letter.claimed_until = None
            letter.last_problem = problem[:300]


def pause_after(attempts: int) -> dt.timedelta:
    """How long to wait after so many failed attempts: doubling, with jitter, up to four hours."""
    full: dt.timedelta = min(dt.timedelta(seconds=30) * 2 ** (attempts - 1), _LONGEST_PAUSE)
    # Jitter keeps many letters that failed together from all coming back together.
    return full * random.uniform(0.75, 1.25)  # noqa: S311 - no secret depends on it


def _remove(session: Session, letter: Letter) -> None:
    """Delete the letter, and the rater's request that it answers."""
    request = (
        session.get(RaterRequest, letter.rater_request_id) if letter.rater_request_id else None
    )
    session.delete(letter)
    if request is not None:
        session.flush()
        session.delete(request)


def _note_on_invitation(session: Session, letter: Letter, outcome: Delivery, problem: str) -> None:
    """Note how an invitation letter fared. Reminders leave no mark.

    A failed reminder would tell the mentor that this rater had not answered yet.
    """
    if letter.kind is not LetterKind.INVITATION:
        return
    invitation = session.get(Invitation, letter.invitation_id)
    if invitation is not None:
        invitation.delivery = outcome
        invitation.delivery_problem = problem[:300]
