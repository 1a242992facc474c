"""Nobody is signed out unawares (WCAG 2.2.1): the page asks in time, and one key is enough."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from survey.storage.models import Person, SignInSession
from survey.web.rate_limits import limiter
from tests.accessibility import axe
from tests.accessibility.inhabitants import NEWCOMER, Inhabitants
from tests.accessibility.visits import Guest
from tests.support.cases import NOW

# Of SESSION_IDLE_MINUTES, as it is set unless somebody sets it.
IDLE = 60


@pytest.fixture
def guest(browser: Browser, place: Inhabitants) -> Iterator[Guest]:
    limiter.reset()
    context = browser.new_context(viewport={"width": 320, "height": 640}, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.clock.install()
    made = Guest(page, place)
    made.sign_in(NEWCOMER)
    made.open("reflective_log.new")
    page.locator("textarea").first.fill("It went")
    page.locator("textarea").first.focus()
    yield made
    place.served.service.clock = NOW
    context.close()


def let_pass(guest: Guest, minutes: int) -> None:
    """In the browser and at the server."""
    guest.place.served.service.clock += dt.timedelta(minutes=minutes)
    guest.page.clock.fast_forward(dt.timedelta(minutes=minutes).total_seconds() * 1000)


def last_seen(place: Inhabitants) -> dt.datetime:
    with place.served.service.database.reading() as session:
        rows = session.scalars(select(SignInSession).join(Person).where(Person.email == NEWCOMER))
        return max(row.last_seen_at for row in rows)


def test_one_key_keeps_a_session_alive_for_as_long_as_somebody_is_there(guest: Guest) -> None:
    page = guest.page
    asking = page.get_by_role("dialog", name="Are you still there?")
    expect(asking).to_have_count(0)
    # Ten times and more, which is what the criterion asks for.
    for key in ("Enter", "Space", "Escape", *["Enter"] * 8):
        before = last_seen(guest.place)
        let_pass(guest, IDLE - 9)
        expect(asking).to_have_count(0)
        let_pass(guest, 1)
        expect(asking).to_be_visible()
        expect(asking.get_by_role("button", name="Stay signed in")).to_be_focused()
        page.keyboard.press(key)
        expect(asking).to_have_count(0)
        assert last_seen(guest.place) > before
        # What one was doing goes on where it was.
        expect(page.locator("textarea").first).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.type(" well.")
    expect(page.locator("textarea").first).to_have_value("It went well.")


def test_the_question_keeps_nobody_out(guest: Guest) -> None:
    let_pass(guest, IDLE - 8)
    expect(guest.page.get_by_role("dialog")).to_be_visible()
    axe.put_in(guest.page)
    for scheme in ("light", "dark"):
        guest.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        assert axe.violations(guest.page) == []


def test_whoever_comes_too_late_is_told_and_loses_nothing(guest: Guest) -> None:
    page = guest.page
    let_pass(guest, IDLE - 8)
    let_pass(guest, 30)
    page.keyboard.press("Enter")
    told = page.get_by_role("dialog", name="You have been signed out")
    expect(told).to_be_visible()
    expect(told.get_by_role("status")).to_contain_text("What you typed is still here")
    page.keyboard.press("Enter")
    expect(told).to_have_count(0)
    expect(page.locator("textarea").first).to_have_value("It went")


def test_use_in_another_tab_counts(guest: Guest) -> None:
    let_pass(guest, IDLE - 10)
    other = guest.page.context.new_page()
    other.goto(guest.place.served.address("home.index"))
    expect(other.get_by_role("heading", level=1)).to_be_visible()
    other.close()
    let_pass(guest, 5)
    expect(guest.page.get_by_role("dialog")).to_have_count(0)
