"""Things that take long to make, kept in memory for a short while.

The key must hold everything that the thing is made from: then what is found is never out of date,
and the time limit only bounds how long a name or a text stays in memory that is gone elsewhere.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class _ShortMemory(Generic[K, V]):
    """At most so many things, each for at most so many seconds; for several threads."""

    def __init__(
        self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        # In the order in which they came, with the moment at which the time of each is over.
        self._things: dict[K, tuple[float, V]] = {}

    def _put(self, key: K, thing: V, now: float) -> None:
        """Remember a thing in place of an earlier one, and forget what is old or too much."""
        with self._lock:
            self._things.pop(key, None)
            self._things[key] = (now + self._seconds, thing)
            for old, (until, _) in list(self._things.items()):
                if len(self._things) <= self._most and now < until:
                    break
                del self._things[old]


class Kept(_ShortMemory[K, V]):
    """Things that are made when they are first asked for, and again when their time is over."""

    def get(self, key: K, make: Callable[[], V]) -> V:
        """The thing under this key, made now if there is none. What `make` raises is not kept."""
        now = self._clock()
        found = self._things.get(key)
        if found is not None and now < found[0]:
            return found[1]
        made = make()
        self._put(key, made, now)
        return made


class HandedOver(_ShortMemory[K, V]):
    """Things that one request leaves for the next one: taken once, and soon or not at all.

    What is not taken stays in memory until others push it out.
    """

    def leave(self, key: K, thing: V) -> None:
        """Leave a thing under this key, in place of an earlier one."""
        self._put(key, thing, self._clock())

    def take(self, key: K) -> V | None:
        """The thing under this key, which is then gone; None where there is none any more."""
        with self._lock:
            until, thing = self._things.pop(key, (0.0, None))
        return thing if self._clock() < until else None
