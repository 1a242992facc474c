"""Over the API: which version a round asks, what is compared, and what the report says of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.api.programs import MENTOR, Program, in_days, program_of, refusal
from tests.conftest import fresh_database, service_environment
from tests.support.cases import close
from tests.support.two_versions import AFTER, SECOND, answer, closed_before_round, upload
from tests.support.web import make_app, service_of

LEFT_OUT = {"worded": "reworded", "longer": "recomposed", "more": "new"}


@pytest.fixture
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(service_environment(fresh_database("sqlite", request, tmp_path), tmp_path))
    yield made
    service_of(made).database.dispose()


@pytest.fixture
def before(app: Flask) -> uuid.UUID:
    return closed_before_round(service_of(app))


@pytest.fixture
def program(app: Flask, before: uuid.UUID) -> Program:
    return program_of(app, MENTOR)


def test_a_round_asks_the_same_unless_told_otherwise(program: Program, before: uuid.UUID) -> None:
    same = program.post(f"/rounds/{before}/after", {})
    assert same.status_code == 201
    assert same.get_json()["comparison"] is None


def test_the_decision_and_what_comes_of_it(app: Flask, program: Program, before: uuid.UUID) -> None:
    wanted = {"questionnaire": "new", "same_meaning": ["judged"], "deadline": in_days(9)}
    made = program.post(f"/rounds/{before}/after", wanted)
    assert made.status_code == 201, made.text
    round_ = made.get_json()
    compared = {one["id"]: (one["standing"], one["compared"]) for one in round_["comparison"]}
    assert compared == {
        "same": ("same", True),
        "judged": ("reworded", True),
        **{name: (standing, False) for name, standing in LEFT_OUT.items()},
    }
    path = f"/rounds/{round_['id']}"
    # Another text since: the launch is refused, and says why beforehand.
    upload(service_of(app), SECOND.replace(b"really does", b"hardly does"))
    (problem,) = program.get(path).get_json()["problems"]
    assert "has changed since you decided" in problem
    refusal(program.post(f"{path}/launch"), 409, "not-possible-now")
    upload(service_of(app), SECOND)
    assert program.post(f"{path}/launch").get_json()["comparison"] == round_["comparison"]
    answer(service_of(app), uuid.UUID(round_["id"]), AFTER)
    close(service_of(app), uuid.UUID(round_["id"]))
    report = program.get(f"{path}/report").get_json()
    assert {one["competency_id"]: one["why"] for one in report["not_compared"]} == LEFT_OUT
    assert report["judged_the_same"] == ["judged"]
    assert report["no_longer_asked"] == []
    changed = {one["competency_id"] for one in report["changes"] if one["level"] == "competency"}
    assert changed == {"same", "judged"}
    earlier = {one["competency_id"] for one in report["figures"] if one["round_kind"] == "before"}
    assert earlier == {"same", "judged"}


@pytest.mark.parametrize(
    ("wanted", "pointer"),
    [
        ({"questionnaire": "new", "same_meaning": ["longer"]}, "#/same_meaning"),
        ({"questionnaire": "new", "same_meaning": ["nothing"]}, "#/same_meaning"),
        ({"same_meaning": ["judged"]}, "#/same_meaning"),
        ({"questionnaire": "newest"}, "#/questionnaire"),
    ],
)
def test_what_cannot_be_decided_changes_nothing(
    program: Program, before: uuid.UUID, wanted: dict[str, object], pointer: str
) -> None:
    refused = program.post(f"/rounds/{before}/after", wanted)
    assert refused.status_code == 422
    assert [one["pointer"] for one in refused.get_json()["errors"]] == [pointer]
    assert len(program.get("/rounds").get_json()["items"]) == 1


def test_another_scale_is_refused(app: Flask, program: Program, before: uuid.UUID) -> None:
    upload(service_of(app), SECOND.replace(b"label: Point 5", b"label: Always"))
    refused = program.post(f"/rounds/{before}/after", {"questionnaire": "new"})
    assert refused.status_code == 422
    assert "rating scale" in refused.text
