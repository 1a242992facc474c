"""What was typed is there again after the session has run out: with scripts, and without."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from sqlalchemy import select, update

from config import load_config
from survey.service import Service
from survey.storage.models import Person, SessionRecord, SignInSession
from tests.conftest import fresh_database
from tests.support.cases import draft_case
from tests.support.live_service import LiveService

MENTOR, OTHER = "max.mentor@example.org", "mia.mentee@example.org"
TEXT = "We talked about the long silence\nin the Monday meeting, and what it might mean."


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """SQLite alone: how a page works has nothing to do with the database."""
    return fresh_database("sqlite", request, tmp_path)


@dataclass
class Desk:
    """A browser at the form of a new session record."""

    service: Service
    context: BrowserContext
    page: Page
    form_url: str

    def link(self, email: str = MENTOR) -> str:
        with self.service.database.writing() as session:
            person = session.scalars(select(Person).where(Person.email == email)).one()
            link = self.service.sign_in_links.create(session, person, self.service.now())
            return self.service.sign_in_url(self.service.sign_in_links.token(link))

    def sign_in(self, page: Page, email: str = MENTOR) -> None:
        page.goto(self.link(email))
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()

    def open_form(self, page: Page) -> None:
        page.goto(self.form_url)
        expect(page.get_by_role("button", name="Save")).to_be_visible()

    def run_idle(self) -> None:
        """As if nothing had happened for some hours."""
        with self.service.database.writing() as session:
            session.execute(
                update(SignInSession).values(
                    last_seen_at=self.service.now() - dt.timedelta(hours=3)
                )
            )

    def records(self) -> list[str]:
        with self.service.database.reading() as session:
            return [record.notes for record in session.scalars(select(SessionRecord))]


@pytest.fixture
def desk(
    request: pytest.FixtureRequest, browser: Browser, live_service: LiveService
) -> Iterator[Desk]:
    service = Service(load_config(live_service.environment))
    case = draft_case(service, {"peers": 3}, now=service.now())
    context = browser.new_context(java_script_enabled=getattr(request, "param", True))
    made = Desk(service, context, context.new_page(), _form_url(live_service, case.mentorship_id))
    made.sign_in(made.page)
    made.open_form(made.page)
    yield made
    context.close()
    service.database.dispose()


def _form_url(live_service: LiveService, mentorship_id: uuid.UUID) -> str:
    return f"{live_service.base_url}/mentees/{mentorship_id}/sessions/new"


def notes(page: Page) -> Locator:
    return page.get_by_role("textbox", name="How it went")


def test_what_was_typed_is_back_after_signing_in_again_in_another_tab(desk: Desk) -> None:
    page = desk.page
    notes(page).fill(TEXT)
    page.get_by_label("Share this part with").first.check()
    desk.run_idle()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="This is not saved yet")).to_be_visible()
    assert desk.records() == []
    # The link of the letter opens another tab, and leads back to the form.
    other = desk.context.new_page()
    other.goto(desk.link())
    other.get_by_role("button", name="Sign in").click()
    expect(other).to_have_url(desk.form_url)
    expect(other.get_by_text("What you typed here is back")).to_be_visible()
    expect(notes(other)).to_have_value(TEXT)
    expect(other.get_by_label("Share this part with").first).to_be_checked()
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_text("The session record is saved.")).to_be_visible()
    assert desk.records() == [TEXT]
    # Saved: neither tab has it any more.
    for tab in (other, page):
        desk.open_form(tab)
        expect(notes(tab)).to_have_value("")
        expect(tab.get_by_text("What you typed here is back")).to_have_count(0)


def test_a_page_left_by_mistake_keeps_what_was_typed_until_it_is_thrown_away(desk: Desk) -> None:
    page = desk.page
    notes(page).fill(TEXT)
    page.get_by_role("link", name="Home").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    desk.open_form(page)
    expect(notes(page)).to_have_value(TEXT)
    page.get_by_role("button", name="Throw it away").click()
    expect(page.get_by_text("What you typed here is back")).to_have_count(0)
    expect(notes(page)).to_have_value("")


def test_a_form_with_a_mistake_keeps_what_was_typed(desk: Desk) -> None:
    page = desk.page
    notes(page).fill(TEXT)
    later = desk.service.today() + dt.timedelta(days=400)
    page.get_by_label("Day of the session").fill(later.isoformat())
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("that day is still to come").first).to_be_visible()
    expect(notes(page)).to_have_value(TEXT)
    desk.open_form(page)
    expect(notes(page)).to_have_value(TEXT)


def test_signing_out_wipes_it_and_so_does_somebody_else(desk: Desk) -> None:
    page = desk.page

    def kept() -> int:
        script = "Object.keys(sessionStorage).filter((k) => k.startsWith('draft:')).length"
        return int(page.evaluate(script))

    def wait_until_kept() -> None:
        # It is kept a moment after the last key.
        for _ in range(100):
            if kept():
                return
            page.wait_for_timeout(100)
        raise AssertionError("nothing was kept")

    notes(page).fill(TEXT)
    wait_until_kept()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    assert kept() == 0
    desk.sign_in(page)
    desk.open_form(page)
    notes(page).fill(TEXT)
    wait_until_kept()
    desk.run_idle()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="This is not saved yet")).to_be_visible()
    assert kept() == 1
    desk.sign_in(page, OTHER)
    assert kept() == 0


@pytest.mark.parametrize("desk", [False], indirect=True, ids=["without scripts"])
def test_without_scripts_it_can_be_sent_again(desk: Desk) -> None:
    page = desk.page
    notes(page).fill(TEXT)
    desk.run_idle()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="This is not saved yet")).to_be_visible()
    expect(page.get_by_label("What you typed")).to_have_value(TEXT)
    other = desk.context.new_page()
    other.goto(desk.link())
    other.get_by_role("button", name="Sign in").click()
    expect(other.get_by_role("button", name="Sign out")).to_be_visible()
    page.get_by_role("button", name="Send it again").click()
    # The page was made in the session before; its token is out of date.
    expect(page.get_by_label("What you typed")).to_have_value(TEXT)
    assert desk.records() == []
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_text("The session record is saved.")).to_be_visible()
    assert desk.records() == [TEXT]
