"""Forms that ask what a question set asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, RadioField, TextAreaField
from wtforms.validators import Length, Optional

from survey.mentoring.answers import LONGEST_ANSWER, Answer, possible_answers
from survey.mentoring.question_set_model import Question, QuestionSet, ScaleQuestion, TextQuestion
from survey.storage.models import Side
from survey.web.choices import offered

_PREFIX = "q_"
NO_ANSWER = ("", _l("No answer"))


@dataclass(frozen=True)
class AskedQuestion:
    """A question on a form: its field, and for a scale what its ends mean."""

    field: Field
    kind: str
    lowest_label: str = ""
    highest_label: str = ""


class QuestionForm(FlaskForm):
    """A form with one field per question; `asked` has them in the order of the question set."""

    asked_ids: tuple[str, ...] = ()
    # The language of the questions, which may not be the page's.
    said_in: str = ""
    scale_ends: dict[str, tuple[str, str]] = {}  # noqa: RUF012 - set once, where the class is made

    def asked(self) -> list[AskedQuestion]:
        """The questions with their fields."""
        return [
            AskedQuestion(
                field,
                "scale" if id_ in self.scale_ends else _kind_of(field),
                *self.scale_ends.get(id_, ()),
            )
            for id_ in self.asked_ids
            for field in [self[_PREFIX + id_]]
        ]

    def answers(self) -> dict[str, str]:
        """What was entered, by the question's id."""
        return {id_: self[_PREFIX + id_].data or "" for id_ in self.asked_ids}

    def fields_by_question(self) -> dict[str, str]:
        """The names of the fields by the question's id, to show a problem where it belongs."""
        return {id_: _PREFIX + id_ for id_ in self.asked_ids}


def question_form(
    base: type[QuestionForm], questions: QuestionSet, side: Side, language: str
) -> type[QuestionForm]:
    """A form with the fields of `base` and one for each question that this side is asked."""
    asked = questions.asked_of(side)
    fields: dict[str, object] = {
        _PREFIX + question.id: _field(questions, question, language) for question in asked
    }
    ends = {
        question.id: (
            questions.words(question.lowest_label, language),
            questions.words(question.highest_label, language),
        )
        for question in asked
        if isinstance(question, ScaleQuestion)
    }
    asked_ids = tuple(question.id for question in asked)
    said_in = language if language in questions.languages else questions.languages[0]
    return type(
        base.__name__,
        (base,),
        {**fields, "asked_ids": asked_ids, "scale_ends": ends, "said_in": said_in},
    )


def filled_in(answers: Iterable[Answer]) -> dict[str, str]:
    """Given answers as the form's data."""
    return {_PREFIX + answer.id: answer.text for answer in answers}


def _field(questions: QuestionSet, question: Question, language: str) -> Field:
    label = questions.words(question.text, language)
    if isinstance(question, TextQuestion):
        longest = Length(
            max=LONGEST_ANSWER, message=_l("At most %(most)s characters.", most=LONGEST_ANSWER)
        )
        return TextAreaField(label, validators=[Optional(), longest])
    if isinstance(question, ScaleQuestion):
        choices = [(step, step) for step in possible_answers(question)]
    else:
        choices = [
            (option.id, questions.words(option.label, language)) for option in question.options
        ]
    return RadioField(label, choices=offered([*choices, NO_ANSWER]), default="")


def _kind_of(field: Field) -> str:
    return "text" if isinstance(field, TextAreaField) else "choice"
