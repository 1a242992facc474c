"""How fast letters leave: limits per minute, and patience with domains that put letters off.

Held in the database, so that any number of workers keep to one pace together.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import random
from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey.storage.models import MailPace
from survey.storage.queries import mail_pace as pace_queries

_ALL_MAIL = "all"
# Letters in a row that a domain puts off before all others to it wait. One by itself may be due
# to its recipient.
DEFERRALS_BEFORE_WAITING = 3
_FIRST_PAUSE = dt.timedelta(minutes=1)
_LONGEST_DOMAIN_PAUSE = dt.timedelta(hours=1)
_LONGEST_LETTER_PAUSE = dt.timedelta(hours=6)


@dataclass(frozen=True)
class Limit:
    """At most so many in any minute: a few at once, and the rest evenly spaced (GCRA)."""

    per_minute: int

    @property
    def burst(self) -> int:
        """How many may leave at once after a quiet time."""
        return max(1, self.per_minute // 30)

    @property
    def interval(self) -> dt.timedelta:
        """The space between two. A burst and a minute of these are no more than the limit."""
        return dt.timedelta(minutes=1) / (self.per_minute - self.burst + 1)

    def room(self, free_at: dt.datetime | None, now: dt.datetime) -> int:
        """How many may leave now, when the first of them may from `free_at` on."""
        if free_at is None:
            return self.burst
        if free_at > now:
            return 0
        return min(self.burst, (now - free_at) // self.interval + 1)

    def after_one_more(self, free_at: dt.datetime, now: dt.datetime) -> dt.datetime:
        """From when on the next may leave, once one has left now."""
        slack = (self.burst - 1) * self.interval
        return max(free_at + slack, now) + self.interval - slack


class Pace:
    """The limits of all mail and of each domain, and how domains took the last letters."""

    def __init__(self, secret_key: str, per_minute: int = 0, per_domain: int = 0) -> None:
        """Limits per minute; 0 is none."""
        self._key = hashlib.sha256(b"survey.mail-domain.v1" + secret_key.encode()).digest()
        self._all = Limit(per_minute) if per_minute else None
        self._domain = Limit(per_domain) if per_domain else None

    @property
    def domain_burst(self) -> int | None:
        """How many letters to one domain may leave at once; None without a limit."""
        return self._domain.burst if self._domain else None

    def domain_key(self, address: str) -> str:
        """What stands for the address's domain in the database."""
        domain = address.rpartition("@")[2].lower()
        return hmac.new(self._key, domain.encode(), "sha256").hexdigest()

    def room(self, session: Session, now: dt.datetime, most: int) -> int:
        """How many letters it makes sense to take up now, up to `most`."""
        if self._all is None:
            return most
        return min(most, self._all.room(pace_queries.free_at(session, _ALL_MAIL), now))

    def take_for_domain(self, session: Session, domain_key: str, now: dt.datetime) -> bool:
        """Take leave for one letter to this domain, if there is any."""
        if self._domain is None:
            free_at = pace_queries.free_at(session, domain_key)
            return free_at is None or free_at <= now
        return _take(self._domain, pace_queries.held(session, domain_key, now), now)

    def take(self, session: Session, now: dt.datetime) -> bool:
        """Take leave for one letter, wherever it goes, if there is any."""
        if self._all is None:
            return True
        return _take(self._all, pace_queries.held(session, _ALL_MAIL, now), now)

    def note_deferral(self, session: Session, domain_key: str, now: dt.datetime) -> None:
        """Note that a letter was put off; after several in a row the whole domain waits."""
        row = pace_queries.held(session, domain_key, now)
        row.deferrals += 1
        beyond = row.deferrals - DEFERRALS_BEFORE_WAITING
        if beyond >= 0:
            pause = jittered(_FIRST_PAUSE, beyond, _LONGEST_DOMAIN_PAUSE)
            row.free_at = max(row.free_at, now + pause)

    def note_acceptance(self, session: Session, domain_key: str) -> None:
        """Note that a letter was accepted."""
        pace_queries.forget_deferrals(session, domain_key)

    def forget_old(self, session: Session, now: dt.datetime) -> None:
        """Delete what restrains nothing any more."""
        pace_queries.forget_old(session, now)

    def waits(self, session: Session, what: str, now: dt.datetime) -> bool:
        """Whether somebody has taken the turn at this already."""
        free_at = pace_queries.free_at(session, what)
        return free_at is not None and free_at > now

    def take_turn(self, session: Session, what: str, now: dt.datetime, every: dt.timedelta) -> bool:
        """Whether it is this worker's turn at what one of all workers does every few minutes."""
        row = pace_queries.held(session, what, now)
        if row.free_at > now:
            return False
        row.free_at = now + every
        return True


def pause_after(attempts: int) -> dt.timedelta:
    """How long a letter waits after so many attempts that failed."""
    return jittered(_FIRST_PAUSE, attempts - 1, _LONGEST_LETTER_PAUSE)


def jittered(first: dt.timedelta, doublings: int, longest: dt.timedelta) -> dt.timedelta:
    """Anything up to a length that doubles each time (full jitter), and a second at least.

    What failed together does not come back together, however often it fails.
    """
    most: dt.timedelta = min(first * 2 ** min(doublings, 30), longest)
    least = dt.timedelta(seconds=1)
    share = random.random()  # noqa: S311 - no secret depends on it
    return least + (most - least) * share


def _take(limit: Limit, row: MailPace, now: dt.datetime) -> bool:
    if row.free_at > now:
        return False
    row.free_at = limit.after_one_more(row.free_at, now)
    return True
