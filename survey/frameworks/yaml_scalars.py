"""What a word without quotes means: a string, number, boolean or null."""

import re

from survey.languages.message import Message

Scalar = str | int | float | bool | None

_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(
    r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_TRUE = frozenset({"true", "yes", "on"})
_FALSE = frozenset({"false", "no", "off"})
NULL_WORDS = frozenset({"", "~", "null", "Null", "NULL"})
# Longer ones are no ratings, and converting thousands of digits is slow or refused by Python.
_LONGEST_NUMBER = 30


def resolve(written: str) -> Scalar:
    """Say what a word without quotes means.

    Words that only some YAML readers take for a boolean (yes, no, on, off) count as one here, so
    that they get quotes and mean the same to every reader.
    """
    if written in NULL_WORDS:
        return None
    lowered = written.lower()
    if lowered in _TRUE:
        return True
    if lowered in _FALSE:
        return False
    if len(written) <= _LONGEST_NUMBER:
        if _INTEGER.fullmatch(written):
            return int(written)
        if _FLOAT.fullmatch(written):
            return float(written.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return written


def kind_of(value: object) -> str:
    """Name the kind of a value the way a person would."""
    if value is None:
        return Message("nothing")
    if isinstance(value, bool):
        return Message("a yes-or-no value")
    if isinstance(value, int | float):
        return Message("a number")
    if isinstance(value, str):
        return Message("text")
    return Message("a map") if isinstance(value, dict) else Message("a list")
