"""A worker's lease: what it holds is its own as long as it shows that it lives.

The lease is short and renewed while letters are sent, so that the letters of a worker that was
killed are soon taken over, and those of a slow one are not.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from survey.storage.database import Database
from survey.storage.queries import mail_workers as worker_queries

LEASE = dt.timedelta(seconds=20)
_RENEWAL_SECONDS = 4.0

_log = logging.getLogger(__name__)


class LeaseLostError(Exception):
    """This worker was thought dead, and others may hold its letters now."""


class Lease:
    """The lease of one worker."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._worker_id: uuid.UUID | None = None
        self._renewed = 0.0

    @property
    def worker_id(self) -> uuid.UUID:
        """Who holds the lease. Raises LeaseLostError when there is none."""
        if self._worker_id is None:
            raise LeaseLostError
        return self._worker_id

    def take(self, session: Session) -> uuid.UUID:
        """Renew the lease, or take a new one; and end those of workers that are gone."""
        self._renewed = time.monotonic()
        if self._worker_id is None or not worker_queries.renew(session, self._worker_id, LEASE):
            self._worker_id = worker_queries.register(session, LEASE)
        worker_queries.end_expired(session)
        return self._worker_id

    def require(self, session: Session) -> None:
        """Make sure, before a letter is sent, that it is still ours. Raises LeaseLostError."""
        if time.monotonic() - self._renewed < _RENEWAL_SECONDS:
            alive = worker_queries.is_registered(session, self.worker_id)
        else:
            alive = self._renew(session)
        if not alive:
            self._worker_id = None
            raise LeaseLostError

    @contextmanager
    def kept_alive(self) -> Iterator[None]:
        """Renew the lease from time to time meanwhile: a mail server may take long for a letter."""
        done = threading.Event()
        thread = threading.Thread(target=self._keep_alive, args=(done,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def give_up(self) -> None:
        """End the lease; what this worker held is free at once."""
        if self._worker_id is None:
            return
        with self._database.writing() as session:
            worker_queries.remove(session, self._worker_id)
        self._worker_id = None

    def abandon(self) -> None:
        """Leave the lease to run out, as if this worker had died."""
        self._worker_id = None

    def _keep_alive(self, done: threading.Event) -> None:
        while not done.wait(_RENEWAL_SECONDS):
            try:
                with self._database.writing() as session:
                    if not self._renew(session):
                        return
            except LeaseLostError:
                return
            except SQLAlchemyError as error:
                # The next letter finds out whether the lease is still there.
                _log.warning("The lease of this mail worker was not renewed: %s", error)

    def _renew(self, session: Session) -> bool:
        renewed = worker_queries.renew(session, self.worker_id, LEASE)
        if renewed:
            self._renewed = time.monotonic()
        return renewed
