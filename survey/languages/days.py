"""Days and months as a language writes them."""

from __future__ import annotations

import datetime as dt

from babel.dates import format_date, format_skeleton

# English as it is written in most of the world: the day before the month, and no comma.
_LOCALES = {"en": "en_GB"}
_WITH_WEEKDAY = {"en": "EEEE d MMMM y"}


def day_in_words(value: dt.date, language: str, *, weekday: bool = False) -> str:
    """The day with its month in words: "Friday 12 December 2025", "12. Dezember 2025"."""
    format_ = _WITH_WEEKDAY.get(language, "full") if weekday else "long"
    return format_date(value, format_, _LOCALES.get(language, language))


def month_in_words(value: dt.date, language: str) -> str:
    """Month and year: "December 2025", "Dezember 2025"."""
    locale = _LOCALES.get(language, language)
    # For a date a skeleton's time zone means nothing; it must only be given.
    return format_skeleton("yMMMM", dt.datetime.combine(value, dt.time()), locale=locale)


def short_month_in_words(value: dt.date, language: str) -> str:
    """The same as short as the language writes it: "Dec 2025", "Dez. 2025"."""
    if language == "en":
        # Babel shortens September to four letters in British English.
        return f"{value:%b %Y}"
    return format_skeleton("yMMM", dt.datetime.combine(value, dt.time()), locale=language)
