"""Whether this machine's clock and the database's agree."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from survey.operations.doctor.databases import engine_of
from survey.operations.doctor.finding import Finding, fine, problem
from survey.storage.engines import DatabaseUrlError, is_sqlite, missing_file

_MOST_SECONDS = 30


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def check_clock(
    config: Mapping[str, Any], now: Callable[[], dt.datetime] = _now
) -> Iterator[Finding]:
    """Set the two clocks side by side."""
    try:
        with engine_of(config, "DATABASE_URL") as engine:
            if missing_file(engine) is not None:
                return
            seconds = "strftime('%s', 'now')" if is_sqlite(engine) else "extract(epoch FROM now())"
            with engine.connect() as connection:
                theirs = float(connection.execute(text(f"SELECT {seconds}")).scalar_one())
    except (DatabaseUrlError, SQLAlchemyError):
        return  # said by the check of the database
    apart = abs(now().timestamp() - theirs)
    if apart > _MOST_SECONDS:
        yield problem(
            f"This machine's clock and the database's are {apart:.0f} seconds apart: rounds close "
            "and links expire at the wrong time.",
            "Let both machines set their clocks by NTP.",
        )
    else:
        yield fine(f"The clocks agree; people's times are in the zone {config['TIME_ZONE']}.")
