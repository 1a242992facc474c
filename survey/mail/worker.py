"""The worker process: delivers mail, closes overdue rounds, disposes of what is kept too long."""

from __future__ import annotations

import datetime as dt
import logging
import signal
import threading
from types import FrameType

from sqlalchemy.exc import OperationalError

from survey.accounts.sign_in import answer_sign_in_requests
from survey.anonymity.ballot_box import SpoiltBallotError
from survey.confidentiality.master_key import MasterKeyError
from survey.mail.delivery import Postman
from survey.privacy.audit_anchors import note_anchor
from survey.privacy.audit_verification import current_anchor
from survey.privacy.errors import PrivacyError
from survey.privacy.rater_data import answer_rater_requests
from survey.privacy.retention import dispose_daily
from survey.rounds.close import close_round
from survey.rounds.errors import WrongStateError
from survey.service import Service
from survey.storage.queries import people as people_queries
from survey.storage.queries import requests as request_queries
from survey.storage.queries import rounds as round_queries

_log = logging.getLogger(__name__)


class Worker:
    """Runs until told to stop. Any number of workers may share one database."""

    def __init__(self, service: Service, postman: Postman, *, idle_seconds: float = 1.0) -> None:
        self._service = service
        self._postman = postman
        self._idle_seconds = idle_seconds
        self._stop = threading.Event()
        # When this worker last did what is done once a day.
        self._daily: dt.date | None = None

    def stop_on_signals(self) -> None:
        """Finish the letter at hand and stop on SIGTERM or SIGINT."""

        def stop(_signal: int, _frame: FrameType | None) -> None:
            self._stop.set()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)

    def run(self) -> None:
        """Work until stopped. A database that is away for a while is waited for."""
        while not self._stop.is_set():
            try:
                busy = self.run_once()
            except OperationalError as error:
                _log.warning("The database is not available: %s", error.orig)
                busy = False
            if not busy:
                self._stop.wait(self._idle_seconds)

    def run_once(self) -> bool:
        """Do what is due now; tells whether there may be more."""
        self.close_overdue_rounds()
        self.do_daily_work()
        self._service.database.erase_due_traces()
        self.answer_sign_in_requests()
        self.answer_rater_requests()
        return self._postman.deliver_due() > 0

    def do_daily_work(self) -> None:
        """Dispose of what has been kept long enough, and note how far the audit trail goes."""
        service, today = self._service, self._service.today()
        if self._daily == today:
            return
        try:
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

    def close_overdue_rounds(self) -> None:
        """Close every round whose last day is over, each in its own transaction."""
        with self._service.database.reading() as session:
            overdue = list(round_queries.past_deadline(session, self._service.today()))
        for round_id in overdue:
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
            except (MasterKeyError, SpoiltBallotError) as error:
                # Somebody has to look at it; until then mail and other rounds must go on.
                _log.error("Round %s cannot be closed: %s", round_id, error)
