"""What `make audit` says: a weakness is told apart from nobody having answered."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.security.audit import UNKNOWN, WEAK, audit, verdict

SOUND = {"name": "click", "version": "8.1.7", "vulns": []}
FRAIL = {
    "name": "idna",
    "version": "3.3",
    "vulns": [{"id": "PYSEC-2024-60", "fix_versions": ["3.7"], "aliases": [], "description": "…"}],
}
SILENT = {"name": "flask", "skip_reason": "Dependency not found on PyPI"}


def told(*packages: object) -> int:
    return verdict(json.dumps({"dependencies": packages, "fixes": []}), "")


def test_no_weakness_is_said_only_where_all_were_asked_about(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert told(SOUND) == 0
    assert "No known weakness in 1 packages" in capsys.readouterr().out
    assert told(SOUND, SILENT) == UNKNOWN
    said = capsys.readouterr()
    assert "No answer about 1 of 2 packages: flask" in said.err
    assert "nothing is known" in said.err
    assert said.out == ""
    assert told() == UNKNOWN


def test_a_weakness_is_named_whoever_did_not_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(SOUND, FRAIL, SILENT) == WEAK
    said = capsys.readouterr().err
    assert "idna 3.3: PYSEC-2024-60, mended in: 3.7" in said
    assert "No answer about 1 of 3 packages" in said


@pytest.mark.parametrize("report", ["", "nonsense", "[]", "{}"])
def test_what_is_no_report_is_no_answer(capsys: pytest.CaptureFixture[str], report: str) -> None:
    assert verdict(report, "Traceback (most recent call last):\n  …\nOSError: unreachable\n") == 75
    said = capsys.readouterr().err
    assert "got no answer: OSError: unreachable" in said
    assert "Traceback" not in said


def test_a_service_that_is_away_is_said_in_two_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"click==8.1.7 --hash=sha256:{'0' * 64}\n")
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    # Nobody listens there.
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    # What was answered some other time does not count.
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert audit(lock) == UNKNOWN
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert "ProxyError" in lines[0]
    assert "HTTPS_PROXY" in lines[1]
