"""The worker process: delivers mail, closes overdue rounds, disposes of what is kept too long."""

from __future__ import annotations

import datetime as dt
import logging
import signal
import threading
import time
import traceback
import uuid
from collections.abc import Callable
from types import FrameType

from sqlalchemy.exc import OperationalError

from survey.accounts.sign_in import answer_sign_in_requests
from survey.anonymity.ballot_box import SpoiltBallotError
from survey.confidentiality.master_key import MasterKeyError
from survey.mail.bounce_mailbox import BounceMailbox
from survey.mail.delivery import Postman
from survey.mail.webhook_run import WebhookRun
from survey.privacy.audit_anchors import note_anchor
from survey.privacy.audit_verification import current_anchor
from survey.privacy.ended_rounds import settle_ended_rounds
from survey.privacy.errors import PrivacyError
from survey.privacy.rater_data import answer_rater_requests
from survey.privacy.retention import dispose_daily
from survey.rounds.close import close_round
from survey.rounds.errors import CountingError, LostKeyError, WrongStateError
from survey.rounds.remind import remind_if_due, rounds_to_remind
from survey.rounds.rotate_keys import protect_older_rounds
from survey.service import Service
from survey.storage.ended_rounds import end_closed_rounds
from survey.storage.faults import DatabaseFaultError
from survey.storage.queries import people as people_queries
from survey.storage.queries import requests as request_queries
from survey.storage.queries import rounds as round_queries
from survey.storage.queries import wrong_clock as clock_queries

_log = logging.getLogger(__name__)
_CLOSE_AGAIN_SECONDS = 60


