"""How long a rater took to answer, in steps so coarse that they fit a programme's summary."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum


class DelayStep(StrEnum):
    """Time from the launch of a round to an answer."""

    WITHIN_TWO_DAYS = "within_two_days"
    WITHIN_A_WEEK = "within_a_week"
    LATER = "later"


def delay_step(launched_on: dt.date, answered_on: dt.date) -> DelayStep:
    """The step that an answer on this day falls into."""
    days = (answered_on - launched_on).days
    if days <= 2:
        return DelayStep.WITHIN_TWO_DAYS
    return DelayStep.WITHIN_A_WEEK if days <= 7 else DelayStep.LATER
