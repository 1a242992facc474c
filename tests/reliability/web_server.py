"""The web server as one group of processes that can be killed as a whole, without warning."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import requests

from tests.support.live_service import ROOT
from tests.support.ports import free_port


class WebServer:
    """gunicorn with two worker processes, in a process group of its own."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.log_file = folder / "web.log"
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("MAIL_", "DATABASE_"))},
            **environment,
            "BASE_URL": self.base_url,
            "BIND": f"127.0.0.1:{self.port}",
            "WEB_PROCESSES": "2",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until pages are served."""
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "wsgi:app"],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                if requests.get(f"{self.base_url}/anonymity", timeout=30).ok:
                    return
            except requests.RequestException:
                time.sleep(0.02)
        raise AssertionError(f"no page is served:\n{self.log_file.read_text()}")

    def kill(self) -> None:
        """SIGKILL to master and workers at once: nobody gets to tidy up."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._wait_for_the_end_of_all()

    def stop(self) -> None:
        """End it after a test, whatever state it is in."""
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def _wait_for_the_end_of_all(self) -> None:
        """Workers are no children of ours; wait until none of the group is left."""
        assert self._process is not None
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                os.killpg(self._process.pid, 0)
            except ProcessLookupError:
                return
            time.sleep(0.01)
        raise AssertionError("processes of the web server are left")
