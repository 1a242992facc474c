"""On which days a round reminds by itself those who have not answered."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

# Nobody is reminded at night; by local time.
_FIRST_HOUR = 8
# Days from one reminder to the next, a mentor's own included.
_REST = dt.timedelta(days=2)
# Days before the end: time enough to answer after the weekend, and late enough to press.
_BEFORE_THE_END = dt.timedelta(days=2)
_SHORTEST_WITH_HALFWAY = 6


def reminder_days(launched_on: dt.date, deadline: dt.date) -> list[dt.date]:
    """The days: halfway, and two days before the last one.

    A round of less than six days has the second alone, one of less than three days none.
    """
    length = (deadline - launched_on).days
    late = deadline - _BEFORE_THE_END
    halfway = launched_on + dt.timedelta(days=length // 2)
    days = [halfway, late] if length >= _SHORTEST_WITH_HALFWAY else [late]
    return [day for day in days if day > launched_on]


def is_due(
    launched_on: dt.date,
    deadline: dt.date,
    reminded_on: dt.date | None,
    now: dt.datetime,
    zone: ZoneInfo,
) -> bool:
    """Whether a reminder day has come since the last reminder, `reminded_on`.

    A day that was missed, as the worker did not run, is made up for.
    """
    local = now.astimezone(zone)
    today = local.date()
    if local.hour < _FIRST_HOUR or today > deadline:
        return False
    if reminded_on is not None and today - reminded_on < _REST:
        return False
    last = reminded_on or launched_on
    return any(last < day <= today for day in reminder_days(launched_on, deadline))
