"""The near side: starts the process, gives it orders, and starts another if it ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from survey.own_process.messages import FAILED, receive, send

_ROOT = Path(__file__).resolve().parents[2]
# What the process is told of the surroundings: where libraries and fonts are, and no secrets.
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH")
_FONT_SETTINGS = ("XDG_", "FONTCONFIG_")
# The process ends itself when an order takes too long. One that cannot even do that is killed.
_GRACE_SECONDS = 1


class OwnProcessError(Exception):
    """An order came to nothing; the text says why, and nothing of what was ordered."""


class OwnProcess:
    """One process that answers orders, for this process. Those of several threads take turns."""

    def __init__(self, module: str, name: str, *, idle_seconds: int, seconds_at_most: int) -> None:
        """`module` calls `serve`; `name` is what errors call the process: "drawing"."""
        self._module = module
        self._name = name
        self._idle_seconds = idle_seconds
        self._seconds_at_most = seconds_at_most
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._given_up: subprocess.Popen[bytes] | None = None

    def ask(self, kind: bytes, content: bytes) -> tuple[bytes, bytes]:
        """Give an order: the kind and content of what came of it. Raises OwnProcessError."""
        if not self._lock.acquire(timeout=self._seconds_at_most):
            raise OwnProcessError(
                f"The {self._name} process was busy for {self._seconds_at_most} seconds."
            )
        try:
            known = self._process
            answer = self._answer(kind, content)
            if answer is None and self._process is known and not self._took_too_long():
                # It may have ended just before, idle or killed. A new one has no such excuse.
                answer = self._answer(kind, content)
            if answer is None:
                raise OwnProcessError(self._why())
        finally:
            self._lock.release()
        what, result = answer
        if what == FAILED:
            raise OwnProcessError(f"The {self._name} process failed: {result.decode()}.")
        return what, result

    def stop(self) -> None:
        """End the process; the next order starts another."""
        with self._lock:
            if self._process is not None and self._owner == os.getpid():
                self._process.kill()
                self._process.wait()
            self._let_go()

    def _answer(self, kind: bytes, content: bytes) -> tuple[bytes, bytes] | None:
        """What came of the order; None when the process ended over it."""
        process = self._running()
        if process.stdin is None or process.stdout is None:
            raise ValueError("the process has pipes")
        self._given_up = None
        watch = threading.Timer(self._seconds_at_most + _GRACE_SECONDS, self._give_up, [process])
        watch.daemon = True
        watch.start()
        try:
            send(process.stdin, kind, content)
            return receive(process.stdout)
        except BrokenPipeError:
            return None
        finally:
            watch.cancel()

    def _give_up(self, process: subprocess.Popen[bytes]) -> None:
        self._given_up = process
        process.kill()

    def _running(self) -> subprocess.Popen[bytes]:
        # After a fork the process belongs to the parent.
        if self._process is None or self._owner != os.getpid() or self._process.poll() is not None:
            self._let_go()
            limits = (str(self._idle_seconds), str(self._seconds_at_most))
            self._process = subprocess.Popen(  # noqa: S603 - a module of our own, and two numbers
                [sys.executable, "-m", self._module, *limits],
                cwd=_ROOT,
                env=_surroundings(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # What libraries print may quote what they were given.
                stderr=subprocess.DEVNULL,
            )
            self._owner = os.getpid()
        return self._process

    def _ended(self) -> int | None:
        return None if self._process is None else self._process.wait()

    def _took_too_long(self) -> bool:
        code = self._ended()
        return code == -signal.SIGALRM or self._given_up is self._process

    def _why(self) -> str:
        if self._took_too_long():
            return (
                f"The {self._name} process took longer than {self._seconds_at_most} seconds and "
                "was ended."
            )
        return f"The {self._name} process ended unexpectedly (exit status {self._ended()})."

    def _let_go(self) -> None:
        if self._process is not None:
            for pipe in (self._process.stdin, self._process.stdout):
                # What was not sent to a process that has ended is not worth another word.
                with suppress(OSError):
                    if pipe is not None:
                        pipe.close()
        self._process = None


def _surroundings() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED_ON or name.startswith(_FONT_SETTINGS)
    }
