"""Long lists, a part at a time."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.api.programs import MENTOR, Program, pointers, program_of, refusal
from tests.support.cases import Case, draft_case
from tests.support.web import service_of


@pytest.fixture
def case(app: Flask) -> Case:
    return draft_case(service_of(app), {"peers": 7, "manager": 1})


@pytest.fixture
def program(app: Flask, case: Case) -> Program:
    return program_of(app, MENTOR)


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 8, 9, 10, 100])
def test_all_parts_together_are_the_whole(program: Program, case: Case, limit: int) -> None:
    path = f"/api/v1/rounds/{case.round_id}/raters"
    whole = program.get(path).get_json()
    assert len(whole["items"]) == 9
    assert whole["next"] is None
    following: str | None = f"{path}?limit={limit}"
    found = []
    while following is not None:
        answer = program.get(following)
        part = answer.get_json()
        assert 0 < len(part["items"]) <= limit
        found += part["items"]
        link = answer.headers.get("Link")
        assert (link is None) == (part["next"] is None)
        match = re.fullmatch(r'<([^>]+)>; rel="next"', link) if link else None
        following = match[1] if match else None
        if part["next"] is not None:
            assert part["next"] == part["items"][-1]["id"]
    assert found == whole["items"]


def test_the_next_part_asks_for_the_same(program: Program, case: Case) -> None:
    path = f"/mentees/{case.mentorship_id}/rounds"
    body = {"framework_id": "leadership", "deadline": "2026-11-20"}
    for _ in range(2):
        assert program.post(path, body).status_code == 201
    first = program.get(f"/rounds?limit=2&state=draft&mentorship_id={case.mentorship_id}")
    link = first.headers["Link"]
    assert "state=draft" in link
    assert str(case.mentorship_id) in link
    second = program.get(link[1 : link.index(">")]).get_json()
    assert len(first.get_json()["items"] + second["items"]) == 3
    assert second["next"] is None


def test_a_list_cannot_go_on_after_what_is_gone(program: Program, case: Case) -> None:
    path = f"/rounds/{case.round_id}/raters"
    last = program.get(f"{path}?limit=3").get_json()["next"]
    assert program.ask("DELETE", f"{path}/{last}").status_code == 204
    problem = refusal(program.get(f"{path}?limit=3&after={last}"), 422, "invalid-request")
    assert pointers(problem) == ["after"]
    assert "Begin it anew" in problem["errors"][0]["detail"]


def test_frameworks_go_on_after_their_id(program: Program) -> None:
    whole = [one["id"] for one in program.get("/frameworks").get_json()["items"]]
    rest = program.get(f"/frameworks?after={whole[0]}").get_json()["items"]
    assert [one["id"] for one in rest] == whole[1:]
