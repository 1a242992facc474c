"""The colours of the pictures, on screen and on paper."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """One colour for each thing a picture shows.

    `ink` is for text, `muted` for secondary text, `line` for the grid, `edge` for links and axes,
    `card` for the ground behind the picture, which open marks are filled with; `before`, `after`
    and `own` are for marks. Shape and lightness tell these apart, hue only helps.
    """

    ink: str
    muted: str
    line: str
    edge: str
    card: str
    before: str
    after: str
    own: str


# The page's own colours, so that an inline picture follows its light and dark mode.
ON_SCREEN = Palette(
    ink="var(--ink)",
    muted="var(--muted)",
    line="var(--line)",
    edge="var(--edge)",
    card="var(--card)",
    before="var(--before)",
    after="var(--after)",
    own="var(--ink)",
)

# Okabe-Ito vermilion, and their blue made darker: grey prints of the originals look the same.
ON_PAPER = Palette(
    ink="#1a1a1a",
    muted="#555555",
    line="#d4d4d4",
    edge="#8a8a8a",
    card="#ffffff",
    before="#d55e00",
    after="#004c78",
    own="#1a1a1a",
)
