"""The row of numbers on a mentee's form: a slider with scripts, numbers without."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from config import load_config
from survey.mentoring.self_reflection import answers_in, confidence_in
from survey.service import Service
from survey.storage.models import Mentorship, Person, SelfReflection
from tests.conftest import fresh_database
from tests.support.cases import draft_case
from tests.support.live_service import LiveService

MENTEE = "mia.mentee@example.org"


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """SQLite alone: how a page works has nothing to do with the database."""
    return fresh_database("sqlite", request, tmp_path)


def open_form(page: Page, service: Service, mentorship: Mentorship) -> None:
    with service.database.writing() as session:
        person = session.scalars(select(Person).where(Person.email == MENTEE)).one()
        link = service.sign_in_links.create(session, person, service.now())
    page.goto(service.sign_in_url(service.sign_in_links.token(link)))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{service.base_url}/")
    page.goto(f"{service.base_url}/mentoring/{mentorship.id}/reflections/new/session_end")


@pytest.mark.parametrize("scripts", [True, False])
def test_confidence_is_chosen(browser: Browser, live_service: LiveService, scripts: bool) -> None:
    service = Service(load_config(live_service.environment))
    case = draft_case(service, {"peers": 3}, now=service.now())
    with service.database.reading() as session:
        mentorship = session.get_one(Mentorship, case.mentorship_id)
        goal = mentorship.goals[0]
    context = browser.new_context(
        viewport={"width": 320, "height": 800}, java_script_enabled=scripts
    )
    page = context.new_page()
    open_form(page, service, mentorship)
    goal_name = "Lead cross-team projects with confidence"
    box = page.get_by_role("group", name=goal_name)
    if scripts:
        slider = page.get_by_role("slider", name=goal_name)
        expect(box.locator("output")).to_have_text("–")
        slider.focus()
        slider.press("ArrowRight")
        expect(box.locator("output")).to_have_text("6")
        slider.press("End")
        slider.press("ArrowLeft")
        expect(slider).to_have_attribute("aria-valuetext", "9 of 10")
        other = page.get_by_role("group", name="How confident are you that you will do it?")
        # Chosen, and then taken back.
        other.get_by_role("slider").press("Home")
        expect(other.locator("output")).to_have_text("0")
        other.get_by_role("radio", name="No answer").check()
        expect(other.locator("output")).to_have_text("–")
    else:
        assert page.get_by_role("slider").count() == 0
        box.get_by_role("radio", name="9", exact=True).check()
    page.get_by_label("What did you learn today").fill("A lot")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="Your reflections").wait_for()
    with service.database.reading() as session:
        reflection = session.scalars(select(SelfReflection)).one()
        assert confidence_in(reflection) == {goal.id: 9}
        assert [answer.id for answer in answers_in(reflection)] == ["learned"]
    context.close()
    service.database.dispose()
