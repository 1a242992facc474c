"""Which languages the service speaks, and where their words lie."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from babel import Locale
from babel.support import NullTranslations, Translations

FOLDER = Path(__file__).resolve().parent.parent / "translations"
"""Holds `<language>/LC_MESSAGES/messages.po`, and beside it what `make translations` compiles."""

SOURCE_LANGUAGE = "en"
"""The language that the texts in templates and program are written in."""

LANGUAGES = {
    SOURCE_LANGUAGE: "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "ar": "العربية",
}
"""Every language of pages and letters, by its code, with its own name."""


def spoken(language: str) -> str:
    """The language of LANGUAGES that serves a reader of this one: "de-AT" gets "de", "fi" "en"."""
    base = language.replace("_", "-").partition("-")[0].lower()
    return base if base in LANGUAGES else SOURCE_LANGUAGE


def first_spoken(wanted: Iterable[str]) -> str:
    """The first of the wanted languages that the service speaks, or English."""
    for language in wanted:
        base = language.replace("_", "-").partition("-")[0].lower()
        if base in LANGUAGES:
            return base
    return SOURCE_LANGUAGE


def direction(language: str) -> str:
    """Which way the language is written: "ltr" or "rtl"."""
    return Locale.parse(language, sep="-").text_direction


def language_name(code: str, language: str) -> str:
    """What a language is called in another; its code where nobody knows it."""
    return str(Locale.parse(language).languages.get(code.replace("-", "_"), code))


@cache
def catalogue(language: str) -> NullTranslations:
    """The translations into one language of LANGUAGES."""
    return Translations.load(FOLDER, [language])
