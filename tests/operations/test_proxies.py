"""The proxies' files, run for real in front of the service: they pass on, limit, note nothing."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
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


@pytest.mark.skipif(NGINX is None, reason="nginx is not here")
def test_nginx_passes_on_limits_and_notes_nothing(live: LiveService, tmp_path: Path) -> None:
    folder = tmp_path / "nginx"
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
    # The files as they are delivered, but for places and ports.
    for name in ("mentoring-feedback.conf", "mentoring-feedback-proxy.inc"):
        text = (DEPLOY / "nginx" / name).read_text()
        for pattern, value in (
            (r"server 127\.0\.0\.1:8000;", f"server 127.0.0.1:{live.port};"),
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


@pytest.mark.skipif(CADDY is None, reason="caddy is not here")
def test_caddy_passes_on_limits_and_notes_nothing(live: LiveService, tmp_path: Path) -> None:
    folder = tmp_path / "caddy"
    folder.mkdir()
    port = free_port()
    live.start()
    with running(
        [
            str(CADDY),
            "run",
            "--config",
            str(DEPLOY / "caddy" / "Caddyfile"),
            "--adapter",
            "caddyfile",
        ],
        port,
        folder,
        SITE_ADDRESS=f"http://127.0.0.1:{port}, http://feedback.example.org:{port}",
        UPSTREAM=f"127.0.0.1:{live.port}",
    ):
        status, page = ask(port, "/sign-in", scheme="http")
        assert (status, "csrf_token" in page) == (200, True)
        assert [ask(port, path, scheme="http")[0] for path in ("/healthz", "/readyz")] == [404] * 2
        assert ask(port, f"/feedback/{TOKEN}", b"x" * 4_000_000, scheme="http")[0] in (413, 502)
        live.stop()
        assert ask(port, f"/r/{TOKEN}", scheme="http")[0] == 502
    assert TOKEN not in written(folder)
