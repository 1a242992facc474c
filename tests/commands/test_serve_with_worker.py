"""`serve --with-worker`: whoever ends it ends web server and worker; with real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.support.live_service import ROOT
from tests.support.ports import free_port

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="processes are found through Linux's /proc"
)


class Family:
    """A process and all that descend from it, known by a mark in their surroundings."""

    def __init__(self, surroundings: dict[str, str], log: Path) -> None:
        self._mark = f"FAMILY={uuid.uuid4()}"
        name, _, value = self._mark.partition("=")
        self.surroundings = {**os.environ, **surroundings, name: value}
        self._log = log
        self._first: subprocess.Popen[bytes] | None = None

    def start(self, *command: str | Path) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as stream:
            self._first = subprocess.Popen(
                command, cwd=ROOT, env=self.surroundings, stdout=stream, stderr=stream
            )
        return self._first

    def members(self) -> dict[int, str]:
        """The process ids of those alive, with their command lines."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if self._mark.encode() in (folder / "environ").read_bytes().split(b"\0"):
                    line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    if line:
                        found[int(folder.name)] = line
            except (OSError, UnicodeDecodeError):
                continue
        return found

    def printed(self) -> str:
        return self._log.read_text()

    def end(self) -> None:
        for number in self.members():
            try:
                os.kill(number, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if self._first is not None:
            self._first.wait()


@pytest.fixture
def family(tmp_path: Path) -> Iterator[Family]:
    port = free_port()
    made = Family(
        {
            "INSTANCE_FOLDER": str(tmp_path / "instance"),
            "BIND": f"127.0.0.1:{port}",
            "BASE_URL": f"http://127.0.0.1:{port}",
            "WEB_PROCESSES": "2",
        },
        tmp_path / "log",
    )
    yield made
    made.end()


def wait_for(what: Callable[[], object], seconds: float, family: Family) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, (family.members(), family.printed())
        time.sleep(0.05)


def served(address: str) -> bool:
    try:
        return requests.get(f"{address}/healthz", timeout=30).ok
    except requests.ConnectionError:
        return False


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_the_parent_ends_all(
    family: Family, number: signal.Signals, tmp_path: Path
) -> None:
    family.start(sys.executable, "-m", "survey", "setup").wait(timeout=120)
    parent = family.start(sys.executable, "-m", "survey", "serve", "--with-worker")
    beats = tmp_path / "instance" / "worker.heartbeat"
    wait_for(lambda: served(family.surroundings["BASE_URL"]) and beats.exists(), 90, family)
    # The parent, gunicorn with two processes, and the worker.
    assert len(family.members()) >= 5
    parent.send_signal(number)
    assert parent.wait(timeout=60) == 128 + number
    assert family.members() == {}


# Runs the commands that are given as Python, each in a process of its own.
RUN = """
import sys
from survey.commands.side_by_side import run_side_by_side
sys.exit(run_side_by_side([[sys.executable, "-c", code] for code in sys.argv[1:]], grace=1))
"""
SLEEP = "import time; time.sleep(60)"
# Takes no hint, and has a child that takes none either.
STUBBORN = textwrap.dedent("""
    import signal, subprocess, sys, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    time.sleep(60)
""")


@pytest.mark.parametrize(("code", "told"), [(0, 0), (7, 7), (-9, 137)])
def test_when_one_ends_so_does_the_other(family: Family, code: int, told: int) -> None:
    ends = f"import os, sys; sys.exit({code}) if {code} >= 0 else os.kill(os.getpid(), 9)"
    parent = family.start(sys.executable, "-c", RUN, SLEEP, ends)
    assert parent.wait(timeout=30) == told
    assert family.members() == {}


def test_who_takes_no_hint_is_killed_with_all_it_started(family: Family) -> None:
    parent = family.start(sys.executable, "-c", RUN, STUBBORN, SLEEP)
    wait_for(lambda: len(family.members()) == 4, 30, family)
    # The stubborn one is ready to be stubborn once it has a child.
    parent.send_signal(signal.SIGTERM)
    assert parent.wait(timeout=30) == 128 + signal.SIGTERM
    wait_for(lambda: family.members() == {}, 5, family)


def test_a_signal_right_at_the_start_leaves_nobody_behind(family: Family) -> None:
    for pause in (0.2, 0.25, 0.3, 0.35, 0.4, 0.5):
        parent = family.start(sys.executable, "-c", RUN, SLEEP, SLEEP)
        time.sleep(pause)
        parent.send_signal(signal.SIGHUP)
        parent.wait(timeout=30)
        assert family.members() == {}


def test_started_to_outlive_its_terminal_it_does(family: Family) -> None:
    parent = family.start("nohup", sys.executable, "-c", RUN, SLEEP, SLEEP)
    wait_for(lambda: len(family.members()) == 3, 30, family)
    time.sleep(0.5)
    parent.send_signal(signal.SIGHUP)
    time.sleep(0.5)
    assert len(family.members()) == 3
    parent.send_signal(signal.SIGTERM)
    assert parent.wait(timeout=30) == 128 + signal.SIGTERM
    assert family.members() == {}
