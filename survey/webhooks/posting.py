"""Sending one request, with bounds on all that the other side can do.

Not by a library for HTTP: the connection goes to a number that was looked at, no redirect is
followed, no proxy asked, one clock bounds everything, and of the answer the first KiB is read,
of which the status alone counts.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Mapping, Sequence

from survey.languages.message import Message
from survey.webhooks.destinations import Destination, reachable
from survey.webhooks.errors import GoneError, NotDeliveredError
from survey.webhooks.reasons import (
    GONE,
    NAME_UNUSABLE,
    NO_ANSWER,
    NO_CONNECTION,
    NO_HTTP,
    NOT_ENCRYPTED,
    NOT_TRUSTED,
    REDIRECTED,
    REFUSED,
)

# For connecting, sending and reading together.
SECONDS = 10.0
MOST_READ = 1024
# Of a name's addresses, so many are tried.
_MOST_TRIED = 3
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})[ \r]")
_GONE = 410


def post(
    to: Destination,
    headers: Mapping[str, str],
    body: bytes,
    *,
    allow_private: bool,
    trust: ssl.SSLContext,
    seconds: float = SECONDS,
) -> None:
    """Send the body, and return when the receiver has taken it (a status of 200 to 299).

    Raises NotDeliveredError, or GoneError for a receiver that is gone for good.
    """
    numbers = reachable(to, allow_private=allow_private)
    deadline = time.monotonic() + seconds
    try:
        with _connected(to, numbers[:_MOST_TRIED], deadline, trust) as connection:
            connection.settimeout(_left(deadline))
            connection.sendall(_request(to, headers, body))
            status = _status(connection, deadline)
    except TimeoutError:
        raise NotDeliveredError(Message(NO_ANSWER, seconds=round(seconds))) from None
    except ssl.SSLCertVerificationError as error:
        raise NotDeliveredError(Message(NOT_TRUSTED, reason=error.verify_message)) from None
    except ssl.SSLError:
        raise NotDeliveredError(NOT_ENCRYPTED) from None
    except OSError as error:
        reason = error.strerror or "it was cut off"
        raise NotDeliveredError(Message(NO_CONNECTION, reason=reason)) from None
    except ValueError:
        raise NotDeliveredError(NAME_UNUSABLE) from None
    _judge(status)


def _connected(
    to: Destination, numbers: Sequence[str], deadline: float, trust: ssl.SSLContext
) -> socket.socket:
    """A connection to the first of these that answers; encrypted for https."""
    for number in numbers[:-1]:
        try:
            return _secured(to, number, deadline, trust)
        except ssl.SSLError:
            raise
        except OSError:
            continue
    return _secured(to, numbers[-1], deadline, trust)


def _secured(to: Destination, number: str, deadline: float, trust: ssl.SSLContext) -> socket.socket:
    plain = socket.create_connection((number, to.port), timeout=_left(deadline))
    if to.scheme != "https":
        return plain
    try:
        plain.settimeout(_left(deadline))
        # The name counts for the certificate, whatever number it was reached under.
        return trust.wrap_socket(plain, server_hostname=to.host)
    except BaseException:
        plain.close()
        raise


def _request(to: Destination, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [
        f"POST {to.target} HTTP/1.1",
        f"Host: {to.host_header}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "User-Agent: Mentoring-Feedback",
        "Accept: */*",
        "Connection: close",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def _status(connection: socket.socket, deadline: float) -> int:
    """The status of the answer, from its first line; interim ones are passed over."""
    read, total = b"", 0
    while True:
        found = _STATUS.match(read)
        if found is not None and found[1][:1] == b"1":
            _, ended, rest = read.partition(b"\r\n\r\n")
            if ended:
                read = rest
                continue
        elif found is not None:
            return int(found[1])
        if total >= MOST_READ:
            break
        connection.settimeout(_left(deadline))
        part = connection.recv(MOST_READ - total)
        if not part:
            break
        read, total = read + part, total + len(part)
    raise NotDeliveredError(NO_HTTP)


def _left(deadline: float) -> float:
    """Seconds until the deadline. Raises TimeoutError when it is over."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _judge(status: int) -> None:
    if 200 <= status < 300:
        return
    if status == _GONE:
        raise GoneError(GONE)
    if 300 <= status < 400:
        raise NotDeliveredError(Message(REDIRECTED, status=status))
    raise NotDeliveredError(Message(REFUSED, status=status))
