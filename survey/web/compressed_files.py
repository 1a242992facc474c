"""Style sheets and scripts go compressed over the wire.

Pages do not: they hold secrets (the form's token), and the length of a compressed page can tell
what stands in it beside what somebody else put there (the BREACH attack). Static files are public.
"""

from __future__ import annotations

import gzip
from functools import lru_cache

from flask import Response, request

_TEXTS = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml"})
# A header that says so takes more than is won.
_TOO_SHORT = 500


def compress_file(response: Response) -> Response:
    """The answer, compressed where it is a static text and the browser takes it so."""
    if request.endpoint != "static" or response.mimetype not in _TEXTS:
        return response
    response.vary.add("Accept-Encoding")
    length = response.content_length or 0
    if response.status_code != 200 or length < _TOO_SHORT or request.method != "GET":
        return response
    if request.accept_encodings["gzip"] <= 0:
        return response
    response.direct_passthrough = False
    compressed = _compressed(response.get_data())
    response.set_data(compressed)
    response.headers["Content-Encoding"] = "gzip"
    response.headers.pop("Accept-Ranges", None)
    tag, _weak = response.get_etag()
    if tag is not None:
        # Weak: the same file in another coding.
        response.set_etag(tag, weak=True)
    return response


@lru_cache(maxsize=100)
def _compressed(content: bytes) -> bytes:
    # Without a time in it: the same file is the same bytes in every process.
    return gzip.compress(content, 9, mtime=0)
