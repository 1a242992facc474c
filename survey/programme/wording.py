"""How the figures of the programme view read."""

from __future__ import annotations

from survey.anonymity.delay import DelayStep
from survey.anonymity.programme import QUARTER, BoundedCount
from survey.change.interval import Interval
from survey.languages.message import Message

STEPS = {
    DelayStep.WITHIN_TWO_DAYS: Message("within two days"),
    DelayStep.WITHIN_A_WEEK: Message("within a week"),
    DelayStep.LATER: Message("later"),
}
_MINUS = "\N{MINUS SIGN}"
_NO_BREAK = "\N{NO-BREAK SPACE}"


def points(value: float, decimals: int = 2) -> str:
    """A change in scale points, with its sign: "+0.42"."""
    text = f"{value:+.{decimals}f}"
    # A change that rounds to nothing has no direction.
    return (text[1:] if float(text) == 0 else text).replace("-", _MINUS)


def from_to(interval: Interval) -> str:
    """An interval of changes."""
    return Message("%(low)s to %(high)s", low=points(interval.low), high=points(interval.high))


def quarter(low: float) -> str:
    """The quarter of a point that begins here."""
    return Message("%(low)s to under %(high)s", low=points(low), high=points(low + QUARTER))


def counted(count: BoundedCount) -> str:
    """A count of many, bounded where it must be: "at most 1 of 5"."""
    if count.low == count.high:
        return Message("%(number)s of %(all)s", number=count.low, all=count.of)
    if count.low == 0:
        return Message("at most %(number)s of %(all)s", number=count.high, all=count.of)
    if count.high == count.of:
        return Message("at least %(number)s of %(all)s", number=count.low, all=count.of)
    return Message("%(low)s to %(high)s of %(all)s", low=count.low, high=count.high, all=count.of)


def per_cent(count: BoundedCount) -> str:
    """The same in per cent, both ends rounded: "4–13 %"."""
    low, high = (round(100 * part / count.of) for part in (count.low, count.high))
    return f"{low}{_NO_BREAK}%" if low == high else f"{low}–{high}{_NO_BREAK}%"


def interval_per_cent(interval: Interval) -> str:
    """An interval for a share, in per cent."""
    return f"{100 * interval.low:.0f}–{100 * interval.high:.0f}{_NO_BREAK}%"


def about_per_cent(fives: int) -> str:
    """A share that is known to the nearest five per cent."""
    if fives == 0:
        return Message("under %(percent)s", percent=_percent(5))
    if fives == 100:
        return Message("over %(percent)s", percent=_percent(95))
    return Message("about %(percent)s", percent=_percent(fives))


def _percent(number: int) -> str:
    return f"{number}{_NO_BREAK}%"
