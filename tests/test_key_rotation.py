"""Changing the master key while rounds are open: nothing is lost, and the old key opens nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from config import load_config
from survey.cli import cli
from survey.confidentiality.master_key import MasterKey, MasterKeyError
from survey.report.of_round import report_of_round
from survey.rounds.close import close_round
from survey.rounds.submit import submit_feedback
from survey.service import Service
from survey.storage.models import Round
from tests.privacy.people import actions
from tests.support.cases import NOW, launched_case, tokens


@pytest.fixture
def environment(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A service whose keys are files, as `setup` makes them; returns the master key's file."""
    folder = tmp_path / "instance"
    folder.mkdir()
    (folder / "secret.key").write_text("a secret for tests alone\n")
    (folder / "master.key").write_text(MasterKey.generate() + "\n")
    monkeypatch.delenv("MASTER_KEY", raising=False)
    monkeypatch.setenv("INSTANCE_FOLDER", str(folder))
    monkeypatch.setenv("DATABASE_URL", database_url)
    return folder / "master.key"


def rotate() -> None:
    result = CliRunner().invoke(cli, ["keys", "rotate"])
    assert result.exit_code == 0, result.output


def wrapped_keys(service: Service) -> list[bytes]:
    with service.database.reading() as session:
        return [key for key in session.scalars(select(Round.wrapped_private_key)) if key]


def test_a_round_launched_before_is_closed_after(environment: Path) -> None:
    before = Service(load_config())
    case = launched_case(before, {"manager": 1})
    token = tokens(before, case.round_id)["manager1@example.org"]
    with before.database.writing() as session:
        submit_feedback(session, before.rater_links, token, {"c-start": "Kept safe."}, NOW.date())
    old_key = environment.read_text()
    rotate()
    assert environment.read_text() != old_key
    assert len(environment.read_text().split()) == 1
    assert environment.stat().st_mode & 0o777 == 0o600
    with pytest.raises(MasterKeyError):
        MasterKey(old_key).unwrap(wrapped_keys(before)[0])
    before.database.dispose()
    after = Service(load_config())
    assert actions(after)[-1] == "master_key.rotated"
    with after.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        close_round(session, round_, master_key=after.master_key, now=NOW)
        assert report_of_round(session, round_, "en").comments[0].texts == ("Kept safe.",)
    after.database.dispose()


def test_a_foreign_key_changes_nothing(environment: Path) -> None:
    service = Service(load_config())
    launched_case(service, {"manager": 1})
    kept = wrapped_keys(service)
    environment.write_text(MasterKey.generate() + "\n")
    result = CliRunner().invoke(cli, ["keys", "rotate"])
    assert isinstance(result.exception, MasterKeyError)
    assert wrapped_keys(service) == kept
    service.database.dispose()


def test_several_keys_unwrap_and_the_first_wraps() -> None:
    old, new = MasterKey.generate(), MasterKey.generate()
    wrapped = MasterKey(old).wrap(b"a private key")
    both = MasterKey(f"{new}\n{old}")
    assert both.unwrap(wrapped) == b"a private key"
    assert MasterKey(new).unwrap(both.rewrap(wrapped)) == b"a private key"
    with pytest.raises(MasterKeyError):
        MasterKey(old).unwrap(both.rewrap(wrapped))


@pytest.mark.parametrize("wrong", ["", "not base64!", "c2hvcnQ="])
def test_a_malformed_key_is_refused(wrong: str) -> None:
    with pytest.raises(MasterKeyError, match="MASTER_KEY"):
        MasterKey(wrong)
