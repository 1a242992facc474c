"""The page on which raters see their answers once more before they send them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import current_app, render_template
from markupsafe import Markup

from survey.anonymity.comment_warnings import pointer_in
from survey.frameworks.questionnaire import FormItem, GroupForm
from survey.rounds.answers import (
    COMMENT_PREFIX,
    NOT_OBSERVED,
    RATING_PREFIX,
    RATING_THEN_PREFIX,
)
from survey.web.ready_pages import ReadyPage, gap


def ready_review(context: Mapping[str, object]) -> ReadyPage:
    """The page for all raters of a group, with gaps for what each of them answered."""
    return ReadyPage(
        render_template(
            "rater/review.html",
            **context,
            gap=gap,
            action_url=gap("action_url"),
            csrf_token=lambda: gap("csrf_token"),
            rating_prefix=RATING_PREFIX,
            then_prefix=RATING_THEN_PREFIX,
            comment_prefix=COMMENT_PREFIX,
        )
    )


def own_answers(
    form: GroupForm, mentee_name: str, values: Mapping[str, str], action_url: str
) -> dict[str, str | Markup]:
    """What fills the gaps with one rater's answers, which `values` holds by field name.

    The list of what has no answer leads to `action_url`. A comment is followed by a word in it that
    may point at a person.
    """
    parts: Any = current_app.jinja_env.get_template("macros/review.html").module
    labels: dict[str, str | Markup] = {
        str(point.value): f"{point.value} – {point.label}" for point in form.scale
    }
    labels |= {NOT_OBSERVED: form.not_observed}
    unsaid = {RATING_PREFIX: parts.no_answer(), RATING_THEN_PREFIX: parts.no_answer_then()}
    filled: dict[str, str | Markup] = {
        (name := prefix + item.id): labels[values[name]] if name in values else nothing
        for item in _items(form)
        for prefix, nothing in unsaid.items()
    }
    known, english = mentee_name.split(), form.language.startswith("en")
    for question in form.questions:
        name = COMMENT_PREFIX + question.id
        text = values.get(name, "")
        filled[name] = parts.said(text, pointer_in(text, known, english=english))
    filled["unanswered"] = parts.unanswered(
        [item for item in _items(form) if RATING_PREFIX + item.id not in values],
        action_url,
        RATING_PREFIX,
        form.language,
    )
    filled["fields"] = parts.fields(values)
    return filled


def _items(form: GroupForm) -> Iterator[FormItem]:
    return (item for competency in form.competencies for item in competency.items)
