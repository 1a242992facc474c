"""axe-core finds nothing on any kind of page, in light and dark, on a phone and on a desktop."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from survey.web.rate_limits import limiter
from tests.accessibility import axe
from tests.accessibility.inhabitants import Inhabitants
from tests.accessibility.visits import VISITS, Guest, Visit

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 320, "height": 900}
# The pages of a mentor in parts, so that several processes share them.
_PARTS = [
    (who, part) for who, (_, visits) in VISITS.items() for part in range(-(-len(visits) // 30))
]


@pytest.mark.parametrize(("who", "part"), _PARTS)
def test_nothing_keeps_anybody_out(
    browser: Browser, place: Inhabitants, who: str, part: int
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
    titles: dict[str, str] = {}
    for visit in visits if len(visits) <= 30 else visits[part * 30 : part * 30 + 30]:
        limiter.reset()
        visit.go(guest)
        found += [f"{visit.name}: {one}" for one in problems(guest.page, visit, place)]
        # Whoever has many windows open tells them apart by their titles.
        title = guest.page.title()
        if titles.setdefault(title, visit.template) != visit.template:
            found.append(f"{visit.name}: the title “{title}” is that of {titles[title]} as well")
    context.close()
    assert not found, "\n".join(found)


def problems(page: Page, visit: Visit, place: Inhabitants) -> list[str]:
    """What is wrong with the page that the guest has come to."""
    served = place.served
    if visit.template:
        assert served.last_endpoint == visit.endpoint, f"{visit.name}: {page.title()}"
        rendered = served.templates[visit.endpoint]
        assert visit.template in rendered, f"{visit.name}: {rendered}"
    page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
    axe.put_in(page)
    found: list[str] = []
    for size in (DESK, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.emulate_media(color_scheme="light")
        found += [f"{size['width']}: {one}" for one in axe.violations(page, visit.rules)]
        # In the dark nothing but the colours is another.
        page.emulate_media(color_scheme="dark")
        found += [f"{size['width']}, dark: {one}" for one in axe.violations(page, axe.COLOURS)]
        if page.evaluate("document.documentElement.scrollWidth") > size["width"]:
            found.append(f"{size['width']}: scrolls sideways")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    return found


def test_axe_sees_what_is_wrong(browser: Browser, place: Inhabitants) -> None:
    """Or that it finds nothing proves nothing; our policy on styles does not stop it either."""
    context = browser.new_context(viewport=DESK)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(place.served.address("accounts.request_link"))
    axe.put_in(page)
    assert axe.violations(page) == []
    page.evaluate(
        """() => {
            const main = document.querySelector('main');
            main.insertAdjacentHTML('beforeend', '<p>Pale</p><h5>Deep</h5><img src="x"><input>');
            const pale = main.querySelector('p:last-of-type');
            pale.style.color = '#ccc';
            pale.style.backgroundColor = '#fff';
        }"""
    )
    rules = {one.split(" ")[0] for one in axe.violations(page)}
    assert rules == {"color-contrast", "heading-order", "image-alt", "label"}
    assert len(axe.violations(page, axe.COLOURS)) == 1
    context.close()
