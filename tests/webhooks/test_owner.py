"""What an owner does with webhooks, on pages and over the API; and what becomes of the rest."""

from __future__ import annotations

import datetime as dt
import html
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from config import load_config
from examples.webhook_receiver import verified
from survey.accounts.people import add_mentor, find_person
from survey.privacy.access_export import Access, access_zip
from survey.privacy.erasure import erase_person
from survey.privacy.retention import dispose_daily
from survey.service import Service
from survey.settings import ConfigError
from survey.storage.models import AuditEntry, Webhook, WebhookDelivery, WebhookState
from survey.web.rate_limits import WEBHOOKS_PER_PERSON, limiter
from survey.webhooks.registering import MOST_WAITING, MOST_WEBHOOKS
from survey.webhooks.signature import headers
from tests.api.conftest import serving
from tests.api.programs import pointers, program_of, refusal
from tests.conftest import service_environment
from tests.support.cases import NOW, draft_case, launch
from tests.support.live_service import ROOT
from tests.support.live_worker import working
from tests.support.web import Surfer, service_of, signed_in
from tests.webhooks.receiving import Receiving, receiving
from tests.webhooks.world import MENTOR, outbox, queue_test, registered

OTHER = "nora@example.org"
ADDRESS = "https://hooks.example.org/in?key=of-my-own"
FORM = {"address": ADDRESS, "events": ["round.closed", "report.released"]}


@pytest.fixture(params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    yield from serving(request.param, request, tmp_path)


@pytest.fixture(autouse=True)
def _people(request: pytest.FixtureRequest) -> None:
    if "app" in request.fixturenames:
        app = request.getfixturevalue("app")
        with service_of(app).database.writing() as session:
            add_mentor(session, "Max Mentor", MENTOR)
            add_mentor(session, "Nora Other", OTHER)


@pytest.fixture
def there() -> Iterator[Receiving]:
    with receiving() as made:
        yield made


def post(surfer: Surfer, path: str, fields: dict[str, object] | None = None) -> str:
    limiter.reset()
    answer = surfer.post(path, fields or {})
    assert answer.status_code in (200, 302, 303), answer.text
    return answer.text


def made_on_the_page(surfer: Surfer) -> str:
    surfer.get("/account/webhooks/new")
    page = post(surfer, "/account/webhooks/new", FORM)
    found = re.search(r"<code>(whsec_[^<]+)</code>", page)
    assert found, page
    return html.unescape(found[1])


def hook_of(app: Flask) -> Webhook:
    with service_of(app).database.reading() as session:
        return session.scalars(select(Webhook)).one()


def deeds(app: Flask) -> list[str]:
    with service_of(app).database.reading() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.sequence)))


def test_registered_tried_and_revoked_on_pages(app: Flask) -> None:
    surfer = signed_in(app, MENTOR)
    assert "Register a webhook" in surfer.get("/account").text
    secret = made_on_the_page(surfer)
    with service_of(app).database.reading() as session:
        webhook = session.scalars(select(Webhook)).one()
        assert (webhook.secret, webhook.address) == (secret, ADDRESS)
    assert webhook.events == "round.closed report.released"
    page = f"/account/webhooks/{webhook.id}"
    account = surfer.get("/account").text
    # The path may be a secret: it stands on the webhook's own page alone.
    assert "hooks.example.org" in account
    assert "of-my-own" not in account
    own = surfer.get(page).text
    assert "of-my-own" in own
    assert secret not in account + own
    assert "Nothing was sent yet" in own
    post(surfer, f"{page}/test")
    (row,) = outbox(service_of(app))
    assert "Send again" not in surfer.get(page).text
    with service_of(app).database.writing() as session:
        tried = session.get_one(WebhookDelivery, row.id)
        tried.attempts, tried.last_problem = 1, "The receiver answered 500."
        session.get_one(Webhook, webhook.id).last_problem = "The receiver answered 500."
    shown = surfer.get(page).text
    assert "The receiver answered 500." in shown
    assert "Not reached" in surfer.get("/account").text
    assert f"{page}/messages/{row.id}/again" in shown
    post(surfer, f"{page}/messages/{row.id}/again")
    assert outbox(service_of(app))[0].attempts == 0
    assert "Revoke this webhook?" in post(surfer, f"{page}/revoke")
    assert len(outbox(service_of(app))) == 1
    post(surfer, f"{page}/revoke", {"sure": "yes"})
    assert outbox(service_of(app)) == []
    assert surfer.get(page).status_code == 404
    assert deeds(app) == ["webhook.registered", "webhook.revoked"]


