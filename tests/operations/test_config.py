"""Settings that stop the service say in one line which they are and what to do."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config import ConfigError, load_config, web_bind, web_processes, web_threads
from survey.confidentiality.master_key import MasterKey
from tests.support.live_service import ROOT

NOBODY = 65534


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """Root may read everything; who runs the tests otherwise has no rights to lose."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def instance() -> Iterator[Path]:
    """An instance folder that everybody can reach, which pytest's own folders are not."""
    with tempfile.TemporaryDirectory(prefix="survey-config-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "secret.key").write_text("a secret that is long enough")
        (folder / "master.key").write_text(MasterKey.generate())
        for file in folder.iterdir():
            file.chmod(0o444)
        yield folder
        folder.chmod(0o700)


@pytest.mark.parametrize(
    ("setting", "name"), [("SECRET_KEY", "secret.key"), ("MASTER_KEY", "master.key")]
)
@pytest.mark.parametrize("whole_folder", [False, True])
def test_a_key_file_that_may_not_be_read(
    instance: Path, setting: str, name: str, whole_folder: bool
) -> None:
    file = instance / name
    environ = {"INSTANCE_FOLDER": str(instance)}
    # The other of the two is not what fails.
    environ |= {other: "x" for other in ("SECRET_KEY", "MASTER_KEY") if other != setting}
    (instance if whole_folder else file).chmod(0o000)
    with as_somebody_else(), pytest.raises(ConfigError) as caught:
        load_config(environ)
    said = str(caught.value)
    assert said.startswith(f"{setting} is not set and the user ")
    assert f"may not read {file}." in said
    assert f" {file}, and likewise the folder" in said
    assert "chown " in said


def test_a_key_file_that_is_no_text(instance: Path) -> None:
    (instance / "secret.key").chmod(0o600)
    (instance / "secret.key").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"secret\.key cannot be read: it is no text"):
        load_config({"INSTANCE_FOLDER": str(instance)})


def test_empty_settings_of_the_web_server_are_their_defaults() -> None:
    empty = dict.fromkeys(("BIND", "WEB_PROCESSES", "WEB_THREADS"), "")
    for environ in ({}, empty):
        assert web_bind(environ) == "127.0.0.1:8000"
        assert (web_processes(environ), web_threads(environ)) == (2, 4)


@pytest.mark.parametrize(
    "bind", ["0.0.0.0:8000", "unix:/run/survey.sock", "fd://3", "[::1]:8000,tcp://127.0.0.1:8001"]
)
def test_what_gunicorn_takes_as_an_address_is_taken(bind: str) -> None:
    assert web_bind({"BIND": bind}) == bind


def gunicorn(**settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gunicorn", "--check-config", "wsgi:app"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "SECRET_KEY": "x" * 32, **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("WEB_PROCESSES", "two"),
        ("WEB_PROCESSES", "0"),
        ("WEB_THREADS", "4.5"),
        ("BIND", "127.0.0.1:80x"),
        ("BIND", "127.0.0.1:8000,,[::1]:8000"),
        ("LOG_LEVEL", "loud"),
        ("METRICS_BIND", "9101"),
    ],
)
def test_the_web_server_names_the_setting_in_one_line(setting: str, value: str) -> None:
    done = gunicorn(**{setting: value})
    assert done.returncode == 4
    assert done.stderr.startswith(f"The service cannot start: {setting}: ")
    assert done.stderr.count("\n") == 1


def test_the_web_server_takes_empty_settings(tmp_path: Path) -> None:
    done = gunicorn(
        MASTER_KEY=MasterKey.generate(),
        INSTANCE_FOLDER=str(tmp_path),
        WEB_PROCESSES="",
        WEB_THREADS="",
        BIND="",
        LOG_LEVEL="",
    )
    assert (done.returncode, done.stderr) == (0, "")
