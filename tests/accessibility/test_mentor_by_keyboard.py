"""A mentor's way from signing in to a launched round, with the keyboard alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from survey.storage.models import Round, RoundState
from survey.web.rate_limits import limiter
from tests.accessibility.focus import Stop, stops
from tests.accessibility.inhabitants import ADMINISTRATOR, MENTOR, NEWCOMER, Inhabitants
from tests.accessibility.visits import Guest
from tests.support.cases import NOW

PHONE, DESK, ENLARGED = (320, 640), (1280, 900), (320, 256)
GOAL = "Lead meetings that end with a decision"


@pytest.fixture(params=[DESK, PHONE, ENLARGED], ids=["desk", "phone", "enlarged"])
def guest(request: pytest.FixtureRequest, browser: Browser, place: Inhabitants) -> Iterator[Guest]:
    limiter.reset()
    width, height = request.param
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="en-GB", reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield Guest(page, place)
    context.close()


def go_to(page: Page, name: str, typed: Mapping[str, str] | None = None) -> list[Stop]:
    """Tab to what has this name, typing into the fields on the way; every stop can be seen."""
    gone: list[Stop] = []
    left = dict(typed or {})
    for stop in stops(page):
        gone.append(stop)
        if stop.name in left:
            page.keyboard.press("ControlOrMeta+A")
            page.keyboard.type(left.pop(stop.name))
        elif stop.name == name:
            assert left == {}, "not on the way"
            assert [one.problem for one in gone if one.problem] == []
            return gone
    raise AssertionError(f"{name} is not among {[stop.name for stop in gone]}")


def press(page: Page, name: str, typed: Mapping[str, str] | None = None) -> None:
    """Tab to what has this name, press Enter, and wait for the page that follows."""
    go_to(page, name, typed)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def follow_the_problem(page: Page, field: str) -> None:
    """From the list of problems, which has the focus, to the field that is wrong."""
    problems = page.get_by_role("alert").filter(has=page.get_by_role("heading"))
    expect(problems).to_be_focused()
    assert page.title().startswith("Please check: ")
    page.keyboard.press("Tab")
    expect(problems.get_by_role("link").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(f'[name="{field}"]')).to_be_focused()
    expect(page.locator(f'[name="{field}"]')).to_have_attribute("aria-invalid", "true")


def test_keyboard_alone_from_signing_in_to_a_launched_round(guest: Guest) -> None:
    page, place = guest.page, guest.place
    width = page.viewport_size["width"] if page.viewport_size else 0
    name, email = f"Ines Ito {width}", f"ines{page.viewport_size}@example.org"
    email = "".join(sign for sign in email if sign.isalnum() or sign in "@.")
    page.goto(place.sign_in_link(NEWCOMER))
    press(page, "Sign in")

    press(page, "Add a mentee")
    press(page, "Add mentee")
    follow_the_problem(page, "name")
    page.keyboard.type(name)
    press(page, "Add mentee", {"email": email})

    press(page, "Write the goal")
    press(page, "Save the goal", {"statement": GOAL})
    press(page, "Start a round")
    day = (NOW.date() + dt.timedelta(days=14)).strftime("%d%m%Y")
    press(page, "Next: raters", {"deadline": day})

    expect(page.get_by_role("heading", level=1)).to_contain_text("Who is asked about")
    people = "Ann <ann@example.org>\nBen <ben@example.org>\nCem <cem@example.org>"
    go_to(page, "group")
    page.keyboard.type("Peers")
    press(page, "Add raters", {"pasted": people})
    expect(page.get_by_text("ann@example.org")).to_have_count(1)
    press(page, "Next: preview and launch")
    press(page, "Launch and send the invitations")

    expect(page.get_by_role("status").first).to_be_visible()
    with place.served.service.database.reading() as session:
        rounds = session.scalars(select(Round).where(Round.state == RoundState.OPEN)).all()
        assert [one for one in rounds if one.mentorship.mentee.name == name]


def test_the_long_menu_opens_and_closes_by_keyboard(guest: Guest) -> None:
    page = guest.page
    guest.sign_in(ADMINISTRATOR)
    folded = page.locator("details.menu")
    if not folded.is_visible():
        press(page, "People")
    else:
        for stop in stops(page):
            if stop.kind == "summary":
                page.keyboard.press("Enter")
            if stop.name == "People":
                break
        with page.expect_navigation():
            page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("People")


def test_no_page_of_a_mentor_holds_the_keyboard(guest: Guest) -> None:
    """Tab leads through the whole page and out of it, forwards, and the focus is always seen."""
    page = guest.page
    guest.sign_in(MENTOR)
    for endpoint, ids in (
        ("home.index", {}),
        ("mentees.show", {"mentorship_id": "running"}),
        ("rounds.details", {"round_id": "draft"}),
        ("rounds.show", {"round_id": "open"}),
        ("reports.show", {"round_id": "change"}),
        ("sessions.new", {"mentorship_id": "running"}),
        ("reflective_log.new", {}),
    ):
        guest.open(endpoint, **ids)
        gone = list(stops(page))
        assert gone[0].name == "Skip to the content", endpoint
        assert [f"{endpoint}: {one.problem}" for one in gone if one.problem] == []
        assert gone[-1].name == "Local mailbox", endpoint


def test_the_skip_link_leads_past_the_menu(guest: Guest) -> None:
    page = guest.page
    guest.sign_in(MENTOR)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
