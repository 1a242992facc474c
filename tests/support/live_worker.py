"""The worker as a process of its own, beside the test."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.live_service import ROOT

_LONGEST = 90


class LiveWorker:
    """A worker at work."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log

    def until(self, done: Callable[[], bool]) -> None:
        """Let it work until this is so."""
        deadline = time.monotonic() + _LONGEST
        while not done():
            log = self._log.read_text()
            assert self._process.poll() is None, f"the worker has ended:\n{log}"
            assert time.monotonic() < deadline, f"the worker has not done it:\n{log}"
            time.sleep(0.2)


@contextmanager
def working(environment: Mapping[str, str]) -> Iterator[LiveWorker]:
    """Start `python -m survey worker`, and stop it in the end."""
    with tempfile.NamedTemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "survey", "worker"],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=log,
            stderr=log,
        )
        try:
            yield LiveWorker(process, Path(log.name))
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
