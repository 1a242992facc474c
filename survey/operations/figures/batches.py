"""Publishing counts in batches, so that no single request can be timed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

LEAST_REQUESTS = 100
LEAST_SECONDS = 3600.0


class InBatches(Collector):
    """Shows one histogram as it was when its newest batch became full; all else as it is.

    A batch is full when it holds a hundred requests and an hour has passed. Who fetches the
    figures every second then still learns only how many there were between two such moments.
    """

    def __init__(
        self, source: Collector, name: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._source = source
        self._name = name
        self._clock = clock
        self._lock = threading.Lock()
        self._published: Metric | None = None
        self._published_requests = 0.0
        self._published_at = clock()

    def collect(self) -> Iterable[Metric]:
        """What may be seen now."""
        with self._lock:
            for metric in self._source.collect():
                if metric.name == self._name:
                    self._consider(metric)
                else:
                    yield metric
            if self._published is not None:
                yield self._published

    def _consider(self, newest: Metric) -> None:
        requests = sum(one.value for one in newest.samples if one.name == f"{self._name}_count")
        now = self._clock()
        if (
            requests - self._published_requests >= LEAST_REQUESTS
            and now - self._published_at >= LEAST_SECONDS
        ):
            self._published = newest
            self._published_requests, self._published_at = requests, now
