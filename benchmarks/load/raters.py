"""Many raters at once: a closed or a paced crowd of browsers, in one process.

Run by `rater_load.py` as `python -m benchmarks.load.raters` with a JSON order on standard input;
the findings come as JSON on standard output. wrk cannot play this part: its scripts do not know
which connection they serve, and a rater's second request needs what the answer to the first one
set. So this speaks HTTP/1.1 itself with asyncio, one connection a rater, as a browser keeps it.
What an answer must hold is checked; anything else counts as an error.
"""

from __future__ import annotations

import asyncio
import json
import re
import resource
import sys
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

STEPS = ("open link", "form", "review", "send", "thanks")
_RATING = re.compile(rb'name="?(r-[\w.-]+)')
_COMMENT = re.compile(rb'<textarea[^>]* name="?(c-[\w.-]+)')
_CSRF = b'name="csrf_token" value="'
COMMENT = "Asks good questions in meetings and lets people finish what they were about to say."


@dataclass
class Findings:
    """What the crowd went through."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {step: [] for step in STEPS})
    whole: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    sent: int = 0
    page_bytes: int = 0
    ratings: int = 0


class Browser(asyncio.Protocol):
    """One connection that sends a request and waits for its answer."""

    def __init__(self) -> None:
        self._transport: Any = None
        self._waiting: asyncio.Future[tuple[int, bytes, bytes]] | None = None
        self._buffer = bytearray()
        self._head = b""
        self._length = -1
        self.cookies: dict[bytes, bytes] = {}

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._length < 0:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            self._head = bytes(self._buffer[: end + 2])
            del self._buffer[: end + 4]
            at = self._head.lower().find(b"content-length: ")
            self._length = int(self._head[at + 16 : self._head.find(b"\r", at)]) if at > 0 else 0
        if len(self._buffer) >= self._length:
            body, self._length = bytes(self._buffer), -1
            self._buffer.clear()
            waiting, self._waiting = self._waiting, None
            if waiting and not waiting.done():
                waiting.set_result((int(self._head[9:12]), self._head, body))

    def connection_lost(self, error: Exception | None) -> None:
        if self._waiting and not self._waiting.done():
            self._waiting.set_exception(ConnectionError(str(error or "closed by the server")))

    async def ask(self, path: str, form: str | None = None) -> tuple[int, bytes, bytes]:
        """Status, head and body of the answer."""
        lines = [
            f"{'GET' if form is None else 'POST'} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            "User-Agent: Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0\r\n"
            "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
            "Accept-Language: en,de;q=0.7\r\nAccept-Encoding: gzip, deflate, br\r\n"
        ]
        if self.cookies:
            kept = b"; ".join(name + b"=" + value for name, value in self.cookies.items())
            lines.append(f"Cookie: {kept.decode()}\r\n")
        if form is not None:
            lines.append(
                "Content-Type: application/x-www-form-urlencoded\r\n"
                f"Content-Length: {len(form)}\r\n"
            )
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write("".join([*lines, "\r\n", form or ""]).encode())
        status, head, body = await self._waiting
        for name, value in re.findall(rb"(?i)set-cookie: ([^=]+)=([^;\r]*)", head):
            self.cookies[name] = value
        return status, head, body

    def close(self) -> None:
        self._transport.close()


class Crowd:
    """So many raters with a token each."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.order = order
        self.tokens = iter(order["tokens"])
        self.findings = Findings()
        self.open = 0
        self.most_open = 0
        self._fields: dict[str, str] = {}

    async def run(self) -> float:
        """Let everybody come; the seconds from the first request to the last answer."""
        started = time.perf_counter()
        if self.order["rate"]:
            await self._paced(started)
        else:
            await asyncio.gather(*(self._one_after_another() for _ in range(self.order["raters"])))
        return time.perf_counter() - started

    async def _one_after_another(self) -> None:
        until = time.perf_counter() + self.order["seconds"]
        for token in self.tokens:
            await self._rater(token)
            if time.perf_counter() > until:
                return

    async def _paced(self, started: float) -> None:
        """Raters come evenly, whether or not the service keeps up."""
        coming = []
        for number, token in enumerate(self.tokens):
            due = started + number / self.order["rate"]
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            coming.append(asyncio.create_task(self._rater(token)))
        await asyncio.gather(*coming)

    async def _rater(self, token: str) -> None:
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            async with asyncio.timeout(60):
                await self._answer(token)
        except (OSError, TimeoutError, ValueError) as error:
            self.findings.errors.append(f"{type(error).__name__}: {error}")
        finally:
            self.open -= 1

    async def _answer(self, token: str) -> None:
        order, waited = self.order, []
        loop = asyncio.get_running_loop()
        _, browser = await loop.create_connection(Browser, order["host"], order["port"])
        try:

            async def step(
                name: str, path: str, form: str | None, status: int
            ) -> tuple[bytes, bytes]:
                began = time.perf_counter()
                got, head, body = await browser.ask(path, form)
                took = time.perf_counter() - began
                if got != status:
                    raise ValueError(f"{name}: answered {got}")
                self.findings.seconds[name].append(took)
                waited.append(took)
                return head, body

            head, _ = await step("open link", f"/r/{token}", None, 303)
            address = _location(head)
            _, page = await step("form", address, None, 200)
            self.findings.page_bytes = len(page)
            fields = self._filled(page)
            if order["pause"]:
                await asyncio.sleep(order["pause"])
            form = urlencode(fields | {"csrf_token": _csrf(page), "step": "review"})
            _, page = await step("review", address, form, 200)
            form = urlencode(fields | {"csrf_token": _csrf(page), "step": "submit"})
            head, _ = await step("send", address, form, 303)
            if not (thanks := _location(head)).endswith("/thank-you"):
                raise ValueError(f"sent, and led to {thanks.rpartition('/')[2]}")
            self.findings.sent += 1
            _, page = await step("thanks", thanks, None, 200)
            if b"<h1>Thank you</h1>" not in page:
                raise ValueError("no thanks")
            self.findings.whole.append(sum(waited))
        finally:
            browser.close()

    def _filled(self, page: bytes) -> dict[str, str]:
        """An answer to everything that the form asks. All raters get the same form: read once."""
        if not self._fields:
            names = dict.fromkeys(name.decode() for name in _RATING.findall(page))
            self.findings.ratings = len(names)
            self._fields = {name: str(1 + place % 5) for place, name in enumerate(names)}
            for name in _COMMENT.findall(page):
                self._fields[name.decode()] = COMMENT
        if len(self._fields) < 2:
            raise ValueError("the form asks nothing")
        return self._fields


