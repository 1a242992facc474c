"""The after round by one button, and what the page says was taken over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from survey.storage.models import Delivery, Round
from tests.conftest import fresh_database, service_environment
from tests.support.cases import close, invitation_of, launched_case
from tests.support.web import flashes, make_app, service_of, signed_in


@pytest.fixture
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(service_environment(fresh_database("sqlite", request, tmp_path), tmp_path))
    yield made
    service_of(made).database.dispose()


def test_one_button_drafts_it_once(app: Flask) -> None:
    service = service_of(app)
    case = launched_case(service, {"peers": 4})
    mentor = signed_in(app, "max.mentor@example.org")
    page = f"/rounds/{case.round_id}"
    assert "Draft the after round" not in mentor.get(page).text
    refused = mentor.post(f"{page}/after", follow=True)
    assert flashes(refused.text) == [
        "An after round follows a before or interim round that is closed and has a result."
    ]
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        invitation_of(round_, "peers1@example.org").delivery = Delivery.FAILED
    close(service, case.round_id)
    assert "Draft the after round" in mentor.get(page).text
    first = mentor.post(f"{page}/after", follow=True)
    assert flashes(first.text) == ["The after round is drafted. Nobody has been written to."]
    assert "Taken over from the before round" in first.text
    assert "peers 1: the invitation came back" in first.text
    assert "peers2@example.org" in first.text
    assert "peers1@example.org" not in first.text
    assert "Monday 16 November 2026" in first.text
    again = mentor.post(f"{page}/after", follow=True)
    assert flashes(again.text) == []
    assert again.request.path == first.request.path
    assert "Go on with the after round" in mentor.get(page).text
