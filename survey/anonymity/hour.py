"""When something that follows the close of a round may leave: never in the minute of the close.

A close often follows the last answer. The minute of what leaves with it lies in somebody's log or
mailbox, and would tell about when that answer came.
"""

from __future__ import annotations

import datetime as dt
import secrets

# Not all that waits for the hour leaves in one second.
_SPREAD_SECONDS = 300


def after_the_hour(now: dt.datetime) -> dt.datetime:
    """A moment in the first five minutes of the next hour, drawn at random."""
    hour = now.replace(minute=0, second=0, microsecond=0) + dt.timedelta(hours=1)
    return hour + dt.timedelta(seconds=secrets.randbelow(_SPREAD_SECONDS))
