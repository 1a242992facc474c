"""The proxies' files, run for real in front of the service: they pass on, limit, note nothing.

Where it matters what a machine behind them gets to see, a few lines stand in for the service.
"""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import fresh_database, service_environment
from tests.support.live_service import ROOT, LiveService
from tests.support.ports import free_port

DEPLOY = ROOT / "deploy"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
CADDY = shutil.which("caddy")
TOKEN = "WyJhIiwxLCIyMDI3LTA1LTIzIl0.a-token-as-long-as-the-real-ones-are"
_CONTEXT = ssl.create_default_context()
_CONTEXT.check_hostname, _CONTEXT.verify_mode = False, ssl.CERT_NONE


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: object) -> None:
        return None


def ask(port: int, path: str, data: bytes | None = None, scheme: str = "https") -> tuple[int, str]:
    """Status and, for a redirect, where to; otherwise the text."""
    opener = urllib.request.build_opener(
        _NoRedirect(), urllib.request.HTTPSHandler(context=_CONTEXT)
    )
    request = urllib.request.Request(
        f"{scheme}://127.0.0.1:{port}{path}", data, {"Host": "feedback.example.org"}
    )
    try:
        with opener.open(request, timeout=60) as answer:
            return answer.status, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get("Location") or error.read().decode(errors="replace")


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, log.read_text()
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def written(folder: Path) -> str:
    """All that the proxy wrote into any file."""
    return "\n".join(
        path.read_text(errors="replace")
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith((".pem", ".conf", ".inc", "Caddyfile"))
    )


@contextmanager
def running(command: list[str], port: int, folder: Path, **environ: str) -> Iterator[None]:
    log = folder / "printed.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=output,
            env={"PATH": "/usr/bin:/bin", "HOME": str(folder), **environ},
        )
    try:
        wait_for(port, process, log)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture
def live(request: pytest.FixtureRequest, tmp_path: Path) -> LiveService:
    """The service; the test starts and stops it."""
    environment = service_environment(fresh_database("sqlite", request, tmp_path), tmp_path)
    return LiveService(
        environment | {"TRUSTED_PROXIES": "1", "ALLOWED_HOSTS": "feedback.example.org"}, tmp_path
    )