def test_registering_asks_again_who_is_there(app: Flask) -> None:
    surfer = signed_in(app, MENTOR)
    service_of(app).clock = NOW + dt.timedelta(minutes=11)
    surfer.get("/account")
    assert surfer.post("/account/webhooks/new", FORM).headers["Location"] == "/account/confirm"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({**FORM, "address": ""}, "Enter an address"),
        ({**FORM, "address": "http://hooks.example.org/"}, "has to start with https://"),
        ({**FORM, "address": "https://10.0.0.1/"}, "closed network"),
        ({**FORM, "events": []}, "Choose at least one"),
        ({**FORM, "events": ["webhook.test"]}, "webhook.test"),
    ],
)
def test_what_makes_no_webhook(app: Flask, fields: dict[str, object], said: str) -> None:
    surfer = signed_in(app, MENTOR)
    surfer.get("/account/webhooks/new")
    answer = surfer.post("/account/webhooks/new", fields)
    assert answer.status_code == 422
    assert said in html.unescape(answer.text)
    assert deeds(app) == []


def test_the_same_over_the_api(app: Flask) -> None:
    program = program_of(app, MENTOR)
    made = program.post("/webhooks", {"url": ADDRESS, "events": ["round.closed"]}, key="one")
    assert made.status_code == 201
    hook = made.get_json()
    assert hook["secret"].startswith("whsec_")
    # Sent again: the same answer, and no second webhook.
    again = program.post("/webhooks", {"url": ADDRESS, "events": ["round.closed"]}, key="one")
    assert again.get_json() == hook
    path = f"/webhooks/{hook['id']}"
    assert made.headers["Location"] == f"/api/v1{path}"
    read = program.get(path).get_json()
    del hook["secret"]
    assert read == hook
    assert program.get("/webhooks").get_json()["items"] == [hook]
    sent = program.post(f"{path}/test").get_json()
    assert (sent["type"], sent["state"], sent["round_id"]) == ("webhook.test", "waiting", None)
    refusal(program.post(f"{path}/messages/{sent['id']}/again"), 409, "not-possible-now")
    with service_of(app).database.writing() as session:
        row = session.scalars(select(WebhookDelivery)).one()
        row.attempts, row.state, row.last_problem = 9, WebhookState.GIVEN_UP, "No connection."
    (message,) = program.get(f"{path}/messages").get_json()["items"]
    assert (message["state"], message["problem"]) == ("given_up", "No connection.")
    assert message["event_id"] == sent["event_id"]
    waiting = program.post(f"{path}/messages/{sent['id']}/again").get_json()
    assert (waiting["state"], waiting["attempts"]) == ("waiting", 0)
    assert program.ask("DELETE", path).status_code == 204
    refusal(program.get(path), 404)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"url": "http://hooks.example.org/", "events": ["round.closed"]}, ["#/url"]),
        ({"url": "https://169.254.169.254/", "events": ["round.closed"]}, ["#/url"]),
        ({"url": ADDRESS, "events": []}, ["#/events"]),
        ({"url": ADDRESS, "events": ["response.submitted"]}, ["#/events/0"]),
    ],
)
def test_what_the_api_refuses(app: Flask, body: dict[str, object], where: list[str]) -> None:
    assert (
        pointers(refusal(program_of(app, MENTOR).post("/webhooks", body), 422, "invalid-request"))
        == where
    )


def test_there_are_bounds(app: Flask) -> None:
    program = program_of(app, MENTOR)
    body = {"url": ADDRESS, "events": ["round.closed"]}
    for _ in range(MOST_WEBHOOKS):
        hook = program.post("/webhooks", body).get_json()
    problem = refusal(program.post("/webhooks", body), 422, "invalid-request")
    assert "Revoke one" in problem["errors"][0]["detail"]
    path = f"/webhooks/{hook['id']}/test"
    for _ in range(MOST_WAITING):
        assert program.post(path).status_code == 200
    refusal(program.post(path), 409, "not-possible-now")
    limiter.reset()
    most = int(WEBHOOKS_PER_PERSON.split()[0])
    answers = [
        program.client.post(f"/api/v1{path}", headers=program.headers).status_code
        for _ in range(most + 1)
    ]
    assert answers[-1] == 429
    assert 429 not in answers[:-1]


def test_nobody_else_has_any(app: Flask) -> None:
    """Another mentor sees none of it; who mentors nobody has none at all."""
    made_on_the_page(signed_in(app, MENTOR))
    hook = hook_of(app)
    other = signed_in(app, OTHER)
    assert other.get(f"/account/webhooks/{hook.id}").status_code == 404
    assert program_of(app, OTHER).get("/webhooks").get_json()["items"] == []
    with service_of(app).database.writing() as session:
        person = find_person(session, OTHER)
        assert person is not None
        person.is_mentor, person.is_administrator = False, True
    assert "Register a webhook" not in other.get("/account").text
    assert other.get("/account/webhooks/new").status_code == 404
    refusal(program_of(app, OTHER).get("/webhooks"), 404)