def _location(head: bytes) -> str:
    found = re.search(rb"(?i)\r\nlocation: ([^\r]+)", head)
    if not found:
        raise ValueError("no way on")
    return found[1].decode()


def _csrf(page: bytes) -> str:
    at = page.find(_CSRF)
    if at < 0:
        raise ValueError("no CSRF token")
    return page[at + len(_CSRF) : page.find(b'"', at + len(_CSRF))].decode()


def _quantiles(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds) or [float("nan")]
    return {
        str(percent): ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1000
        for percent in (50, 95, 99)
    }


async def main() -> None:
    order = json.load(sys.stdin)
    crowd = Crowd(order)
    elapsed = await crowd.run()
    found = crowd.findings
    usage = resource.getrusage(resource.RUSAGE_SELF)
    answers = [second for step in found.seconds.values() for second in step]
    json.dump(
        {
            "sent": found.sent,
            "elapsed": elapsed,
            "rate": found.sent / elapsed,
            "errors": len(found.errors),
            "first_errors": found.errors[:5],
            "most_open": crowd.most_open,
            "ratings": found.ratings,
            "page_bytes": found.page_bytes,
            "request": _quantiles(answers),
            "whole": _quantiles(found.whole),
            "steps": {step: _quantiles(times) for step, times in found.seconds.items()},
            "cpu": usage.ru_utime + usage.ru_stime,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    asyncio.run(main())
