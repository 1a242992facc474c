"""A text for a person, written by code that does not know who will read it.

Rules raise errors and give reasons where no page and no letter is near. They write a `Message`: an
English sentence that remembers what it was made of. Wherever nobody thinks of languages (the API,
the terminal, logs, a place that is not translated yet) it is that English sentence. A page or a
letter asks `said` for it in its reader's language.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Self

from babel.support import NullTranslations

from survey.languages.catalogues import SOURCE_LANGUAGE, catalogue
from survey.languages.days import day_in_words
from survey.languages.numbers import enumerated, listed, whole_number


class Message(str):
    """An English text with what it takes to say it in another language.

    `text` is what stands in the catalogues, with places such as `%(name)s` for the values; without
    values a per cent sign is one. A value may be a day, another message, a `Listed` or `Enumerated`
    of texts or a `Whole` number: each is put into the reader's language too. `at` names the field
    that a problem is about, for programs: in English it stands before the text ("Name: enter a
    name."), and a page shows the text at the field.
    """

    __slots__ = ("_at", "_many", "_number", "_text", "_values")

    _text: str
    _many: str | None
    _number: int
    _values: Mapping[str, Any]
    _at: str

    def __new__(cls, text: str, /, *, at: str = "", **values: Any) -> Self:
        """The message with these values."""
        return cls._made(text, None, 0, at, values)

    @classmethod
    def _made(
        cls, text: str, many: str | None, number: int, at: str, values: Mapping[str, Any]
    ) -> Self:
        chosen = text if many is None or number == 1 else many
        # Messages within keep the names of their fields, as they do by themselves.
        plain = {n: str.__str__(v) if isinstance(v, Message) else v for n, v in values.items()}
        english = _filled(chosen, plain, SOURCE_LANGUAGE)
        if at:
            # A value keeps its case: it may be a name.
            first = english[:1] if text.startswith("%") else english[:1].lower()
            english = f"{at}: {first}{english[1:]}"
        message = super().__new__(cls, english)
        message._text, message._many, message._number = text, many, number
        message._values, message._at = MappingProxyType(dict(values)), at
        return message

    def __str__(self) -> str:
        """Itself: `str(error)` of an error with a message is the message still."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """How copies are made, in another process too."""
        values = dict(self._values)
        return _again, (type(self), self._text, self._many, self._number, self._at, values)

    @property
    def at(self) -> str:
        """The field that it is about; empty where it is about none."""
        return self._at

    def in_language(self, language: str) -> str:
        """The text in one of LANGUAGES, without the field's name."""
        words = NullTranslations() if language == SOURCE_LANGUAGE else catalogue(language)
        chosen = (
            words.gettext(self._text)
            if self._many is None
            else words.ngettext(self._text, self._many, self._number)
        )
        return _filled(chosen, self._values, language)


class Listed(tuple[str, ...]):
    """Texts that stand in a message as "a, b and c"."""

    __slots__ = ()


class Enumerated(tuple[str, ...]):
    """Texts that stand in a message one after the other: "a, b, c"."""

    __slots__ = ()


class Whole(int):
    """A large number, which stands in a message with its thousands apart."""

    __slots__ = ()


def counted_message(one: str, many: str, number: int, /, *, at: str = "", **values: Any) -> Message:
    """A message about a number of things, which stands in it as `%(num)s`."""
    return Message._made(one, many, number, at, {"num": number, **values})


def lines(texts: Sequence[str]) -> Message:
    """The texts below each other, each in the reader's language where it is a message."""
    named = {f"line{number}": text for number, text in enumerate(texts)}
    text = "\n".join(f"%({name})s" for name in named)
    return Message(text, **named)


def said(text: object, language: str) -> str:
    """What it says, in one of LANGUAGES; what is no message stays as it is.

    An error says what it was raised with.
    """
    if isinstance(text, BaseException):
        text = str(text)
    return text.in_language(language) if isinstance(text, Message) else str(text)


def _filled(text: str, values: Mapping[str, Any], language: str) -> str:
    if not values:
        return text
    return text % {name: _VALUES.get(type(v), said)(v, language) for name, v in values.items()}


def _each(texts: Sequence[str], language: str) -> list[str]:
    return [said(text, language) for text in texts]


def _again(
    cls: type[Message],
    text: str,
    many: str | None,
    number: int,
    at: str,
    values: Mapping[str, Any],
) -> Message:
    return cls._made(text, many, number, at, values)


_VALUES: Mapping[type, Callable[[Any, str], str]] = {
    dt.date: day_in_words,
    Listed: lambda texts, language: listed(_each(texts, language), language),
    Enumerated: lambda texts, language: enumerated(_each(texts, language), language),
    Whole: whole_number,
}
