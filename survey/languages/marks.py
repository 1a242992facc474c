"""Marking texts for translation where they are not used yet."""

from __future__ import annotations


def N_(text: str) -> str:  # noqa: N802
    """The text itself: `make translations` finds it by this name, the usual one in gettext."""
    return text


def plural(one: str, many: str) -> tuple[str, str]:
    """The same for a text about one thing and its form for many."""
    return one, many
