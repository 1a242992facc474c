"""Pictures of figures: in words or in a table beside them, in colours that can be told apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator

from survey.web.rate_limits import limiter
from tests.accessibility.contrast import Colour, contrast, ground, parse, style
from tests.accessibility.inhabitants import LEAD, MENTEE, MENTOR, Inhabitants
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
    context = browser.new_context(color_scheme=scheme, locale="en-GB", reduced_motion="reduce")
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


# The grid and the ground only help the eye. Parts of a stacked bar carry their number, which is
# measured above, and each bar has an outline; a share stands in words beside its bar. The band of a
# change (14 wide) and the tint of a radar lie pale behind their marks: the table has their figures.
_MARKS = """(one) => {
    const marks = [];
    for (const mark of one.querySelectorAll('path, line, rect, circle, polyline, text')) {
        if (mark.matches('.seg, [class^=on], .grid-line, .zero, '
            + '[stroke-width="14"], [opacity="0.1"]')) continue;
        const look = getComputedStyle(mark);
        let opacity = Math.min(look.fillOpacity, look.strokeOpacity);
        for (let up = mark; up !== one; up = up.parentElement) {
            opacity *= getComputedStyle(up).opacity;
        }
        const colours = [look.fill, look.stroke].filter((colour) => colour.startsWith('rgb'));
        marks.push([colours, opacity, mark.outerHTML.slice(0, 120)]);
    }
    return marks;
}"""


@pytest.mark.parametrize("kind", ["report", "programme", "reflections"])
def test_every_mark_of_a_picture_can_be_told_from_its_ground(guest: Guest, kind: str) -> None:
    guest.sign_in({"report": MENTOR, "programme": LEAD, "reflections": MENTEE}[kind])
    if kind == "report":
        guest.open("reports.show", round_id="change")
    elif kind == "programme":
        guest.open("programme.show")
    else:
        guest.open("reflections.index", mentorship_id="mentorship")
    guest.unfold()
    grid = colour_named(guest, "--line")
    measured, pale = 0, set()
    for picture in guest.page.locator("main svg:not(.share)").all():
        paper = ground(picture)
        for colours, opacity, mark in picture.evaluate(_MARKS):
            seen = {parse(one) for one in colours} - {grid, paper}
            if seen:
                measured += 1
                if max(contrast(over(one, paper, opacity), paper) for one in seen) < 3:
                    pale.add(mark)
    assert pale == set()
    assert measured > 10


def colour_named(guest: Guest, name: str) -> Colour:
    """A colour of the style sheets."""
    found = guest.page.evaluate(
        """(name) => {
            const probe = document.body.appendChild(document.createElement('i'));
            probe.style.color = `var(${name})`;
            const colour = getComputedStyle(probe).color;
            probe.remove();
            return colour;
        }""",
        name,
    )
    return parse(str(found))


def over(colour: Colour, paper: Colour, opacity: float) -> Colour:
    """What is seen of a colour that lets the paper through."""
    red, green, blue = (
        opacity * one + (1 - opacity) * other for one, other in zip(colour, paper, strict=True)
    )
    return red, green, blue


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
