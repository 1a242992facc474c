"""On which days a round reminds by itself those who have not answered."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

# Nobody is reminded at night; by local time.
_FIRST_HOUR = 8
# Days from one reminder to the next, a mentor's own included.
_REST = dt.timedelta(days=2)
# Days before the end: late enough to press, and time enough to answer.
_BEFORE_THE_END = dt.timedelta(days=2)
_SHORTEST_WITH_HALFWAY = 6
_DAY = dt.timedelta(days=1)
_SATURDAY = 5


def reminder_days(launched_on: dt.date, deadline: dt.date) -> list[dt.date]:
    """The days: halfway, and two days before the last one, both on working days.

    A day at a weekend moves to the next working day before the deadline, else to the last one
    before the weekend. A round of less than six days has the second alone, one of less than three
    days none; so has one without a working day between launch and deadline. Where the two would
    follow each other at once, the second stays.
    """
    length = (deadline - launched_on).days
    late = _to_working_day(deadline - _BEFORE_THE_END, deadline)
    halfway = _to_working_day(launched_on + dt.timedelta(days=length // 2), deadline)
    days = [late]
    if length >= _SHORTEST_WITH_HALFWAY and late - halfway >= _REST:
        days.insert(0, halfway)
    return [day for day in days if day > launched_on]


def coming_days(
    launched_on: dt.date, deadline: dt.date, reminded_on: dt.date | None, today: dt.date
) -> list[dt.date]:
    """The days from `today` on when an open round will remind, if nobody does so meanwhile."""
    found = []
    last = reminded_on
    for number in range((deadline - today).days + 1):
        day = today + dt.timedelta(days=number)
        if _is_day(launched_on, deadline, last, day):
            found.append(day)
            last = day
    return found


def is_due(
    launched_on: dt.date,
    deadline: dt.date,
    reminded_on: dt.date | None,
    now: dt.datetime,
    zone: ZoneInfo,
) -> bool:
    """Whether a reminder day has come since the last reminder, `reminded_on`.

    A day that was missed, as the worker did not run, is made up for on the next working day.
    """
    local = now.astimezone(zone)
    return local.hour >= _FIRST_HOUR and _is_day(launched_on, deadline, reminded_on, local.date())


def _is_day(
    launched_on: dt.date, deadline: dt.date, reminded_on: dt.date | None, day: dt.date
) -> bool:
    """Whether reminders go out on this day, when the last ones did on `reminded_on`."""
    if day > deadline or not _is_working_day(day):
        return False
    if reminded_on is not None and day - reminded_on < _REST:
        return False
    last = reminded_on or launched_on
    return any(last < planned <= day for planned in reminder_days(launched_on, deadline))


def _is_working_day(day: dt.date) -> bool:
    """Monday to Friday; of public holidays nothing is known here."""
    return day.weekday() < _SATURDAY


def _to_working_day(day: dt.date, deadline: dt.date) -> dt.date:
    """The day itself, or the next working day before the deadline, or else the last before it."""
    later = day
    while not _is_working_day(later):
        later += _DAY
    if later < deadline:
        return later
    while not _is_working_day(day):
        day -= _DAY
    return day
