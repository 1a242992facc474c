"""Requests that no browser sends: answered with a refusal, never with an error of ours."""

from __future__ import annotations

import itertools
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.conftest import DATABASES, fresh_database, service_environment
from tests.fuzz.world import MENTOR, NOBODY, RATER, Target
from tests.security.service import full_service
from tests.support.live_service import LiveService
from tests.web.test_access import FIELDS

_FORM, _PARTS = "application/x-www-form-urlencoded", "multipart/form-data; boundary=a"
ODD_PARTS = (
    "%00", "a%00b", "%ff%fe", "%c0%ae%c0%ae", "%ed%a0%80", "..%2f..%2fetc%2fpasswd", "..", "%2e%2e",
    "a" * 3000, "%0d%0aSet-Cookie:%20a=b", "<script>", "%3Cscript%3E", "'%20OR%201=1", "{{7*7}}",
    "%25%30%30", quote("🧑‍🤝‍🧑" * 50), "%E2%80%AE", "null", "-1", "0", "%20", "%5c", "a;b", "a:b",
)  # fmt: skip


@pytest.fixture(scope="module", params=DATABASES)
def target(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Target]:
    with full_service(request, tmp_path_factory.mktemp("odd"), request.param) as made:
        yield made


def odd_paths(target: Target) -> Iterator[str]:
    """Every address of the service with something odd in place of each of its parts."""
    seen = set()
    for rule in target.app.url_map.iter_rules():
        if not rule.arguments:
            continue
        odd_parts = ODD_PARTS if target.is_sqlite else ODD_PARTS[:5]
        for argument, odd in itertools.product(sorted(rule.arguments), odd_parts):
            values = {
                name: target.world._value(rule, name, next(iter(target.world.rounds)))
                for name in rule.arguments
            }
            with target.app.test_request_context():
                marked = values | {argument: "MARK"}
                path = "".join(
                    str(marked[part[1]]) if part[0] else part[1] for part in parts_of(rule.rule)
                )
            path = path.replace("MARK", odd)
            if path not in seen:
                seen.add(path)
                yield path


def parts_of(rule: str) -> Iterator[tuple[bool, str]]:
    """The fixed and the variable parts of a rule such as "/rounds/<uuid:round_id>/close"."""
    while rule:
        fixed, opened, rest = rule.partition("<")
        yield False, fixed
        if not opened:
            return
        variable, _, rule = rest.partition(">")
        yield True, variable.rpartition(":")[2]


def test_odd_addresses_lead_nowhere(target: Target) -> None:
    before = target.stored()
    asked = 0
    client = target.client(MENTOR)
    for path in odd_paths(target):
        for method in ("GET", "POST"):
            data = {**FIELDS, "csrf_token": target.csrf[MENTOR]} if method == "POST" else None
            answer = client.open(path, method=method, data=data, follow_redirects=False)
            assert answer.status_code < 500, f"{method} {path[:200]}"
            assert "root:" not in answer.text
            assert "a=b" not in str(answer.headers.getlist("Set-Cookie"))
            asked += 1
    assert asked > 400
    after = target.stored()
    for asks in ("sign_in_requests", "rater_requests"):
        del before[asks], after[asks]
    assert after == before


@pytest.mark.parametrize("role", [NOBODY, RATER, MENTOR])
def test_odd_queries_change_no_page(target: Target, role: str) -> None:
    for page in target.pages[:: 1 if role == NOBODY else 4]:
        plain = target.client(role).get(page)
        for odd in (
            "group=%00&language=%ff",
            "language=" + "x" * 3000,
            "a=1&" * 500,
            "&;=%",
            "%00",
        ):
            answer = target.client(role).get(f"{page}?{odd}")
            assert answer.status_code == plain.status_code or answer.status_code in (400, 404), page


