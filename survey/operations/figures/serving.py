"""Serving figures on an address of their own, away from the pages."""

from __future__ import annotations

import logging

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.registry import Collector

_log = logging.getLogger(__name__)


def serve_figures(bind: tuple[str, int], collector: Collector) -> None:
    """Serve a collector's figures from a thread of this process.

    A registry of its own: the library's default adds how much time the process has computed,
    from which one could read when it was asked for something.
    """
    registry = CollectorRegistry()
    registry.register(collector)
    host, port = bind
    try:
        start_http_server(port, host, registry)
    except OSError as error:
        # People come first: the service goes on without figures.
        _log.error("Figures cannot be served at %s:%s: %s", host, port, error.strerror)
