"""The process that counts the change: the same figures, SciPy nowhere else, no harm if it dies."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import func, select

from config import load_config
from survey.anonymity.ballot import Ballot
from survey.anonymity.released_change import with_change
from survey.own_process.client import OwnProcessError
from survey.rounds.counting.client import Counting
from survey.rounds.counting.messages import CHANGE, Comparison
from survey.rounds.errors import CountingError
from survey.service import Service
from survey.storage.models import Comment, Response, Round, RoundState, SealedBallot
from survey.storage.queries import rounds as round_queries
from tests.anonymity.test_released_change import SIZES, any_answers, asked, counted
from tests.conftest import fresh_database, service_environment
from tests.rounds.test_outcome import after_round, answer, before_round
from tests.support.cases import NOW, close
from tests.support.live_service import ROOT
from tests.support.web import flashes, make_app, service_of, signed_in, worker_of

RATINGS = [4, 4, 3, 4, 4]


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counting]:
    """The process that closes of this test use."""
    made = Counting()
    monkeypatch.setattr("survey.rounds.close.COUNTING", made)
    yield made
    made.stop()


def process_of(counting: Counting) -> int:
    assert counting._process is not None
    return counting._process.pid


def compared_round(service: Service) -> uuid.UUID:
    """An answered round that is still open and will be compared with an earlier one."""
    after = after_round(service, before_round(service))
    answer(service, after, RATINGS, [0] * 5)
    return after


def state_of(service: Service, round_id: uuid.UUID) -> tuple[object, ...]:
    """All of a round that its close changes."""
    with service.database.reading() as session:
        round_ = session.get_one(Round, round_id)
        rows = [
            session.scalar(select(func.count()).select_from(model).filter_by(round_id=round_id))
            for model in (SealedBallot, Response, Comment)
        ]
        summary = round_queries.aggregate(session, round_id)
        return (round_.state, round_.public_key, round_.wrapped_private_key, summary, rows)


def assert_closes_with_a_change(service: Service, round_id: uuid.UUID) -> None:
    close(service, round_id)
    with service.database.reading() as session:
        assert session.get_one(Round, round_id).state is RoundState.CLOSED
        summary = round_queries.aggregate(session, round_id)
        assert summary is not None
        assert json.loads(summary.document)["change"]["competencies"]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("twice", [False, True])
def test_the_figures_are_those_that_are_counted_here(
    counting: Counting, seed: int, twice: bool
) -> None:
    shape = (1, 2, 3, 4)
    questionnaire = asked(shape)
    times = 2 if twice else 1
    now = counted(questionnaire, any_answers(seed, shape, SIZES, times=times), twice=twice)
    then = counted(questionnaire, any_answers(seed + 99, shape, SIZES))
    goal = [questionnaire.competencies[1].id]
    for earlier in (then, None):
        found = counting.with_change(now, earlier, goal)
        assert found == with_change(now, earlier, goal)
        assert (found.change is None) is (earlier is None)
        assert (found.looking_back is None) is not twice


def test_a_round_that_is_compared_with_nothing_needs_no_process(counting: Counting) -> None:
    now = counted(asked((2,)), any_answers(1, (2,), SIZES))
    assert counting.with_change(now, None, []) == now.aggregate
    assert counting._process is None


def test_it_is_told_ratings_and_no_comments(service: Service, counting: Counting) -> None:
    now = counted(asked((2,)), any_answers(1, (2,), SIZES))
    ballots = [replace(ballot, comments={"start": "a secret remark"}) for ballot in now.ballots]
    order = Comparison.of(replace(now, ballots=ballots), now, []).model_dump_json()
    assert "a secret remark" not in order
    assert '"comments":[]' in order


def test_it_holds_pipes_and_nothing_that_lasts(
    counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MASTER_KEY", "the key to everything")
    now = counted(asked((2,)), any_answers(1, (2,), SIZES))
    counting.with_change(now, now, [])
    process = Path(f"/proc/{process_of(counting)}")
    assert b"survey.rounds.counting.server" in (process / "cmdline").read_bytes()
    assert b"the key to everything" not in (process / "environ").read_bytes()
    limits = (process / "limits").read_text()
    assert re.search(r"^Max core file size +0 +0 ", limits, re.MULTILINE)
    held = {str(entry.readlink()) for entry in (process / "fd").iterdir()}
    assert {name for name in held if not name.startswith("pipe:")} <= {"/dev/null"}


def test_a_process_that_is_killed_leaves_the_round_open(
    service: Service, counting: Counting, caplog: pytest.LogCaptureFixture
) -> None:
    after = compared_round(service)
    before = state_of(service, after)
    done = threading.Event()

    def kill_each() -> None:
        while not done.is_set():
            process = counting._process
            if process is not None and process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
            time.sleep(0.01)

    killing = threading.Thread(target=kill_each)
    killing.start()
    try:
        with pytest.raises(CountingError, match="stays open as it was"):
            close(service, after)
    finally:
        done.set()
        killing.join()
    assert "ended unexpectedly (exit status -9)" in caplog.text
    assert state_of(service, after) == before
    assert before[0] is RoundState.OPEN
    assert_closes_with_a_change(service, after)


def test_mentor_and_worker_are_told(
    counting: Counting,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = make_app(environment_of(request, tmp_path))
    service = service_of(app)
    after = compared_round(service)
    # It ends at once.
    counting._module = "survey.rounds.no_such_module"
    mentor = signed_in(app, "max.mentor@example.org")
    mentor.get(f"/rounds/{after}")
    page = mentor.post(f"/rounds/{after}/close", {"sure": "yes"}, follow=True).text
    assert [words for words in flashes(page) if "stays open as it was" in words]
    service.clock = NOW + dt.timedelta(days=60)
    caplog.clear()
    worker_of(app).close_overdue_rounds()
    assert f"Round {after} cannot be closed: The round stays open as it was" in caplog.text
    assert "ended unexpectedly (exit status 1)" in caplog.text
    assert state_of(service, after)[0] is RoundState.OPEN
    service.database.dispose()


def test_a_process_that_was_killed_before_is_replaced(service: Service, counting: Counting) -> None:
    now = counted(asked((2,)), any_answers(1, (2,), SIZES))
    counting.with_change(now, now, [])
    os.kill(process_of(counting), signal.SIGKILL)
    assert_closes_with_a_change(service, compared_round(service))


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_whoever_stops_the_service_does_not_cut_a_close_off(
    counting: Counting, ending: signal.Signals
) -> None:
    now = counted(asked((2,)), any_answers(1, (2,), SIZES))
    counting.with_change(now, now, [])
    process = process_of(counting)
    # As systemd and a terminal do: every process of the service gets it, and its owner finishes.
    os.kill(process, ending)
    counting.with_change(now, now, [])
    assert process_of(counting) == process


def test_a_process_that_hangs_is_given_up_and_leaves_the_round_open(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    after = compared_round(service)
    before = state_of(service, after)
    counting = Counting(seconds_at_most=4)
    monkeypatch.setattr("survey.rounds.close.COUNTING", counting)
    now = counted(asked((2,)), any_answers(1, (2,), SIZES))
    counting.with_change(now, now, [])
    try:
        # Stopped, it cannot even end itself.
        os.kill(process_of(counting), signal.SIGSTOP)
        begun = time.monotonic()
        with pytest.raises(CountingError, match="stays open as it was"):
            close(service, after)
        assert 4 <= time.monotonic() - begun < 20
        assert "took longer than 4 seconds" in caplog.text
        assert state_of(service, after) == before
        assert_closes_with_a_change(service, after)
    finally:
        counting.stop()


def test_an_error_over_an_order_tells_nothing_of_it(
    counting: Counting, caplog: pytest.LogCaptureFixture
) -> None:
    now = counted(asked((2,)), any_answers(1, (2,), SIZES))
    figures = now.aggregate.competencies[0].model_copy(update={"cells": ()})
    broken = replace(now, aggregate=now.aggregate.model_copy(update={"competencies": (figures,)}))
    with pytest.raises(CountingError, match="stays open as it was"):
        counting.with_change(now, broken, [])
    assert "The counting process failed: " in caplog.text
    assert "released_change.py:" in caplog.text
    with pytest.raises(OwnProcessError, match="ValidationError in") as told:
        counting.ask(CHANGE, b'{"current": "a secret remark"}')
    assert "a secret remark" not in str(told.value)
    # Nor does one of the near side, where an opened ballot holds what no form offers.
    odd = replace(now, ballots=[Ballot("peers", {"item": "a secret remark"}, {})])  # type: ignore[dict-item]
    with pytest.raises(ValidationError) as refused:
        counting.with_change(odd, now, [])
    assert "a secret remark" not in str(refused.value)


def environment_of(request: pytest.FixtureRequest, folder: Path) -> dict[str, str]:
    return service_environment(fresh_database("sqlite", request, folder), folder)


def elsewhere(environment: Mapping[str, str], *what: str) -> dict[str, list[str]]:
    """Do it in a fresh interpreter."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.rounds.closing_doors", *what],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    found: dict[str, list[str]] = json.loads(ran.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("door", ["web", "worker", "command"])
def test_whoever_closes_a_round_does_not_load_scipy(
    door: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    environment = environment_of(request, tmp_path)
    service = Service(load_config(environment))
    after = compared_round(service)
    assert elsewhere(environment, door, str(after))["loaded"] == []
    with service.database.reading() as session:
        assert session.get_one(Round, after).state is RoundState.CLOSED
        summary = round_queries.aggregate(session, after)
        assert summary is not None
        assert json.loads(summary.document)["change"]["competencies"]
    service.database.dispose()


def test_no_page_loads_scipy(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    environment = environment_of(request, tmp_path)
    # Where the local mailbox lies.
    Path(environment["INSTANCE_FOLDER"]).mkdir()
    found = elsewhere(environment, "pages")
    assert found["loaded"] == []
    opened = found["opened"]
    for kind in ("/reports/<id>", "/rounds/<id>", "/mentees/<id>", "/programme"):
        assert kind in opened, opened
    assert {".pdf", ".xlsx", ".csv"} <= {Path(kind).suffix for kind in opened}
    assert len(opened) >= 20
