"""How long the pages of people who are signed in take, and how many of them fail."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from survey.operations.figures.batches import InBatches
from survey.operations.figures.serving import serve_figures

_SECONDS = "survey_page_seconds"


class PageFigures:
    """The figures of one web process."""

    def __init__(self) -> None:
        # The library writes them to the shared folder; this registry only holds them together.
        registry = CollectorRegistry()
        self.seconds = Histogram(
            _SECONDS,
            "How long pages of people who are signed in took to make; published in batches",
            buckets=(0.1, 0.3, 1.0, 3.0, 10.0),
            registry=registry,
        )
        self.failed = Counter(
            "survey_pages_failed",
            "Pages of people who are signed in that failed on our side",
            registry=registry,
        )


def serve_page_figures(bind: tuple[str, int]) -> None:
    """Serve the figures of all web processes together, from the server's main process."""
    collector = MultiProcessCollector(None)  # type: ignore[no-untyped-call]
    serve_figures(bind, InBatches(collector, _SECONDS))


def forget_process(pid: int) -> None:
    """Note that a web process has ended; what it counted stays."""
    mark_process_dead(pid)  # type: ignore[no-untyped-call]
