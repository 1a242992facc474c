"""Proposing raters on the pages: the mentor asks, the mentee proposes, the mentor decides."""

from __future__ import annotations

import datetime as dt
import email
import re
from collections.abc import Iterator
from email import policy
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from survey.privacy.restriction import restrict
from survey.storage.models import Person, ProposedRater, Round
from tests.conftest import fresh_database, service_environment
from tests.support.cases import NOW, Case, draft_case, launch
from tests.support.web import Surfer, flashes, make_app, postman_of, service_of, signed_in

MENTOR, MENTEE = "max.mentor@example.org", "mia.mentee@example.org"
ANA = {"name": "Ana Silva", "email": "ana@example.org", "group": "peers", "language": "es"}


@pytest.fixture
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(service_environment(fresh_database("sqlite", request, tmp_path), tmp_path))
    yield made
    service_of(made).database.dispose()


@pytest.fixture
def case(app: Flask) -> Case:
    return draft_case(service_of(app), {"peers": 3})


def asked(app: Flask, case: Case) -> Surfer:
    """The mentor, having asked."""
    mentor = signed_in(app, MENTOR)
    mentor.get(f"/rounds/{case.round_id}/raters")
    until = (NOW.date() + dt.timedelta(days=4)).isoformat()
    answer = mentor.post(f"/rounds/{case.round_id}/proposals/ask", {"until": until}, follow=True)
    assert flashes(answer.text) == ["Mia is asked by e-mail to propose raters."]
    return mentor


def letters(app: Flask, tmp_path: Path) -> list[str]:
    while postman_of(app).deliver_due():
        pass
    found = []
    for file in (tmp_path / "instance" / "mailbox" / "new").iterdir():
        letter = email.message_from_bytes(file.read_bytes(), policy=policy.default)
        body = letter.get_body(("plain",))
        assert body is not None
        found.append(f"{letter['To']} {letter['Subject']} {body.get_content()}")
    return found


def test_from_the_letter_to_the_list(app: Flask, case: Case, tmp_path: Path) -> None:
    mentor = asked(app, case)
    (letter,) = (text for text in letters(app, tmp_path) if "propose raters" in text)
    assert MENTEE in letter
    assert "until Friday 6 November 2026" in letter
    link = re.search(r"http://\S+/propose", letter)
    assert link
    mentee = signed_in(app, MENTEE)
    assert "Propose raters" in mentee.get("/").text
    page = mentee.get(link[0]).text
    assert "peers1@example.org" not in page
    answer = mentee.post(f"/rounds/{case.round_id}/propose", ANA, follow=True)
    assert flashes(answer.text) == ["Ana Silva is proposed."]
    wrong = mentee.post(f"/rounds/{case.round_id}/propose", {**ANA, "email": MENTEE})
    assert wrong.status_code == 422
    assert "own address" in wrong.text
    assert "has proposed raters for the draft" in mentor.get("/").text
    with service_of(app).database.reading() as session:
        proposal_id = session.scalars(select(ProposedRater.id)).one()
    decide = f"/rounds/{case.round_id}/proposals/{proposal_id}"
    assert "Ana Silva" in mentor.get(decide).text
    word = {**ANA, "name": "Ana María Silva", "word": "Her full name"}
    assert mentor.post(decide, word).status_code == 302
    seen = mentee.get(link[0]).text
    assert "On the list, changed by Max" in seen
    assert "Max: Her full name" in seen
    mentor.get(decide)
    mentor.post(decide, {"turn_down": "yes", "word": "She is away"})
    assert "Not on the list" in mentee.get(link[0]).text
    assert "ana@example.org" not in mentor.get(f"/rounds/{case.round_id}/preview").text
    # Nobody but the mentee was written to.
    assert all(MENTEE in text for text in letters(app, tmp_path))


def test_a_proposal_of_somebody_listed_looks_like_any_other(app: Flask, case: Case) -> None:
    asked(app, case)
    mentee = signed_in(app, MENTEE)
    pages = []
    for address in ("peers1@example.org", "nobody1@example.org"):
        mentee.get(f"/rounds/{case.round_id}/propose")
        fields = {**ANA, "email": address}
        answer = mentee.post(f"/rounds/{case.round_id}/propose", fields, follow=True)
        assert answer.status_code == 200
        with service_of(app).database.writing() as session:
            proposal = session.scalars(select(ProposedRater)).one()
            text = re.sub(r'value="[^"]*"', "", answer.text).replace(str(proposal.id), "")
            session.delete(proposal)
        pages.append(text.replace(address, "somebody"))
    assert pages[0] == pages[1]


def test_after_the_launch_there_is_nothing_to_see(app: Flask, case: Case) -> None:
    mentor = asked(app, case)
    mentee = signed_in(app, MENTEE)
    mentee.get(f"/rounds/{case.round_id}/propose")
    mentee.post(f"/rounds/{case.round_id}/propose", ANA, follow=True)
    mentor.get(f"/rounds/{case.round_id}/raters")
    mentor.post(f"/rounds/{case.round_id}/proposals/put-all")
    launch(service_of(app), case.round_id)
    page = mentee.get(f"/rounds/{case.round_id}/propose").text
    assert "The round has begun" in page
    assert "Ana" not in page
    assert "Propose raters" not in mentee.get("/").text
    refused = mentee.post(f"/rounds/{case.round_id}/propose", ANA)
    assert refused.status_code == 422
    with service_of(app).database.reading() as session:
        assert "ana@example.org" in {
            i.email for i in session.get_one(Round, case.round_id).invitations
        }


def test_without_being_asked_there_is_no_page(app: Flask, case: Case) -> None:
    mentee = signed_in(app, MENTEE)
    assert mentee.get(f"/rounds/{case.round_id}/propose").status_code == 404
    assert str(case.round_id) not in mentee.get("/").text
    # The mentor's page is not the mentee's, and the other way round.
    mentor = asked(app, case)
    assert mentor.get(f"/rounds/{case.round_id}/propose").status_code == 404
    assert mentee.get(f"/rounds/{case.round_id}/raters").status_code == 404


def test_where_the_use_is_restricted_nothing_is_asked_or_taken(
    app: Flask, case: Case, tmp_path: Path
) -> None:
    asked(app, case)
    with service_of(app).database.writing() as session:
        mia = session.scalars(select(Person).where(Person.email == MENTEE)).one()
        restrict(session, mia, None, NOW)
    assert not [text for text in letters(app, tmp_path) if "propose raters" in text]
    mentee = signed_in(app, MENTEE)
    assert "Propose raters" not in mentee.get("/").text
    mentee.get(f"/rounds/{case.round_id}/propose")
    assert mentee.post(f"/rounds/{case.round_id}/propose", ANA).status_code == 422
