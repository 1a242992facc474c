"""The service as a package: a wheel that is built, installed and used without the checkout."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import sysconfig
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.support.live_service import ROOT
from tests.support.ports import free_port

# What lies at the top of the checkout and is read by the running service.
READ_BY_THE_SERVICE = ("templates", "competency_frameworks", "question_sets", "retention.yaml")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as `pip wheel .` builds it, without asking a registry for the builder."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (made,) = folder.glob("*.whl")
    return made


class Installation:
    """The wheel in a virtual environment, a home folder, and a current folder full of traps."""

    def __init__(self, folder: Path) -> None:
        self.environment = folder / "venv"
        self.home = folder / "home"
        self.here = folder / "here"
        self.command = self.environment / "bin" / "mentoring-feedback"
        self.port = free_port()
        self.surroundings = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "BIND": f"127.0.0.1:{self.port}",
            "BASE_URL": f"http://127.0.0.1:{self.port}",
            "WEB_PROCESSES": "1",
        }

    def run(self, *arguments: str) -> str:
        """Run the command and return what it prints."""
        done = subprocess.run(
            [self.command, *arguments],
            cwd=self.here,
            env=self.surroundings,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def serving(self, *arguments: str) -> Iterator[str]:
        """Serve until the block ends; gives the address."""
        log = self.here / "service.log"
        with log.open("wb") as stream:
            process = subprocess.Popen(
                [self.command, "serve", *arguments],
                cwd=self.here,
                env=self.surroundings,
                stdout=stream,
                stderr=stream,
            )
        address = self.surroundings["BASE_URL"]
        try:
            deadline = time.monotonic() + 90
            while not _answers(address):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.1)
            yield address
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


def _answers(address: str) -> bool:
    try:
        return requests.get(f"{address}/healthz", timeout=30).ok
    except requests.ConnectionError:
        return False


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The wheel alone in a fresh environment; the libraries are those of the tests."""
    made = Installation(tmp_path_factory.mktemp("installed"))
    for folder in (made.home, made.here):
        folder.mkdir()
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", made.environment], check=True, timeout=120
    )
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--python", made.environment / "bin" / "python"),
            *("install", "-q", "--no-deps", "--no-index", wheel),
        ],
        check=True,
        timeout=120,
    )
    (site_packages,) = made.environment.glob("lib/python*/site-packages")
    (site_packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    # Others have modules of these names, and the service may be started beside them.
    for name in ("config", "survey", "wsgi"):
        (made.here / f"{name}.py").write_text("raise SystemExit('not this one')\n")
    return made


def test_the_wheel_holds_what_the_service_reads_and_no_generic_name(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    tops = {name.partition("/")[0] for name in names}
    assert len(tops) == 2
    assert "survey" in tops
    assert any(re.fullmatch(r"mentoring_feedback-[0-9.]+\.dist-info", top) for top in tops)
    for place in READ_BY_THE_SERVICE:
        there = ROOT / place
        for file in [there] if there.is_file() else there.rglob("*"):
            if file.is_file():
                assert f"survey/_bundled/{file.relative_to(ROOT)}" in names
    for file in ("py.typed", "web/static/style.css", "storage/migrations/script.py.mako"):
        assert f"survey/{file}" in names
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def test_a_framework_of_ones_own_is_checked(installed: Installation) -> None:
    file = ROOT / "competency_frameworks" / "leadership.yaml"
    assert "fine (leadership" in installed.run("frameworks", "check", str(file))


def test_the_demo_is_filled_and_served(installed: Installation) -> None:
    printed = installed.run("demo")
    # Not among the installed packages, and not wherever one happens to be.
    instance = installed.home / ".local" / "share" / "mentoring-feedback"
    assert (instance / "master.key").is_file()
    assert not list(installed.here.glob("*.key"))
    assert "leadership" in installed.run("frameworks", "list")
    report = re.search(r"/reports/[0-9a-f-]{36}", printed)
    links = re.findall(r"/sign-in/\S+", printed)
    assert report is not None
    with installed.serving() as address, requests.Session() as visitor:
        assert visitor.get(f"{address}/static/style.css", timeout=30).ok
        page = visitor.get(f"{address}{links[0].strip()}", timeout=30)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
        if token is not None:
            # Whoever follows the link confirms it by a button: programs that look at links do not.
            visitor.post(page.url, data={"csrf_token": token[1]}, timeout=30)
        shown = visitor.get(f"{address}{report[0]}", timeout=60)
        assert shown.ok
        assert "What changed" in shown.text
    # Drawing and typesetting are processes of their own, started from the installed package.
    pdf = installed.here / "report.pdf"
    number = report[0].removeprefix("/reports/")
    installed.run("round", "report", number, "--format", "pdf", "--output", str(pdf))
    assert pdf.read_bytes().startswith(b"%PDF")


def test_one_command_serves_and_delivers(installed: Installation) -> None:
    installed.run("setup")
    beats = installed.home / ".local" / "share" / "mentoring-feedback" / "worker.heartbeat"
    beats.unlink(missing_ok=True)
    with installed.serving("--with-worker") as address:
        assert requests.get(f"{address}/sign-in", timeout=30).ok
        deadline = time.monotonic() + 60
        while not beats.exists():
            assert time.monotonic() < deadline, "no worker is at work"
            time.sleep(0.1)


def test_what_to_do_names_the_installed_command(installed: Installation) -> None:
    done = subprocess.run(
        [installed.command, "serve"],
        cwd=installed.here,
        env=installed.surroundings | {"INSTANCE_FOLDER": str(installed.here / "empty")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "Run `mentoring-feedback setup`" in done.stderr