@dataclass
class Machine:
    """One behind the proxy, which notes what it was sent and answers with its name, or hangs up."""

    name: str
    hangs_up: bool = False
    connections: int = 0
    requests: list[str] = field(default_factory=list)

    @contextmanager
    def listening(self) -> Iterator[int]:
        """Takes connections; yields the port."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=self._serve, args=(listener,), daemon=True)
            thread.start()
            yield listener.getsockname()[1]
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=30)

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            with connection:
                connection.settimeout(30)
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        received = b""
        while not whole(received):
            part = connection.recv(65_536)
            if not part:
                return
            received += part
        self.requests.append(received.split(b" HTTP/")[0].decode())
        if not self.hangs_up:
            body = self.name.encode()
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
                % (len(body), body)
            )


def whole(request: bytes) -> bool:
    """Whether head and body have come."""
    head, end, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    return bool(end) and len(body) >= (int(length[1]) if length else 0)


def nginx_before(folder: Path, *machines: int) -> tuple[list[str], int, int]:
    """The files as they are delivered, but for places and ports: command, https, http."""
    folder.mkdir()
    https, http = free_port(), free_port()
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=feedback.example.org"),
            *("-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")),
        ],
        check=True,
        capture_output=True,
    )
    servers = " ".join(f"server 127.0.0.1:{port};" for port in machines)
    for name in ("mentoring-feedback.conf", "mentoring-feedback-proxy.inc"):
        text = (DEPLOY / "nginx" / name).read_text()
        for pattern, value in (
            (r"server 127\.0\.0\.1:8000;", servers),
            (r"listen 443 ssl", f"listen 127.0.0.1:{https} ssl"),
            (r"listen 80;", f"listen 127.0.0.1:{http};"),
            (r"/etc/letsencrypt/\S+/fullchain\.pem", str(folder / "certificate.pem")),
            (r"/etc/letsencrypt/\S+/privkey\.pem", str(folder / "key.pem")),
            (r"/etc/nginx/", f"{folder}/"),
            (r"/var/log/nginx/", f"{folder}/"),
        ):
            text = re.sub(pattern, value, text)
        (folder / name).write_text(text)
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log {folder}/main.log warn;\n"
        "worker_processes 1;\n"
        + ("user root;\n" if Path("/root").owner() == "root" else "")
        + "events {}\n"
        "http {\n"
        f"  access_log {folder}/access.log;\n"  # Debian's default; the file switches it off
        + "".join(
            f"  {kind}_temp_path {folder}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        + f"  include {folder}/mentoring-feedback.conf;\n}}\n"
    )
    command = [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    tested = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stderr
    return command, https, http


@pytest.mark.skipif(NGINX is None, reason="nginx is not here")
def test_nginx_passes_on_limits_and_notes_nothing(live: LiveService, tmp_path: Path) -> None:
    folder = tmp_path / "nginx"
    command, https, http = nginx_before(folder, live.port)
    live.start()
    with running(command, https, folder):
        status, page = ask(https, "/sign-in")
        assert (status, "csrf_token" in page) == (200, True)
        assert ask(https, f"/r/{TOKEN}")[0] in (302, 404, 410)
        assert [ask(https, path)[0] for path in ("/healthz", "/readyz")] == [404, 404]
        # Without https a link is not sent on.
        status, place = ask(http, f"/r/{TOKEN}", scheme="http")
        assert (status, place) == (301, "https://feedback.example.org/")
        # As large as the service takes, and no larger.
        assert ask(https, f"/feedback/{TOKEN}", b"x" * 4_000_000)[0] == 413
        assert ask(https, f"/feedback/{TOKEN}", b"c=" + b"x" * 2_000_000)[0] in (400, 404, 413)
        # Raters are held up late, and people who guess at signing in early.
        assert {ask(https, f"/r/{TOKEN}")[0] for _ in range(60)} & {429} == set()
        assert 429 in {ask(https, "/sign-in")[0] for _ in range(60)}
        live.stop()
        assert ask(https, f"/r/{TOKEN}")[0] == 502
    assert TOKEN not in written(folder)
    assert "/r/" not in written(folder)
    assert "/sign-in" not in written(folder)
    # And no body was put into a file.
    assert [path for path in (folder / "client_body").rglob("*") if path.is_file()] == []


@pytest.mark.skipif(NGINX is None, reason="nginx is not here")
def test_with_nginx_one_of_two_machines_may_be_away(tmp_path: Path) -> None:
    here, folder = Machine("here"), tmp_path / "nginx"
    with here.listening() as port:
        command, https, _ = nginx_before(folder, free_port(), port)
        with running(command, https, folder):
            pages = [ask(https, "/anonymity") for _ in range(4)]
            # Nothing of a form was sent to the one that is away, so it may go to the other.
            forms = [ask(https, f"/feedback/{TOKEN}", b"a=1") for _ in range(4)]
    assert pages + forms == [(200, "here")] * 8
    assert here.requests == ["GET /anonymity"] * 4 + [f"POST /feedback/{TOKEN}"] * 4


@pytest.mark.skipif(NGINX is None, reason="nginx is not here")
def test_nginx_sends_no_form_twice(tmp_path: Path) -> None:
    folder = tmp_path / "nginx"
    first, second = Machine("first", hangs_up=True), Machine("second", hangs_up=True)
    with first.listening() as one, second.listening() as other:
        command, https, _ = nginx_before(folder, one, other)
        with running(command, https, folder):
            assert ask(https, f"/feedback/{TOKEN}", b"a=1")[0] == 502
    assert first.requests + second.requests == [f"POST /feedback/{TOKEN}"]


@pytest.mark.skipif(CADDY is None, reason="caddy is not here")
def test_caddy_waits_for_the_whole_request(tmp_path: Path) -> None:
    folder, port, machine = tmp_path / "caddy", free_port(), Machine("here")
    folder.mkdir()
    with (
        machine.listening() as behind,
        running(
            caddy_command(),
            port,
            folder,
            SITE_ADDRESS=f"http://127.0.0.1:{port}",
            UPSTREAM=f"127.0.0.1:{behind}",
        ),
        socket.create_connection(("127.0.0.1", port), timeout=30) as sender,
    ):
        head = f"POST /feedback/{TOKEN} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 6\r\n"
        sender.sendall(head.encode() + b"\r\nabc")
        time.sleep(1)
        assert machine.connections == 0
        sender.sendall(b"def")
        assert sender.recv(65_536).startswith(b"HTTP/1.1 200 ")
    assert machine.requests == [f"POST /feedback/{TOKEN}"]


def caddy_command() -> list[str]:
    """Caddy with the file as it is delivered."""
    file = str(DEPLOY / "caddy" / "Caddyfile")
    return [str(CADDY), "run", "--config", file, "--adapter", "caddyfile"]


@pytest.mark.skipif(CADDY is None, reason="caddy is not here")
def test_caddy_passes_on_limits_and_notes_nothing(live: LiveService, tmp_path: Path) -> None:
    folder = tmp_path / "caddy"
    folder.mkdir()
    port = free_port()
    live.start()
    with running(
        caddy_command(),
        port,
        folder,
        SITE_ADDRESS=f"http://127.0.0.1:{port}, http://feedback.example.org:{port}",
        UPSTREAM=f"127.0.0.1:{live.port}",
    ):
        status, page = ask(port, "/sign-in", scheme="http")
        assert (status, "csrf_token" in page) == (200, True)
        assert [ask(port, path, scheme="http")[0] for path in ("/healthz", "/readyz")] == [404] * 2
        # Caddy hangs up while the rest is still being sent; some clients see that, not the answer.
        with suppress(ConnectionError, urllib.error.URLError):
            status, _ = ask(port, f"/feedback/{TOKEN}", b"x" * 4_000_000, scheme="http")
            assert status in (413, 502)
        live.stop()
        assert ask(port, f"/r/{TOKEN}", scheme="http")[0] == 502
    assert TOKEN not in written(folder)
