"""What mentor and mentee see of a round that a restored backup brought back after its close."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from survey.storage.models import Round
from tests.conftest import service_environment
from tests.support.cases import NOW, Case, launched_case
from tests.support.web import Surfer, flashes, make_app, service_of, signed_in


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(service_environment(database_url, tmp_path))
    yield made
    service_of(made).database.dispose()


@pytest.fixture
def case(app: Flask) -> Case:
    """An open round which the key database notes as ended."""
    case = launched_case(service_of(app), {"peers": 4})
    service_of(app).keys.end_rounds({case.round_id: NOW.date()})
    return case


def closed_by_its_mentor(app: Flask, case: Case) -> tuple[Surfer, str]:
    mentor = signed_in(app, "max.mentor@example.org")
    mentor.get(f"/rounds/{case.round_id}")
    done = mentor.post(f"/rounds/{case.round_id}/close", {"sure": "yes"}, follow=True)
    return mentor, done.text


def test_the_mentor_is_told_why_there_is_no_report(app: Flask, case: Case) -> None:
    mentor, page = closed_by_its_mentor(app, case)
    assert flashes(page) == ["The round is closed."]
    assert "Closed without a result" in page
    assert "restored from an older backup" in page
    for missing in ("Read the report", "Release to", "Answers so far", "Nobody answered"):
        assert missing not in page, missing
    with service_of(app).database.reading() as session:
        assert session.get_one(Round, case.round_id).without_result
    overview = mentor.get(f"/mentees/{case.mentorship_id}").text
    assert "Why there is no report" in overview
    assert "Read the report" not in overview
    assert "without a result" in mentor.get("/").text
    report = mentor.get(f"/reports/{case.round_id}")
    assert report.status_code == 410
    assert "not counted a second time" in report.text
    refused = mentor.post(f"/rounds/{case.round_id}/release", {"sure": "yes"}, follow=True)
    assert "closed without a result" in flashes(refused.text)[0]


def test_the_mentee_is_told_too(app: Flask, case: Case) -> None:
    closed_by_its_mentor(app, case)
    page = signed_in(app, "mia.mentee@example.org").get("/").text
    assert "without a result" in page
    assert "goes through the report" not in page
