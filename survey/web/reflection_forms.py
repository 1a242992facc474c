"""The forms of a mentee: self-reflection, and feedback on the mentoring."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import cast

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, Field, RadioField
from wtforms.validators import InputRequired

from survey.mentoring.question_set_model import QuestionSet
from survey.mentoring.self_reflection import (
    LEAST_CONFIDENT,
    MOST_CONFIDENT,
    ReflectionDetails,
    answers_in,
    confidence_in,
)
from survey.storage.models import Goal, ReflectionMoment, SelfReflection, Side
from survey.web.choices import offered
from survey.web.question_forms import NO_ANSWER, QuestionForm, filled_in, question_form

_LEVELS = [(str(n), str(n)) for n in range(LEAST_CONFIDENT, MOST_CONFIDENT + 1)]


class ReflectionForm(QuestionForm):
    """A self-reflection: the day, the questions, confidence per goal, and who may read it."""

    goal_ids: tuple[uuid.UUID, ...] = ()

    on = DateField(_l("Date"), validators=[InputRequired(_l("Enter the day."))])
    shared = BooleanField(_l("Share this reflection with my mentor"))

    def confidence_fields(self) -> list[Field]:
        """The fields of confidence, goal by goal."""
        return [self[_confidence_field(goal_id)] for goal_id in self.goal_ids]

    def details(self, moment: ReflectionMoment) -> ReflectionDetails:
        """What was entered."""
        chosen = {goal_id: self[_confidence_field(goal_id)].data for goal_id in self.goal_ids}
        return ReflectionDetails(
            moment=moment,
            on=cast(dt.date, self.on.data),
            answers=self.answers(),
            confidence={id_: int(level) if level else None for id_, level in chosen.items()},
            shared=self.shared.data,
        )


def reflection_form(
    questions: QuestionSet,
    goals: Sequence[Goal],
    language: str,
    today: dt.date,
    reflection: SelfReflection | None,
) -> ReflectionForm:
    """The form for a moment, filled with what the reflection holds already."""
    made = question_form(ReflectionForm, questions, Side.MENTEE, language)
    for goal in goals:
        field = RadioField(goal.statement, choices=offered([*_LEVELS, NO_ANSWER]), default="")
        setattr(made, _confidence_field(goal.id), field)
    made.goal_ids = tuple(goal.id for goal in goals)
    if reflection is None:
        return cast(ReflectionForm, made(data={"on": today}))
    levels = confidence_in(reflection)
    filled = {
        "on": reflection.reflected_on,
        "shared": reflection.shared,
        **filled_in(answers_in(reflection)),
        **{_confidence_field(goal): str(level) for goal, level in levels.items()},
    }
    return cast(ReflectionForm, made(data=filled))


class FeedbackForm(QuestionForm):
    """Feedback on the mentoring, and when the mentor may read it."""

    when = RadioField(
        _l("When may your mentor read this?"),
        choices=offered(
            [
                ("now", _l("Now, with my name")),
                ("at-the-end", _l("Only once our mentoring has ended")),
            ]
        ),
        validators=[InputRequired(_l("Say when your mentor may read this."))],
    )


def _confidence_field(goal_id: uuid.UUID) -> str:
    return f"confidence_{goal_id.hex}"
