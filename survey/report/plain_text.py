"""Texts that no spreadsheet program takes for a formula."""

from __future__ import annotations

import re
import unicodedata

# What begins a formula, also in the full-width forms that some programs read alike (OWASP).
_BEGINS_FORMULA = "=+-@＝＋－＠﹢﹣﹦﹫"
_CONTROLS = ("\t", "\r", "\n")
_MARK = "'"
# Where another program may see a new cell begin: one that splits lines at semicolons or tabs.
_INNER = re.compile(rf"([;\t\r\n]\s*)(?=[{re.escape(_BEGINS_FORMULA + _MARK)}])")
_INNER_MARKED = re.compile(rf"([;\t\r\n]\s*){_MARK}")


def may_be_formula(text: str) -> bool:
    """Whether some program could take the text for a formula."""
    seen = text.lstrip(_invisible(text))
    return text.startswith(_CONTROLS) or seen[:1] in tuple(_BEGINS_FORMULA)


def guarded(text: str) -> str:
    """The text for a CSV cell: an apostrophe stands before whatever could begin a formula.

    One stands also before an apostrophe at such a place, so `unguarded` gives the text back.
    """
    inner = _INNER.sub(rf"\g<1>{_MARK}", text)
    if may_be_formula(text) or text.startswith(_MARK):
        return _MARK + inner
    return inner


def unguarded(cell: str) -> str:
    """The text that `guarded` made the cell from."""
    return _INNER_MARKED.sub(r"\g<1>", cell.removeprefix(_MARK))


def _invisible(text: str) -> str:
    """The characters of the text that take no ink at its beginning."""
    return "".join(
        {c for c in text if c.isspace() or unicodedata.category(c) in ("Cc", "Cf", "Zs")}
    )
