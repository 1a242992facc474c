"""Showing a use case's problem at the field that it is about."""

from __future__ import annotations

from collections.abc import Mapping

from flask_wtf import FlaskForm


def show_problem(form: FlaskForm, message: str, fields: Mapping[str, str]) -> None:
    """Put a message such as "Deadline: that day is over" under its field.

    `fields` maps the word before the colon to a field's name; a message without such a word is
    shown at the top of the form.
    """
    label, colon, text = message.partition(": ")
    name = fields.get(label) if colon else None
    if name is None:
        form.form_errors.append(message)
        return
    field = form[name]
    field.errors = [*field.errors, text[:1].upper() + text[1:]]
