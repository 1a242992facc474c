"""Too many tries to sign in are held up, without telling anything about anybody."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from survey.accounts.people import add_mentor
from survey.web.rate_limits import limiter
from tests.conftest import fresh_database, service_environment
from tests.support.cases import launched_case, tokens
from tests.support.web import Surfer, make_app, service_of

MENTOR, STRANGER = "max.mentor@example.org", "nobody@example.org"


@pytest.fixture
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    database = fresh_database("sqlite", request, tmp_path)
    made = make_app(
        service_environment(database, tmp_path)
        | {"MAIL_SERVER": "127.0.0.1", "TRUSTED_PROXIES": "1"}
    )
    with service_of(made).database.writing() as session:
        add_mentor(session, "Max Mentor", MENTOR)
    yield made
    service_of(made).database.dispose()


def from_address(app: Flask, number: int) -> Surfer:
    surfer = Surfer(app)
    surfer.client.environ_base["HTTP_X_FORWARDED_FOR"] = f"192.0.2.{number}"
    surfer.get("/sign-in")
    return surfer


def test_one_address_is_asked_for_ten_times_wherever_from(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answers: dict[str, list[tuple[int, str, str | None]]] = {}
    for address in (MENTOR, STRANGER):
        spellings = (address, address.upper(), address.replace("@", "+x@"))
        answers[address] = []
        for number in range(12):
            spelling = spellings[number % 3]
            answer = from_address(app, number).post("/sign-in", {"email": spelling})
            seen = answer.text.replace(spelling, "ADDRESS")
            answers[address].append((answer.status_code, seen, answer.headers.get("Retry-After")))
    # No way to tell an account from none: neither by the pages nor by when they change.
    assert answers[MENTOR] == answers[STRANGER]
    assert [status for status, *_ in answers[MENTOR]] == [200] * 10 + [429] * 2
    held_up = answers[MENTOR][-1][1]
    assert "Please wait a little" in held_up
    assert "quarter of an hour" in held_up
    # Others are not held up, and looking at the page is free.
    assert from_address(app, 99).post("/sign-in", {"email": "a@example.org"}).status_code == 200
    assert from_address(app, 99).get("/sign-in").status_code == 200
    logged = caplog.text.lower()
    assert "ratelimit" in logged
    assert "example.org" not in logged
    assert "192.0.2" not in logged
    assert "example.org" not in repr(vars(limiter.storage))
    assert "192.0.2" not in repr(vars(limiter.storage))


def test_one_client_may_try_so_often_in_whatever_way(app: Flask) -> None:
    surfer = from_address(app, 7)
    statuses = []
    for number in range(41):
        for path, fields in (
            ("/sign-in", {"email": f"x{number}@example.org"}),
            ("/sign-in/nonsense", {}),
            ("/sign-in/passkey/options", {}),
        ):
            statuses.append(surfer.post(path, fields).status_code)
    assert 429 not in statuses[:120]
    assert set(statuses[120:]) == {429}
    assert from_address(app, 8).post("/sign-in", {"email": MENTOR}).status_code == 200


def test_raters_are_never_held_up(app: Flask) -> None:
    service = service_of(app)
    case = launched_case(service, {"peers": 3}, now=service.now())
    rater = from_address(app, 9)
    form = rater.get(tokens(service, case.round_id)["peers1@example.org"].join(("/r/", "")))
    place = form.headers["Location"]
    rater.get(place)
    # Nothing is answered in it yet, which the form says, again and again.
    assert {rater.post(place, {"step": "review"}).status_code for _ in range(150)} == {422}
    held = [key for key in vars(limiter.storage)["storage"] if "rater" in key]
    assert held == []
