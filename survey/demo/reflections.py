"""The reflective records of the demo's finished case, as written in `reflections.yaml`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from survey.mentoring.mentoring_feedback import give_feedback
from survey.mentoring.question_sets import QuestionSets
from survey.mentoring.reflective_log import LogDetails, save_log_entry
from survey.mentoring.reviews import submit_review
from survey.mentoring.self_reflection import ReflectionDetails, save_reflection
from survey.storage.models import Mentorship, ReflectionMoment, ReviewKind, Side

_FILE = Path(__file__).with_name("reflections.yaml")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DemoReflection(_Part):
    """A self-reflection of the mentee."""

    days_ago: int
    moment: ReflectionMoment
    shared: bool = False
    confidence: int
    answers: dict[str, str]


class DemoFeedback(_Part):
    """What the mentee says about the mentoring."""

    days_ago: int
    held_back: bool = False
    answers: dict[str, str]


class DemoReview(_Part):
    """A review, with what either of the two wrote."""

    kind: ReviewKind
    days_ago: int
    mentee: dict[str, str]
    mentor: dict[str, str]


class DemoLogEntry(_Part):
    """An entry of the mentor's reflective log."""

    days_ago: int
    about_nobody: bool = False
    tags: str
    development_areas: list[str] = []
    for_supervision: bool = False
    answers: dict[str, str]


class DemoReflections(_Part):
    """All reflective records of the case."""

    reflections: list[DemoReflection]
    feedbacks: list[DemoFeedback]
    reviews: list[DemoReview]
    log: list[DemoLogEntry]


def read_reflections() -> DemoReflections:
    """Read `reflections.yaml`."""
    return DemoReflections.model_validate(yaml.safe_load(_FILE.read_text(encoding="utf-8")))


def fill_reflections(
    session: Session, mentorship: Mentorship, question_sets: QuestionSets, today: dt.date
) -> None:
    """Write all of it, each piece on its day."""
    planned = read_reflections()
    goal = mentorship.goals[0]

    def day(days_ago: int) -> dt.date:
        return today - dt.timedelta(days_ago)

    for reflection in planned.reflections:
        details = ReflectionDetails(
            moment=reflection.moment,
            on=day(reflection.days_ago),
            answers=reflection.answers,
            confidence={goal.id: reflection.confidence},
            shared=reflection.shared,
        )
        save_reflection(session, mentorship, details, question_sets, today)
    for feedback in planned.feedbacks:
        give_feedback(
            session,
            mentorship,
            feedback.answers,
            question_sets.mentee_feedback,
            day(feedback.days_ago),
            held_back=feedback.held_back,
        )
    for review in planned.reviews:
        for side, answers in ((Side.MENTEE, review.mentee), (Side.MENTOR, review.mentor)):
            written_on = day(review.days_ago)
            submit_review(
                session, mentorship, review.kind, side, answers, question_sets, written_on
            )
    for entry in planned.log:
        log_details = LogDetails(
            on=day(entry.days_ago),
            answers=entry.answers,
            mentorship_id=None if entry.about_nobody else mentorship.id,
            development_areas="\n".join(entry.development_areas),
            tags=entry.tags,
            for_supervision=entry.for_supervision,
        )
        save_log_entry(session, mentorship.mentor, log_details, question_sets.reflective_log, today)
