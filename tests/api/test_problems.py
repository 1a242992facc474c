"""Every error under /api is a problem (RFC 9457): never a page, and with the place to put right."""

from __future__ import annotations

import datetime as dt
import logging
import uuid

import pytest
from flask import Flask
from sqlalchemy.exc import TimeoutError as NoFreeConnectionError

from survey.accounts.people import add_mentor
from tests.api.programs import MENTOR, PROBLEM, Program, in_days, pointers, program_of, refusal
from tests.frameworks.samples import GOOD, broken
from tests.support.cases import NOW, Case, close, draft_case
from tests.support.web import service_of


@pytest.fixture
def case(app: Flask) -> Case:
    return draft_case(service_of(app), {"peers": 3})


@pytest.fixture
def program(app: Flask, case: Case) -> Program:
    return program_of(app, MENTOR)


def draft(**changes: object) -> dict[str, object]:
    return {"framework_id": "leadership", "deadline": in_days(14), **changes}


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"deadline": "tomorrow"}, ["#/deadline"]),
        ({"deadline": in_days(-1)}, ["#/deadline"]),
        ({"deadline": in_days(999)}, ["#/deadline"]),
        ({"threshold": 1}, ["#/threshold"]),
        ({"threshold": "3"}, ["#/threshold"]),
        ({"groups": []}, ["#/groups"]),
        ({"groups": ["peers", "peers"]}, ["#/groups"]),
        ({"groups": ["peers", "gods"]}, ["#/groups/1"]),
        ({"own_groups": ["Board", "!"]}, ["#/own_groups/1"]),
        ({"framework_id": "nothing"}, ["#/framework_id"]),
        ({"goal_id": str(uuid.uuid4())}, ["#/goal_id"]),
        ({"compared_with_id": str(uuid.uuid4())}, ["#/compared_with_id"]),
        ({"kind": "before", "retrospective": True}, ["#/retrospective"]),
        ({"kind": "sometime", "purpose": "x" * 601}, ["#/kind", "#/purpose"]),
        ({"a/b~c": 1}, ["#/a~1b~0c"]),
        ({"purpose": "NUL \x00"}, ["#/purpose"]),
    ],
)
def test_what_is_wrong_with_a_draft_is_named_at_its_place(
    program: Program, case: Case, changes: dict[str, object], places: list[str]
) -> None:
    answer = program.post(f"/mentees/{case.mentorship_id}/rounds", draft(**changes))
    assert pointers(refusal(answer, 422, "invalid-request")) == places


def test_raters_are_named_by_their_place_and_none_is_added(program: Program, case: Case) -> None:
    path = f"/rounds/{case.round_id}/raters"
    before = program.get(path).get_json()
    sent = [
        {"name": "Fine", "email": "fine@example.org", "group": "peers"},
        {"name": "=1+1", "email": "nobody", "group": "peers"},
        {"email": "peers1@example.org", "group": "gods"},
        {"email": "ok@example.org", "group": "peers", "language": "klingonish language"},
    ]
    wrong = refusal(program.post(path, {"raters": sent}), 422, "invalid-request")
    assert pointers(wrong) == ["#/raters/3/language"]
    wrong = refusal(program.post(path, {"raters": sent[:3]}), 422, "invalid-request")
    assert pointers(wrong) == [
        "#/raters/1/name",
        "#/raters/1/email",
        "#/raters/2/email",
        "#/raters/2/group",
    ]
    refusal(program.post(path, {"raters": []}), 422, "invalid-request")
    assert program.get(path).get_json() == before


def test_a_group_is_known_by_its_key_and_by_the_names_that_lists_use(
    program: Program, case: Case
) -> None:
    path = f"/rounds/{case.round_id}/raters"
    said = ("peers", "Peers", "PEER", "Kollegen")
    sent = [{"email": f"new{n}@example.org", "group": one} for n, one in enumerate(said)]
    assert program.post(path, {"raters": sent}).status_code == 200
    listed = program.get(path).get_json()["items"]
    assert {one["group"] for one in listed if one["email"].startswith("new")} == {"peers"}
    unknown = {"raters": [{"email": "more@example.org", "group": "Peerz"}]}
    wrong = refusal(program.post(path, unknown), 422, "invalid-request")
    assert "did you mean 'Peers'?" in wrong["errors"][0]["detail"]


