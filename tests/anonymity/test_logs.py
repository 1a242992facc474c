"""The log reader's attack: everything that the running service prints or logs.

Logs live long, are copied to other machines, and carry times. So no link, no rater's address and
no word of an answer may be in them, whatever goes wrong and however talkative they are made.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.anonymity.crime_scene import CrimeScene
from tests.anonymity.verbose_run import COMMENT, VerboseRun
from tests.conftest import fresh_database
from tests.support.mail_server import MailServer

Start = Callable[..., VerboseRun]


@pytest.fixture
def start(
    request: pytest.FixtureRequest, tmp_path: Path, mail_server: MailServer
) -> Iterator[Start]:
    """Starts the live service with logging turned up, and stops it after the test."""
    running: list[VerboseRun] = []

    def start_one(kind: str = "sqlite", **settings: object) -> VerboseRun:
        database = fresh_database(kind, request, tmp_path)
        run = VerboseRun(database, tmp_path, mail_server, **settings)  # type: ignore[arg-type]
        running.append(run)
        run.live.start()
        return run

    yield start_one
    for run in running:
        run.live.stop()


@pytest.mark.parametrize(("kind", "form"), [("sqlite", "json"), ("postgresql", "text")])
def test_a_whole_round_leaves_no_trace_in_the_logs(start: Start, kind: str, form: str) -> None:
    """As delivered, with our own and Flask's loggers at their most talkative, and much failing."""
    run = start(kind, environment={"LOG_FORMAT": form})
    run.whole_round()
    assert run.found_in_logs() == {}
    # Not for want of logging: what failed half-way is there, with its statement.
    printed = run.live.log_file.read_text()
    assert printed.count("Error in rater.answer") == 3
    assert "INSERT INTO comments" in run.logs()
    if form == "json":
        entries = [json.loads(line) for line in printed.splitlines()]
        assert {"time", "level", "logger", "message"} <= set.intersection(*map(set, entries))
        assert {"gunicorn.error", "survey.web.app"} <= {entry["logger"] for entry in entries}
        assert any("OperationalError" in entry.get("traceback", "") for entry in entries)


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_service_at_debug_level_logs_no_link(start: Start, form: str) -> None:
    """LOG_LEVEL=debug is a setting of web server and worker, and the first to try in trouble."""
    run = start(environment={"LOG_LEVEL": "debug", "LOG_FORMAT": form})
    run.few_steps()
    assert run.found_in_logs() == {}


def test_the_database_library_at_debug_level_logs_no_row(start: Start) -> None:
    run = start(loggers="sqlalchemy")
    run.few_steps()
    assert run.found_in_logs() == {}


def test_flask_in_debug_mode_prints_no_letter(start: Start) -> None:
    run = start(environment={"FLASK_DEBUG": "1"})
    run.few_steps()
    assert run.found_in_logs() == {}


def test_a_request_that_can_not_be_read_is_not_quoted(start: Start) -> None:
    """A scanner that speaks its own dialect of HTTP, or breaks a line, still sends the link."""
    run = start()
    token = "WyJhIiwxLCIyMDI3LTA1LTIzIl0.a-token-as-long-as-the-real-ones-are"
    run.tokens.add(token)
    run.send_raw(f"GET /r/{token}\r\n\r\n")
    assert run.found_in_logs() == {}


def test_an_error_of_postgresql_quotes_no_row(start: Start) -> None:
    """A constraint fails while the ballots are opened: the row in hand holds ratings."""
    run = start("postgresql")
    round_id, links = run.launch()
    run.answer(links[0], COMMENT.format("the database"))
    run.sql("ALTER TABLE responses ADD CONSTRAINT short CHECK (length(ratings) < 5)")
    run.printed += run.live.run("round", "close", round_id, succeeds=False)
    assert "IntegrityError" in run.printed
    assert "Failing row" not in run.printed
    assert run.found_in_logs() == {}


def test_the_statement_log_of_postgresql_holds_no_link_and_no_open_answer(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """With log_statement=all the server logs every value. Tokens and comments reach it never, or
    sealed; ratings come opened and shuffled at close, as `test_linking_rows` shows."""
    scene = CrimeScene(fresh_database("postgresql", request, tmp_path), tmp_path, seed=4)
    ((name,),) = scene.rows("SELECT current_database()")
    with scene.database.engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE \"{name}\" SET log_statement = 'all'")
    scene.leave()
    closed = scene.play(6)
    # The server's log holds other tests' statements too; this database's texts are its own.
    ((log,),) = scene.rows("SELECT pg_read_file('log')")
    scene.leave()
    assert isinstance(log, str)
    last_sealed = log.rindex("INSERT INTO sealed_ballots")
    for token in closed.tokens:
        assert token not in log
    assert "INSERT INTO responses" in log[last_sealed:]
    for said in closed.texts:
        assert said not in log
