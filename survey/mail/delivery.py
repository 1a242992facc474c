"""Delivering letters from the outbox: claim, send, note what became of them."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from survey.mail.envelope import Envelope
from survey.mail.errors import MailServerError, PermanentDeliveryError, TemporaryDeliveryError
from survey.mail.lease import Lease, LeaseLostError
from survey.mail.letters import LetterWriter
from survey.mail.pace import Pace, jittered, pause_after
from survey.mail.transport import Transport
from survey.service import Service
from survey.storage.models import Delivery, Invitation, Letter, LetterKind, RaterRequest
from survey.storage.queries import outbox as outbox_queries

BATCH = 20
# With the pauses between them, about a day, and two days at most.
MOST_ATTEMPTS = 16
_FIRST_PAUSE = dt.timedelta(seconds=10)
_LONGEST_PAUSE = dt.timedelta(minutes=5)

_log = logging.getLogger(__name__)


class _NoRoomError(Exception):
    """No letter may leave at the moment: as many have left as the limit allows."""


@dataclass(frozen=True)
class _Ready:
    """A letter of ours that may leave now."""

    envelope: Envelope
    domain_key: str


class Postman:
    """Delivers the letters that are due. Any number of postmen may share one outbox."""

    def __init__(
        self, service: Service, writer: LetterWriter, transport: Transport, pace: Pace
    ) -> None:
        self._service = service
        self._writer = writer
        self._transport = transport
        self._pace = pace
        self._lease = Lease(service.database)
        # How often in a row the mail server was no use, and until when we leave it alone.
        self._troubles = 0
        self._waits_until: dt.datetime | None = None

    def deliver_due(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Deliver one batch and return how many letters were taken up.

        Each letter is noted as sent in a transaction of its own right after the server accepted
        it, so that a crash repeats at most the one letter that lay between the two.
        """
        now = self._service.now()
        # A wait longer than the longest is one that a wrong clock began.
        if self._waits_until is not None and now < self._waits_until < now + 2 * _LONGEST_PAUSE:
            return 0
        try:
            claimed = self._claim(now)
            if not claimed:
                self._transport.rest()
                return 0
            return self._deliver_claimed(claimed, now, stopping)
        except BaseException:
            # Whatever we still hold is free again once the lease has run out.
            self._lease.abandon()
            raise

    def close(self) -> None:
        """Give back what is held, and leave the mail server."""
        self._transport.close()
        self._lease.give_up()

    def _claim(self, now: dt.datetime) -> list[uuid.UUID]:
        with self._service.database.reading() as session:
            if not outbox_queries.anything_to_claim(session, now):
                return []
            room = self._pace.room(session, now, BATCH)
        if room == 0:
            return []
        with self._service.database.writing() as session:
            worker_id = self._lease.take(session)
            self._pace.forget_old(session, now)
            return list(
                outbox_queries.claim(
                    session, worker_id, now, room, per_domain=self._pace.domain_burst
                )
            )

    def _deliver_claimed(
        self, claimed: Sequence[uuid.UUID], now: dt.datetime, stopping: Callable[[], bool]
    ) -> int:
        taken = 0
        problem = ""
        try:
            with self._lease.kept_alive():
                self._transport.connect()
                for letter_id in claimed:
                    if stopping():
                        break
                    self._deliver(letter_id)
                    taken += 1
            self._troubles = 0
        except _NoRoomError:
            pass
        except MailServerError as error:
            problem = str(error)
            self._wait_for_the_server(now, problem)
        except LeaseLostError:
            _log.warning("This mail worker was thought dead; others took its letters over.")
            return taken
        self._release(problem)
        return taken

    def _release(self, problem: str) -> None:
        with self._service.database.writing() as session:
            outbox_queries.release(session, self._lease.worker_id, problem[:300])

    def _wait_for_the_server(self, now: dt.datetime, problem: str) -> None:
        """Leave a server alone that is no use now: it is not the letters that failed."""
        pause = jittered(_FIRST_PAUSE, self._troubles, _LONGEST_PAUSE)
        self._troubles += 1
        self._waits_until = now + pause
        _log.error("No mail leaves, all letters wait. The mail server: %s", problem)

    def _deliver(self, letter_id: uuid.UUID) -> None:
        ready = None
        try:
            with self._service.database.writing() as session:
                self._lease.require(session)
                ready = self._prepare(session, letter_id)
            if ready is None:
                return
            self._transport.send(ready.envelope)
        except (LeaseLostError, OperationalError, _NoRoomError):
            raise
        except MailServerError as error:
            # Should it be this letter that upsets the server, others go before it the next time.
            self._postpone(letter_id, str(error), ready, counts=False)
            raise
        except TemporaryDeliveryError as error:
            self._postpone(letter_id, str(error), ready, by_domain=error.by_domain)
        except PermanentDeliveryError as error:
            self._finish(letter_id, ready, Delivery.FAILED, str(error))
        except Exception:
            # One letter that cannot be made or sent for a reason nobody foresaw must not keep
            # the others waiting; it comes back later, and the log says what happened.
            _log.exception("Letter %s failed", letter_id)
            self._postpone(letter_id, "unexpected error, see the log", ready)
        else:
            self._finish(letter_id, ready, Delivery.SENT)

    def _prepare(self, session: Session, letter_id: uuid.UUID) -> _Ready | None:
        """The letter, ready to leave.

        None when it is no longer wanted - then it is removed -, or when its domain has to wait.
        Raises _NoRoomError when all mail has to.
        """
        letter = session.get(Letter, letter_id)
        if letter is None or letter.claimed_by != self._lease.worker_id:
            return None
        envelope = self._writer.write(session, letter)
        if envelope is None:
            _remove(session, letter)
            return None
        domain_key = self._pace.domain_key(envelope.recipient)
        if not self._pace.take_for_domain(session, domain_key, self._service.now()):
            letter.domain_key = domain_key
            letter.claimed_by = None
            return None
        if not self._pace.take(session, self._service.now()):
            raise _NoRoomError
        return _Ready(envelope, domain_key)

    def _finish(
        self, letter_id: uuid.UUID, ready: _Ready | None, outcome: Delivery, problem: str = ""
    ) -> None:
        with self._service.database.writing() as session:
            if ready is not None and outcome is Delivery.SENT:
                self._pace.note_acceptance(session, ready.domain_key)
            letter = session.get(Letter, letter_id)
            if letter is None:
                return
            _note_on_invitation(session, letter, outcome, problem)
            _remove(session, letter)

    def _postpone(
        self,
        letter_id: uuid.UUID,
        problem: str,
        ready: _Ready | None,
        *,
        by_domain: bool = False,
        counts: bool = True,
    ) -> None:
        now = self._service.now()
        with self._service.database.writing() as session:
            if ready is not None and by_domain:
                self._pace.note_deferral(session, ready.domain_key, now)
            letter = session.get(Letter, letter_id)
            if letter is None:
                return
            if counts:
                letter.attempts += 1
            if letter.attempts >= MOST_ATTEMPTS:
                _note_on_invitation(session, letter, Delivery.FAILED, problem)
                _remove(session, letter)
                return
            letter.due_at = now + pause_after(max(1, letter.attempts))
            letter.claimed_by = None
            letter.last_problem = problem[:300]
            if ready is not None:
                letter.domain_key = ready.domain_key


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
