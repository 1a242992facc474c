"""How much one person, or one browser, may ask for; also when several processes count together."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from survey.storage.models import RoundState
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
def redis_address(tmp_path: Path) -> Iterator[str]:
    """A real Redis, where there is one on this machine."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("there is no redis-server on this machine")
    port = free_port()
    process = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", tmp_path],
        stdout=subprocess.DEVNULL,
    )
    client = redis.Redis(port=port)
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                client.ping()
                break
            except redis.ConnectionError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        client.close()
        process.terminate()
        process.wait(timeout=20)


def test_several_processes_count_together(
    request: pytest.FixtureRequest, tmp_path: Path, redis_address: str
) -> None:
    environment = service_environment(fresh_database("sqlite", request, tmp_path), tmp_path) | {
        "MAIL_SERVER": "127.0.0.1",
        "RATELIMIT_STORAGE_URI": redis_address,
    }
    typed = {"email": "somebody@example.org"}
    first = Surfer(make_app(environment))
    first.get("/sign-in")
    asked = until_held_up(lambda: first.post("/sign-in", typed).status_code)
    assert asked == most(PER_ADDRESS)
    # As a second web process would be: made anew, with nothing in its memory.
    second = Surfer(make_app(environment))
    second.get("/sign-in")
    assert second.post("/sign-in", typed).status_code == 429
    kept = redis.Redis.from_url(redis_address)
    names = [key.decode() for key in kept.scan_iter()]
    assert names
    assert not [name for name in names if "somebody" in name or "127.0.0.1" in name]
    assert all(0 < kept.ttl(name) <= 16 * 60 for name in names)
    kept.close()
    for surfer in (first, second):
        service_of(surfer.app).database.dispose()
