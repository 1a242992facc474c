"""Whose name the service answers to, and whom it believes about where a request came from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from config import ConfigError, load_config
from survey.accounts.people import add_mentor
from survey.accounts.sign_in import answer_sign_in_requests, request_sign_in
from survey.web.rate_limits import PER_CLIENT, limiter
from tests.conftest import fresh_database, service_environment
from tests.support.web import Surfer, make_app, service_of, signed_in

MENTOR = "max.mentor@example.org"
OWN = "https://feedback.example.org"
FOREIGN = (
    "evil.example",
    "evil.example:443",
    "feedback.example.org.evil.example",
    "evil-feedback.example.org",
    "feedback.example.org@evil.example",
    "localhost.evil.example",
    "127.0.0.2",
    "127.0.0.1.nip.io",
    "[::2]",
    "",
    "feedback.example.org/evil",
    "feedback.example.org, evil.example",
)
Make = Callable[..., Flask]


@pytest.fixture
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    made: list[Flask] = []

    def make_one(**settings: str) -> Flask:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        environment = service_environment(fresh_database("sqlite", request, folder), folder)
        app = make_app(environment | {"MAIL_SERVER": "127.0.0.1"} | settings)
        with service_of(app).database.writing() as session:
            add_mentor(session, "Max Mentor", MENTOR)
        made.append(app)
        return app

    yield make_one
    for app in made:
        service_of(app).database.dispose()


@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_name_is_turned_away(make: Make, host: str) -> None:
    app = make(BASE_URL=OWN)
    for path in ("/sign-in", "/anonymity", "/static/style.css", "/nothing", "/r/nonsense"):
        answer = app.test_client().get(path, headers={"Host": host})
        assert answer.status_code == 400, path
        assert "evil" not in answer.text
        assert "evil" not in str(answer.headers)
    answer = app.test_client().post("/sign-in", data={}, headers={"Host": host})
    assert "does not go by that name" in answer.text


@pytest.mark.parametrize(
    "host", ["feedback.example.org", "FEEDBACK.example.org:443", "localhost", "127.0.0.1:8000",
             "[::1]:8000", "[::1]", "web", "10.0.0.7:80", "feedback.example.org."]
)  # fmt: skip
def test_our_own_names_are_answered(make: Make, host: str) -> None:
    app = make(BASE_URL=OWN, ALLOWED_HOSTS="Web, 10.0.0.7")
    assert app.test_client().get("/sign-in", headers={"Host": host}).status_code == 200


def test_a_balancer_asks_by_whatever_address(make: Make) -> None:
    client = make(BASE_URL=OWN).test_client()
    for path in ("/healthz", "/readyz"):
        assert client.get(path, headers={"Host": "10.0.0.9:8000"}).status_code == 200


def test_a_name_of_numbers_or_with_a_port_is_a_name_too(make: Make) -> None:
    for address, host in (
        ("http://192.0.2.7:8000", "192.0.2.7:8000"),
        ("http://[2001:db8::7]:8000", "[2001:db8::7]:8000"),
        ("http://intranet", "intranet"),
    ):
        app = make(BASE_URL=address)
        assert app.test_client().get("/sign-in", headers={"Host": host}).status_code == 200
        assert app.test_client().get("/sign-in", headers={"Host": "other"}).status_code == 400


@pytest.mark.parametrize("wrong", ["https://a.example", "a.example:443", "a b", "*", "a/b"])
def test_a_name_that_is_none_is_refused_at_the_start(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ConfigError, match=r"^ALLOWED_HOSTS: "):
        load_config(service_environment("sqlite://", tmp_path) | {"ALLOWED_HOSTS": wrong})


def test_links_and_redirects_are_made_of_our_own_address_alone(make: Make) -> None:
    app = make(BASE_URL=OWN, ALLOWED_HOSTS="other.example", TRUSTED_PROXIES="1")
    service = service_of(app)
    headers = {
        "Host": "other.example",
        "X-Forwarded-Host": "other.example",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Prefix": "/evil",
        "X-Original-URL": "/evil",
        "Forwarded": "host=evil.example",
    }
    answer = app.test_client().get("/", headers=headers)
    assert answer.headers["Location"] == "/sign-in"
    for page in ("/sign-in", "/anonymity", "/privacy-notice"):
        text = app.test_client().get(page, headers=headers).text
        assert "other.example" not in text
        assert "evil" not in text
    assert service.sign_in_url("t") == f"{OWN}/sign-in/t"
    with service.database.writing() as session:
        request_sign_in(session, MENTOR)
        session.flush()
        assert answer_sign_in_requests(session, service.sign_in_links, service.now()) == 1


def statuses(app: Flask, forwarded: Callable[[int], str]) -> set[int]:
    limiter.reset()
    found = set()
    for number in range(int(PER_CLIENT.split()[0]) + 5):
        surfer = Surfer(app)
        surfer.client.environ_base["HTTP_X_FORWARDED_FOR"] = forwarded(number)
        surfer.get("/sign-in")
        found.add(surfer.post("/sign-in/nonsense").status_code)
    return found


def test_without_a_trusted_proxy_nobody_chooses_where_they_come_from(make: Make) -> None:
    app = make()
    assert 429 in statuses(app, lambda number: f"192.0.2.{number}")
    answer = app.test_client().get(
        "/sign-in", headers={"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    )
    assert answer.status_code == 200
    assert "Strict-Transport-Security" not in answer.headers


def test_of_many_forwarded_addresses_the_proxy_s_own_counts(make: Make) -> None:
    app = make(TRUSTED_PROXIES="1")
    assert 429 in statuses(app, lambda number: f"192.0.2.{number}, 198.51.100.7")
    assert 429 not in statuses(app, lambda number: f"198.51.100.7, 192.0.2.{number}")


def test_https_is_kept_to_once_it_is_there(make: Make) -> None:
    app = make(BASE_URL=OWN)
    answer = app.test_client().get("/sign-in", headers={"Host": "feedback.example.org"})
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    plain = make().test_client().get("/sign-in")
    assert "Strict-Transport-Security" not in plain.headers


def test_the_session_s_cookie_is_for_this_host_alone(make: Make) -> None:
    app = make(BASE_URL=OWN, TRUSTED_PROXIES="1")
    surfer = Surfer(app)
    surfer.client.environ_base |= {
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_X_FORWARDED_HOST": "feedback.example.org",
    }
    (cookie,) = surfer.get("/sign-in").headers.getlist("Set-Cookie")
    parts = {part.strip() for part in cookie.split(";")}
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= parts
    assert not [part for part in parts if part.startswith("Domain")]


def test_what_was_in_the_browser_before_is_worth_nothing_after_signing_in(make: Make) -> None:
    """Neither the session nor the token for forms can be planted (session fixation)."""
    app = make()
    victim = Surfer(app)
    victim.get("/sign-in")
    planted = victim.client.get_cookie("session")
    assert planted is not None
    token = victim.csrf
    victim.sign_in(MENTOR)
    now = victim.client.get_cookie("session")
    assert now is not None
    assert now.value != planted.value
    attacker = Surfer(app)
    attacker.client.set_cookie("session", planted.value)
    assert attacker.get("/").headers["Location"] == "/sign-in"
    assert victim.client.post("/mentees/new", data={"csrf_token": token}).status_code == 400
    # And each sign-in has a session of its own, so that one can be ended without the other.
    other = signed_in(app, MENTOR).client.get_cookie("session")
    assert other is not None
    assert other.value != now.value
