"""How numbers, days and states read on a page."""

from __future__ import annotations

import datetime as dt

from flask import Flask

from survey.anonymity.suppression import Bound
from survey.frameworks.model import Framework
from survey.frameworks.texts import in_language
from survey.report.rounding import one_decimal

_KINDS = {"before": "Before round", "interim": "Interim round", "after": "After round"}


_BOUNDS: dict[Bound, str] = {
    "exact": "",
    "at_least": "≥\N{NO-BREAK SPACE}",
    "at_most": "≤\N{NO-BREAK SPACE}",
    "about": "≈\N{NO-BREAK SPACE}",
}


def rating(value: float | None, bound: Bound = "exact") -> str:
    """A mean with one decimal, marked when it is a bound; a dash when it is not shown."""
    return "–" if value is None else f"{_BOUNDS[bound]}{one_decimal(value)}"


def change(value: float | None, bound: Bound = "exact") -> str:
    """A difference with sign and one decimal; a real minus sign; a dash when not shown."""
    if value is None:
        return "–"
    rounded = one_decimal(value)
    text = f"{rounded:+}".replace("-", "−") if rounded else "0.0"
    return _BOUNDS[bound] + text


def day(value: dt.date | None) -> str:
    """A day in words."""
    return "" if value is None else f"{value.day} {value:%B %Y}"


def round_name(kind: str) -> str:
    """A round's kind as a title."""
    return _KINDS[str(kind)]


def framework_text(framework: Framework, field: str, part: object | None = None) -> str:
    """A text of a framework, or of a part of it, in the framework's first language."""
    text = getattr(framework if part is None else part, field)
    return in_language(text, framework.languages[0], framework.languages[0])


def capitalize_first(text: str) -> str:
    """The text as a sentence; unlike Jinja's `capitalize`, the rest keeps its case."""
    return text[:1].upper() + text[1:]


def add_filters(app: Flask) -> None:
    """Make the wordings available to templates."""
    for filter_ in (rating, change, day, round_name, framework_text, capitalize_first):
        app.add_template_filter(filter_)
