"""How numbers, days and states read on a page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from flask import Flask

from survey.frameworks.model import Framework
from survey.frameworks.texts import choose_language, in_language
from survey.languages.marks import N_
from survey.languages.recalled import Recalled
from survey.report.story import contrast_verdict
from survey.report.wording import Wording, capitalized, wording_in
from survey.web.languages import current_language, in_words, reading_language
from survey.webhooks.reasons import REASONS


def words() -> Wording:
    """The words of this page's language."""
    return wording_in(current_language())


def day(value: dt.date | None) -> str:
    """A day in words, as the page's language writes it."""
    return "" if value is None else words().day(value)


def round_name(kind: str) -> str:
    """A round's kind as a title."""
    return words().round_name(kind)


def framework_text(framework: Framework, field: str, part: object | None = None) -> str:
    """A text of a framework, or of a part of it, in the reader's language if it is there in it."""
    text = getattr(framework if part is None else part, field)
    return in_language(text, reading_language(framework.languages[0]), framework.languages[0])


def framework_language(framework: Framework) -> str:
    """The language that the framework's texts are shown in."""
    default = framework.default_language
    return choose_language(framework.languages, reading_language(default), default)


def capitalize_first(text: str) -> str:
    """The text, or what a message says to this reader, as the beginning of a sentence."""
    return capitalized(in_words(text))


_UNDELIVERABLE = Recalled((N_("returned as undeliverable"), N_("connection lost: %(reason)s")))


def said_again(stored: str) -> str:
    """What was stored in English when something failed, in the page's language.

    What another server wrote stays in its own words.
    """
    return in_words(REASONS.message(_UNDELIVERABLE.message(stored)))


_FILTERS: dict[str, Callable[..., str]] = {
    "rating": lambda value, bound="exact": words().rating(value, bound),
    "change": lambda value, bound="exact": words().change(value, bound),
    "interval": lambda ends: words().interval(ends),
    "p_value": lambda p: words().p_value(p),
    "two_decimals": lambda value: words().two_decimals(value),
    "percent": lambda share: words().percent(share),
    "verdict_words": lambda verdict: words().verdict(verdict),
    "self_other_name": lambda kind: words().self_other(kind),
    "self_other_words": lambda kind: words().self_other_meaning(kind),
    "contrast_verdict": lambda movement: contrast_verdict(movement, words()),
    "round_within": lambda kind: words().round_within(kind),
    "side": lambda side: words().side(side),
    "side_within": lambda side: words().side_within(side),
    "group_label": lambda label: words().group(label),
    "enumerated": lambda parts: words().enumerated(parts),
    "in_turn": lambda parts: words().in_turn(parts),
    "apart": lambda text: words().name(text),
}


def add_filters(app: Flask) -> None:
    """Make the wordings available to templates, each in the page's language."""
    for filter_ in (
        day,
        round_name,
        framework_text,
        framework_language,
        capitalize_first,
        said_again,
    ):
        app.add_template_filter(filter_)
    for name, worded in _FILTERS.items():
        app.add_template_filter(worded, name)
