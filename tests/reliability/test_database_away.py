"""The database goes away in the middle of it, and comes back: nothing is lost, nobody restarts."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from config import load_config
from survey.service import Service
from survey.storage.faults import DatabaseFaultError
from survey.storage.models import Round, RoundState
from tests.conftest import fresh_database, service_environment
from tests.reliability.conftest import MakeApp
from tests.reliability.cutting_proxy import CuttingProxy
from tests.reliability.interrupted_rater import InterruptedRater, assert_calm
from tests.reliability.ledger import (
    check_closed_round_is_whole,
    check_every_answer_is_kept_once,
    raters_of,
)
from tests.reliability.own_postgres import OwnPostgres
from tests.reliability.stubborn_raters import Raters
from tests.reliability.web_server import WebServer
from tests.support.cases import launched_case
from tests.support.live_service import ROOT
from tests.support.web import service_of, signed_in, worker_of

MENTOR = "max.mentor@example.org"
# As a message of its own; "BEGIN ISOLATION LEVEL READ COMMITTED" is another.
COMMIT = b"COMMIT\x00"
_HOLDS_THE_LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def proxy(own_postgres: OwnPostgres) -> Iterator[CuttingProxy]:
    made = CuttingProxy(own_postgres.port)
    yield made
    made.close()


def test_postgresql_restarts_while_raters_send(own_postgres: OwnPostgres, tmp_path: Path) -> None:
    """An orderly restart and two crashes, under web server and worker that keep running."""
    environment = service_environment(own_postgres.url(own_postgres.new_database()), tmp_path)
    service = Service(load_config(environment))
    case = launched_case(service, {"peers": 60, "customers": 60}, now=dt.datetime.now(dt.UTC))
    server = WebServer(environment, tmp_path)
    raters = Raters(server.base_url, raters_of(service, case.round_id), at_once=3)
    server.start()
    try:
        raters.start()
        for mode in ("fast", "immediate", "immediate"):
            raters.sending.clear()
            assert raters.sending.wait(60)
            own_postgres.stop(mode)
            time.sleep(0.5)  # requests meet a server that is not there
            own_postgres.start()
        served = raters.finish()
    finally:
        server.stop()
    assert any(rater.put_off or len(rater.attempts) > 1 for rater in served)
    check_every_answer_is_kept_once(service, case.round_id, served)
    service.database.dispose()
    service.keys.dispose()


def test_the_worker_outlives_a_restart_of_postgresql(
    own_postgres: OwnPostgres, tmp_path: Path
) -> None:
    environment = service_environment(own_postgres.url(own_postgres.new_database()), tmp_path)
    service = Service(load_config(environment))
    case = launched_case(service, {"peers": 4}, now=dt.datetime.now(dt.UTC))
    log = tmp_path / "worker.log"
    with log.open("wb") as output:
        worker = subprocess.Popen(
            [sys.executable, "-m", "survey", "worker"],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=output,
            stderr=output,
        )
    mailbox = tmp_path / "instance" / "mailbox" / "new"
    try:
        _until(lambda: mailbox.exists() and len(list(mailbox.iterdir())) == 6)
        own_postgres.stop("immediate")
        _until(lambda: "The database is not available" in log.read_text())
        own_postgres.start()
        with service.database.writing() as session:
            session.get_one(Round, case.round_id).deadline = dt.date(2020, 1, 1)
        _until(lambda: _state(service, case.round_id) is RoundState.CLOSED)
        assert worker.poll() is None
    finally:
        worker.terminate()
        worker.wait(30)
    check_closed_round_is_whole(service, case.round_id)
    assert "Traceback" not in log.read_text()
    assert len(list(mailbox.iterdir())) == 6  # no letter went twice
    service.database.dispose()
    service.keys.dispose()


def test_a_connection_is_cut_before_the_commit(
    make: MakeApp, own_postgres: OwnPostgres, proxy: CuttingProxy
) -> None:
    app = make(own_postgres.url(own_postgres.new_database(), proxy.port))
    rater = InterruptedRater(app)
    for word in (b"INSERT INTO sealed_ballots", COMMIT):
        proxy.cut_before(word)
        rater.is_put_off()
        assert rater.counts() == (0, 0)
    assert proxy.cuts == 2
    rater.is_thanked()


def test_a_connection_is_cut_while_the_commit_is_answered(
    make: MakeApp, own_postgres: OwnPostgres, proxy: CuttingProxy
) -> None:
    """Nobody can know then; the rater is asked to try again, and told that it had counted."""
    app = make(own_postgres.url(own_postgres.new_database(), proxy.port))
    rater = InterruptedRater(app)
    proxy.cut_after(COMMIT)
    rater.is_put_off()
    assert proxy.cuts == 1
    rater.is_told_that_it_counted()


def test_idle_connections_that_were_cut_are_not_noticed_by_anybody(
    make: MakeApp, own_postgres: OwnPostgres, proxy: CuttingProxy
) -> None:
    app = make(own_postgres.url(own_postgres.new_database(), proxy.port))
    rater = InterruptedRater(app)
    for _ in range(2):
        proxy.cut_all()
        # One that was used a moment ago is taken on trust; it may cost one repetition.
        time.sleep(0.5)
        assert rater.look().status_code == 200
    proxy.cut_all()
    time.sleep(0.5)
    rater.is_thanked()


def test_the_server_ends_our_session_in_the_middle(
    make: MakeApp, own_postgres: OwnPostgres
) -> None:
    app = make(own_postgres.url(own_postgres.new_database()))
    rater = InterruptedRater(app)
    engine = service_of(app).database.engine

    def end_it(connection: object, cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith("INSERT INTO sealed_ballots"):
            pid = connection.connection.dbapi_connection.info.backend_pid  # type: ignore[attr-defined]
            with own_postgres.admin() as admin:
                admin.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])

    event.listen(engine, "before_cursor_execute", end_it)
    rater.is_put_off()
    event.remove(engine, "before_cursor_execute", end_it)
    assert rater.counts() == (0, 0)
    rater.is_thanked()


def test_the_server_takes_no_more_connections(make: MakeApp, own_postgres: OwnPostgres) -> None:
    app = make(own_postgres.url(own_postgres.new_database()))
    rater = InterruptedRater(app)
    service_of(app).database.dispose()
    taken = own_postgres.take_all_connections()
    try:
        rater.is_put_off()
        assert_calm(rater.look())
    finally:
        for connection in taken:
            connection.close()
    rater.is_thanked()


def test_no_pooled_connection_is_free(
    make: MakeApp, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    app = make(fresh_database("sqlite", request, tmp_path))
    rater = InterruptedRater(app)
    engine = service_of(app).database.engine
    # The pool waits ten seconds; this test does not.
    engine.pool._timeout = 0.2  # type: ignore[attr-defined]
    with contextlib.ExitStack() as held:
        for _ in range(15):
            held.enter_context(engine.connect())
        rater.is_put_off()
    rater.is_thanked()


def test_another_process_holds_the_lock_of_sqlite_for_too_long(
    make: MakeApp, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    # Half a minute is what the service waits by itself.
    app = make(fresh_database("sqlite", request, tmp_path) + "?timeout=0.5")
    rater = InterruptedRater(app)
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDS_THE_LOCK, str(tmp_path / "survey.db")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    for _ in range(2):
        rater.is_put_off()
    assert rater.look().status_code == 200  # reading does not wait for a writer
    holder.communicate()
    rater.is_thanked()


def test_the_file_of_sqlite_is_away(
    make: MakeApp, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """A disk that is not mounted (yet)."""
    folder = tmp_path / "disk"
    folder.mkdir()
    app = make(fresh_database("sqlite", request, folder))
    rater = InterruptedRater(app)
    service_of(app).database.dispose()
    folder.rename(tmp_path / "elsewhere")
    rater.is_put_off()
    assert_calm(rater.look())
    (tmp_path / "elsewhere").rename(folder)
    rater.is_thanked()


def test_a_mentor_gets_back_what_they_typed(
    make: MakeApp, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    app = make(fresh_database("sqlite", request, tmp_path) + "?timeout=0.2")
    rater = InterruptedRater(app)
    mentor = signed_in(app, MENTOR)
    new = f"/mentees/{rater.case.mentorship_id}/goals/new"
    mentor.get(new)
    typed = "Says <no> & means it, after a long text that nobody wants to type twice."
    with service_of(app).database.writing() as session:
        session.connection()  # from here on it holds the lock
        answer = mentor.post(new, {"statement": typed})
    assert_calm(answer)
    assert "Says &lt;no&gt; &amp; means it" in answer.text
    assert "Nothing was half saved" in answer.text


def test_the_worker_goes_on_after_a_lock(
    make: MakeApp, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    app = make(fresh_database("sqlite", request, tmp_path) + "?timeout=0.2")
    InterruptedRater(app)
    worker = worker_of(app)
    mailbox = tmp_path / "instance" / "mailbox" / "new"
    with service_of(app).database.writing() as session:
        session.connection()  # from here on it holds the lock
        with pytest.raises(DatabaseFaultError, match="held by others for too long"):
            worker.run_once()
    while worker.run_once():
        pass
    assert len(list(mailbox.iterdir())) == 6


def _until(condition: object) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        if condition():  # type: ignore[operator]
            return
        time.sleep(0.1)
    raise AssertionError("it did not come to pass")


def _state(service: Service, round_id: object) -> RoundState:
    with service.database.reading() as session:
        return session.get_one(Round, round_id).state
