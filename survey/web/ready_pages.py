"""Pages that are alike for many people: made once, with gaps that are filled for each of them."""

from __future__ import annotations

import re
import secrets

from markupsafe import Markup, escape

# Nobody can write it into a text that a page shows.
_MARK = secrets.token_hex(12)
_GAP = re.compile(f"{_MARK}([^!]+)!")


def gap(name: str) -> str:
    """What a template is given in place of a value that differs from person to person."""
    return f"{_MARK}{name}!"


class ReadyPage:
    """A rendered page with gaps. What they are filled with is escaped, unless it is markup."""

    def __init__(self, rendered: str) -> None:
        # Text and names of gaps by turns.
        self._parts = _GAP.split(rendered)

    def filled(self, **values: str | Markup) -> str:
        """The page for one person. Raises KeyError for a gap without a value."""
        parts = self._parts.copy()
        parts[1::2] = [escape(values[name]) for name in parts[1::2]]
        return "".join(parts)
