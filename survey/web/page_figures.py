"""Counting pages for monitoring: only those that people who are signed in look at.

Never pages of raters. What is sent with a form is not timed either: a round's close, say, often
follows the last answer, and the audit trail keeps no more than its day.
"""

from __future__ import annotations

import time

from flask import Flask, Response, g, request

from survey.operations.figures.of_pages import PageFigures

# Raters open these as well, and may be signed in for another reason.
_OPEN_TO_RATERS = frozenset({None, "rater", "privacy_notice", "health", "brand"})


def register(app: Flask) -> None:
    """Measure every page of this application that may be counted."""
    figures = PageFigures()

    def begin() -> None:
        g.page_began = time.perf_counter()

    def end(response: Response) -> Response:
        if g.get("person") is None or request.blueprint in _OPEN_TO_RATERS:
            return response
        if response.status_code >= 500:
            figures.failed.inc()
        if request.method == "GET":
            figures.seconds.observe(time.perf_counter() - g.page_began)
        return response

    app.before_request(begin)
    app.after_request(end)