class Worker:
    """Runs until told to stop. Any number of workers may share one database."""

    def __init__(
        self,
        service: Service,
        postman: Postman,
        *,
        idle_seconds: float = 1.0,
        beat: Callable[[], None] = lambda: None,
        bounces: BounceMailbox | None = None,
        webhooks: WebhookRun | None = None,
        dry_run: Callable[[], list[str]] | None = None,
    ) -> None:
        """`dry_run` says what would be sent; with it, no letter is."""
        self._service = service
        self._postman = postman
        self._idle_seconds = idle_seconds
        # Called each time it goes round: its sign of life.
        self._beat = beat
        self._bounces = bounces
        self._webhooks = webhooks
        self._dry_run = dry_run
        self._reported: list[str] | None = None
        self._report_after = 0.0
        self._stop = threading.Event()
        # When this worker last did what is done once a day.
        self._daily: dt.date | None = None
        self._clock_checked_until = 0.0
        self._reminded_until = 0.0
        # Rounds that could not be closed, and when that is tried again.
        self._close_again_after: dict[uuid.UUID, float] = {}

    def stop_on_signals(self) -> None:
        """Finish the letter at hand and stop on SIGTERM or SIGINT."""

        def stop(_signal: int, _frame: FrameType | None) -> None:
            self._stop.set()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)

    def run(self) -> None:
        """Work until stopped. A database that is away for a while is waited for."""
        if self._webhooks is not None and self._dry_run is None:
            self._webhooks.start()
        while not self._stop.is_set():
            self._beat()
            try:
                busy = self.run_once()
            except OperationalError as error:
                told = error if isinstance(error, DatabaseFaultError) else error.orig
                _log.warning("The database is not available: %s", told)
                busy = False
            if not busy:
                self._stop.wait(self._idle_seconds)
        self.close()

    def close(self) -> None:
        """Leave the mail server and give back the letters that are held."""
        if self._webhooks is not None:
            self._webhooks.stop()
        try:
            self._postman.close()
        except OperationalError as error:
            # They are free again once the lease has run out.
            _log.warning("The database is not available: %s", error.orig)

    def deliver_webhooks(self) -> None:
        """Deliver to webhooks what is due now."""
        if self._webhooks is not None:
            self._webhooks.deliver_due()

    def run_once(self) -> bool:
        """Do what is due now; tells whether there may be more."""
        self.undo_wrong_clock()
        self.close_overdue_rounds()
        self.remind_where_due()
        self.do_daily_work()
        self._service.database.erase_due_traces()
        self._service.keys.erase_due_traces()
        self.answer_sign_in_requests()
        self.answer_rater_requests()
        if self._bounces is not None:
            self._bounces.read_if_due()
        if self._dry_run is not None:
            self._report(self._dry_run)
            return False
        return self._postman.deliver_due(self._stopping) > 0

    def _stopping(self) -> bool:
        """Asked before each letter, which may take long: another sign of life."""
        self._beat()
        return self._stop.is_set()

    def _report(self, dry_run: Callable[[], list[str]]) -> None:
        """Log what would be sent, once a minute and when it has changed."""
        if self._report_after > time.monotonic():
            return
        self._report_after = time.monotonic() + 60
        lines = dry_run()
        if lines != self._reported:
            self._reported = lines
            _log.info("Dry run, no letter leaves. Waiting: %s", "; ".join(lines) or "none")

    def undo_wrong_clock(self) -> None:
        """Let nothing wait for a time that only a wrong clock knew; looked at once a minute."""
        if self._clock_checked_until > time.monotonic():
            return
        database, now = self._service.database, self._service.now()
        with database.reading() as session:
            found = clock_queries.left_by_a_wrong_clock(session, now)
        if found:
            _log.warning("The clock was set back; what was to wait for the later time goes on now.")
            with database.writing() as session:
                clock_queries.undo_wrong_clock(session, now)
        self._clock_checked_until = time.monotonic() + 60

    def do_daily_work(self) -> None:
        """Dispose of what has been kept long enough, and note how far the audit trail goes."""
        service, today = self._service, self._service.today()
        if self._daily == today:
            return
        try:
            self.look_after_round_keys()
            count = dispose_daily(service.database, service.keys, service.retention, service.now())
            if count:
                _log.info("Disposed of %s records by the retention schedule", count)
            with service.database.reading() as session:
                anchor = current_anchor(session, today)
            if anchor is not None:
                note_anchor(service.anchor_file, anchor)
        except (MasterKeyError, OSError, PrivacyError) as error:
            # Somebody has to look at it; until then mail and rounds must go on.
            _log.error("The daily disposal did not succeed: %s", error)
        self._daily = today

    def look_after_round_keys(self) -> None:
        """Finish what closes, restored backups and earlier versions have left to do about keys."""
        service = self._service
        with service.database.reading() as session:
            end_closed_rounds(session)
        with service.database.writing() as session:
            settled = settle_ended_rounds(session, service.keys, service.now())
            protect_older_rounds(session, service.master_key)
        if settled.closed or settled.deleted:
            _log.warning(
                "A restored backup had brought %s ended rounds back; they were ended again",
                settled.closed + settled.deleted,
            )

    def answer_sign_in_requests(self) -> None:
        """Put a letter into the outbox for everybody who asked for a sign-in link."""
        database, links = self._service.database, self._service.sign_in_links
        with database.reading() as session:
            if not people_queries.sign_in_requested(session):
                return
        with database.writing() as session:
            answer_sign_in_requests(session, links, self._service.now())

    def answer_rater_requests(self) -> None:
        """Put a letter into the outbox for every rater who asked what is held about them."""
        database = self._service.database
        with database.reading() as session:
            if not request_queries.unanswered_rater_request(session):
                return
        with database.writing() as session:
            answer_rater_requests(session, self._service.now())

    def remind_where_due(self) -> None:
        """Remind the raters of every round whose reminder day has come; looked at once a minute."""
        if self._reminded_until > time.monotonic():
            return
        service = self._service
        with service.database.reading() as session:
            due = rounds_to_remind(session, service.now(), service.zone)
        for round_id in due:
            with service.database.writing() as session:
                remind_if_due(session, round_id, service.now(), service.zone)
        self._reminded_until = time.monotonic() + 60

    def close_overdue_rounds(self) -> None:
        """Close every round whose last day is over, each in its own transaction."""
        with self._service.database.reading() as session:
            overdue = list(round_queries.past_deadline(session, self._service.today()))
        for round_id in overdue:
            if self._close_again_after.get(round_id, 0.0) > time.monotonic():
                continue
            try:
                with self._service.database.writing() as session:
                    round_ = round_queries.locked(session, round_id)
                    close_round(
                        session,
                        round_,
                        master_key=self._service.master_key,
                        now=self._service.now(),
                    )
            except WrongStateError:
                # Another worker, or the mentor, was faster.
                continue
            except OperationalError:
                # The database is away: nothing is wrong with the round.
                raise
            except Exception as error:
                # Somebody has to look at it; until then mail and other rounds must go on, also
                # where the mistake is ours.
                _log.error("Round %s cannot be closed: %s", round_id, _reason(error))
                self._close_again_after[round_id] = time.monotonic() + _CLOSE_AGAIN_SECONDS


def _reason(error: Exception) -> str:
    """What a log may say of a close that failed: our own words, or else where it happened.

    The words of an error that nobody expected may quote an answer from an opened ballot.
    """
    if isinstance(error, (CountingError, LostKeyError, MasterKeyError, SpoiltBallotError)):
        return str(error)
    return "".join([type(error).__name__, "\n", *traceback.format_tb(error.__traceback__)])
