"""Paths within the service to come back to: never another site's address."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, RequestRedirect

_LONGEST = 500


def local_path(path: object) -> str | None:
    """The path if it stays on this site; None for anything else.

    Browsers take "//host" and a backslash for another site too, and drop control characters first.
    """
    if not isinstance(path, str) or not 0 < len(path) <= _LONGEST:
        return None
    if not path.startswith("/") or path.startswith("//") or "\\" in path:
        return None
    if not path.isascii() or not path.isprintable():
        return None
    parts = urlsplit(path)
    return None if parts.scheme or parts.netloc else path


def nearest_page() -> str:
    """The current page; for a request that only sends something, the nearest page above it."""
    if request.method == "GET":
        return local_path(request.full_path.removesuffix("?")) or "/"
    adapter = current_app.url_map.bind("")
    path = request.path
    while path.strip("/") and not _is_page(adapter, path):
        path = path.rpartition("/")[0]
    return local_path(path) or "/"


def _is_page(adapter: MapAdapter, path: str) -> bool:
    try:
        adapter.match(path, method="GET")
    except RequestRedirect:
        return True
    except HTTPException:
        return False
    return True
