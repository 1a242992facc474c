"""The rater's form, from the link to the receipt: by keyboard, enlarged, and read aloud."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from survey.web.rate_limits import limiter
from tests.accessibility.focus import Stop, stops
from tests.accessibility.inhabitants import Inhabitants
from tests.accessibility.layout import lost, space_out
from tests.accessibility.visits import Guest

PHONE, DESK = {"width": 390, "height": 640}, {"width": 1280, "height": 800}
# What is left of a window of 1280 by 1024 pixels at 400 %.
ENLARGED = {"width": 320, "height": 256}
FORMS = ("asked", "looking back", "in Arabic")


@pytest.fixture
def guest(browser: Browser, place: Inhabitants) -> Iterator[Guest]:
    limiter.reset()
    context = browser.new_context(locale="en-GB", reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield Guest(page, place)
    context.close()


def size(page: Page, viewport: dict[str, int]) -> None:
    page.set_viewport_size(viewport)  # type: ignore[arg-type]


def go_through(page: Page, to: str = "") -> list[Stop]:
    """Tab through the page, or up to what has this name; ratings are chosen on the way."""
    gone: list[Stop] = []
    for stop in stops(page):
        gone.append(stop)
        if to and stop.name == to:
            break
        if stop.kind == "input radio":
            page.keyboard.press("Space")
            page.keyboard.press("ArrowRight")
        elif stop.kind == "textarea":
            page.keyboard.type("Clear words.")
    assert [stop.problem for stop in gone if stop.problem] == []
    return gone


@pytest.mark.parametrize("viewport", [PHONE, DESK, ENLARGED], ids=["phone", "desk", "enlarged"])
def test_keyboard_alone_from_the_link_to_the_receipt(
    guest: Guest, viewport: dict[str, int]
) -> None:
    page = guest.page
    size(page, viewport)
    page.goto(guest.place.fresh_link("asked"))
    gone = go_through(page, "Review and send")
    assert gone[0].name == "Skip to the content"
    statements = page.locator("fieldset.q").count()
    assert len({stop.name for stop in gone if stop.kind == "input radio"}) == statements
    assert sum(stop.kind == "textarea" for stop in gone) == page.locator("textarea").count() > 0
    expect(page.locator("input:checked")).to_have_count(statements)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Review your answers").wait_for()
    go_through(page, "Send my feedback")
    page.keyboard.press("Enter")
    page.wait_for_url("**/thank-you")
    go_through(page)


@pytest.mark.parametrize("viewport", [PHONE, ENLARGED], ids=["phone", "enlarged"])
def test_keyboard_alone_to_decline(guest: Guest, viewport: dict[str, int]) -> None:
    page = guest.page
    size(page, viewport)
    page.goto(guest.place.fresh_link("asked"))
    go_through(page, "I don’t know Mia well enough")
    page.keyboard.press("Enter")
    page.wait_for_url("**/decline")
    go_through(page, "Decline")
    page.keyboard.press("Enter")
    page.wait_for_url("**/declined")


def test_the_skip_link_leads_past_the_top(guest: Guest) -> None:
    page = guest.page
    page.goto(guest.place.fresh_link("asked"))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


@pytest.mark.parametrize("round_name", FORMS)
@pytest.mark.parametrize("spaced", [False, True], ids=["as it is", "spaced out"])
def test_nothing_is_lost_when_enlarged_or_spaced_out(
    guest: Guest, round_name: str, spaced: bool
) -> None:
    page = guest.page
    found: list[str] = []

    def look(where: str) -> None:
        if spaced:
            space_out(page)
        for viewport in (ENLARGED, PHONE, {"width": 800, "height": 600}, DESK):
            size(page, viewport)
            found.extend(f"{where}, {viewport['width']}: {one}" for one in lost(page))

    guest.answer(round_name)
    page.locator("textarea").first.fill("A word" + " and another" * 30)
    look("form")
    size(page, ENLARGED)
    bar = page.locator("[data-bar]").bounding_box()
    assert bar is not None
    # What stays at the top leaves room to read.
    assert bar["height"] < ENLARGED["height"] / 3
    page.locator("button[value=review]").click()
    page.locator("button[value=submit]").first.wait_for()
    look("review")
    page.locator("button[value=submit]").first.click()
    page.wait_for_url("**/thank-you")
    look("receipt")
    page.goto(guest.place.fresh_link(round_name) + "/decline")
    look("decline")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("round_name", FORMS)
def test_every_rating_is_read_with_its_statement_and_its_label(
    guest: Guest, round_name: str
) -> None:
    guest.page.goto(guest.place.fresh_link(round_name))
    tree = guest.page.context.new_cdp_session(guest.page).send("Accessibility.getFullAXTree")
    nodes: dict[str, dict[str, Any]] = {node["nodeId"]: node for node in tree["nodes"]}
    groups: dict[str, list[str]] = {}
    for node in nodes.values():
        if role(node) != "radio":
            continue
        up = nodes[node["parentId"]]
        while role(up) not in ("group", "RootWebArea"):
            up = nodes[up["parentId"]]
        groups.setdefault(name(up), []).append(name(node))
    statements = guest.page.locator("fieldset.q > legend").all_inner_texts()
    assert list(groups) == statements
    points = guest.page.locator("fieldset.q").first.locator(".opts label").all_inner_texts()
    unseen = guest.page.locator("fieldset.q .no").first.inner_text()
    read = [" ".join(label.split()) for label in [*points, unseen]]
    assert len(set(read)) == 6
    assert all(names == read for names in groups.values())
    # Every text field and every choice for the time before has a name of its own.
    for kind in ("textbox", "combobox"):
        names = [name(node) for node in nodes.values() if role(node) == kind]
        assert "" not in names
    assert len([n for n in nodes.values() if role(n) == "combobox"]) == (
        len(statements) if round_name == "looking back" else 0
    )


def role(node: dict[str, Any]) -> str:
    return str(node.get("role", {}).get("value", ""))


def name(node: dict[str, Any]) -> str:
    return " ".join(str(node.get("name", {}).get("value", "")).split())


def test_progress_is_said_politely_and_only_when_it_changes(guest: Guest) -> None:
    page = guest.page
    page.goto(guest.place.fresh_link("asked"))
    status = page.locator("[data-bar]").get_by_role("status")
    expect(status).to_have_text("0 of 31 answered")
    page.evaluate(
        """() => {
            window.said = [];
            const status = document.querySelector('[data-bar] [role=status]');
            new MutationObserver(() => said.push(status.textContent))
                .observe(status, { childList: true, characterData: true, subtree: true });
        }"""
    )
    first, second = page.locator("fieldset.q").nth(0), page.locator("fieldset.q").nth(1)
    for question, value in ((first, "3"), (first, "4"), (second, "none")):
        question.locator(f'input[value="{value}"]').check(force=True)
    expect(status).to_have_text("2 of 31 answered")
    assert page.evaluate("said") == ["1 of 31 answered", "2 of 31 answered"]


def test_what_is_wrong_takes_the_focus_and_leads_to_its_field(guest: Guest) -> None:
    page = guest.page
    page.goto(guest.place.fresh_link("asked"))
    page.locator("button[value=review]").click()
    problems = page.get_by_role("alert").filter(has=page.get_by_role("heading"))
    expect(problems).to_be_focused()
    expect(page).to_have_title("Please check: Feedback for Mia Mentee – Mentoring Feedback")
    problems.get_by_role("link").click()
    expect(page.locator("fieldset.q input").first).to_be_focused()
    area = page.locator("textarea").first
    area.evaluate("one => { one.removeAttribute('maxlength'); one.value = 'x'.repeat(2001); }")
    page.locator("button[value=review]").click()
    expect(problems).to_be_focused()
    problems.get_by_role("link").click()
    expect(area).to_be_focused()
    expect(area).to_have_attribute("aria-invalid", "true")
    assert "2001" in described(area)


def described(field: Locator) -> str:
    return str(
        field.evaluate(
            """one => one.getAttribute('aria-describedby').split(' ')
                .map((id) => document.getElementById(id).textContent).join(' ')"""
        )
    )


@pytest.mark.parametrize("round_name", FORMS)
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_everything_to_press_is_44_pixels_large(guest: Guest, round_name: str, width: int) -> None:
    page = guest.page
    size(page, {"width": width, "height": 800})

    def small() -> list[str]:
        return [str(one) for one in page.evaluate(_SMALL)]

    guest.answer(round_name, ratings=1)
    assert small() == []
    page.locator("button[value=review]").click()
    page.locator("button[value=submit]").first.wait_for()
    assert small() == []
    page.goto(guest.place.fresh_link(round_name) + "/decline")
    assert small() == []


# Links within a sentence are as large as their words (WCAG 2.5.8 leaves them out).
_SMALL = """() => [...document.querySelectorAll('a, button, select, textarea, .q label > span')]
    .filter((one) => one.checkVisibility() && !one.matches('.skip')
        && (one.localName !== 'a' || one.parentElement.textContent.trim()
            === one.textContent.trim()))
    .filter((one) => {
        const box = one.getBoundingClientRect();
        return box.height < 43.5 || box.width < 43.5;
    })
    .map((one) => one.outerHTML.slice(0, 120))"""


def test_pages_and_their_parts_say_their_language(guest: Guest) -> None:
    page = guest.page
    for round_name, language, direction, statements in (
        ("asked", "en", "ltr", None),
        ("looking back", "de", "ltr", None),
        # There is no Arabic questionnaire: its statements are read in English.
        ("in Arabic", "ar", "rtl", "en"),
    ):
        page.goto(guest.place.fresh_link(round_name))
        root = page.locator("html")
        expect(root).to_have_attribute("lang", language)
        expect(root).to_have_attribute("dir", direction)
        part = page.locator("section.part").first
        assert part.get_attribute("lang") == statements
        assert part.get_attribute("dir") == ("ltr" if statements else None)
        eyebrow = part.locator(".eyebrow").get_attribute("lang")
        assert eyebrow == (language if statements else None)
