"""How numbers, days and states read on a page."""

from __future__ import annotations

import datetime as dt

from flask import Flask
from flask_babel import gettext

from survey.frameworks.model import Framework
from survey.frameworks.texts import in_language
from survey.languages.days import day_in_words
from survey.languages.marks import N_
from survey.report import wording
from survey.report.story import contrast_verdict
from survey.web.languages import current_language, in_words, reading_language

_ROUNDS = {
    "before": N_("Before round"),
    "interim": N_("Interim round"),
    "after": N_("After round"),
}
_ROUNDS_WITHIN = {
    "before": N_("before round"),
    "interim": N_("interim round"),
    "after": N_("after round"),
}


def day(value: dt.date | None) -> str:
    """A day in words, as the page's language writes it."""
    return "" if value is None else day_in_words(value, current_language())


def round_name(kind: str) -> str:
    """A round's kind as a title."""
    return str(gettext(_ROUNDS[str(kind)]))


def round_within(kind: str) -> str:
    """The same within a sentence."""
    return str(gettext(_ROUNDS_WITHIN[str(kind)]))


def framework_text(framework: Framework, field: str, part: object | None = None) -> str:
    """A text of a framework, or of a part of it, in the reader's language if it is there in it."""
    text = getattr(framework if part is None else part, field)
    return in_language(text, reading_language(framework.languages[0]), framework.languages[0])


def capitalize_first(text: str) -> str:
    """The text as a sentence; unlike Jinja's `capitalize`, the rest keeps its case."""
    text = in_words(text)
    return text[:1].upper() + text[1:]


def add_filters(app: Flask) -> None:
    """Make the wordings available to templates."""
    for filter_ in (
        wording.rating,
        wording.change,
        wording.interval,
        wording.p_value,
        wording.two_decimals,
        wording.percent,
        wording.verdict_words,
        wording.self_other_words,
        contrast_verdict,
        day,
        round_name,
        round_within,
        framework_text,
        capitalize_first,
    ):
        app.add_template_filter(filter_)
