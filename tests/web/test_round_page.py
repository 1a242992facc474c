"""The page of an open round offers what can still be done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from survey.storage.models import Invitation
from tests.conftest import fresh_database, service_environment
from tests.support.cases import launched_case
from tests.support.web import make_app, service_of, signed_in


@pytest.fixture
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    app = make_app(service_environment(fresh_database("sqlite", request, tmp_path), tmp_path))
    yield app
    service_of(app).database.dispose()


def test_nobody_is_reminded_where_nobody_is_left(app: Flask) -> None:
    service = service_of(app)
    case = launched_case(service, {"manager": 1, "peers": 4})
    mentor = signed_in(app, "max.mentor@example.org")
    path, remind = f"/rounds/{case.round_id}", f"/rounds/{case.round_id}/remind"

    def all_but(left: int) -> str:
        with service.database.writing() as session:
            for number, invitation in enumerate(session.scalars(select(Invitation))):
                invitation.done = number >= left
        return mentor.get(path).text

    assert remind in all_but(1)
    page = all_but(0)
    assert remind not in page
    assert "is reminded by itself" not in page
    assert "Close the round" in page
