"""How much one person, or one browser, may ask for; also when several processes count together."""

from __future__ import annotations

import logging
import socket
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis

from config import ConfigError, load_config
from survey.operations.counters import counters
from survey.operations.doctor.counters import check_counters
from survey.operations.doctor.finding import Level
from survey.storage.models import RoundState
from survey.web.app import create_app
from survey.web.rate_limits import (
    FILES_PER_PERSON,
    LETTERS_PER_PERSON,
    PER_ADDRESS,
    PER_CLIENT,
    limiter,
)
from tests.conftest import fresh_database, service_environment
from tests.fuzz.world import EVERYTHING, MENTEE, MENTOR, NOBODY, Target
from tests.security.service import full_service
from tests.support.ports import free_port
from tests.support.redis_server import PROGRAM, RedisServer
from tests.support.web import Surfer, make_app, service_of


@pytest.fixture(scope="module")
def target(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Target]:
    """Each of its browsers begins with nothing counted."""
    with full_service(request, tmp_path_factory.mktemp("limited"), "sqlite") as made:
        yield made


def most(limit: str) -> int:
    return int(limit.split()[0])


def until_held_up(ask: Callable[[], int]) -> int:
    """How many times one may ask."""
    for count in range(200):
        if ask() == 429:
            return count
    raise AssertionError("never held up")


def test_files_and_letters_are_limited_per_person(target: Target) -> None:
    report = f"/reports/{target.world.rounds[RoundState.RELEASED]}.csv"
    remind = f"/rounds/{target.world.rounds[RoundState.OPEN]}/remind"
    token = {"csrf_token": target.csrf[MENTOR]}
    mentor = target.client(MENTOR)
    assert until_held_up(lambda: mentor.get(report).status_code) == most(FILES_PER_PERSON)
    asked = until_held_up(lambda: mentor.post(remind, data=token).status_code)
    assert asked == most(LETTERS_PER_PERSON)
    held_up = mentor.post(remind, data=token)
    assert "Please wait a little" in held_up.text
    # One count for all that sends letters, the invitations of a launch among them.
    draft, running = (target.world.rounds[state] for state in (RoundState.DRAFT, RoundState.OPEN))
    for path in (f"/rounds/{draft}/launch", f"/rounds/{running}/late-raters", "/mentees/new"):
        assert mentor.post(path, data=token).status_code == 429, path
    # Others, and other pages, are not held up.
    counters = set(vars(limiter.storage)["storage"])
    mentee = target.app.test_client()
    for name, value, path in target.cookies[MENTEE]:
        mentee.set_cookie(name, value, path=path)
    assert mentee.get(report).status_code == 200
    assert mentor.get("/").status_code == 200
    # Nor do the counters name anybody.
    assert counters
    for counter in counters:
        assert "example.org" not in counter
        assert str(target.world.ids["person_id"]) not in counter


def test_links_are_not_tried_out(target: Target) -> None:
    client = target.client(NOBODY)
    tried = until_held_up(lambda: client.get("/rater-data/nonsense").status_code)
    assert tried == most(PER_CLIENT)
    assert client.get("/rater-data/nonsense/download").status_code == 429
    assert client.get("/rater-data").status_code == 200


def test_the_other_sign_in_service_is_not_called_without_end(target: Target) -> None:
    client = target.client(EVERYTHING)
    tried = until_held_up(lambda: client.get("/sign-in/openid/callback").status_code)
    assert tried == most(PER_CLIENT)
    assert client.get("/sign-in/openid").status_code == 429


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    if PROGRAM is None:
        pytest.skip("there is no redis-server on this machine")
    server = RedisServer(tmp_path)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def _counting_is_as_before() -> Iterator[None]:
    """What the limiter knows of its store outlives an application; other tests need it well."""
    yield
    limiter._storage_dead = False


