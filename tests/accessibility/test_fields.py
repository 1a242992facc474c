"""What is asked, and how pages answer to keys and pointers, as the templates and scripts say it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from survey.web.rate_limits import limiter
from tests.accessibility.inhabitants import LEAD, MENTEE, MENTOR, Inhabitants
from tests.accessibility.visits import Guest
from tests.support.live_service import ROOT

STATIC = ROOT / "survey" / "web" / "static"


@pytest.fixture
def guest(browser: Browser, place: Inhabitants) -> Iterator[Guest]:
    limiter.reset()
    context = browser.new_context(locale="en-GB", reduced_motion="reduce")
    yield Guest(context.new_page(), place)
    context.close()


def test_fields_about_oneself_say_what_they_are_for(guest: Guest) -> None:
    """So that browsers fill them in (WCAG 1.3.5)."""
    for endpoint, name, purpose in (
        ("accounts.request_link", "email", "email"),
        ("privacy_notice.ask", "email", "email"),
    ):
        guest.open(endpoint)
        field = guest.page.locator(f"main [name={name}]")
        expect(field).to_have_attribute("autocomplete", purpose)
    guest.sign_in(MENTEE)
    for endpoint in ("account.show", "my_data.rectify"):
        guest.open(endpoint)
        expect(guest.page.locator("main [name=name]")).to_have_attribute("autocomplete", "name")


def test_number_keys_rate_only_with_the_focus_on_an_answer(guest: Guest) -> None:
    page = guest.page
    page.goto(guest.place.fresh_link("asked"))
    page.keyboard.press("3")
    page.locator("textarea").first.focus()
    page.keyboard.type("In 2026")
    expect(page.locator("input:checked")).to_have_count(0)
    page.locator("fieldset.q input").first.focus()
    page.keyboard.press("3")
    expect(page.locator("input:checked")).to_have_count(1)


def test_the_menu_and_the_foot_are_the_same_on_every_page(guest: Guest) -> None:
    for email in (MENTOR, LEAD):
        guest.sign_in(email)
        seen = set()
        for endpoint in ("home.index", "account.show", "my_data.show"):
            guest.open(endpoint)
            links = guest.page.locator("header nav a, footer a")
            seen.add(tuple(link.strip() for link in links.all_inner_texts()))
        assert len(seen) == 1
        guest.page.context.clear_cookies()


def test_nothing_appears_for_the_pointer_alone() -> None:
    """Neither tooltips nor parts that are shown while the pointer is over something."""
    for template in (ROOT / "templates").rglob("*.html"):
        assert not re.search(r"<[^>]*\stitle=", template.read_text()), template
    rules = "".join(sheet.read_text() for sheet in STATIC.glob("*.css"))
    hovered = re.findall(r":hover[^{}]*\{([^}]*)\}", rules)
    assert len(hovered) > 3
    changed = {part.split(":")[0].strip() for rule in hovered for part in rule.split(";")}
    assert changed - {""} <= {
        "color",
        "background",
        "border-color",
        "text-decoration-thickness",
    }


def test_scripts_wait_for_the_pointer_to_be_lifted_and_know_no_gestures() -> None:
    for script in STATIC.glob("*.js"):
        heard = set(re.findall(r"addEventListener\('(\w+)'", script.read_text()))
        forbidden = {"mousedown", "pointerdown", "touchstart", "touchmove", "dragstart", "drop"}
        assert not heard & (forbidden | {"devicemotion", "deviceorientation", "wheel"}), script


def test_a_click_on_the_line_moves_a_slider(guest: Guest) -> None:
    """Nothing has to be dragged (WCAG 2.5.7)."""
    guest.sign_in(MENTEE)
    guest.open("reflections.new", mentorship_id="mentorship", moment="session_end")
    slider = guest.page.get_by_role("slider").first
    box = slider.bounding_box()
    assert box is not None
    slider.click(position={"x": box["width"] - 4, "y": box["height"] / 2})
    expect(slider).to_have_attribute("aria-valuetext", "10 of 10")


def test_whoever_goes_back_from_the_review_finds_every_answer(guest: Guest) -> None:
    """Nothing has to be entered twice (WCAG 3.3.7)."""
    page = guest.page
    guest.answer("asked", ratings=4)
    page.locator("textarea").first.fill("Clear words.")
    page.locator("button[value=review]").click()
    page.get_by_role("button", name="Change answers").first.click()
    expect(page.locator("fieldset.q input:checked")).to_have_count(4)
    expect(page.locator("textarea").first).to_have_value("Clear words.")
