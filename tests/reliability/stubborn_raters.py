"""Raters with a real HTTP client who try again, as people do, until they are told that it counted.

Each attempt says something else, so that what is in the report tells which attempts counted.
"""

from __future__ import annotations

import queue
import re
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import requests

_TIMEOUT = 60
_PATIENCE = 120


@dataclass
class Rater:
    """One rater, and what they were told in the end."""

    address: str
    group: str
    token: str
    declines: bool = False
    # The texts that were sent, one per attempt whose request left.
    attempts: list[str] = field(default_factory=list)
    # Which attempt was answered with the receipt; None when an earlier one turned out to count.
    received: int | None = None
    told_that_it_counted: bool = False
    # Attempts answered with the page for a fault.
    put_off: int = 0

    @property
    def is_content(self) -> bool:
        """Whether the rater has been told that the answer counts."""
        return self.received is not None or self.told_that_it_counted


class Raters:
    """Several people at once, drawn from a line until it is empty or they are told to stop."""

    def __init__(self, base_url: str, raters: Iterable[Rater], *, at_once: int = 4) -> None:
        self._base_url = base_url
        self._line: queue.SimpleQueue[Rater] = queue.SimpleQueue()
        for rater in raters:
            self._line.put(rater)
        self._stop = threading.Event()
        self.sending = threading.Event()
        self.served: list[Rater] = []
        self.failures: list[BaseException] = []
        self._threads = [threading.Thread(target=self._work) for _ in range(at_once)]

    def start(self) -> None:
        """Let them begin."""
        for thread in self._threads:
            thread.start()

    def finish(self) -> list[Rater]:
        """Let nobody new begin; wait for those under way, and return all who were served."""
        self._stop.set()
        for thread in self._threads:
            thread.join(_PATIENCE + 60)
            assert not thread.is_alive()
        if self.failures:
            raise self.failures[0]
        return self.served

    @property
    def waiting(self) -> int:
        """How many have not begun."""
        return self._line.qsize()

    def _work(self) -> None:
        try:
            while not self._stop.is_set():
                try:
                    rater = self._line.get_nowait()
                except queue.Empty:
                    return
                self._serve(rater)
                self.served.append(rater)
        except BaseException as error:
            self.failures.append(error)

    def _serve(self, rater: Rater) -> None:
        browser = requests.Session()
        page = self._open(browser, rater)
        deadline = time.monotonic() + _PATIENCE
        while not rater.is_content:
            assert time.monotonic() < deadline, f"{rater} gave up"
            self._send(browser, page, rater)
        # Once more, as by a double click: it must not count again, and the rater is told so.
        again = self._patiently(browser, "POST", page.address, page.fields(rater, "once more"))
        assert again.status_code == 303
        assert again.headers["Location"].endswith("/already-used"), again.headers["Location"]
        told = self._patiently(browser, "GET", self._base_url + again.headers["Location"])
        assert "Your link has done its work" in told.text

    def _open(self, browser: requests.Session, rater: Rater) -> _FormPage:
        path = "/decline" if rater.declines else ""
        exchange = self._patiently(browser, "GET", f"{self._base_url}/r/{rater.token}{path}")
        assert exchange.status_code == 303, exchange.text
        address = self._base_url + exchange.headers["Location"]
        form = self._patiently(browser, "GET", address)
        assert form.status_code == 200, form.text
        found = re.search(r'name="csrf_token" value="([^"]+)"', form.text)
        assert found is not None
        return _FormPage(address, found.group(1))

    def _send(self, browser: requests.Session, page: _FormPage, rater: Rater) -> None:
        text = f"{rater.address}, attempt {len(rater.attempts) + 1}."
        rater.attempts.append(text)
        self.sending.set()
        try:
            answer = browser.post(
                page.address, page.fields(rater, text), allow_redirects=False, timeout=_TIMEOUT
            )
        except requests.RequestException:
            # The connection broke: nobody knows whether it arrived.
            time.sleep(0.05)
            return
        if answer.status_code == 503:
            assert "Retry-After" in answer.headers
            rater.put_off += 1
            time.sleep(0.05)
            return
        assert answer.status_code == 303, f"{answer.status_code}\n{answer.text}"
        place = answer.headers["Location"]
        if place.endswith(("/thank-you", "/declined")):
            rater.received = len(rater.attempts)
        else:
            assert place.endswith("/already-used")
            assert len(rater.attempts) > 1, "the first attempt cannot have counted before"
            rater.told_that_it_counted = True

    def _patiently(
        self,
        browser: requests.Session,
        method: str,
        address: str,
        fields: dict[str, str] | None = None,
    ) -> requests.Response:
        """A request that is repeated until the server answers it."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            try:
                answer = browser.request(
                    method, address, data=fields, allow_redirects=False, timeout=_TIMEOUT
                )
            except requests.RequestException:
                time.sleep(0.05)
                continue
            if answer.status_code != 503:
                return answer
            time.sleep(0.05)
        raise AssertionError(f"no answer to {method}")


@dataclass(frozen=True)
class _FormPage:
    """A form that is open in a browser."""

    address: str
    csrf: str

    def fields(self, rater: Rater, text: str) -> dict[str, str]:
        """What the browser sends."""
        fields = {"csrf_token": self.csrf}
        if not rater.declines:
            fields |= {"step": "submit", "c-start": text}
        return fields
