"""Servers as processes of their own, and what they use up: CPU time and memory."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def gunicorn(
    application: str, environment: Mapping[str, str], *, ready: str
) -> Iterator[tuple[int, int]]:
    """Serve an application as it is served in earnest; gives its port and the master's process."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", application]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **environment, "BIND": f"127.0.0.1:{port}", "LOG_LEVEL": "error"},
    )
    try:
        for _ in range(600):
            if process.poll() is not None:
                raise SystemExit(f"{application} does not start")
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}{ready}", timeout=10).close()
                break
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def children(process: int) -> list[int]:
    """The processes that this one has started and that still run."""
    tasks = Path(f"/proc/{process}/task")
    try:
        return [
            int(child)
            for task in tasks.iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:
        return []


def family(process: int) -> list[int]:
    """A process and everything below it."""
    return [process, *(below for child in children(process) for below in family(child))]


def cpu_seconds(process: int) -> float:
    """The CPU time of a process and of all below it, also of those that have ended."""
    total = 0.0
    for member in family(process):
        try:
            fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(int(ticks) for ticks in fields[11:15]) / _TICKS
    return total


def memory_mib(process: int) -> dict[str, float]:
    """Resident and proportional memory of one process, in MiB."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    sizes = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines[1:] if ":" in line}
    return {"rss": sizes["Rss"], "pss": sizes["Pss"], "own": sizes["Private_Dirty"]}
