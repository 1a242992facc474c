"""A real Redis, where there is one on this machine."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import redis

from tests.support.ports import free_port

PROGRAM = shutil.which("redis-server")


class RedisServer:
    """A server on loopback that keeps nothing on disk; it can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self.address = f"redis://127.0.0.1:{self._port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it answers."""
        assert PROGRAM is not None
        self._process = subprocess.Popen(
            [
                *(PROGRAM, "--port", str(self._port), "--bind", "127.0.0.1"),
                *("--save", "", "--dir", str(self._folder)),
            ],
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 30
        with redis.Redis(port=self._port) as client:
            while True:
                try:
                    client.ping()
                    return
                except redis.ConnectionError:
                    assert time.monotonic() < deadline
                    time.sleep(0.05)

    def stop(self) -> None:
        """Stop and wait for the end."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=20)
            self._process = None
