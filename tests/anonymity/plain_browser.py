"""A browser without JavaScript that talks to the live service over HTTP."""

from __future__ import annotations

import http.cookiejar
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping


class PlainBrowser:
    """Keeps cookies and the newest CSRF token, and follows redirects."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
        )
        self._csrf = ""
        self.address = ""
        self.status = 0

    def get(self, address: str) -> str:
        """Open a page, by its path or its full address."""
        return self._ask(urllib.request.Request(self._full(address)))

    def post(self, address: str, fields: Mapping[str, str] | None = None) -> str:
        """Send a form."""
        data = urllib.parse.urlencode({**(fields or {}), "csrf_token": self._csrf}).encode()
        return self._ask(urllib.request.Request(self._full(address), data=data))

    def _full(self, address: str) -> str:
        return address if address.startswith("http") else self._base_url + address

    def _ask(self, request: urllib.request.Request) -> str:
        try:
            answer = self._opener.open(request, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            page = answer.read().decode()
            self.status, self.address = answer.status, answer.url
        found = re.search(r'name="csrf_token"[^>]*?value="([^"]+)"', page)
        if found:
            self._csrf = found.group(1)
        return page
