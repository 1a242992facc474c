"""Contacts out of an address book on the page of a draft's raters."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import fresh_database, service_environment
from tests.support.cases import draft_case
from tests.support.web import make_app, service_of, signed_in

CARD = "BEGIN:VCARD\nVERSION:3.0\nFN:Ana Silva\nEMAIL:{}\nEND:VCARD\n"


@pytest.fixture
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(service_environment(fresh_database("sqlite", request, tmp_path), tmp_path))
    yield made
    service_of(made).database.dispose()


def test_contacts_get_the_group_that_the_mentor_chooses(app: Flask) -> None:
    case = draft_case(service_of(app), {"peers": 1})
    mentor = signed_in(app, "max.mentor@example.org")
    page = f"/rounds/{case.round_id}/raters"
    assert ".vcf" in mentor.get(page).text

    def send(text: str, group: str) -> tuple[int, str]:
        file = (io.BytesIO(text.encode()), "people.vcf")
        data = {"csrf_token": mentor.csrf, "file": file, "group": group, "pasted": ""}
        answer = mentor.client.post(page, data=data, follow_redirects=True)
        return answer.status_code, answer.text

    status, text = send(CARD.format("ana@example.org"), "")
    assert status == 422
    assert "Row 1, group: the rater has no group" in text
    status, text = send(CARD.format("ana@example.org") + CARD.format("ana@"), "peers")
    assert status == 422
    assert "Row 6, e-mail" in text
    assert "ana@example.org" not in mentor.get(page).text
    status, text = send(CARD.format("ana@example.org"), "peers")
    assert status == 200
    assert "Added 1 rater." in text
    assert "ana@example.org" in mentor.get(page).text
