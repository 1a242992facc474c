"""Texts in one or several languages, and the one placeholder they may hold."""

from collections.abc import Iterable

Text = str | dict[str, str]
"""A plain string, or a map from language code to string."""

MENTEE_PLACEHOLDER = "{mentee}"


def in_language(text: Text, language: str, default_language: str) -> str:
    """Return the text in a language, else in its base language, else in the default one.

    A plain string is the same in every language. Raises KeyError when the text is a map that has
    not even the default language; a text of a loaded framework always has it.
    """
    if isinstance(text, str):
        return text
    return text[choose_language(text, language, default_language)]


def choose_language(available: Iterable[str], language: str, default_language: str) -> str:
    """Return which available language serves a reader: "de-AT" falls back to "de", then default."""
    known = set(available)
    base = language.partition("-")[0]
    for candidate in (language, base):
        if candidate in known:
            return candidate
    return default_language


def with_mentee_name(words: str, mentee_name: str) -> str:
    """Fill the placeholder; braces inside the name itself are left alone."""
    return words.replace(MENTEE_PLACEHOLDER, mentee_name)