def test_a_framework_s_problems_are_named_with_line_and_column(program: Program) -> None:
    wrong = broken("kind: behaviour", "kind: talent", GOOD)
    problem = refusal(
        program.post("/frameworks", {"yaml": wrong, "file_name": "own.yaml"}),
        422,
        "framework-problems",
    )
    (error,) = problem["errors"]
    assert wrong.splitlines()[error["line"] - 1].strip() == "kind: talent"
    assert error["column"] > 1
    assert error["hint"]
    taken = program.post("/frameworks", {"yaml": GOOD})
    assert "belongs to a framework" in refusal(taken, 409, "not-possible-now")["detail"]


def test_an_id_is_named_as_it_was_sent(program: Program, case: Case) -> None:
    goal = {"statement": "Lead", "framework_id": "leadership", "competency_ids": ["no-such"]}
    wrong = refusal(
        program.post(f"/mentees/{case.mentorship_id}/goals", goal), 422, "invalid-request"
    )
    assert pointers(wrong) == ["#/competency_ids"]
    assert wrong["errors"][0]["detail"].startswith("no-such ")


def test_other_statements_under_the_same_version_are_refused(program: Program) -> None:
    mine = broken("id: leadership", "id: mine", GOOD)
    assert program.post("/frameworks", {"yaml": mine}).status_code == 201
    changed = broken("Asks before deciding", "Asks others before deciding", mine)
    problem = refusal(program.post("/frameworks", {"yaml": changed}), 422, "framework-problems")
    (error,) = problem["errors"]
    assert changed.splitlines()[error["line"] - 1] == "version: 1.0.0"
    assert error["hint"] == "write “version: 2.0.0” or a higher one"
    higher = changed.replace("version: 1.0.0", "version: 2.0.0")
    assert program.post("/frameworks", {"yaml": higher}).status_code == 201
    # Neither may it fall where nothing changed, so that no two texts bear one number.
    lower = higher.replace("version: 2.0.0", "version: 1.5.0")
    problem = refusal(program.post("/frameworks", {"yaml": lower}), 422, "framework-problems")
    assert problem["errors"][0]["hint"] == "write “version: 2.0.0” or a higher one"
    assert "version 1.5.0 is lower than 2.0.0" in problem["errors"][0]["detail"]


def test_steps_that_a_round_does_not_allow(app: Flask, program: Program, case: Case) -> None:
    path = f"/rounds/{case.round_id}"
    for step in ("remind", "close"):
        refusal(program.post(f"{path}/{step}"), 409, "not-possible-now")
    refusal(program.post(f"{path}/release"), 404)
    refusal(program.post(f"{path}/deadline", {"deadline": in_days(9)}), 409, "not-possible-now")
    refusal(program.post(f"{path}/after", {"deadline": in_days(9)}), 409, "not-possible-now")
    assert program.post(f"{path}/launch").status_code == 200
    refusal(program.post(f"{path}/launch"), 409, "not-possible-now")
    refusal(program.ask("DELETE", path), 409, "not-possible-now")
    rater = program.get(f"{path}/raters").get_json()["items"][0]["id"]
    refusal(program.ask("DELETE", f"{path}/raters/{rater}"), 409, "not-possible-now")
    refusal(program.post(f"{path}/raters/{uuid.uuid4()}/withdraw"), 404)
    refusal(program.post(f"{path}/release"), 409, "not-possible-now")
    close(service_of(app), case.round_id)
    refusal(program.post(f"{path}/raters/{rater}/withdraw"), 409, "not-possible-now")
    late = {"raters": [{"email": "late@example.org", "group": "peers"}]}
    refusal(program.post(f"{path}/raters", late), 409, "not-possible-now")