def test_odd_cookies_are_no_cookies(target: Target) -> None:
    for value in ("\x00", "a" * 5000, "ÿ", '"', ";;==", "e30.YQ.YQ", ".eJw.YQ.YQ", "{}", "null"):
        for name in ("session", "rater-x", "__Host-session"):
            client = target.app.test_client()
            raw = f"{name}={value}".encode().decode("latin-1")
            answer = client.get("/", headers={"Cookie": raw.replace("\x00", "%00")})
            assert answer.status_code == 302
            assert client.get("/feedback/x", headers={"Cookie": raw}).status_code == 410


@pytest.mark.parametrize("role", [NOBODY, RATER, MENTOR])
def test_bodies_that_are_no_form(target: Target, role: str) -> None:
    """Another type, many fields, long names, broken parts: refused, and never an error of ours."""
    token = target.csrf[role]
    part, end = b"--a\r\nContent-Disposition: form-data", b"\r\n--a--\r\n"
    many = "&".join(f"f{number}=1" for number in range(20_000))
    long_name = b"csrf_token=" + token.encode() + b"&" + b"n" * 900_000 + b"=1"
    bodies = [
        (b"{}", "application/json"),
        (b"[" * 50_000, "application/json"),
        (b"<a/>", "application/xml"),
        (b"\xff\xfe\x00", "text/plain"),
        (b"", "multipart/form-data"),
        (b"", "multipart/form-data; boundary="),
        (b"--a\r\n\r\n", _PARTS),
        (part + b"\r\n\r\nx" + end, _PARTS),
        (part + b'; name="' + b"x" * 70_000, _PARTS),
        (part + b'; name="\xff"; filename="\x00"\r\n\r\nx' + end, _PARTS),
        ((part + b"; name=x\r\n\r\ny\r\n") * 5000 + b"--a--", _PARTS),
        (many.encode(), _FORM),
        (b"%" * 1000, _FORM),
        (b"x" * 2_000_000, _FORM),
        (long_name, _FORM + "; charset=utf-7"),
    ]
    forms = sorted(target.forms[role])
    for path in forms[:: 1 + len(forms) // 8]:
        for body, content_type in bodies:
            answer = target.client(role).post(path, data=body, content_type=content_type)
            what = f"{content_type[:60]} to {path}"
            assert answer.status_code < 500, what
            if token.encode() not in body:
                assert answer.status_code in (400, 413), what
    target.restore()


@pytest.fixture(scope="module")
def live(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveService]:
    folder = tmp_path_factory.mktemp("live")
    environment = service_environment(fresh_database("sqlite", request, folder), folder)
    service = LiveService(environment | {"MAIL_SERVER": "127.0.0.1"}, Path(folder))
    service.start()
    yield service
    service.stop()


def answer_to(live: LiveService, raw: bytes) -> bytes:
    """What the web server answers to these bytes."""
    with socket.create_connection(("127.0.0.1", live.port), timeout=30) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while part := connection.recv(65536):
            received += part
        return received


_POST = b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /" + b"a" * 10_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: a\r\n" * 1000 + b"\r\n",
        _POST + b"Content-Length: -1\r\n\r\n",
        _POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        _POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked"
        b"\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n",
        _POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nA b: c\r\n\r\n",
    ],
)  # fmt: skip
def test_what_is_hardly_http_is_refused_by_the_web_server(live: LiveService, raw: bytes) -> None:
    """And two servers in a row cannot be made to disagree where a request ends."""
    answer = answer_to(live, raw)
    assert answer == b"" or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 501")), answer[:200]
    assert b"Traceback" not in answer
    assert len(re.findall(rb"^HTTP/1\.\d \d", answer, re.MULTILINE)) <= 1
    served = b"GET /privacy-notice HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert answer_to(live, served).startswith(b"HTTP/1.1 200")


def test_the_web_server_does_not_say_what_it_is(live: LiveService) -> None:
    asked = b"GET /privacy-notice HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    head = answer_to(live, asked).partition(b"\r\n\r\n")[0].lower()
    assert b"python" not in head
    assert b"werkzeug" not in head
    assert not [part for part in head.split(b"\r\n") if part.startswith(b"server: gunicorn/")]
