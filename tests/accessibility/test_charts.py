"""Pictures of figures: in words or in a table beside them, in colours that can be told apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator

from survey.web.rate_limits import limiter
from tests.accessibility.contrast import Colour, contrast, ground, parse, style
from tests.accessibility.inhabitants import LEAD, MENTOR, Inhabitants
from tests.accessibility.visits import Guest

_WITHOUT_WORDS = """() => [...document.querySelectorAll('main svg')].filter((one) => {
    if (one.closest('[aria-hidden=true]')) return false;
    const named = one.getAttribute('aria-label')
        || document.getElementById(one.getAttribute('aria-labelledby'))?.textContent
        || one.querySelector(':scope > title')?.textContent;
    return one.getAttribute('role') !== 'img' || !named || named.trim().length < 10;
}).map((one) => one.outerHTML.slice(0, 160))"""
_WITHOUT_FIGURES = """() => [...document.querySelectorAll('main figure')].filter((one) =>
    !one.closest('section').querySelector('table'))
    .map((one) => one.closest('section').textContent.trim().slice(0, 80))"""


@pytest.fixture(params=["light", "dark"])
def guest(request: pytest.FixtureRequest, browser: Browser, place: Inhabitants) -> Iterator[Guest]:
    limiter.reset()
    scheme: Literal["light", "dark"] = request.param
    context = browser.new_context(color_scheme=scheme, locale="en-GB")
    yield Guest(context.new_page(), place)
    context.close()


@pytest.mark.parametrize("round_name", ["change", "before", "closed"])
def test_every_picture_of_a_report_has_words_and_its_figures(guest: Guest, round_name: str) -> None:
    guest.sign_in(MENTOR)
    guest.open("reports.show", round_id=round_name)
    assert guest.page.locator("main svg[role=img]").count() > 20
    assert guest.page.locator("main figure").count() > 0
    assert guest.page.evaluate(_WITHOUT_WORDS) == []
    assert guest.page.evaluate(_WITHOUT_FIGURES) == []


def test_every_picture_of_the_programme_has_words(guest: Guest) -> None:
    guest.sign_in(LEAD)
    guest.open("programme.show")
    assert guest.page.locator("main svg[role=img]").count() > 0
    assert guest.page.evaluate(_WITHOUT_WORDS) == []


def test_texts_and_marks_of_pictures_can_be_told_from_their_ground(guest: Guest) -> None:
    """axe-core does not judge texts in pictures."""
    guest.sign_in(MENTOR)
    guest.open("reports.show", round_id="change")
    guest.unfold()
    page = guest.page
    for point in range(1, 6):
        on_bar = page.locator(f"svg.counts text.on{point}")
        bar = page.locator(f"svg.counts rect.s{point}").first
        if on_bar.count():
            assert contrast(style(on_bar.first, "fill"), style(bar, "fill")) > 4.5, point
    card = ground(page.locator("section.card").first)
    for text in fills(page.locator("svg.picture text, svg.strip text.dim")):
        assert contrast(text, card) > 4.5
    for mark in ("before", "after"):
        outline = style(page.locator(f"svg.strip .dot.{mark}").first, "stroke")
        assert contrast(outline, card) > 3, mark


def fills(elements: Locator) -> set[Colour]:
    written = elements.evaluate_all(
        "all => [...new Set(all.map((one) => getComputedStyle(one).fill))]"
    )
    return {parse(one) for one in written}


def test_edges_of_controls_can_be_told_from_their_ground(guest: Guest) -> None:
    guest.answer("asked", ratings=1)
    page = guest.page
    unchosen = page.locator(".opts label:has(input:not(:checked)) span").first
    chosen = page.locator(".opts label:has(:checked) span").first
    paper = ground(page.locator("main"))
    for control in (unchosen, page.locator("textarea").first):
        assert contrast(style(control, "border-top-color"), paper) > 3
        assert contrast(style(control, "border-top-color"), ground(control)) > 3
    # Chosen and not chosen differ in lightness, not in hue alone.
    assert contrast(ground(chosen), ground(unchosen)) > 3
    chosen.locator("xpath=preceding-sibling::input").focus()
    page.keyboard.press("ArrowRight")
    focused = page.locator("input:focus + span")
    assert contrast(style(focused, "outline-color"), paper) > 3
