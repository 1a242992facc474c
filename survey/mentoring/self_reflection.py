"""A mentee's self-reflection: around sessions, half-way and at the end; private unless shared."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from survey.languages.message import Message
from survey.mentoring.answers import Answer, as_stored, checked_answers, from_stored
from survey.mentoring.courses import Course
from survey.mentoring.errors import MentoringError
from survey.mentoring.question_sets import QuestionSets
from survey.privacy.audit_trail import Action, record
from survey.storage.models import Goal, Mentorship, ReflectionMoment, SelfReflection, Side
from survey.storage.queries import reflections as reflection_queries

LEAST_CONFIDENT, MOST_CONFIDENT = 0, 10


@dataclass(frozen=True)
class ReflectionDetails:
    """What a mentee writes: answers by the question's id, confidence by the goal's."""

    moment: ReflectionMoment
    on: dt.date
    answers: Mapping[str, str] = field(default_factory=dict)
    confidence: Mapping[uuid.UUID, int | None] = field(default_factory=dict)
    shared: bool = False


def save_reflection(
    session: Session,
    mentorship: Mentorship,
    details: ReflectionDetails,
    question_sets: QuestionSets,
    today: dt.date,
    reflection: SelfReflection | None = None,
) -> SelfReflection:
    """Keep a reflection, or change `reflection`.

    Raises MentoringError naming the field or the question's id.
    """
    if details.on > today:
        raise MentoringError(Message("That day is still to come.", at="Date"))
    goals = {goal.id for goal in mentorship.goals}
    confidence = {goal: level for goal, level in details.confidence.items() if level is not None}
    for goal_id, level in confidence.items():
        if goal_id not in goals:
            raise MentoringError(
                Message("That goal does not belong to this mentorship.", at="Confidence")
            )
        if not LEAST_CONFIDENT <= level <= MOST_CONFIDENT:
            raise MentoringError(
                Message(
                    "Choose a number from %(least)s to %(most)s.",
                    least=LEAST_CONFIDENT,
                    most=MOST_CONFIDENT,
                    at="Confidence",
                )
            )
    answers = checked_answers(
        question_sets.reflection(details.moment),
        Side.MENTEE,
        details.answers,
        mentorship.mentee.language,
    )
    if not answers and not confidence:
        raise MentoringError(Message("Answer at least one of the questions."))
    if reflection is None:
        reflection = SelfReflection(mentorship_id=mentorship.id)
        session.add(reflection)
    reflection.moment = details.moment
    reflection.reflected_on = details.on
    reflection.shared = details.shared
    reflection.answers = as_stored(answers)
    reflection.confidence = json.dumps({str(goal): level for goal, level in confidence.items()})
    session.flush()
    return reflection


def share(session: Session, reflection: SelfReflection, *, shared: bool) -> None:
    """Show the reflection to the mentor, or make it private again."""
    reflection.shared = shared
    session.flush()


def remove_reflection(session: Session, reflection: SelfReflection, now: dt.datetime) -> None:
    """Delete the reflection."""
    mentee = reflection.mentorship.mentee
    record(session, mentee, Action.REFLECTION_DELETED, reflection.id, now)
    session.delete(reflection)
    session.flush()


def own_reflections(session: Session, mentorship: Mentorship) -> Sequence[SelfReflection]:
    """All reflections of the mentee, the newest first: for the mentee alone."""
    found = reflection_queries.self_reflections(session, mentorship.id)
    return sorted(found, key=_in_order, reverse=True)


def shared_reflections(session: Session, mentorship: Mentorship) -> Sequence[SelfReflection]:
    """The reflections that the mentee shares, the newest first: for the mentor."""
    return [found for found in own_reflections(session, mentorship) if found.shared]


def reflection_of(
    session: Session, mentorship: Mentorship, reflection_id: uuid.UUID
) -> SelfReflection:
    """The mentorship's reflection with this id. Raises MentoringError."""
    for reflection in own_reflections(session, mentorship):
        if reflection.id == reflection_id:
            return reflection
    raise MentoringError(Message("That reflection does not belong to this mentorship."))


def answers_in(reflection: SelfReflection) -> list[Answer]:
    """What the mentee answered."""
    return from_stored(reflection.answers)


def confidence_in(reflection: SelfReflection) -> dict[uuid.UUID, int]:
    """How confident the mentee was, by the goal's id."""
    stored: dict[str, int] = json.loads(reflection.confidence or "{}")
    return {uuid.UUID(goal_id): level for goal_id, level in stored.items()}


def distance_travelled(
    goals: Sequence[Goal], reflections: Sequence[SelfReflection]
) -> list[Course]:
    """How confidence in each goal went over these reflections; goals without any are left out."""
    levels = [
        (reflection.reflected_on, confidence_in(reflection))
        for reflection in sorted(reflections, key=_in_order)
    ]
    courses = [
        Course(
            title=goal.statement,
            lowest=LEAST_CONFIDENT,
            highest=MOST_CONFIDENT,
            points=[(on, by_goal[goal.id]) for on, by_goal in levels if goal.id in by_goal],
        )
        for goal in goals
    ]
    return [course for course in courses if course.points]


def _in_order(reflection: SelfReflection) -> tuple[dt.date, int]:
    """By day, and on one day the start of a session before its end."""
    return reflection.reflected_on, list(ReflectionMoment).index(reflection.moment)
