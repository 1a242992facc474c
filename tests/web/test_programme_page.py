"""The programme page: who may open it, what it says, and what it must not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy import select

from config import load_config
from survey.accounts.people import add_mentor, add_programme_lead
from survey.service import Service
from survey.storage.models import Person, Round
from tests.conftest import fresh_database, service_environment
from tests.programme.outcomes import Outcome, programme, rise, unclear
from tests.support.live_service import LiveService
from tests.support.web import Surfer, make_app, service_of, signed_in

LEAD, MENTOR = "lena.lead@example.org", "max.mentor@example.org"
FIRST, SECOND = "organisation-knowledge", "giving-direction"
OUTCOMES = [
    Outcome({FIRST: rise(d) if d >= 0.5 else unclear(d), SECOND: unclear(0.3)}, contrast=d)
    for d in (-0.3, 0.1, 0.3, 0.6, 0.9)
]


@pytest.fixture
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(service_environment(fresh_database("sqlite", request, tmp_path), tmp_path))
    with service_of(made).database.writing() as session:
        add_programme_lead(session, "Lena Lead", LEAD)
        add_mentor(session, "Max Mentor", MENTOR)
    yield made
    service_of(made).database.dispose()


def words(page: str) -> str:
    """A page as it is read."""
    text = re.sub(r"<[^>]+>", " ", page)
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


def test_only_programme_leads_get_in(app: Flask) -> None:
    assert Surfer(app).get("/programme").headers["Location"] == "/sign-in"
    mentor = signed_in(app, MENTOR)
    assert mentor.get("/programme").status_code == 404
    assert "/programme" not in mentor.get("/").text
    lead = signed_in(app, LEAD)
    assert lead.get("/programme").status_code == 200
    assert 'href="/programme"' in lead.get("/").text
    assert lead.client.post("/programme").status_code in (400, 405)


def test_a_lead_is_no_mentor(app: Flask) -> None:
    lead = signed_in(app, LEAD)
    for path in ("/mentees/new", "/frameworks/"):
        assert lead.get(path).status_code == 404


def test_a_mentor_can_be_a_lead_too(app: Flask) -> None:
    with service_of(app).database.writing() as session:
        add_programme_lead(session, "Somebody Else", MENTOR)
        person = session.scalars(select(Person).where(Person.email == MENTOR)).one()
        assert (person.name, person.is_mentor, person.is_programme_lead) == (
            "Max Mentor",
            True,
            True,
        )
    assert signed_in(app, MENTOR).get("/programme").status_code == 200


def test_an_empty_programme_says_what_is_needed(app: Flask) -> None:
    text = words(signed_in(app, LEAD).get("/programme").text)
    assert "at least 5 mentees" in text
    assert "So far there is none." in text
    programme(service_of(app), OUTCOMES[:4])
    text = words(signed_in(app, LEAD).get("/programme").text)
    assert "4 mentees count so far." in text
    assert "Leadership" not in text


def test_the_page_shows_the_figures(app: Flask) -> None:
    programme(service_of(app), OUTCOMES)
    page = signed_in(app, LEAD).get("/programme").text
    text = words(page)
    assert "5 mentees, at the end of mentoring" in text
    assert "Knowing the organisation" in text
    assert "+0.32" in text
    assert "2 of 5" in text
    assert "Not shown yet: too few mentees, or too much alike." in text
    assert "at least 4 of 5" in text
    # Every picture has words, or its figures beside it.
    pictures = re.findall(r"<svg[^>]*>", page)
    assert pictures
    assert all('aria-label="' in svg or 'aria-hidden="true"' in svg for svg in pictures)
    assert " style=" not in page


def test_nobody_is_named_and_nothing_leads_to_a_round(app: Flask) -> None:
    programme(service_of(app), OUTCOMES)
    page = signed_in(app, LEAD).get("/programme").text
    with service_of(app).database.reading() as session:
        names = [p.name for p in session.scalars(select(Person)) if p.email != LEAD]
        rounds = [str(key) for key in session.scalars(select(Round.id))]
    assert len(names) == 11
    assert [name for name in names + rounds if name in page] == []
    assert "/rounds/" not in page
    assert "/reports/" not in page


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return fresh_database("sqlite", request, tmp_path)


@pytest.mark.parametrize("width", [320, 1280])
def test_the_page_is_whole(browser: Browser, live_service: LiveService, width: int) -> None:
    service = Service(load_config(live_service.environment))
    programme(service, OUTCOMES * 4)
    with service.database.writing() as session:
        lead = add_programme_lead(session, "Lena Lead", LEAD)
        link = service.sign_in_links.create(session, lead, service.now())
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(service.sign_in_url(service.sign_in_links.token(link)))
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Open the programme view").click()
    page.locator("svg.spread").first.wait_for()
    assert page.locator("h1").count() == 1
    for details in page.locator("details").all():
        details.evaluate("details => details.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("svg.spread").first.bounding_box() is not None
    assert complaints == []
    context.close()
    service.database.dispose()
