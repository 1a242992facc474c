"""How well colours that stand beside each other can be told apart (WCAG 1.4.3 and 1.4.11)."""

from __future__ import annotations

import re

from playwright.sync_api import Locator

Colour = tuple[float, float, float]


def contrast(one: Colour, other: Colour) -> float:
    """From 1, no difference, to 21, black on white."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def style(element: Locator, name: str) -> Colour:
    """A colour of the element as it is shown, such as `color`, `fill` or `border-top-color`."""
    return parse(str(element.evaluate(f"one => getComputedStyle(one).getPropertyValue('{name}')")))


def ground(element: Locator) -> Colour:
    """The colour behind the element: its own, or that of what it lies on."""
    found = element.evaluate(
        """one => {
            for (let up = one; up; up = up.parentElement) {
                const colour = getComputedStyle(up).backgroundColor;
                if (!/, 0\\)$|^transparent$/.test(colour)) return colour;
            }
            return 'rgb(255, 255, 255)';
        }"""
    )
    return parse(str(found))


def parse(written: str) -> Colour:
    """A colour as browsers write it: `rgb(14, 92, 92)`."""
    red, green, blue = (float(part) for part in re.findall(r"[\d.]+", written)[:3])
    return red, green, blue


def _luminance(colour: Colour) -> float:
    parts = (part / 255 for part in colour)
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
