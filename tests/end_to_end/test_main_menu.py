"""The main menu of somebody with every role: two rows on a phone, and no script needed."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from config import load_config
from survey.accounts.roles import add_administrator
from survey.service import Service
from tests.conftest import fresh_database
from tests.support.live_service import LiveService

EVERYWHERE = ("Home", "Frameworks", "Reflective log", "Programme", "People", "Privacy")


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """SQLite alone: how a page looks has nothing to do with the database."""
    return fresh_database("sqlite", request, tmp_path)


@pytest.mark.parametrize(("width", "folded"), [(320, True), (800, True), (1280, False)])
def test_the_menu_of_somebody_with_every_role(
    browser: Browser, live_service: LiveService, width: int, folded: bool
) -> None:
    service = Service(load_config(live_service.environment))
    with service.database.writing() as session:
        person = add_administrator(session, "Adelheid Administrator-Longname", "ada@example.org")
        person.is_mentor = person.is_programme_lead = True
        link = service.sign_in_links.create(session, person, service.now())
        url = service.sign_in_url(service.sign_in_links.token(link))
    context = browser.new_context(
        viewport={"width": width, "height": 700}, java_script_enabled=False
    )
    page = context.new_page()
    page.goto(url)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello Adelheid")
    menu = page.get_by_role("navigation", name="Main")
    header = page.locator("header.top").bounding_box()
    assert header is not None
    # A row takes 44 pixels, as whoever uses a finger needs them.
    assert header["height"] < 2.5 * 44
    if folded:
        expect(menu).to_have_count(0)
        page.locator("summary", has_text="Menu").click()
    expect(menu).to_have_count(1)
    expect(menu.get_by_role("link")).to_have_text(list(EVERYWHERE))
    for name in EVERYWHERE:
        expect(menu.get_by_role("link", name=name)).to_be_in_viewport(ratio=1)
    expect(menu.locator("[aria-current=page]")).to_have_text("Home")
    menu.get_by_role("link", name="People").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("People")
    context.close()
    service.database.dispose()
