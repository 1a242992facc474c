"""Evaluating a goal: what became of it, why, and what comes next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey.languages.message import Message
from survey.mentoring.errors import MentoringError
from survey.storage.models import Goal, GoalEvaluation, GoalOutcome

LONGEST_EVALUATION_TEXT = 2000
# How problems name the texts, by their fields.
EVALUATION_TEXTS = {
    "hindered": "What stopped it",
    "also_achieved": "What else was achieved",
    "lessons": "Lessons",
    "next_steps": "Next steps",
}


@dataclass(frozen=True)
class EvaluationDetails:
    """What mentor and mentee say about the goal."""

    outcome: str
    hindered: str = ""
    also_achieved: str = ""
    lessons: str = ""
    next_steps: str = ""


def save_evaluation(
    session: Session, goal: Goal, details: EvaluationDetails, today: dt.date
) -> GoalEvaluation:
    """Evaluate the goal, or change its evaluation; its day is that of the newest change.

    Raises MentoringError naming the field.
    """
    if details.outcome not in set(GoalOutcome):
        raise MentoringError(Message("Say whether the goal was achieved.", at="Outcome"))
    texts = {field: _tidy(getattr(details, field)) for field in EVALUATION_TEXTS}
    for field, text in texts.items():
        if len(text) > LONGEST_EVALUATION_TEXT:
            raise MentoringError(
                Message(
                    "%(length)s characters; at most %(most)s are possible.",
                    length=len(text),
                    most=LONGEST_EVALUATION_TEXT,
                    at=EVALUATION_TEXTS[field],
                )
            )
    if goal.evaluation is None:
        goal.evaluation = GoalEvaluation()
    goal.evaluation.outcome = GoalOutcome(details.outcome)
    for field, text in texts.items():
        setattr(goal.evaluation, field, text)
    goal.evaluation.evaluated_on = today
    session.flush()
    return goal.evaluation


def with_lines(text: str, lines: Iterable[str]) -> str:
    """The text with the lines at its end; those that stand in it already are not repeated."""
    there = _tidy(text).splitlines()
    return "\n".join([*there, *(line for line in lines if line not in there)])


def _tidy(text: str) -> str:
    # Browsers send line ends as CRLF; NUL cannot be stored by PostgreSQL and means nothing.
    return text.replace("\r\n", "\n").replace("\x00", "").strip()
