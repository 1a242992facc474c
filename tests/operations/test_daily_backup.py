"""The script behind the daily backup: whole backups only, and old ones go."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import fresh_database, service_environment
from tests.support.live_service import ROOT

SCRIPT = ROOT / "deploy" / "systemd" / "daily-backup"


def run(folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(SCRIPT), str(folder), "14"],
        env={**os.environ, **environment, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_backup_of_the_day_is_made_and_old_ones_go(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    environment = service_environment(fresh_database("sqlite", request, tmp_path), tmp_path)
    folder = tmp_path / "backups"
    for name, days in (("2020-01-01-023000", 400), ("2020-02-01-023000", 3), ("mine", 400)):
        (folder / name).mkdir(parents=True)
        moment = time.time() - days * 86_400
        os.utime(folder / name, (moment, moment))
    done = run(folder, environment)
    assert done.returncode == 0, done.stderr
    names = sorted(path.name for path in folder.iterdir())
    assert names[0] == "2020-02-01-023000"
    assert names[-1] == "mine"
    (new,) = names[1:-1]
    assert sorted(path.name for path in (folder / new).iterdir()) == [
        "database.backup",
        "manifest.json",
    ]
    assert (folder / new).stat().st_mode & 0o077 == 0


def test_without_a_new_backup_no_old_one_goes(tmp_path: Path) -> None:
    environment = service_environment(f"sqlite:///{tmp_path / 'nothing.db'}", tmp_path)
    folder = tmp_path / "backups"
    old = folder / "2020-01-01-023000"
    old.mkdir(parents=True)
    os.utime(old, (0, 0))
    done = run(folder, environment)
    assert done.returncode != 0
    assert old.exists()
    assert [path.name for path in folder.iterdir() if "unfinished" not in path.name] == [old.name]
