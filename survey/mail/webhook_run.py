"""Delivering to webhooks beside the mail: a receiver that is slow must hold up no letter."""

from __future__ import annotations

import logging
import threading
import traceback

from sqlalchemy.exc import OperationalError

from survey.storage.faults import DatabaseFaultError
from survey.webhooks.courier import Courier

_IDLE_SECONDS = 2.0
# After a mistake of ours, which somebody has to look at.
_PAUSE_SECONDS = 60.0

_log = logging.getLogger(__name__)


class WebhookRun:
    """A thread of the worker that delivers to webhooks until it is told to stop."""

    def __init__(self, courier: Courier, *, idle_seconds: float = _IDLE_SECONDS) -> None:
        self._courier = courier
        self._idle_seconds = idle_seconds
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the message at hand and end."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def deliver_due(self) -> int:
        """Deliver what is due now, in the caller's own thread; returns how many attempts."""
        return self._courier.deliver_due(self._stop.is_set)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._stop.wait(self._wait())

    def _wait(self) -> float:
        """Deliver what is due, and tell how many seconds to wait."""
        try:
            self.deliver_due()
        except OperationalError as error:
            told = error if isinstance(error, DatabaseFaultError) else error.orig
            _log.warning("The database is not available for webhooks: %s", told)
        except Exception as error:
            # Where it happened and no more: the words of an error may quote an address.
            where = "".join(traceback.format_tb(error.__traceback__))
            _log.error("Webhooks are not delivered: %s\n%s", type(error).__name__, where)
            return _PAUSE_SECONDS
        return self._idle_seconds
