"""Mentee feedback: what the mentee says about the mentoring itself, and when the mentor sees it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from survey.languages.message import Message
from survey.mentoring.answers import Answer, as_stored, from_stored, some_answers
from survey.mentoring.courses import Course, courses_of
from survey.mentoring.errors import MentoringError
from survey.mentoring.question_set_model import QuestionSet
from survey.storage.models import MentoringFeedback, Mentorship, Side
from survey.storage.queries import reflections as reflection_queries

# How long feedback may lie back before the mentee is reminded.
REMIND_AFTER = dt.timedelta(days=60)


def give_feedback(
    session: Session,
    mentorship: Mentorship,
    answers: Mapping[str, str],
    questions: QuestionSet,
    today: dt.date,
    *,
    held_back: bool,
) -> MentoringFeedback:
    """Keep feedback; `held_back` hides it from the mentor until the relationship has ended.

    Raises MentoringError naming the question's id.
    """
    checked = some_answers(questions, Side.MENTEE, answers, mentorship.mentee.language)
    feedback = MentoringFeedback(
        mentorship_id=mentorship.id, given_on=today, held_back=held_back, answers=as_stored(checked)
    )
    session.add(feedback)
    session.flush()
    return feedback


def show_now(session: Session, feedback: MentoringFeedback) -> None:
    """Show the mentor what was held back. There is no way back: it may have been read."""
    feedback.held_back = False
    session.flush()


def feedback_of(
    session: Session, mentorship: Mentorship, feedback_id: uuid.UUID
) -> MentoringFeedback:
    """The mentorship's feedback with this id. Raises MentoringError."""
    for feedback in given_feedback(session, mentorship):
        if feedback.id == feedback_id:
            return feedback
    raise MentoringError(Message("That feedback does not belong to this mentorship."))


def given_feedback(session: Session, mentorship: Mentorship) -> Sequence[MentoringFeedback]:
    """All that the mentee gave, the newest first: for the mentee alone."""
    return reflection_queries.feedbacks(session, mentorship.id)


def feedback_for_mentor(
    session: Session, mentorship: Mentorship, today: dt.date
) -> Sequence[MentoringFeedback]:
    """What the mentor may see, the newest first; until the end, what is held back is not there."""
    ended = has_ended(mentorship, today)
    given = given_feedback(session, mentorship)
    return [feedback for feedback in given if ended or not feedback.held_back]


def feedback_is_due(session: Session, mentorship: Mentorship, today: dt.date) -> bool:
    """Whether to ask the mentee for feedback: the last one, or the start, is long ago."""
    if has_ended(mentorship, today):
        return False
    given = given_feedback(session, mentorship)
    last = given[0].given_on if given else mentorship.started_on
    return today - last > REMIND_AFTER


def has_ended(mentorship: Mentorship, today: dt.date) -> bool:
    """Whether the relationship is over."""
    return mentorship.ended_on is not None and mentorship.ended_on <= today


def answers_in(feedback: MentoringFeedback) -> list[Answer]:
    """What the mentee answered."""
    return from_stored(feedback.answers)


def trend(feedbacks: Sequence[MentoringFeedback]) -> list[Course]:
    """How the answers with steps went over these feedbacks, question by question."""
    return courses_of((feedback.given_on, answers_in(feedback)) for feedback in feedbacks)
