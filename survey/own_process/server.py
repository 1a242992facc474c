"""The process: a module that calls `serve`, run as `python -m MODULE SECONDS-IDLE SECONDS-AT-MOST`.

It reads orders from its standard input and writes what came of them to its standard output. It ends
when nothing was asked for a while, and when whoever started it is gone.
"""

from __future__ import annotations

import resource
import select
import signal
import sys
import traceback
from collections.abc import Callable, Mapping

from survey.own_process.messages import FAILED, receive, send

# Works an order off: the kind and content of the answer.
Work = Callable[[bytes], tuple[bytes, bytes]]


def serve(works: Mapping[bytes, Work]) -> None:
    """Serve orders, one at a time; `works` has what to do for each kind of order."""
    idle, at_most = (int(seconds) for seconds in sys.argv[1:3])
    # Whoever stops the service means its owner, who may have an order to finish first. When the
    # owner is gone, the pipe ends, and so does this process.
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.SIG_IGN)
    # Nothing of an order may lie on a disk because a library crashed over it.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Each order is answered before the next one comes, so nothing is ever read ahead.
    orders, answers = sys.stdin.buffer, sys.stdout.buffer
    # Whatever a library prints must not come between.
    sys.stdout = sys.stderr
    while select.select([orders], [], [], idle)[0]:
        order = receive(orders)
        if order is None:
            return
        kind, content = order
        # The alarm ends this process, whatever it is stuck in.
        signal.alarm(at_most)
        answer = _answer(works.get(kind), content)
        send(answers, *answer)
        signal.alarm(0)


def _answer(work: Work | None, content: bytes) -> tuple[bytes, bytes]:
    if work is None:
        return FAILED, b"an unknown order"
    try:
        return work(content)
    except Exception as error:
        # Where it happened, and no message: that may quote what was given.
        place = traceback.extract_tb(error.__traceback__)[-1]
        return FAILED, f"{type(error).__name__} in {place.filename}:{place.lineno}".encode()
