"""Numbers and lists as a language writes them, from figures that are rounded already.

Every language gets Western digits, also Arabic: they are what the rating scale of the form has. A
real minus sign stands before what is below zero.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from babel import Locale
from babel.lists import format_list
from babel.numbers import format_decimal, get_decimal_symbol

from survey.languages.catalogues import direction

_MINUS = "−"
# English as it is written in most of the world: no comma before the last of a list.
_LOCALES = {"en": "en_GB"}
_NO_BREAK = "\N{NO-BREAK SPACE}"
# Invisible marks around what runs from left to right, and around what brings its own direction.
_TO_RIGHT, _OWN_WAY, _END = "\u2066", "\u2068", "\u2069"
# "y" before the sound of an i is "e"; not before "hie" and the like, which sound otherwise.
_SOUNDS_LIKE_I = re.compile(r"h?[ií](?![aeo])", re.IGNORECASE)


def number_in_words(figure: str, language: str) -> str:
    """A figure as Python writes it, "-0.5", with the language's decimal sign: "−0,5"."""
    return figure.replace("-", _MINUS).replace(".", _decimal_sign(language))


def whole_number(number: int, language: str) -> str:
    """A whole number with its thousands apart."""
    return format_decimal(number, locale=_LOCALES.get(language, language))


def percentage(figure: str, language: str) -> str:
    """A figure with the sign for per cent, as far from it as the language wants."""
    return number_in_words(figure, language) + _percent_sign(language)


def left_to_right(text: str, language: str) -> str:
    """A figure with a sign, kept from turning round in a text from right to left."""
    return f"{_TO_RIGHT}{text}{_END}" if direction(language) == "rtl" else text


def apart(text: str, language: str) -> str:
    """A name of any script, kept from mixing with a text from right to left around it."""
    return f"{_OWN_WAY}{text}{_END}" if direction(language) == "rtl" else text


def listed(parts: Sequence[str], language: str) -> str:
    """The parts as a list in a sentence: a, b and c."""
    said = format_list(list(parts), locale=_LOCALES.get(language, language))
    if language == "es" and len(parts) > 1 and _SOUNDS_LIKE_I.match(parts[-1]):
        return said.removesuffix(f"y {parts[-1]}") + f"e {parts[-1]}"
    return said


def enumerated(parts: Sequence[str], language: str) -> str:
    """The parts one after the other, with commas."""
    return ("، " if language == "ar" else ", ").join(parts)


def in_turn(parts: Sequence[str], language: str) -> str:
    """Parts that hold commas themselves, with semicolons."""
    return ("؛ " if language == "ar" else "; ").join(parts)


@cache
def _decimal_sign(language: str) -> str:
    return get_decimal_symbol(_LOCALES.get(language, language), numbering_system="latn")


@cache
def _percent_sign(language: str) -> str:
    if language == "en":
        return f"{_NO_BREAK}%"
    pattern = Locale.parse(language).percent_formats[None].pattern
    return str(pattern).rpartition("0")[2]
