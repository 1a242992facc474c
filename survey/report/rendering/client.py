"""The near side: starts the process that draws, gives it orders, and starts another if it ended."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from survey.report.rendering.messages import (
    DONE,
    MISSING_CHARACTER,
    PDF,
    PICTURE,
    receive,
    send,
)

_SERVER = "survey.report.rendering.server"
_ROOT = Path(__file__).resolve().parents[3]
# A reader who comes back within this time finds the engine warm; afterwards its memory is free.
IDLE_SECONDS = 60
# The largest report takes two seconds; a web process gives up on a request after sixty.
SECONDS_AT_MOST = 40
# What the process is told of the surroundings: where libraries and fonts are, and no secrets.
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH")
_FONT_SETTINGS = ("XDG_", "FONTCONFIG_")


class RenderingError(Exception):
    """Something could not be drawn; the text is for whoever runs the service."""


class MissingCharacterError(Exception):
    """Some text has a character that no font shows, which an accessible document must not have."""


class Renderer:
    """One process that draws, for this process. Orders of several threads are served in turn."""

    def __init__(
        self, *, idle_seconds: int = IDLE_SECONDS, seconds_at_most: int = SECONDS_AT_MOST
    ) -> None:
        self._limits = (str(idle_seconds), str(seconds_at_most))
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def picture(self, specification: Mapping[str, Any]) -> str:
        """The SVG of a Vega specification. Raises RenderingError."""
        return self._ask(PICTURE, specification).decode()

    def pdf(self, content: Mapping[str, Any], created_on: dt.date, *, accessible: bool) -> bytes:
        """A PDF file with this content. Raises RenderingError, MissingCharacterError."""
        order = {
            "content": content,
            "created_on": created_on.isoformat(),
            "accessible": accessible,
        }
        return self._ask(PDF, order)

    def _ask(self, kind: bytes, order: Mapping[str, Any]) -> bytes:
        content = json.dumps(order).encode()
        with self._lock:
            known = self._process
            answer = self._answer(kind, content)
            if answer is None and self._process is known and self._ended() != -signal.SIGALRM:
                # It may have ended just before, idle or killed. A new one has no such excuse.
                answer = self._answer(kind, content)
            if answer is None:
                raise RenderingError(self._why())
        what, result = answer
        if what == MISSING_CHARACTER:
            raise MissingCharacterError
        if what != DONE:
            raise RenderingError(f"The drawing process failed: {result.decode()}.")
        return result

    def _answer(self, kind: bytes, content: bytes) -> tuple[bytes, bytes] | None:
        """What came of the order; None when the process ended over it."""
        process = self._running()
        if process.stdin is None or process.stdout is None:
            raise ValueError("the process has pipes")
        try:
            send(process.stdin, kind, content)
        except BrokenPipeError:
            return None
        return receive(process.stdout)

    def _running(self) -> subprocess.Popen[bytes]:
        # After a fork the process belongs to the parent.
        if self._process is None or self._owner != os.getpid() or self._process.poll() is not None:
            self._let_go()
            self._process = subprocess.Popen(  # noqa: S603 - a module of our own, and two numbers
                [sys.executable, "-m", _SERVER, *self._limits],
                cwd=_ROOT,
                env=_surroundings(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # What libraries print may quote the report.
                stderr=subprocess.DEVNULL,
            )
            self._owner = os.getpid()
        return self._process

    def _ended(self) -> int | None:
        return None if self._process is None else self._process.wait()

    def _why(self) -> str:
        code = self._ended()
        if code == -signal.SIGALRM:
            return f"Drawing took longer than {self._limits[1]} seconds and was given up."
        return f"The drawing process ended unexpectedly (exit status {code})."

    def stop(self) -> None:
        """End the process; the next order starts another."""
        with self._lock:
            if self._process is not None and self._owner == os.getpid():
                self._process.kill()
                self._process.wait()
            self._let_go()

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


RENDERER = Renderer()
