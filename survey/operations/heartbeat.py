"""The worker's sign of life: a file in the instance folder, touched at most once a minute.

Not more often: how long the worker was busy at which second is nobody's business.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

_MINUTE = 60
FILE_NAME = "worker.heartbeat"

_log = logging.getLogger(__name__)


class Heartbeat:
    """Notes that the worker went round once more."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._file = folder / FILE_NAME
        self._clock = clock
        # The beginning of the minute of the newest beat, in seconds since 1970; 0 before the first.
        self.minute = 0

    def beat(self) -> None:
        """Note it, unless that was done within the same minute."""
        minute = int(self._clock()) // _MINUTE * _MINUTE
        if minute == self.minute:
            return
        self.minute = minute
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file.write_text(f"{minute}\n")
        except OSError as error:
            # A full disk must not keep letters from going out.
            _log.warning("The worker's sign of life cannot be written: %s", error.strerror)


def newest_beat(folder: Path) -> int | None:
    """The minute of the newest beat of a worker on this machine, in seconds since 1970."""
    try:
        return int((folder / FILE_NAME).read_text())
    except (OSError, ValueError):
        return None
