"""What holds for every route: headers on each answer, a token on each form, no inside outside."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from tests.fuzz.world import ROLES, Target
from tests.security.service import full_service
from tests.web.test_access import MENTEE, MENTOR


@pytest.fixture(scope="module")
def target(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Target]:
    with full_service(request, tmp_path_factory.mktemp("asked"), "sqlite") as made:
        yield made


def routes(target: Target, method: str) -> list[tuple[str, str]]:
    """Endpoint and a path of each route that takes this method, one per state of a round."""
    found = {
        (rule.endpoint, path)
        for rule, taken, path, _ in target.world.requests()
        if taken == method and rule.endpoint != "openid.start"
    }
    if method == "GET":
        found |= {("rater.form", page) for page in target.pages if page.startswith("/feedback/")}
    return sorted(found)


def assert_guarded(answer: TestResponse, what: str) -> None:
    """The headers, and nothing in the page that they would forbid."""
    headers = answer.headers
    policy = dict(
        (part.strip() + " ").split(" ", 1) for part in headers["Content-Security-Policy"].split(";")
    )
    sources = " ".join(policy.values())
    assert policy["default-src"].strip() == "'none'", what
    assert policy["frame-ancestors"].strip() == policy["base-uri"].strip() == "'none'", what
    assert policy["form-action"].strip() == "'self'", what
    assert "unsafe" not in sources, what
    assert "*" not in sources, what
    assert "http" not in sources, what
    assert headers["X-Frame-Options"] == "DENY", what
    assert headers["X-Content-Type-Options"] == "nosniff", what
    assert headers["Referrer-Policy"] == "no-referrer", what
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin", what
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin", what
    for feature in ("camera", "microphone", "geolocation", "payment", "usb"):
        assert f"{feature}=()" in headers["Permissions-Policy"], what
    assert "Access-Control-Allow-Origin" not in headers, what
    assert "X-Powered-By" not in headers, what
    if answer.mimetype == "text/html":
        inline = r"<script(?![^>]*\bsrc=)|<style\b|<[^>]*\s(?:on[a-z]+|style)=|javascript:"
        assert not re.search(inline, answer.text, re.I), what
        assert not re.search(r'(?:src|action)="(?:https?:)?//', answer.text), what


@pytest.mark.parametrize("role", ROLES)
def test_every_page_is_guarded(target: Target, role: str) -> None:
    statuses = set()
    for endpoint, path in routes(target, "GET"):
        answer = target.client(role).get(path)
        what = f"{path} as {role}: {answer.status_code}"
        assert_guarded(answer, what)
        statuses.add(answer.status_code)
        assert answer.status_code < 500, what
        if endpoint != "static":
            assert answer.headers["Cache-Control"] == "no-store", what
        else:
            assert "public" in answer.headers["Cache-Control"], what
    assert {200, 404} <= statuses


def test_files_to_take_away_are_guarded_and_never_shown_in_the_page(target: Target) -> None:
    taken = set()
    for endpoint, path in routes(target, "GET"):
        answer = target.client(MENTOR).get(path)
        shown = answer.mimetype in ("text/html", "application/json") or endpoint == "static"
        if answer.status_code == 200 and not shown:
            assert_guarded(answer, path)
            assert answer.headers["Content-Disposition"].startswith("attachment"), path
            taken.add(endpoint)
    assert taken >= {"reports.download", "sessions.appointment"}
    copy = target.client(MENTEE).post("/my-data/download", data={"csrf_token": target.csrf[MENTEE]})
    assert_guarded(copy, "/my-data/download")
    assert copy.headers["Cache-Control"] == "no-store"
    assert zipfile.is_zipfile(io.BytesIO(copy.data))
    target.restore()


def test_errors_are_guarded_and_tell_nothing(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    surfer = target.client(MENTOR)

    def fails() -> str:
        raise RuntimeError("the inside of the service")

    monkeypatch.setitem(target.app.view_functions, "home.index", fails)
    token = target.csrf[MENTOR]
    answers = {
        400: surfer.post("/mentees/new", data={}),
        404: surfer.get("/nothing/../here"),
        405: surfer.post("/privacy-notice", data={"csrf_token": token}),
        413: surfer.post("/frameworks/", data={"csrf_token": token, "x": "x" * 4_000_000}),
        500: surfer.get("/"),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert_guarded(answer, str(status))
        assert answer.headers["Cache-Control"] == "no-store"
        for inside in ("the inside", "Traceback", "RuntimeError", "Werkzeug", "Flask", ".py"):
            assert inside not in answer.text, (status, inside)


def test_nothing_is_done_without_the_token_of_the_page(target: Target) -> None:
    """Every route that takes a form, as everybody, with no token, a made-up one, and another's."""
    before = target.stored()
    asked = 0
    # Of somebody else who is signed in, so a good token, in another session.
    strangers = {role: target.csrf[MENTEE if role == MENTOR else MENTOR] for role in ROLES}
    for role in ROLES:
        paths = {path for _, path in routes(target, "POST")} | set(target.forms[role])
        for path in sorted(paths):
            for data in ({}, {"csrf_token": "made-up"}, {"csrf_token": strangers[role]}):
                answer = target.client(role).post(path, data={**data, "sure": "yes"})
                assert answer.status_code == 400, f"{path} as {role} with {list(data)}"
                assert "Please send the form once more" in answer.text
            asked += 1
    assert asked > 300
    assert target.stored() == before


def test_the_token_is_not_taken_from_the_address(target: Target) -> None:
    """An address lands in histories and logs."""
    client = target.client(MENTOR)
    answer = client.post(f"/mentees/new?csrf_token={target.csrf[MENTOR]}", data={"name": "A"})
    assert answer.status_code == 400


def test_nothing_changes_by_looking(target: Target) -> None:
    """GET and HEAD change nothing, so no link and no picture elsewhere can make somebody do it."""
    before = target.stored()
    for role in ROLES:
        for _, path in routes(target, "GET"):
            target.client(role).get(path)
            assert target.client(role).head(path).data == b""
    assert target.stored() == before


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "FOO"])
def test_other_methods_do_nothing(target: Target, method: str) -> None:
    before = target.stored()
    for _, path in routes(target, "GET"):
        answer = target.client(MENTOR).open(
            path, method=method, headers={"X-CSRFToken": target.csrf[MENTOR]}
        )
        assert answer.status_code in (400, 404, 405), f"{method} {path}"
        assert_guarded(answer, f"{method} {path}")
    assert target.stored() == before


def test_a_page_from_elsewhere_may_not_read_ours(target: Target) -> None:
    for origin in ("https://evil.example", "null", "http://localhost:8000.evil.example"):
        answer = target.client(MENTOR).get("/", headers={"Origin": origin})
        assert not [name for name in answer.headers if name[0].startswith("Access-Control")]