def test_a_launch_that_cannot_be(app: Flask, program: Program, case: Case) -> None:
    service_of(app).clock = NOW + dt.timedelta(days=30)
    path = f"/rounds/{case.round_id}"
    problems = program.get(path).get_json()["problems"]
    refused = refusal(program.post(f"{path}/launch"), 409, "not-possible-now")
    assert [error["detail"] for error in refused["errors"]] == problems
    assert "that day is over" in problems[0]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/", 404),
        ("GET", "/api/v2/rounds", 404),
        ("GET", "/api/v1/rounds/not-an-id", 404),
        ("GET", "/api/v1/frameworks/%00", 404),
        ("PUT", "/api/v1/rounds", 405),
        ("DELETE", "/api/v1/whoami", 405),
        ("POST", "/api/docs", 405),
    ],
)
def test_addresses_and_methods_that_there_are_not(
    program: Program, method: str, path: str, status: int
) -> None:
    answer = program.ask(method, path)
    refusal(answer, status)
    assert ("Allow" in answer.headers) == (status == 405)


def test_bodies_that_cannot_be_read(app: Flask, program: Program) -> None:
    def send(data: bytes, kind: str = "application/json"):  # type: ignore[no-untyped-def]
        return program.client.post(
            "/api/v1/mentees", data=data, content_type=kind, headers=program.headers
        )

    for data in (b"", b"{", b'{"name": "\\ud800"}', b"\xff", b'{"a":' * 5000):
        refusal(send(data), 400, "not-json")
    for data in (b"null", b"[]", b'"text"', b"3"):
        refusal(send(data), 422, "invalid-request")
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        refusal(send(b'{"name": "Mia", "email": "mia@example.org"}', kind), 415, "wrong-media-type")
    refusal(send(b" " * (3 << 20) + b"{}"), 413)


def test_parameters_that_nobody_knows(program: Program) -> None:
    for asked, place in (
        ("/mentees?limit=0", "limit"),
        ("/mentees?limit=many", "limit"),
        ("/mentees?limit=1&limit=2", "limit"),
        ("/mentees?order=name", "order"),
        ("/rounds?state=lost", "state"),
        ("/whoami?x=1", "x"),
        ("/mentees?after=nobody", "after"),
    ):
        assert pointers(refusal(program.get(asked), 422, "invalid-request")) == [place], asked


def test_another_name_of_the_service_is_refused_as_a_problem(program: Program) -> None:
    answer = program.ask("GET", "/whoami", headers={"Host": "evil.example"})
    refusal(answer, 400)


def test_a_failure_is_a_problem_and_tells_nothing(
    app: Flask, program: Program, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_arguments: object) -> object:
        raise RuntimeError("the inside of the service")

    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("survey.api.mentees.shown_mentee", fails)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = program.get("/mentees")
    refusal(answer, 500)
    assert "inside" not in answer.text
    token = program.headers["Authorization"].split()[1]
    assert token not in caplog.text


def test_while_the_database_is_away(
    app: Flask, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_connection(*_arguments: object, **_more: object) -> None:
        raise NoFreeConnectionError

    monkeypatch.setattr("survey.api.bearer.find_token", no_connection)
    answer = program.get("/mentees")
    refusal(answer, 503, "unavailable")
    assert answer.headers["Retry-After"] == "30"


def test_problems_are_guarded_like_pages(program: Program) -> None:
    for answer in (program.get("/nothing"), program.get("/whoami"), program.get("/rounds?x=1")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.mimetype in ("application/json", PROBLEM)
        assert "Set-Cookie" not in answer.headers


def test_nobody_else_s_mentor(app: Flask, program: Program, case: Case) -> None:
    with service_of(app).database.writing() as session:
        add_mentor(session, "Nora", "nora@example.org")
    other = program_of(app, "nora@example.org")
    refusal(other.post(f"/mentees/{case.mentorship_id}/rounds", draft()), 404)
    refusal(other.get(f"/rounds?mentorship_id={case.mentorship_id}"), 404)
