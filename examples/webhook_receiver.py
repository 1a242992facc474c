"""Receives webhooks and checks that they come from the service, with the standard library alone.

    export MENTORING_WEBHOOK_SECRET=whsec_…      # shown once, when the webhook is registered
    python examples/webhook_receiver.py --port 8700

Put a proxy that speaks https in front, and register its address under *Your account*. Each message
that is genuine and new is printed as a line; what a program does with it begins at `take`.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import hmac
import json
import os
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# Clocks differ, and networks take time; what is older may be somebody's copy of an old message.
_MOST_SECONDS_APART = 300
_LONGEST_BODY = 20_000
# A message may come more than once; so many ids are remembered.
_REMEMBERED = 10_000


class ForgedError(Exception):
    """The message does not come from the service, or is an old one that was sent again."""


def verified(
    secret: str, headers: Mapping[str, str], body: bytes, now: float | None = None
) -> dict[str, Any]:
    """What the message says, once it is certain whose it is. Raises ForgedError.

    After Standard Webhooks: HMAC-SHA256 of `id.timestamp.body`. The body is checked as it came;
    JSON that was read and written again would be other bytes.
    """
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not timestamp.isdecimal():
        raise ForgedError("there is no time")
    if abs((time.time() if now is None else now) - int(timestamp)) > _MOST_SECONDS_APART:
        raise ForgedError("the message is too old, or one of the clocks is wrong")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    wanted = hmac.new(key, signed, hashlib.sha256).digest()
    # Several may stand there, while a secret is being replaced.
    for one in headers.get("webhook-signature", "").split():
        version, _, signature = one.partition(",")
        try:
            sent = base64.b64decode(signature, validate=True)
        except binascii.Error:
            continue
        if version == "v1" and hmac.compare_digest(sent, wanted):
            message: dict[str, Any] = json.loads(body)
            return message
    raise ForgedError("no signature fits")


def take(message: Mapping[str, Any]) -> None:
    """Do something with a message: here, say what happened, and where to ask for more."""
    told = message["data"].get("url", "")
    print(f"{message['day']} {message['type']} {told}".rstrip(), flush=True)


def receiver(
    secret: str, taken: Callable[[Mapping[str, Any]], None] = take
) -> type[BaseHTTPRequestHandler]:
    """What answers requests. `taken` is called once for each message that is genuine."""
    seen: OrderedDict[str, None] = OrderedDict()

    class Receiver(BaseHTTPRequestHandler):
        # Nobody keeps a thread for longer than this by sending slowly.
        timeout = 10

        def do_POST(self) -> None:
            """Take a message: 204 where it is genuine, 401 otherwise."""
            length = self.headers.get("Content-Length", "")
            if not length.isdecimal() or int(length) > _LONGEST_BODY:
                self._answer(413)
                return
            body = self.rfile.read(int(length))
            try:
                message = verified(secret, self.headers, body)
            except ForgedError as error:
                self.log_error("refused: %s", error)
                self._answer(401)
                return
            if message["id"] not in seen:
                # If this fails there is no answer, and the message comes again.
                taken(message)
                seen[message["id"]] = None
                while len(seen) > _REMEMBERED:
                    seen.popitem(last=False)
            self._answer(204)

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing of what went well."""

    return Receiver


def main() -> None:
    """Receive until stopped."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--port", type=int, default=8700)
    arguments = parser.parse_args()
    secret = os.environ.get("MENTORING_WEBHOOK_SECRET", "")
    if not secret:
        sys.exit("MENTORING_WEBHOOK_SECRET is not set: it was shown when you registered it.")
    with ThreadingHTTPServer(("127.0.0.1", arguments.port), receiver(secret)) as server:
        print(f"Listening on 127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
