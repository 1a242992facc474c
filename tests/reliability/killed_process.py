"""Doing something in a process of its own that is killed before its n-th database statement.

The kill is a real SIGKILL to a real process, at every point where one can make a difference.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Mapping

from sqlalchemy import Connection, Engine, event

from config import load_config
from survey.service import Service

# Nobody's deed has more statements; a loop that gets here does not end.
MOST_STATEMENTS = 500


def killed_before_statement(
    number: int, environment: Mapping[str, str], deed: Callable[[Service], None]
) -> bool:
    """Do the deed in another process, killed before its n-th statement or commit, from 1 on.

    Tells whether it was killed; otherwise it got to its end.
    """
    process = multiprocessing.get_context("fork").Process(
        target=_run, args=(number, environment, deed)
    )
    process.start()
    process.join(60)
    assert not process.is_alive()
    assert process.exitcode in (0, -signal.SIGKILL), f"the deed failed: {process.exitcode}"
    return process.exitcode != 0


def _run(number: int, environment: Mapping[str, str], deed: Callable[[Service], None]) -> None:
    # A service of its own: no connection of the parent's is touched.
    service = Service(load_config(environment))
    left = number

    def count() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    for engine in (service.database.engine, service.keys.engine):
        _before_each_step(engine, count)
    deed(service)
    service.database.dispose()
    service.keys.dispose()


def _before_each_step(engine: Engine, count: Callable[[], None]) -> None:
    @event.listens_for(engine, "before_cursor_execute")
    def _statement(*_details: object) -> None:
        count()

    @event.listens_for(engine, "commit")
    def _commit(_connection: Connection) -> None:
        count()
