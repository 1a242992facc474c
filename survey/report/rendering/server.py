"""The process that draws: `python -m survey.report.rendering.server SECONDS-IDLE SECONDS-AT-MOST`.

It reads orders from its standard input and writes what came of them to its standard output. It ends
when nothing was asked for a while, and when whoever started it is gone.
"""

from __future__ import annotations

import datetime as dt
import json
import select
import signal
import sys
import traceback
from typing import IO

from survey.report.rendering.messages import (
    DONE,
    FAILED,
    MISSING_CHARACTER,
    PDF,
    PICTURE,
    receive,
    send,
)


def main() -> None:
    """Serve orders, one at a time."""
    idle, at_most = (int(seconds) for seconds in sys.argv[1:3])
    # Each order is answered before the next one comes, so nothing is ever read ahead.
    orders, answers = sys.stdin.buffer, sys.stdout.buffer
    # Whatever a library prints must not come between.
    sys.stdout = sys.stderr
    while select.select([orders], [], [], idle)[0]:
        order = receive(orders)
        if order is None:
            return
        # The alarm ends this process, whatever it is stuck in.
        signal.alarm(at_most)
        _answer(answers, *order)
        signal.alarm(0)


def _answer(pipe: IO[bytes], kind: bytes, content: bytes) -> None:
    # Imported when they are needed: who draws no PDF does not pay for the typesetter.
    try:
        if kind == PICTURE:
            from survey.report.charts.vega import draw

            send(pipe, DONE, draw(json.loads(content)).encode())
        elif kind == PDF:
            from survey.report.pdf.typesetting import set_document
            from survey.report.rendering.client import MissingCharacterError

            order = json.loads(content)
            day = dt.date.fromisoformat(order["created_on"])
            try:
                pdf = set_document(order["content"], day, accessible=order["accessible"])
            except MissingCharacterError:
                send(pipe, MISSING_CHARACTER, b"")
            else:
                send(pipe, DONE, pdf)
        else:
            send(pipe, FAILED, b"an unknown order")
    except Exception as error:
        # Where it happened, and no message: that may quote the report.
        place = traceback.extract_tb(error.__traceback__)[-1]
        send(pipe, FAILED, f"{type(error).__name__} in {place.filename}:{place.lineno}".encode())


if __name__ == "__main__":
    main()