def counting_in(store: str, request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """The settings of a service that counts there."""
    environment = service_environment(fresh_database("sqlite", request, tmp_path), tmp_path)
    return environment | {"MAIL_SERVER": "127.0.0.1", "RATELIMIT_STORAGE_URI": store}


def test_several_processes_count_together(
    request: pytest.FixtureRequest, tmp_path: Path, redis_server: RedisServer
) -> None:
    environment = counting_in(redis_server.address, request, tmp_path)
    typed = {"email": "somebody@example.org"}
    first = Surfer(make_app(environment))
    first.get("/sign-in")
    asked = until_held_up(lambda: first.post("/sign-in", typed).status_code)
    assert asked == most(PER_ADDRESS)
    # As a second web process would be: made anew, with nothing in its memory.
    second = Surfer(make_app(environment))
    second.get("/sign-in")
    assert second.post("/sign-in", typed).status_code == 429
    kept = redis.Redis.from_url(redis_server.address)
    names = [key.decode() for key in kept.scan_iter()]
    assert names
    assert not [name for name in names if "somebody" in name or "127.0.0.1" in name]
    assert all(0 < kept.ttl(name) <= 16 * 60 for name in names)
    kept.close()
    for surfer in (first, second):
        service_of(surfer.app).database.dispose()


@pytest.mark.usefixtures("_counting_is_as_before")
def test_without_the_store_people_sign_in_and_are_still_limited(
    request: pytest.FixtureRequest, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    address = f"redis://:secret@127.0.0.1:{free_port()}/0"
    surfer = Surfer(make_app(counting_in(address, request, tmp_path)))
    surfer.get("/sign-in")
    typed = {"email": "somebody@example.org"}
    asked = until_held_up(lambda: surfer.post("/sign-in", typed).status_code)
    assert asked == most(PER_ADDRESS)
    others = {"email": "another@example.org"}
    assert surfer.post("/sign-in", others).status_code == 200
    assert "falling back to in-memory storage" in caplog.text
    for secret in ("secret@", "somebody", "another", "127.0.0.1", "redis://"):
        assert secret not in caplog.text
    service_of(surfer.app).database.dispose()


@pytest.mark.usefixtures("_counting_is_as_before")
def test_a_store_that_hangs_holds_nobody_up_for_long(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"redis://127.0.0.1:{silent.getsockname()[1]}"
        app = make_app(counting_in(address, request, tmp_path))
        surfers = [Surfer(app) for _ in range(4)]
        for surfer in surfers:
            surfer.get("/sign-in")

        def sign_in(surfer: Surfer) -> int:
            return surfer.post("/sign-in", {"email": "somebody@example.org"}).status_code

        began = time.monotonic()
        with ThreadPoolExecutor(len(surfers)) as together:
            assert list(together.map(sign_in, surfers)) == [200] * len(surfers)
        assert time.monotonic() - began < 15
    service_of(app).database.dispose()


@pytest.mark.usefixtures("_counting_is_as_before")
def test_the_store_is_used_again_when_it_is_back(
    request: pytest.FixtureRequest, tmp_path: Path, redis_server: RedisServer
) -> None:
    environment = counting_in(redis_server.address, request, tmp_path)
    surfer = Surfer(make_app(environment))
    surfer.get("/sign-in")

    def sign_in(number: int) -> int:
        typed = {"email": f"somebody{number}@example.org"}
        return surfer.post("/sign-in", typed).status_code

    def level() -> Level:
        (found,) = check_counters(load_config(environment))
        return found.level

    assert (sign_in(0), level()) == (200, Level.OK)
    redis_server.stop()
    assert (sign_in(1), level()) == (200, Level.WARNING)
    redis_server.start()
    kept = redis.Redis.from_url(redis_server.address)
    deadline = time.monotonic() + 60
    number = 2
    while not list(kept.scan_iter()):
        assert time.monotonic() < deadline
        time.sleep(0.5)
        assert sign_in(number) == 200
        number += 1
    kept.close()
    service_of(surfer.app).database.dispose()


def test_a_package_that_is_missing_is_named(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = service_environment(fresh_database("sqlite", request, tmp_path), tmp_path)
    address = "redis://:secret@redis.example.org"
    config = load_config(environment | {"RATELIMIT_STORAGE_URI": address})
    counters(config)
    # As where it is not installed.
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(ConfigError, match=r"RATELIMIT_STORAGE_URI: .*`pip install redis`") as said:
        create_app(config)
    assert "secret" not in str(said.value)
