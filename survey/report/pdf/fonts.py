"""The fonts that the PDF is set in."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import manimgx_fonts  # type: ignore[import-untyped]
import typst

from survey.report.pdf.families import TEXT_FAMILY

# One of Typst's own; for the signs of mathematics, which the packaged ones lack.
_SIGNS = "DejaVu Sans Mono"
_FOLDER = str(Path(manimgx_fonts.__file__).parent)


@lru_cache(maxsize=1)
def packaged_fonts() -> typst.Fonts:
    """What comes with the Python packages: the same on every machine.

    Latin, Greek, Cyrillic, Arabic, Hebrew, emoji and many scripts of Asia and Africa.
    """
    return typst.Fonts(include_system_fonts=False, font_paths=[_FOLDER])


@lru_cache(maxsize=1)
def all_fonts() -> typst.Fonts:
    """The packaged fonts, and for other scripts (Chinese, Japanese, Korean) the machine's."""
    return typst.Fonts(include_system_fonts=True, font_paths=[_FOLDER])


@lru_cache(maxsize=1)
def families() -> tuple[str, ...]:
    """The packaged families in order of preference, the text's first."""
    scripts = {font.family for font in packaged_fonts().fonts() if font.path}
    return (TEXT_FAMILY, *sorted(scripts - {TEXT_FAMILY}), _SIGNS)
