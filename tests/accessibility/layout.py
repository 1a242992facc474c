"""What of a page cannot be read where it stands: cut off, run out of its box, or outside."""

from __future__ import annotations

from playwright.sync_api import Page

_LOST = """() => {
    const lost = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const parent = node.parentElement;
        if (!node.data.trim() || !parent.checkVisibility()) continue;
        if (parent.closest('.sr, .skip')) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        const words = node.data.trim().slice(0, 40);
        for (const box of range.getClientRects()) {
            if (box.left < -1 || box.right > innerWidth + 1) lost.push(`outside: ${words}`);
            for (let up = parent; up !== document.body; up = up.parentElement) {
                const frame = up.getBoundingClientRect();
                const cuts = getComputedStyle(up).overflow !== 'visible';
                const holds = up.matches('.button, .opts span, .no span, .badge, .callout, .card');
                const out = box.left < frame.left - 1 || box.right > frame.right + 1
                    || box.top < frame.top - 3 || box.bottom > frame.bottom + 3;
                if ((cuts || holds) && out) lost.push(`cut off: ${words}`);
            }
        }
    }
    if (document.documentElement.scrollWidth > innerWidth) lost.push('scrolls sideways');
    return [...new Set(lost)];
}"""

# What readers may set for themselves (WCAG 1.4.12), past the page's policy on styles.
_SPACED = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
        word-spacing: .16em !important; } p { margin-block-end: 2em !important; }`);
    document.adoptedStyleSheets = [sheet];
}"""


def lost(page: Page) -> list[str]:
    """The texts of the page that cannot be read as a whole."""
    return [str(one) for one in page.evaluate(_LOST)]


def space_out(page: Page) -> None:
    """Set the spacing of text to what WCAG 1.4.12 asks pages to bear."""
    page.evaluate(_SPACED)


def space_as_it_was(page: Page) -> None:
    """Take that back."""
    page.evaluate("() => { document.adoptedStyleSheets = []; }")
