"""Where webhooks may lead: out into the world, however an address is written or wrapped."""

from __future__ import annotations

import socket

import pytest

from survey.webhooks.destinations import destination, is_public, reachable
from survey.webhooks.errors import DestinationError, NotDeliveredError

CLOSED = (
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    # Alibaba's metadata, in the range that carriers share.
    "100.100.100.200",
    "127.0.0.1",
    "127.9.9.9",
    # Azure's, public by its number.
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    # Oracle's.
    "192.0.0.192",
    "192.0.2.1",
    "192.168.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    # 6to4 of 10.0.0.1.
    "2002:a00:1::1",
    "fc00::1",
    # Amazon's.
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
)
OPEN = ("1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "64:ff9b::101:101", "2002:101:101::1")


@pytest.mark.parametrize("number", CLOSED)
def test_numbers_of_closed_networks_are_refused(number: str) -> None:
    assert not is_public(number)


@pytest.mark.parametrize("number", OPEN)
def test_numbers_out_in_the_world_are_not(number: str) -> None:
    assert is_public(number)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://example.org/",
        "ftp://example.org/",
        "https:///nothing",
        "https://",
        "//example.org/",
        "example.org",
        "https://example.org:22/",
        "https://example.org:8080/",
        "https://example.org:99999/",
        "https://example.org:0/",
        "https://user@example.org/",
        "https://user:word@example.org/",
        "https://example.org\\@127.0.0.1/",
        "https://example.org/#part",
        "https://exa mple.org/",
        "https://example.org/a b",
        "https://example.org/\r\nX-Header: 1",
        "https://example.org/\x00",
        "https://exämple.org/",
        "https://[::1/",
        "https://[::1]x/",
        "https://exam<ple.org/",
        "https://localhost/",
        "https://LOCALHOST./",
        "https://printer.local/",
        "https://metadata.google.internal/",
        "https://127.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://example.org/" + "x" * 400,
    ],
)
def test_addresses_that_are_refused_at_once(address: str) -> None:
    with pytest.raises(DestinationError, match=r"^Address: "):
        destination(address, allow_private=False)


def test_an_address_is_read_in_its_parts() -> None:
    read = destination("https://Hooks.Example.org:8443/a/b?c=d", allow_private=False)
    assert (read.scheme, read.host, read.port) == ("https", "hooks.example.org", 8443)
    assert (read.target, read.host_header) == ("/a/b?c=d", "hooks.example.org:8443")
    plain = destination("https://example.org", allow_private=False)
    assert (plain.port, plain.target, plain.host_header) == (443, "/", "example.org")
    six = destination("https://[2606:4700:4700::1111]/", allow_private=False)
    assert (six.host, six.host_header) == ("2606:4700:4700::1111", "[2606:4700:4700::1111]")


def test_an_intranet_may_be_allowed() -> None:
    read = destination("http://127.0.0.1:8700/", allow_private=True)
    assert (read.port, read.host_header) == (8700, "127.0.0.1:8700")
    assert reachable(read, allow_private=True) == ["127.0.0.1"]
    with pytest.raises(DestinationError):
        destination("ftp://127.0.0.1/", allow_private=True)


@pytest.mark.parametrize("name", ["2130706433", "0x7f000001", "017700000001", "127.1", "0"])
def test_other_ways_to_write_a_number_lead_nowhere_either(name: str) -> None:
    """These are names as far as the address goes; what they stand for is looked at."""
    to = destination(f"https://{name}/", allow_private=False)
    with pytest.raises(NotDeliveredError):
        reachable(to, allow_private=False)


def test_one_closed_number_among_several_is_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are looked up for real above; what a stranger's name server says cannot be had here."""

    def found(*numbers: str) -> None:
        answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (n, 443)) for n in numbers]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_named: answer)

    to = destination("https://example.org/", allow_private=False)
    found("1.1.1.1", "1.0.0.1")
    assert reachable(to, allow_private=False) == ["1.1.1.1", "1.0.0.1"]
    found("1.1.1.1", "10.0.0.1")
    with pytest.raises(NotDeliveredError, match="network"):
        reachable(to, allow_private=False)
