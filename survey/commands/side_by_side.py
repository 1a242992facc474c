"""Processes side by side that live and die together."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType

# Ctrl-C, whoever stops the service, and the terminal that goes.
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# The web server lets pages be finished for half a minute, the worker the letter at hand.
_GRACE_SECONDS = 40.0
_LOOK_SECONDS = 0.1


def run_side_by_side(commands: Sequence[Sequence[str]], *, grace: float = _GRACE_SECONDS) -> int:
    """Start the commands and wait; tells the exit code.

    When one of them ends, or this process gets SIGINT, SIGTERM or SIGHUP, the others are told to
    end, and those that have not after `grace` seconds are killed with all they have started. A
    signal that this process was started to ignore (`nohup`) stays ignored.

    Nothing is printed: the terminal may be gone, and an error over that would leave them behind.
    """
    told: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        told.append(number)

    for number in _ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, note)
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for command in commands:
            # Of a session of its own, so that Ctrl-C reaches this process alone, which ends them
            # in the way they are used to.
            processes.append(subprocess.Popen(command, start_new_session=True))  # noqa: S603
        while not told and all(process.poll() is None for process in processes):
            time.sleep(_LOOK_SECONDS)
    finally:
        ended = [process.returncode for process in processes if process.returncode is not None]
        _end(processes, grace)
    code = -told[0] if told else ended[0]
    return 128 - code if code < 0 else code


def _end(processes: Sequence[subprocess.Popen[bytes]], grace: float) -> None:
    for process in processes:
        process.terminate()
    latest = time.monotonic() + grace
    for process in processes:
        try:
            process.wait(max(0.0, latest - time.monotonic()))
        except subprocess.TimeoutExpired:
            # Not waited for yet, so that the number is still its own.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
