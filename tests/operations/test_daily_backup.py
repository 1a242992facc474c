"""The script behind the daily backups: whole backups only, and old ones go."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import fresh_database, service_environment
from tests.support.live_service import ROOT, LiveService

SCRIPT = ROOT / "deploy" / "systemd" / "daily-backup"


def run(
    folder: Path, environment: dict[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(SCRIPT), str(folder), *(arguments or ("14",))],
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


def test_no_backup_gets_older_than_it_is_said(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    environment = service_environment(fresh_database("sqlite", request, tmp_path), tmp_path)
    folder = tmp_path / "backups"
    # The one of thirteen days ago will be fourteen days old at the next run, and goes then.
    for days in (12, 13, 14, 15):
        old = folder / f"2020-01-{days}-023000"
        old.mkdir(parents=True)
        # Each run begins at a slightly different time.
        moment = time.time() - days * 86_400 + 1800
        os.utime(old, (moment, moment))
    assert run(folder, environment).returncode == 0
    left = {path.name for path in folder.iterdir() if path.name.startswith("2020")}
    assert left == {"2020-01-12-023000", "2020-01-13-023000"}


def test_the_keys_are_backed_up_and_old_backups_of_them_go(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    environment = service_environment(fresh_database("sqlite", request, tmp_path), tmp_path)
    LiveService(environment, tmp_path).run("setup")
    folder = tmp_path / "key-backups"
    folder.mkdir()
    for days in (2, 3, 30):
        old = folder / f"2020-01-{days:02}-031500"
        old.write_bytes(b"keys")
        moment = time.time() - days * 86_400
        os.utime(old, (moment, moment))
    done = run(folder, environment, "3", "backup-keys")
    assert done.returncode == 0, done.stderr
    names = sorted(path.name for path in folder.iterdir())
    assert names[0] == "2020-01-02-031500"
    (new,) = names[1:]
    assert (folder / new).read_bytes().startswith(b"SQLite format 3")
    assert (folder / new).stat().st_mode & 0o077 == 0
