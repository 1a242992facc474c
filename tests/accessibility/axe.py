"""axe-core, which looks for what keeps people out: https://github.com/dequelabs/axe-core."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from playwright.sync_api import Page

# WCAG 2.0, 2.1 and 2.2, levels A and AA.
_WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
Only = dict[str, str | list[str]]
# What axe-core recommends beyond them as well.
ALL: Only = {"type": "tag", "values": [*_WCAG, "best-practice"]}
# A letter is a part of the page of a mail program, which has the landmarks.
WCAG: Only = {"type": "tag", "values": _WCAG}
# Only what style sheets change with the colour scheme.
COLOURS: Only = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}


@cache
def _script() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def put_in(page: Page) -> None:
    """Make axe-core ready in the page, past its policy on scripts and without weakening it."""
    page.evaluate(_script())


def violations(page: Page, only: Only = ALL) -> list[str]:
    """What is wrong with the page as it is shown now, by these rules."""
    found = page.evaluate(
        """async (options) => {
            const { violations } = await axe.run(document, options);
            return violations.flatMap(({ id, help, nodes }) =>
                nodes.map((node) => `${id} (${help}): ${node.target.join(' ')}: ${node.html}`
                    + ` ${node.any.map((one) => one.message).join('; ')}`));
        }""",
        {"runOnly": only, "resultTypes": ["violations"]},
    )
    return [str(one) for one in found]
