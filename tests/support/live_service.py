"""The service as its users meet it: gunicorn and the mail worker, each a process of its own."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.support.moved_clock import moved
from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]


class LiveService:
    """Starts and stops web server and worker; runs the command line beside them."""

    def __init__(
        self, environment: dict[str, str], folder: Path, *, clock: Path | None = None
    ) -> None:
        """`clock` is a file with the days by which the clock is moved; `let_pass` writes it."""
        self._clock = clock
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("MAIL_", "DATABASE_"))},
            **environment,
            "BASE_URL": self.base_url,
            "BIND": f"127.0.0.1:{self.port}",
            "WEB_PROCESSES": "2",
        }
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def log_file(self) -> Path:
        """What web server and worker print."""
        return self._folder / "service.log"

    def start(self) -> None:
        """Start both and wait until pages are served."""
        with self.log_file.open("ab") as log:
            for command in (
                ["gunicorn", "--config", "gunicorn.conf.py", "wsgi:app"],
                ["survey", "worker"],
            ):
                self._processes.append(
                    subprocess.Popen(
                        [sys.executable, "-m", *self._moved(command)],
                        cwd=ROOT,
                        env=self.environment,
                        stdout=log,
                        stderr=log,
                    )
                )
        self._wait_until_served()

    def stop(self) -> None:
        """Stop both and wait for their end."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()

    def let_pass(self, days: int) -> None:
        """Move the clock of all processes on."""
        assert self._clock is not None
        passed = int(self._clock.read_text()) if self._clock.exists() else 0
        # In one step: a process may be looking.
        new = self._clock.with_suffix(".new")
        new.write_text(str(passed + days))
        new.replace(self._clock)

    def today(self) -> dt.date:
        """The day it is for the service."""
        now = dt.datetime.now(dt.UTC) if self._clock is None else moved(self._clock)
        return now.date()

    def run(self, *arguments: str, succeeds: bool = True) -> str:
        """Run `python -m survey …` and return what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", *self._moved(["survey", *arguments])],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        output = done.stdout + done.stderr
        assert (done.returncode == 0) is succeeds, output
        return output

    def _moved(self, command: list[str]) -> list[str]:
        if self._clock is None:
            return command
        return ["tests.support.moved_clock", str(self._clock), *command]

    def _wait_until_served(self) -> None:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.base_url}/sign-in", timeout=30):
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        raise AssertionError(f"the service does not answer:\n{self.log_file.read_text()}")
