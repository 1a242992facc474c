"""Addresses that webhooks may lead to: https, and out into the world.

Whoever enters an address makes this service ask it. So nothing is sent to where only machines
around the service should reach: no name may lead there, neither at once nor at the next look-up.
All addresses of a name are looked at, and the connection goes to one that was.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from survey.languages.message import Message
from survey.webhooks.errors import DestinationError, NotDeliveredError
from survey.webhooks.reasons import NAME_UNKNOWN, NETWORK_NOT_ASKED

LONGEST_ADDRESS = 400
_PORTS = {"https": 443, "http": 80}
# What a public receiver listens on; others would make this a way to look for open doors.
_PUBLIC_PORTS = {443, 8443}
# Visible ASCII: nothing that could begin another header.
_WRITTEN = re.compile(r"[!-~]+")
_HOST = re.compile(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")
# Beside those that Python's `ipaddress` knows not to be global, which differ by its version: the
# whole of 192.0.0.0/24 (of IANA's register, with clouds' metadata in it), and an address that is
# public by its number, but answered by the machine that a virtual machine runs on.
_CLOSED = (ipaddress.IPv4Network("192.0.0.0/24"), ipaddress.IPv4Network("168.63.129.16/32"))
# All that is given out of IPv6 for machines in the world.
_GIVEN_OUT = ipaddress.IPv6Network("2000::/3")
# IPv6 networks that stand for IPv4 addresses, and how many bits lie after these.
_CARRIERS = (
    (ipaddress.IPv6Network("::ffff:0:0/96"), 0),
    (ipaddress.IPv6Network("::/96"), 0),
    (ipaddress.IPv6Network("64:ff9b::/96"), 0),
    (ipaddress.IPv6Network("2002::/16"), 80),
)

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Destination:
    """An address in its parts. `target` is path and query, as a request names them."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def host_header(self) -> str:
        """What stands in `Host`."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == _PORTS[self.scheme] else f"{name}:{self.port}"


def destination(address: str, *, allow_private: bool) -> Destination:
    """Read an address, without looking its name up. Raises DestinationError.

    `allow_private` lets http and any port pass, and addresses of a network of one's own.
    """
    if len(address) > LONGEST_ADDRESS:
        raise DestinationError(
            Message("At most %(most)s letters.", most=LONGEST_ADDRESS, at="Address")
        )
    if not _WRITTEN.fullmatch(address):
        raise DestinationError(
            Message(
                "Write it without blanks, in letters from A to Z; other letters in a name as "
                "“%(in_name)s”, elsewhere as “%(elsewhere)s”.",
                in_name="xn--…",
                elsewhere="%…",
                at="Address",
            )
        )
    try:
        parts = urlsplit(address)
        port = parts.port
        host = parts.hostname or ""
    except ValueError:
        raise DestinationError(
            Message("%(address)s is not an address.", address=repr(address), at="Address")
        ) from None
    if parts.scheme != "https" and not (allow_private and parts.scheme == "http"):
        raise DestinationError(Message("It has to start with https://.", at="Address"))
    if "@" in parts.netloc or parts.fragment:
        raise DestinationError(
            Message("Leave out user, password and what follows a “#”.", at="Address")
        )
    written = parts.netloc.rpartition(":")[0] if port is not None else parts.netloc.rstrip(":")
    if not host or not _HOST.fullmatch(written):
        raise DestinationError(
            Message("%(address)s names no machine.", address=repr(address), at="Address")
        )
    port = _PORTS[parts.scheme] if port is None else port
    if not allow_private and port not in _PUBLIC_PORTS:
        raise DestinationError(Message("Only the ports 443 and 8443 are asked.", at="Address"))
    if port == 0:
        raise DestinationError(Message("There is no port 0.", at="Address"))
    found = Destination(
        parts.scheme, host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    )
    if not allow_private:
        _refuse_private_spelling(host)
    return found


def reachable(to: Destination, *, allow_private: bool) -> Sequence[str]:
    """The numbers that the name stands for now; all of them may be asked.

    Raises NotDeliveredError when there is none, or when any of them may not be asked.
    """
    try:
        found = socket.getaddrinfo(to.host, to.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotDeliveredError(NAME_UNKNOWN) from None
    numbers = list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
    if not allow_private and not all(is_public(number) for number in numbers):
        raise NotDeliveredError(NETWORK_NOT_ASKED)
    return numbers


def is_public(number: str) -> bool:
    """Whether an IP address is out in the world, whatever it is wrapped into."""
    address: IpAddress = ipaddress.ip_address(number.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        for network, shift in _CARRIERS:
            if address in network:
                carried = (int(address) >> shift) & 0xFFFFFFFF
                return _is_public(ipaddress.IPv4Address(carried))
        if address.teredo is not None:
            return False
    return _is_public(address)


def _is_public(address: IpAddress) -> bool:
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        return address in _GIVEN_OUT
    return not any(address in network for network in _CLOSED)


def _refuse_private_spelling(host: str) -> None:
    """Say at once what would be refused at every attempt."""
    try:
        public = is_public(host)
    except ValueError:
        name = host.rstrip(".").lower()
        public = name != "localhost" and not name.endswith((".localhost", ".local", ".internal"))
    if not public:
        raise DestinationError(
            Message(
                "This leads to a machine of a closed network, which is not asked.", at="Address"
            )
        )
