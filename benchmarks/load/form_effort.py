"""What a rater's form asks of a rater: taps, swipes, keys, bytes and seconds, in a real browser."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page

PHONE = {"width": 360, "height": 740}
# "Slow 3G".
ROUND_TRIP_MS, KBIT_PER_SECOND = 400, 400
_COMMENT = "It helps when meetings end with a decision."
# A thumb moves the page by about this share of the screen.
_SWIPE = 0.6


@dataclass(frozen=True)
class Effort:
    """What it took from the first look at the form to the thanks."""

    taps: int = 0
    swipes: int = 0
    # Besides what is typed into the comments.
    keys: int = 0


class _Thumb:
    def __init__(self, page: Page) -> None:
        self._page = page
        self.taps = self.swipes = 0

    def tap(self, target: Locator) -> None:
        """Move the page until the target can be seen whole, then tap it."""
        for _ in range(60):
            box = target.bounding_box()
            if box is None:
                raise ValueError("nothing to tap")
            # The bar with the progress covers the top.
            if box["y"] > 60 and box["y"] + min(box["height"], 300) < PHONE["height"]:
                break
            way = 1 if box["y"] > 60 else -1
            self._page.evaluate(
                "y => scrollBy({top: y, behavior: 'instant'})", way * _SWIPE * PHONE["height"]
            )
            self.swipes += 1
        target.tap()
        self.taps += 1


def by_touch(browser: Browser, link: str, statements: int, *, not_observed: int = 0) -> Effort:
    """Fill in and send with a thumb; of the last `not_observed` competencies all is left out."""
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(link)
    thumb = _Thumb(page)
    parts = page.locator(".part:has(.q)")
    answered = 0
    for number in range(parts.count()):
        part = parts.nth(number)
        questions = part.locator(".q")
        answered += questions.count()
        if number >= parts.count() - not_observed:
            thumb.tap(part.locator(".rest"))
            continue
        for one in range(questions.count()):
            thumb.tap(questions.nth(one).locator(".opts label").nth(3))
    if answered != statements or page.locator(".q input:checked").count() != statements:
        raise ValueError("not every statement was answered")
    for area in page.locator("textarea").all():
        thumb.tap(area)
        page.keyboard.type(_COMMENT)
    thumb.tap(page.locator("[name=step]"))
    thumb.tap(page.locator("[value=submit]").first)
    page.wait_for_url("**/thank-you")
    context.close()
    return Effort(taps=thumb.taps, swipes=thumb.swipes)


def by_keyboard(browser: Browser, link: str, statements: int) -> Effort:
    """Fill in and send without mouse, from the top of the page on."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(link)
    keys = 0

    def press(key: str) -> None:
        nonlocal keys
        page.keyboard.press(key)
        keys += 1

    def go_to(selector: str) -> None:
        for _ in range(40):
            if page.evaluate("s => !!document.activeElement?.matches(s)", selector):
                return
            press("Tab")
        raise ValueError(f"the focus does not come to {selector}")

    go_to(".q input")
    for _ in range(statements):
        press("4")
    for _ in range(page.locator("textarea").count()):
        go_to("textarea")
        page.keyboard.type(_COMMENT)
        press("Tab")
    go_to("[name=step]")
    press("Enter")
    page.wait_for_selector("[value=submit]")
    go_to("[value=submit]")
    press("Enter")
    page.wait_for_url("**/thank-you")
    context.close()
    return Effort(keys=keys)


def weigh(context: BrowserContext, link: str) -> dict[str, int]:
    """Bytes over the wire when the form is first opened, with headers, by kind of resource."""
    page = context.new_page()
    client = context.new_cdp_session(page)
    client.send("Network.enable")
    kinds: dict[str, str] = {}
    sizes: dict[str, int] = {}

    def begun(event: dict[str, Any]) -> None:
        kinds[event["requestId"]] = event["type"]

    def ended(event: dict[str, Any]) -> None:
        kind = kinds.get(event["requestId"], "Other")
        sizes[kind] = sizes.get(kind, 0) + int(event["encodedDataLength"])

    client.on("Network.responseReceived", begun)
    client.on("Network.loadingFinished", ended)
    page.goto(link)
    page.wait_for_load_state("networkidle")
    page.close()
    return sizes


def usable_after(context: BrowserContext, link: str) -> tuple[float, float]:
    """Seconds on a slow connection until text is read and until everything works."""
    page = context.new_page()
    client = context.new_cdp_session(page)
    client.send("Network.enable")
    rate = KBIT_PER_SECOND * 1000 / 8
    client.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": ROUND_TRIP_MS,
            "downloadThroughput": rate,
            "uploadThroughput": rate,
        },
    )
    start = time.monotonic()
    page.goto(link, wait_until="commit")
    page.wait_for_selector("[data-bar]:not([hidden])")
    works = time.monotonic() - start
    painted = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
    page.wait_for_function(f"{painted} > 0")
    read = float(page.evaluate(painted)) / 1000
    page.close()
    return read, works
