"""A real file system of a few megabytes that a test may fill, or make read-only."""

from __future__ import annotations

import errno
import subprocess
from pathlib import Path

import pytest


class SmallDisk:
    """A tmpfs mounted for one test. Needs root; `mounted` skips the test where there is none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def mounted(cls, folder: Path, *, owner: str | None = None) -> SmallDisk:
        """Mount one at this folder."""
        folder.mkdir(parents=True, exist_ok=True)
        options = "size=6m,mode=755" + (f",uid={owner}" if owner else "")
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            pytest.skip(f"a file system cannot be mounted here: {done.stderr.strip()}")
        return cls(folder)

    def fill(self) -> None:
        """Leave not one byte free."""
        with (self.folder / "filler").open("wb", buffering=0) as filler:
            for size in (65536, 4096, 1):
                try:
                    while True:
                        assert filler.write(b"x" * size)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise

    def make_room(self) -> None:
        """Undo `fill`."""
        (self.folder / "filler").unlink()

    def make_read_only(self) -> None:
        """Let nobody write. No file may be open for writing."""
        self._remount("ro")

    def make_writable(self) -> None:
        """Undo `make_read_only`."""
        self._remount("rw")

    def unmount(self) -> None:
        """Take it away, whatever still looks at it."""
        subprocess.run(["umount", "-l", str(self.folder)], check=True)

    def _remount(self, mode: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{mode}", str(self.folder)], check=True)
