"""Showing a use case's problem at the field that it is about."""

from __future__ import annotations

from collections.abc import Mapping

from flask_wtf import FlaskForm

from survey.languages.message import Message
from survey.web.languages import in_words


def show_problem(form: FlaskForm, message: str, fields: Mapping[str, str]) -> None:
    """Put a message such as "Deadline: that day is over" under its field.

    `fields` maps the word before the colon to a field's name; a message without such a word is
    shown at the top of the form. A `Message` names its field itself, and is translated.
    """
    if isinstance(message, Message):
        label, colon, text = message.at, message.at, in_words(message)
    else:
        label, colon, text = message.partition(": ")
    name = fields.get(label) if colon else None
    if name is None:
        form.form_errors.append(in_words(message))
        return
    field = form[name]
    field.errors = [*field.errors, text[:1].upper() + text[1:]]
