"""Figures for monitoring: useful, coarse, and deaf to everything that raters do."""

from __future__ import annotations

import datetime as dt
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask, abort, g
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.registry import Collector

from survey.accounts.people import add_mentor
from survey.operations.figures.batches import LEAST_REQUESTS, LEAST_SECONDS, InBatches
from survey.operations.figures.of_worker import WorkerFigures
from survey.operations.figures.steps import step
from survey.operations.heartbeat import Heartbeat, newest_beat
from survey.service import Service
from survey.storage.models import Letter, LetterKind, Round, WebhookDelivery, WebhookState
from survey.web import page_figures
from survey.web.page_figures import PageFigures
from tests.anonymity.plain_browser import PlainBrowser
from tests.anonymity.verbose_run import ITEM, VerboseRun
from tests.conftest import DATABASES, fresh_database, service_environment
from tests.support.cases import NOW, close, launched_case, tokens
from tests.support.mail_server import MailServer
from tests.support.ports import free_port
from tests.support.web import Surfer, make_app, service_of, signed_in
from tests.webhooks.world import registered

MENTOR = "helena.brandt@example.org"


def shown(collector: Collector) -> str:
    registry = CollectorRegistry()
    registry.register(collector)
    return generate_latest(registry).decode()


def value(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found, text
    return float(found[1])


# The whole service ----------------------------------------------------------------------------


class Watched(VerboseRun):
    """The live service with figures, and somebody who fetches them."""

    def __init__(self, database: str, folder: Path, mail: MailServer) -> None:
        self.ports = free_port(), free_port()
        web, worker = (f"127.0.0.1:{port}" for port in self.ports)
        super().__init__(
            database, folder, mail, {"METRICS_BIND": web, "WORKER_METRICS_BIND": worker}
        )

    def figures(self) -> str:
        """All that can be fetched, without the minute of the worker's sign of life."""
        texts = []
        for port in self.ports:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
                texts.append(answer.read().decode())
        beat = r"^survey_worker_heartbeat_timestamp_seconds \S+$"
        assert re.search(beat, texts[1], re.MULTILINE)
        return texts[0] + re.sub(beat, "", texts[1], flags=re.MULTILINE)


@pytest.fixture(params=DATABASES)
def watched(
    request: pytest.FixtureRequest, tmp_path: Path, mail_server: MailServer
) -> Iterator[Watched]:
    run = Watched(fresh_database(request.param, request, tmp_path), tmp_path, mail_server)
    run.live.start()
    yield run
    run.live.stop()


def test_nothing_that_raters_do_shows_in_the_figures(watched: Watched) -> None:
    _, links = watched.launch()
    person = watched.sign_in(MENTOR)
    before = watched.figures()
    assert "survey_database_reachable 1.0" in before
    # Answering, with a failure in between; the review, the receipt, the style sheets.
    watched.answer(links[0], "Listens")
    assert watched.figures() == before
    # Declining, looking up one's data, reading what is promised, links that are wrong or used up.
    decliner = PlainBrowser(watched.live.base_url)
    decliner.get(f"{links[1]}/decline")
    decliner.post(decliner.address)
    for path in ("/anonymity", "/privacy-notice", "/rater-data", "/r/x", "/nowhere", "/static/x"):
        decliner.get(path)
    assert watched.figures() == before
    # The same by a rater who is signed in for another reason.
    person.get(links[2])
    form = person.address
    with watched.broken("sealed_ballots"):
        fields = {f"r-{ITEM}": "4", "step": "submit"}
        person.post(form, fields)
        assert person.status == 500
    person.get(form)
    person.post(form, fields)
    assert person.address.endswith("/thank-you")
    for path in ("/anonymity", "/privacy-notice"):
        person.get(path)
    assert watched.figures() == before
    # Not for want of figures: a page of the mentor that fails does show, whichever process it hit.
    with watched.broken("passkeys"):
        person.get("/account")
        assert person.status == 500
    after = watched.figures()
    assert after != before
    assert "survey_pages_failed_total 1.0" in after


def test_there_are_no_figures_beside_our_own(watched: Watched) -> None:
    """The library's default ones tell how long a process has computed, and so when."""
    watched.launch()
    watched.sign_in(MENTOR)
    names = set(re.findall(r"^# TYPE (\S+)", watched.figures(), re.MULTILINE))
    assert names
    assert {name for name in names if not name.startswith("survey_")} == set()


def test_without_a_setting_there_is_nothing_to_fetch(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    app = make_app(service_environment(fresh_database("sqlite", request, tmp_path), tmp_path))
    assert Surfer(app).get("/metrics").status_code == 404
    assert not [
        function
        for function in app.after_request_funcs.get(None, [])
        if function.__module__ == page_figures.__name__
    ]
    service_of(app).database.dispose()


# Pages ----------------------------------------------------------------------------------------


@pytest.fixture
def app(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    """An application whose figures stay in this process: `app.figures`."""
    figures = PageFigures()
    monkeypatch.setattr(page_figures, "PageFigures", lambda: figures)
    made = make_app(
        service_environment(fresh_database("sqlite", request, tmp_path), tmp_path)
        | {"METRICS_BIND": "127.0.0.1:1"}
    )
    made.extensions["figures"] = figures
    made.add_url_rule("/fails", "home.fails", lambda: abort(500))
    with service_of(made).database.writing() as session:
        add_mentor(session, "Helena Brandt", MENTOR)
    yield made
    service_of(made).database.dispose()


def counted(app: Flask) -> tuple[float, float]:
    """How many pages were timed, and how many failed."""
    figures: PageFigures = app.extensions["figures"]
    timed = value(shown(figures.seconds), "survey_page_seconds_count")
    return timed, value(shown(figures.failed), "survey_pages_failed_total")


def test_pages_of_people_who_are_signed_in_are_timed(app: Flask) -> None:
    surfer = signed_in(app, MENTOR)
    before, _ = counted(app)
    for path in ("/", "/account", "/fails"):
        surfer.get(path)
    assert counted(app) == (before + 3, 1)
    # What is sent with a form is not timed: the close of a round is such a deed.
    surfer.post("/sign-out")
    assert counted(app) == (before + 3, 1)
    # Nor is anybody who is not signed in, whatever they look at.
    stranger = Surfer(app)
    for path in ("/", "/sign-in", "/fails", "/static/desk.css", "/anonymity"):
        stranger.get(path)
    assert counted(app) == (before + 3, 1)


def test_no_page_that_raters_open_is_ever_timed(app: Flask) -> None:
    """Not even for somebody who is signed in: all routes of raters, present and future ones."""
    service = service_of(app)
    case = launched_case(service, {"peers": 3}, now=service.now())
    (token, *_) = tokens(service, case.round_id).values()
    surfer = signed_in(app, MENTOR)
    somebody = SimpleNamespace(language="en")
    app.before_request_funcs[None].append(lambda: setattr(g, "person", somebody))
    before = counted(app)
    opened = 0
    for rule in app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] in ("rater", "privacy_notice", "health", "static"):
            path = re.sub(r"<[^>]+>", token, rule.rule)
            for method in ("GET", "POST"):
                surfer.client.open(path, method=method)
                opened += 1
    assert opened > 20
    assert counted(app) == before
    # The trick with the person works: another page is counted.
    surfer.client.get("/sign-in")
    assert counted(app) != before


# Batches ----------------------------------------------------------------------------------------


def test_what_is_timed_is_published_in_batches(app: Flask) -> None:
    registry = CollectorRegistry()
    histogram = Histogram("survey_page_seconds", "x", registry=registry)
    clock = [0.0]
    batches = InBatches(registry, "survey_page_seconds", lambda: clock[0])  # type: ignore[arg-type]
    beginning = shown(batches)
    # Many at once are not enough without the hour, nor is the hour without many.
    for _ in range(LEAST_REQUESTS * 5):
        histogram.observe(0.1)
    assert shown(batches) == beginning
    clock[0] += LEAST_SECONDS
    full = shown(batches)
    assert value(full, "survey_page_seconds_count") == LEAST_REQUESTS * 5
    clock[0] += 50 * LEAST_SECONDS
    for _ in range(LEAST_REQUESTS - 1):
        histogram.observe(7)
        assert shown(batches) == full
    histogram.observe(7)
    assert value(shown(batches), "survey_page_seconds_count") == LEAST_REQUESTS * 6


def test_other_figures_of_the_same_source_are_not_held_back() -> None:
    figures = PageFigures()
    registry = CollectorRegistry()
    registry.register(figures.failed)
    registry.register(figures.seconds)
    batches = InBatches(registry, "survey_page_seconds")  # type: ignore[arg-type]
    figures.failed.inc()
    figures.seconds.observe(1)
    text = shown(batches)
    assert value(text, "survey_pages_failed_total") == 1
    assert "survey_page_seconds" not in text


# The worker -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "shown_as"), [(0, 0), (9, 0), (10, 10), (99, 10), (100, 100), (54_321, 10_000)]
)
def test_numbers_come_in_steps(number: int, shown_as: int) -> None:
    assert step(number) == shown_as


def test_letters_are_counted_coarsely_and_reminders_never(service: Service, tmp_path: Path) -> None:
    case = launched_case(service, {"peers": 12}, now=service.now())
    figures = WorkerFigures(service, Heartbeat(tmp_path))
    text = shown(figures)
    assert value(text, "survey_letters_waiting") == 10
    assert value(text, "survey_letters_stuck") == 0
    with service.database.writing() as session:
        session.query(Letter).update({"attempts": 9})
    assert value(shown(figures), "survey_letters_stuck") == 10
    with service.database.writing() as session:
        session.query(Letter).update({"kind": LetterKind.REMINDER})
    text = shown(figures)
    assert value(text, "survey_letters_waiting") == value(text, "survey_letters_stuck") == 0
    assert value(text, "survey_rounds_overdue") == 0
    with service.database.writing() as session:
        session.get_one(Round, case.round_id).deadline = dt.date(2020, 1, 1)
    assert value(shown(figures), "survey_rounds_overdue") == 1
    with service.database.writing() as session:
        session.connection().exec_driver_sql("ALTER TABLE outbox RENAME TO away")
    assert value(shown(figures), "survey_database_reachable") == 0


def test_what_waits_for_the_hour_after_a_close_is_in_no_figure(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even as the tenth letter: it would tell when the round was closed."""
    monkeypatch.setattr(service, "now", lambda: NOW)
    case = launched_case(service, {"peers": 3}, release_mode="at_once")
    welcome = {"kind": LetterKind.MENTEE_WELCOME, "mentorship_id": case.mentorship_id}
    with service.database.writing() as session:
        session.query(Letter).delete()
        session.add_all(Letter(**welcome, due_at=NOW) for _ in range(9))
    figures = WorkerFigures(service, Heartbeat(tmp_path))
    before = shown(figures)
    close(service, case.round_id)
    assert shown(figures) == before
    with service.database.writing() as session:
        session.query(Letter).filter_by(kind=LetterKind.REPORT_RELEASED).update({"due_at": NOW})
    assert value(shown(figures), "survey_letters_waiting") == 10


def test_messages_to_webhooks_that_do_not_arrive_show_and_others_do_not(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "now", lambda: NOW)
    case = launched_case(service, {"peers": 3})
    figures = WorkerFigures(service, Heartbeat(tmp_path))
    registered(service, "http://127.0.0.1:9/")
    before = shown(figures)
    assert value(before, "survey_webhooks_stuck") == 0
    assert value(before, "survey_webhooks_given_up") == 0
    close(service, case.round_id)
    assert shown(figures) == before
    with service.database.writing() as session:
        session.query(WebhookDelivery).update({"due_at": NOW - dt.timedelta(hours=2)})
    assert value(shown(figures), "survey_webhooks_stuck") == 1
    with service.database.writing() as session:
        session.query(WebhookDelivery).update(
            {"state": WebhookState.GIVEN_UP, "due_at": None, "settled_on": NOW.date()}
        )
    text = shown(figures)
    assert value(text, "survey_webhooks_stuck") == 0
    assert value(text, "survey_webhooks_given_up") == 1


def test_every_kind_of_letter_was_thought_about() -> None:
    """A kind that is neither counted nor left out on purpose fails here."""
    from survey.storage.queries.monitoring import COUNTED, LEFT_OUT

    assert set(LetterKind) == COUNTED | LEFT_OUT
    assert not COUNTED & LEFT_OUT
    assert {LetterKind.REMINDER, LetterKind.RATER_DATA} <= LEFT_OUT


def test_what_the_worker_logs_as_trouble_is_counted(service: Service, tmp_path: Path) -> None:
    import logging

    figures = WorkerFigures(service, Heartbeat(tmp_path))
    log = logging.getLogger("survey.mail.worker")
    log.info("fine")
    log.warning("hm")
    log.error("oh")
    text = shown(figures)
    assert value(text, 'survey_worker_troubles_total{level="warning"}') == 1
    assert value(text, 'survey_worker_troubles_total{level="error"}') == 1


def test_the_sign_of_life_knows_no_seconds(tmp_path: Path) -> None:
    clock = [1_000_000_007.5]
    heart = Heartbeat(tmp_path, lambda: clock[0])
    assert newest_beat(tmp_path) is None
    written = set()
    for _ in range(600):
        heart.beat()
        written.add(newest_beat(tmp_path))
        clock[0] += 0.2
    assert len(written) == 3
    assert all(minute is not None and minute % 60 == 0 for minute in written)


def test_a_sign_of_life_that_can_not_be_written_stops_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    Heartbeat(Path("/proc/self/fdinfo")).beat()
    assert "sign of life" in caplog.text
