"""One request, to a real server: what it is sent, and what it cannot do to us."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from survey.webhooks.destinations import Destination, destination
from survey.webhooks.errors import GoneError, NotDeliveredError
from survey.webhooks.posting import MOST_READ, post
from tests.support.ports import free_port
from tests.support.tls_front import TlsFront
from tests.webhooks.receiving import Receiving, answering, receiving

TRUST = ssl.create_default_context()


@pytest.fixture
def there() -> Iterator[Receiving]:
    with receiving() as made:
        yield made


def send(address: str, *, trust: ssl.SSLContext = TRUST, seconds: float = 5.0) -> None:
    to = destination(address, allow_private=True)
    post(to, {"webhook-id": "1"}, b"{}", allow_private=True, trust=trust, seconds=seconds)


def on(port: int) -> str:
    return f"http://127.0.0.1:{port}/"


def test_what_is_sent(there: Receiving) -> None:
    send(there.address)
    (got,) = there.got
    assert got.path == "/hook?key=in-the-path"
    assert got.body == b"{}"
    assert got.headers == {
        "host": f"127.0.0.1:{there.port}",
        "content-type": "application/json",
        "content-length": "2",
        "user-agent": "Mentoring-Feedback",
        "accept": "*/*",
        "connection": "close",
        "webhook-id": "1",
    }


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_what_counts_as_taken(there: Receiving, status: int) -> None:
    there.status = status
    send(there.address)


@pytest.mark.parametrize("status", [300, 400, 401, 404, 429, 500, 503])
def test_what_does_not(there: Receiving, status: int) -> None:
    there.status = status
    with pytest.raises(NotDeliveredError, match=str(status)):
        send(there.address)


def test_a_receiver_that_is_gone_is_told_apart(there: Receiving) -> None:
    there.status = 410
    with pytest.raises(GoneError):
        send(there.address)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(there: Receiving, status: int) -> None:
    with receiving() as elsewhere:
        there.status, there.leads_to = status, elsewhere.address
        with pytest.raises(NotDeliveredError, match="not followed"):
            send(there.address)
        assert elsewhere.got == []


def test_nobody_there() -> None:
    with pytest.raises(NotDeliveredError, match="No connection"):
        send(on(free_port()))


def test_loopback_is_not_asked_unless_it_is_allowed(there: Receiving) -> None:
    """Also where the address was kept before the setting was taken back, or its name moved."""
    to = Destination("http", "127.0.0.1", there.port, "/")
    for name in ("127.0.0.1", "localhost", "0", "127.1", "2130706433"):
        with pytest.raises(NotDeliveredError, match="network"):
            post(
                Destination(to.scheme, name, to.port, to.target),
                {},
                b"{}",
                allow_private=False,
                trust=TRUST,
            )
    assert there.got == []


def test_the_connection_goes_to_the_number_that_was_looked_at(
    there: Receiving, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that stands for another number at the second look (rebinding) gets no second look."""
    looked_up = []

    def once(host: str, port: int, *_args: object, **_named: object) -> list[object]:
        if host == "moves.example.org":
            looked_up.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        # What is a number already; anything else would be a second look.
        assert host == "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]

    monkeypatch.setattr(socket, "getaddrinfo", once)
    send(f"http://moves.example.org:{there.port}/")
    assert looked_up == ["moves.example.org"]
    assert there.got[0].headers["host"] == f"moves.example.org:{there.port}"


def drained(connection: socket.socket) -> None:
    """Read the request."""
    connection.settimeout(2)
    while b"{}" not in connection.recv(4096):
        pass


def test_of_a_long_answer_little_is_read() -> None:
    sent = []

    def pour(connection: socket.socket) -> None:
        drained(connection)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        connection.settimeout(5)
        # A status line that never ends.
        line = b"HTTP/1.1 " + b"2" * 1000
        for _ in range(20_000):
            connection.sendall(line)
            sent.append(len(line))

    with answering(pour) as port, pytest.raises(NotDeliveredError, match="HTTP"):
        send(on(port))
    # It found the connection closed long before it was done, but for what lay in buffers.
    assert sum(sent) < 20_000 * 1000
    assert MOST_READ == 1024


def test_who_answers_drop_by_drop_is_left() -> None:
    def drip(connection: socket.socket) -> None:
        drained(connection)
        for letter in b"HTTP/1.1 200 OK\r\n" * 100:
            connection.sendall(bytes([letter]))
            time.sleep(0.3)

    began = time.monotonic()
    with answering(drip) as port, pytest.raises(NotDeliveredError, match="No answer within 1 s"):
        send(on(port), seconds=1.0)
    assert time.monotonic() - began < 3


def test_who_is_silent_is_left() -> None:
    with answering(lambda _: time.sleep(2)) as port:
        began = time.monotonic()
        with pytest.raises(NotDeliveredError, match="No answer"):
            send(on(port), seconds=0.5)
        assert time.monotonic() - began < 1.5
        # Also while shaking hands.
        with pytest.raises(NotDeliveredError, match="No answer"):
            send(f"https://127.0.0.1:{port}/", seconds=0.5)


@pytest.mark.parametrize(
    "said",
    [b"", b"\r\n", b"220 mail.example.org ESMTP\r\n", b"HTTP/2 200\r\n", b"HTTP/1.1 2x0 \r\n"],
)
def test_what_is_no_answer(said: bytes) -> None:
    def say(connection: socket.socket) -> None:
        drained(connection)
        connection.sendall(said)

    with answering(say) as port, pytest.raises(NotDeliveredError, match="HTTP"):
        send(on(port))


def test_an_interim_answer_is_passed_over() -> None:
    def say(connection: socket.socket) -> None:
        drained(connection)
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 2")
        time.sleep(0.1)
        connection.sendall(b"04 No Content\r\n\r\n")

    with answering(say) as port:
        send(on(port))


def front(folder: Path, authority: trustme.CA, behind: int, name: str) -> TlsFront:
    certificate = authority.issue_cert(name)
    key, chain = folder / "key.pem", folder / "chain.pem"
    certificate.private_key_pem.write_to_path(str(key))
    for number, part in enumerate(certificate.cert_chain_pems):
        part.write_to_path(str(chain), append=number > 0)
    return TlsFront(behind, chain, key)


def test_https_with_a_certificate_of_its_name_alone(there: Receiving, tmp_path: Path) -> None:
    authority = trustme.CA()
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    named, other = tmp_path / "named", tmp_path / "other"
    named.mkdir()
    other.mkdir()
    right = front(named, authority, there.port, "localhost")
    wrong = front(other, authority, there.port, "hooks.example.org")
    for server in (right, wrong):
        server.start()
    try:
        send(f"https://localhost:{right.port}/", trust=trust)
        assert len(there.got) == 1
        with pytest.raises(NotDeliveredError, match="certificate is not trusted"):
            send(f"https://localhost:{wrong.port}/", trust=trust)
        # By an authority that nobody knows.
        with pytest.raises(NotDeliveredError, match="certificate is not trusted"):
            send(f"https://localhost:{right.port}/")
        # Something that speaks no TLS at all.
        with pytest.raises(NotDeliveredError, match="encrypted"):
            send(f"https://127.0.0.1:{there.port}/", trust=trust)
        assert len(there.got) == 1
    finally:
        right.stop()
        wrong.stop()
