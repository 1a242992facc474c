"""The language of a page: what decides it, and what templates need to speak it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import AbstractContextManager

from flask import Flask, g, request
from flask_babel import Babel, force_locale, get_locale, gettext
from markupsafe import Markup

from survey.languages.catalogues import (
    FOLDER,
    SOURCE_LANGUAGE,
    catalogue,
    direction,
    first_spoken,
    language_name,
    spoken,
)
from survey.languages.competency_kinds import competency_kind
from survey.languages.days import day_in_words, month_in_words, short_month_in_words
from survey.languages.group_names import group_name
from survey.languages.marks import N_
from survey.languages.message import Message, said
from survey.languages.numbers import listed

babel = Babel()

# Pages that know nobody by design: the browser says what is read there.
_FOR_STRANGERS = frozenset({"rater"})
# What programs get is the same for all of them.
_FOR_PROGRAMS = frozenset({"api", "health"})


def register(app: Flask) -> None:
    """Let the application's templates speak the reader's language."""
    babel.init_app(
        app, default_translation_directories=str(FOLDER), locale_selector=_language_of_request
    )
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    # Whatever prints a message prints it in the language of its reader.
    app.jinja_env.finalize = _as_printed
    app.add_template_filter(in_words, "said")
    app.add_template_global(N_, "N_")
    app.add_template_global(_in_catalogue, "in_catalogue")
    app.add_template_global(_long_day, "long_day")
    app.add_template_global(_month, "month")
    app.add_template_global(_short_month, "short_month")
    app.add_template_global(_listed, "listed")
    app.add_template_global(_language_name, "language_name")
    app.add_template_global(_group_name, "group_name")
    app.add_template_global(_competency_kind, "competency_kind")
    app.add_template_global(_statements_attributes, "statements_attributes")
    app.add_template_global(_page_attributes, "page_attributes")
    app.add_template_global(_page_direction, "page_direction")
    app.context_processor(_frame)


def in_language(language: str) -> AbstractContextManager[None]:
    """Render in the language that serves a reader of this one, whatever the browser says."""
    forced: AbstractContextManager[None] = force_locale(spoken(language))
    return forced


def current_language() -> str:
    """The language that this page is rendered in."""
    locale = get_locale()
    return SOURCE_LANGUAGE if locale is None else str(locale.language)


def in_words(text: object) -> str:
    """A message, or what an error says, in the language of this page; other texts as they are."""
    return said(text, current_language())


def reading_language(otherwise: str) -> str:
    """The language to read competencies in: that of who is signed in, `otherwise` for others."""
    person = g.get("person")
    if person is None:
        return otherwise
    return str(person.language)


def _language_of_request() -> str:
    if request.blueprint in _FOR_PROGRAMS:
        return SOURCE_LANGUAGE
    person = g.get("person")
    if person is not None and request.blueprint not in _FOR_STRANGERS:
        return spoken(person.language)
    asked = request.args.get("lang", "")
    return first_spoken([asked, *(tag for tag, _ in request.accept_languages)])


def _frame() -> dict[str, str]:
    language = current_language()
    return {
        "lang": language,
        "dir": direction(language),
    }


def _as_printed(value: object) -> object:
    return in_words(value) if isinstance(value, Message) else value


def _long_day(value: dt.date, *, weekday: bool = False) -> str:
    return day_in_words(value, current_language(), weekday=weekday)


def _month(value: dt.date) -> str:
    return month_in_words(value, current_language())


def _short_month(value: dt.date) -> str:
    return short_month_in_words(value, current_language())


def _listed(parts: Sequence[str]) -> str:
    return listed(parts, current_language())


def _in_catalogue(text: str) -> str:
    """A text from a file: translated where it is the one that ships with the service.

    Unlike `_`, it takes a per cent sign for what it is.
    """
    return str(catalogue(current_language()).gettext(text))


def _language_name(code: str) -> str:
    return language_name(code, current_language())


def _group_name(label: str) -> str:
    return group_name(label, gettext)


def _competency_kind(kind: str) -> str:
    return competency_kind(kind, gettext)


def _statements_attributes(language: str) -> Markup:
    """Attributes of a part in the questionnaire's language, where the page speaks another."""
    return Markup() if language == current_language() else _attributes(language)


def _page_attributes(language: str) -> Markup:
    """Attributes of words of the page's own within such a part."""
    here = current_language()
    return Markup() if language == here else _attributes(here)


def _page_direction() -> str:
    """Which way this page is read: "ltr" or "rtl"."""
    return direction(current_language())


def _attributes(language: str) -> Markup:
    return Markup(' lang="{}" dir="{}"').format(language, direction(language))