def test_the_copy_of_one_s_data_has_them_without_secrets(app: Flask) -> None:
    secret = made_on_the_page(signed_in(app, MENTOR))
    service = service_of(app)
    queue_test(service, hook_of(app).id)
    with service.database.reading() as session:
        person = find_person(session, MENTOR)
        assert person is not None
        packed = access_zip(
            Access(session, person, NOW.date()), app.config["TEMPLATE_FOLDER"], lambda *_: []
        )
    with zipfile.ZipFile(BytesIO(packed)) as archive:
        texts = [archive.read(name).decode() for name in ("data.json", "index.html")]
    for written in texts:
        assert "of-my-own" in written
        assert "webhook.test" in written
        assert secret not in written


def test_erasing_the_owner_erases_them(app: Flask) -> None:
    made_on_the_page(signed_in(app, MENTOR))
    service = service_of(app)
    queue_test(service, hook_of(app).id)
    with service.database.writing() as session:
        person = find_person(session, MENTOR)
        assert person is not None
        erase_person(session, service.keys, person, None, NOW)
    with service.database.reading() as session:
        assert session.scalars(select(Webhook)).all() == []
        assert session.scalars(select(WebhookDelivery)).all() == []


def test_messages_go_after_two_weeks_and_webhooks_stay(app: Flask) -> None:
    made_on_the_page(signed_in(app, MENTOR))
    service = service_of(app)
    webhook_id = hook_of(app).id
    for _ in range(2):
        queue_test(service, webhook_id)
    with service.database.writing() as session:
        done = session.scalars(select(WebhookDelivery)).all()[0]
        done.state, done.due_at, done.settled_on = WebhookState.DELIVERED, None, NOW.date()
    for days, left in ((13, 2), (14, 1), (400, 1)):
        now = NOW + dt.timedelta(days=days)
        with service.database.writing() as session:
            session.execute(text("UPDATE people SET last_used_month = NULL"))
        dispose_daily(service.database, service.keys, service.retention, now)
        assert len(outbox(service)) == left, days
    assert hook_of(app).id == webhook_id


def test_the_worker_delivers_beside_the_mail(
    there: Receiving, database_url: str, tmp_path: Path
) -> None:
    """The worker as a process of its own."""
    environment = service_environment(database_url, tmp_path) | {"WEBHOOKS_ALLOW_PRIVATE": "1"}
    service = Service(load_config(environment))
    case = draft_case(service, {"peers": 3}, now=service.now())
    _, secret = registered(service, there.address)
    launch(service, case.round_id, now=service.now())
    with working(environment) as worker:
        worker.until(lambda: outbox(service)[0].state is WebhookState.DELIVERED)
    (got,) = there.got
    said = verified(secret, got.headers, got.body)
    assert said["type"] == "round.launched"
    assert said["data"]["round_id"] == str(case.round_id)
    service.database.dispose()


@pytest.fixture
def example(tmp_path: Path) -> Iterator[tuple[str, str, Path]]:
    """The example receiver at work: its address, its secret, and what it prints."""
    secret, printed = "whsec_" + "QUJD" * 10, tmp_path / "printed"
    with printed.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "examples/webhook_receiver.py", "--port", "0"],
            cwd=ROOT,
            env={**os.environ, "MENTORING_WEBHOOK_SECRET": secret},
            stdout=output,
            stderr=output,
        )
    try:
        found = None
        while found is None:
            assert process.poll() is None, printed.read_text()
            found = re.search(r"127\.0\.0\.1:\d+", printed.read_text())
        yield f"http://{found[0]}/", secret, printed
    finally:
        process.terminate()
        process.wait()


def test_the_example_takes_what_is_genuine_once(example: tuple[str, str, Path]) -> None:
    address, secret, printed = example
    body = b'{"id":"evt_1","type":"webhook.test","day":"2026-11-02","data":{}}'
    now = int(dt.datetime.now(dt.UTC).timestamp())
    signed = dict(headers(secret, "evt_1", now, body))

    def status(sent: bytes, with_headers: dict[str, str]) -> int:
        request = urllib.request.Request(address, sent, with_headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    assert [status(body, signed) for _ in range(2)] == [204, 204]
    assert status(body + b" ", signed) == 401
    assert status(body, {**signed, "webhook-timestamp": str(now - 400)}) == 401
    assert status(b"x" * 30_000, signed) == 413
    lines = [line for line in printed.read_text().splitlines() if line.startswith("2026")]
    assert lines == ["2026-11-02 webhook.test"]


def test_the_settings(tmp_path: Path) -> None:
    base = service_environment("sqlite://", tmp_path)
    assert load_config(base)["WEBHOOKS_ALLOW_PRIVATE"] is False
    assert load_config(base | {"WEBHOOKS_ALLOW_PRIVATE": "1"})["WEBHOOKS_ALLOW_PRIVATE"] is True
    with pytest.raises(ConfigError, match="WEBHOOKS_ALLOW_PRIVATE"):
        load_config(base | {"WEBHOOKS_ALLOW_PRIVATE": "perhaps"})
    with pytest.raises(ConfigError, match="WEBHOOKS_CA_FILE"):
        load_config(base | {"WEBHOOKS_CA_FILE": str(tmp_path / "nowhere.pem")})
