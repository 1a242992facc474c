"""What readers have set for themselves: less motion, colours of their own."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from survey.web.rate_limits import limiter
from tests.accessibility.contrast import Colour, contrast, ground, parse, style
from tests.accessibility.inhabitants import MENTOR, Inhabitants
from tests.accessibility.visits import Guest

_MOVING = """() => [...document.querySelectorAll('*')].filter((one) => {
    const style = getComputedStyle(one);
    return style.transitionDuration !== '0s' || style.animationName !== 'none'
        || style.scrollBehavior !== 'auto';
}).length"""


@pytest.fixture
def guest(browser: Browser, place: Inhabitants) -> Iterator[Guest]:
    limiter.reset()
    context = browser.new_context(viewport={"width": 800, "height": 900}, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield Guest(page, place)
    context.close()


def test_nothing_moves_for_whoever_wants_no_motion(guest: Guest) -> None:
    page = guest.page
    guest.sign_in(MENTOR)
    for go in (
        lambda: guest.answer("asked"),
        lambda: guest.open("home.index"),
        lambda: guest.open("reports.show", round_id="change"),
    ):
        page.emulate_media(reduced_motion="no-preference")
        go()
        assert page.evaluate(_MOVING) > 0  # or that nothing moves proves nothing
        page.emulate_media(reduced_motion="reduce")
        assert page.evaluate(_MOVING) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_with_forced_colours_answers_and_the_focus_can_be_told(
    guest: Guest, scheme: Literal["light", "dark"]
) -> None:
    page = guest.page
    page.emulate_media(forced_colors="active", color_scheme=scheme, reduced_motion="reduce")
    guest.answer("asked", ratings=2)
    page.evaluate("document.activeElement.blur()")
    page.mouse.move(0, 0)
    first = page.locator("fieldset.q").first
    label = first.locator("label").filter(has=page.locator('[value="4"]'))
    unseen = first.locator("label.no")
    looks = [label.screenshot(), unseen.screenshot()]
    first.locator("[value=none]").check(force=True)
    page.evaluate("document.activeElement.blur()")
    page.mouse.move(0, 0)
    now = [label.screenshot(), unseen.screenshot()]
    assert looks[0] != now[0]
    assert looks[1] != now[1]
    # Chosen and not chosen have different grounds, and words keep their contrast.
    chosen, other = looks[0], now[0]
    assert contrast(corner(page, chosen), corner(page, other)) > 3
    words = unseen.locator("span")
    assert contrast(style(words, "color"), ground(words)) > 4.5
    first.locator("[value=none]").focus()
    page.keyboard.press("ArrowRight")
    focused = first.locator("input:focus + span")
    assert focused.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    # How far one is can be seen as well.
    bar = page.locator("[data-bar] progress")
    assert bar.evaluate("one => getComputedStyle(one).borderTopStyle") == "solid"


def corner(page: Page, picture: bytes) -> Colour:
    """The colour of a picture some pixels within its upper left corner, where no words are."""
    source = f"data:image/png;base64,{b64encode(picture).decode()}"
    found = page.evaluate(
        """async (source) => {
            const picture = new Image();
            picture.src = source;
            await picture.decode();
            const canvas = document.createElement('canvas');
            [canvas.width, canvas.height] = [picture.width, picture.height];
            const drawing = canvas.getContext('2d');
            drawing.drawImage(picture, 0, 0);
            return `rgb(${[...drawing.getImageData(12, 12, 1, 1).data].slice(0, 3).join(', ')})`;
        }""",
        source,
    )
    return parse(str(found))
