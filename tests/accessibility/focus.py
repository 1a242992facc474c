"""Where the keyboard is: what has the focus, whether that can be seen, and what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

# A rating's control lies unseen over its label, which shows its state and the focus.
_LOOK = """() => {
    const one = document.activeElement;
    if (!one || one === document.body) return null;
    const shown = one.matches('.q input') ? one.nextElementSibling : one;
    const box = shown.getBoundingClientRect();
    const style = getComputedStyle(shown);
    const isThere = (across, down) => {
        const x = box.left + box.width * across, y = box.top + box.height * down;
        const hit = document.elementFromPoint(x, y);
        return !!hit && (hit === one || shown.contains(hit));
    };
    const places = [.1, .3, .5, .7, .9].flatMap((x) => [.1, .5, .9].map((y) => [x, y]));
    const last = window.lastStop;
    // From the end of a page, the focus goes out of it, or to its start anew.
    window.firstStop ??= one;
    if (last && last !== one && one === window.firstStop) return null;
    window.lastStop = one;
    return {
        name: one.matches('a, button, summary') ? one.textContent.trim()
            : one.name || one.localName,
        kind: one.localName === 'input' ? `input ${one.type}` : one.localName,
        outline: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
        seen: places.filter(([x, y]) => isThere(x, y)).length / places.length,
        tall: box.height > innerHeight / 2,
        // A date has several stops within it.
        forward: last === one || !last?.isConnected
            || !!(last.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING),
    };
}"""


@dataclass(frozen=True)
class Stop:
    """What has the focus after a press of the Tab key."""

    name: str
    kind: str
    outline: float
    seen: float
    tall: bool
    forward: bool

    @property
    def problem(self) -> str:
        """What is wrong with it; empty when all is well."""
        if self.outline < 2:
            return f"{self.name}: the focus cannot be seen"
        if self.seen < (0.1 if self.tall else 0.6):
            return f"{self.name}: something hides what has the focus"
        return "" if self.forward else f"{self.name}: the focus goes back"


def stops(page: Page) -> Iterator[Stop]:
    """Press Tab until the page has been gone through; the caller may press other keys between."""
    for _ in range(200):
        page.keyboard.press("Tab")
        found: dict[str, Any] | None = page.evaluate(_LOOK)
        if found is None:
            return
        yield Stop(**found)
    raise AssertionError("the focus never comes to the end of the page")
