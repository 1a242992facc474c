"""Before the launch mentors see the letter as it will be sent."""

from __future__ import annotations

import html
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from survey.mail.letters import LetterWriter
from survey.storage.models import Invitation, Letter, LetterKind
from tests.conftest import fresh_database, service_environment
from tests.support.cases import draft_case, launch
from tests.support.web import make_app, service_of, signed_in

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    app = make_app(
        service_environment(fresh_database("sqlite", request, tmp_path), tmp_path)
        | {"MAIL_SERVER": "127.0.0.1"}
    )
    yield app
    service_of(app).database.dispose()


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("group", ["self", "manager", "peers"])
def test_the_preview_is_the_letter_that_is_sent(app: Flask, group: str, language: str) -> None:
    service = service_of(app)
    case = draft_case(service, {"manager": 1, "peers": 4})
    mentor = signed_in(app, "max.mentor@example.org")
    path = f"/rounds/{case.round_id}/preview?group={group}&language={language}"
    page = html.unescape(mentor.get(path).text)
    with service.database.writing() as session:
        for invitation in session.scalars(select(Invitation)):
            invitation.language = language
    launch(service, case.round_id)
    with service.database.reading() as session:
        letter = session.scalars(
            select(Letter)
            .join(Invitation, Invitation.id == Letter.invitation_id)
            .where(Letter.kind == LetterKind.INVITATION, Invitation.group_key == group)
        ).first()
        assert letter is not None
        envelope = LetterWriter(service, ROOT / "templates").write(session, letter)
    assert envelope is not None
    assert envelope.subject in page
    sent = [line for line in envelope.text.splitlines() if line.strip()]
    personal = [line for line in sent if "/r/" in line or envelope.recipient_name in line]
    assert len(personal) == 2
    for line in sent:
        assert line in personal or line in page, line
    # Nobody's link stands in it.
    assert f"{service.base_url}/r/…" in page


def test_the_preview_names_the_framework(app: Flask) -> None:
    case = draft_case(service_of(app), {"manager": 1, "peers": 4})
    page = signed_in(app, "max.mentor@example.org").get(f"/rounds/{case.round_id}/preview").text
    assert "<dt>Competency framework</dt><dd><bdi>Leadership</bdi></dd>" in page
    assert "No mail server is configured" not in page


def test_the_launch_says_where_letters_lie_without_a_mail_server(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    app = make_app(service_environment(fresh_database("sqlite", request, tmp_path), tmp_path))
    case = draft_case(service_of(app), {"manager": 1, "peers": 4})
    page = signed_in(app, "max.mentor@example.org").get(f"/rounds/{case.round_id}/preview").text
    assert "No mail server is configured" in page
    assert 'href="/mailbox/"' in page
    service_of(app).database.dispose()
