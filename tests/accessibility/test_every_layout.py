"""Every kind of page: enlarged to 400 %, spaced out, pressed with a thumb, and read aloud."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from survey.web.rate_limits import limiter
from tests.accessibility import axe, parts
from tests.accessibility.inhabitants import Inhabitants
from tests.accessibility.layout import lost, space_as_it_was, space_out
from tests.accessibility.visits import VISITS, Guest, Visit

DESK = {"width": 1280, "height": 900}
# What is left of a window of 1280 by 1024 pixels at 400 % (WCAG 1.4.10).
ENLARGED = {"width": 320, "height": 256}
OF_RATERS = ("rater.",)


@pytest.mark.parametrize("who", VISITS)
def test_everybody_can_read_and_press_everything(
    browser: Browser, place: Inhabitants, who: str
) -> None:
    email, visits = VISITS[who]
    context = browser.new_context(
        viewport=DESK,  # type: ignore[arg-type]
        locale="en-GB",
        reduced_motion="reduce",
    )
    guest = Guest(context.new_page(), place)
    guest.page.set_default_timeout(15_000)
    if email is not None:
        guest.sign_in(email)
    found: list[str] = []
    for visit in visits:
        limiter.reset()
        visit.go(guest)
        found += [f"{visit.name}: {one}" for one in problems(guest.page, visit)]
    context.close()
    assert not found, "\n".join(found)


def problems(page: Page, visit: Visit) -> list[str]:
    """What is wrong with the page that the guest has come to."""
    page.evaluate("document.querySelectorAll('main details').forEach((one) => one.open = true)")
    is_letter = visit.rules is not axe.ALL
    found = parts.alike(page)
    if not is_letter:
        # A letter is shown within the page of a mail program, which has landmarks and shows focus.
        found += parts.structure(page) + parts.unmarked(page) + parts.moving(page)
    least = 44 if visit.endpoint.startswith(OF_RATERS) else 24
    for size in (DESK, ENLARGED):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        found += [f"{size['width']}: {one}" for one in parts.small(page, least) + lost(page)]
        space_out(page)
        found += [f"{size['width']}, spaced out: {one}" for one in lost(page)]
        space_as_it_was(page)
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    return found


def test_what_is_wrong_with_a_part_is_seen(browser: Browser, place: Inhabitants) -> None:
    """Or that nothing is found proves nothing."""
    context = browser.new_context(viewport=DESK)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(place.served.address("accounts.request_link"))
    assert parts.structure(page) + parts.alike(page) + parts.small(page, 24) + lost(page) == []
    page.evaluate(
        """() => {
            const main = document.querySelector('main');
            const add = (html) => main.insertAdjacentHTML('beforeend', html);
            add('<a href="/a">Open</a><a href="/b">Open</a><h4>Deep</h4><nav>No name</nav>');
            add('<table><tr><td>1</td></tr></table><svg role="img"></svg><input name="bare">');
            add('<fieldset><input type="radio" aria-label="Yes"></fieldset>');
            add('<p aria-describedby="gone" id="main">Twice</p><p class="flash">Unread</p>');
            add('<p class="errors" role="alert"><a href="#nowhere">Wrong</a></p>');
            add('<p class="long">' + 'x'.repeat(300) + '</p><button class="tiny"></button>');
            main.querySelector('.long').style.overflowWrap = 'normal';
            const tiny = main.querySelector('.tiny');
            tiny.style.cssText = 'width: 10px; height: 10px; padding: 0; outline: none';
        }"""
    )
    seen = {one.split(":")[0] for one in parts.structure(page)}
    assert seen == {
        "a level of headings is left out",
        "a nav without a name",
        "a table without headers",
        "a table without a name",
        "a picture without words",
        "a field without a label",
        "a choice outside a named group",
        "a group without a name",
        "aria-describedby leads nowhere",
        "a message that is not read out",
        "a problem leads nowhere",
        "ids are there twice",
    }
    assert len(parts.alike(page)) == 1
    assert len(parts.unmarked(page)) == 1
    assert any('class="tiny"' in one for one in parts.small(page, 24))
    assert "scrolls sideways" in lost(page)
    context.close()
