"""Mentee feedback: when it is asked for, and when the mentor may see it."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from survey.mentoring.errors import MentoringError
from survey.mentoring.mentoring_feedback import (
    feedback_for_mentor,
    feedback_is_due,
    feedback_of,
    give_feedback,
    given_feedback,
    show_now,
    trend,
)
from survey.mentoring.reflection_timeline import reflection_timeline
from survey.service import Service
from survey.storage.models import MentoringFeedback, Mentorship, Side
from tests.mentoring.reflections import TODAY, new_mentorship

ANSWERS = {"motivating": "4", "knowledge-shared": "too-much", "less-of": "Stories"}
DAY = dt.timedelta(1)


def give(
    session: Session,
    service: Service,
    mentorship: Mentorship,
    on: dt.date,
    *,
    held_back: bool = False,
    **answers: str,
) -> MentoringFeedback:
    questions = service.question_sets.mentee_feedback
    return give_feedback(
        session, mentorship, {**ANSWERS, **answers}, questions, on, held_back=held_back
    )


def test_held_back_feedback_is_not_there_for_the_mentor_before_the_end(service: Service) -> None:
    with service.database.writing() as session:
        mentorship = new_mentorship(session)
        shown = give(session, service, mentorship, TODAY)
        held = give(session, service, mentorship, TODAY + DAY, held_back=True, motivating="1")
        assert list(given_feedback(session, mentorship)) == [held, shown]
        assert feedback_for_mentor(session, mentorship, TODAY + DAY) == [shown]
        assert len(reflection_timeline(session, mentorship, Side.MENTOR, TODAY + DAY)) == 1
        assert len(reflection_timeline(session, mentorship, Side.MENTEE, TODAY + DAY)) == 2
        mentorship.ended_on = TODAY + 2 * DAY
        assert feedback_for_mentor(session, mentorship, TODAY + DAY) == [shown]
        assert feedback_for_mentor(session, mentorship, TODAY + 2 * DAY) == [held, shown]
        assert len(reflection_timeline(session, mentorship, Side.MENTOR, TODAY + 2 * DAY)) == 2


def test_the_mentee_can_show_it_earlier(service: Service) -> None:
    with service.database.writing() as session:
        mentorship = new_mentorship(session)
        held = give(session, service, mentorship, TODAY, held_back=True)
        other = new_mentorship(session, "nora@example.org")
        with pytest.raises(MentoringError):
            feedback_of(session, other, held.id)
        assert feedback_of(session, mentorship, held.id) is held
        assert feedback_for_mentor(session, mentorship, TODAY) == []
        show_now(session, held)
        assert feedback_for_mentor(session, mentorship, TODAY) == [held]


def test_the_mentee_is_asked_when_the_last_feedback_is_long_ago(service: Service) -> None:
    with service.database.writing() as session:
        mentorship = new_mentorship(session)
        assert not feedback_is_due(session, mentorship, TODAY + 60 * DAY)
        assert feedback_is_due(session, mentorship, TODAY + 61 * DAY)
        give(session, service, mentorship, TODAY + 61 * DAY, held_back=True)
        assert not feedback_is_due(session, mentorship, TODAY + 121 * DAY)
        assert feedback_is_due(session, mentorship, TODAY + 122 * DAY)
        mentorship.ended_on = TODAY + 122 * DAY
        assert not feedback_is_due(session, mentorship, TODAY + 122 * DAY)


def test_the_trend_has_a_course_per_scale(service: Service) -> None:
    with service.database.writing() as session:
        mentorship = new_mentorship(session)
        give(session, service, mentorship, TODAY)
        give(session, service, mentorship, TODAY + DAY, motivating="5", empowering="2")
        courses = {c.title: c for c in trend(given_feedback(session, mentorship))}
    assert set(courses) == {"Knowledge shared", "Motivating", "Empowering"}
    motivating = courses["Motivating"]
    assert motivating.points == [(TODAY, 4), (TODAY + DAY, 5)]
    assert (motivating.lowest, motivating.highest, motivating.change) == (1, 5, 1)
    assert courses["Empowering"].change is None
    assert courses["Knowledge shared"].name_of(2) == "Too much"
    assert "Too much on 2 November 2026" in courses["Knowledge shared"].in_words


def test_feedback_needs_an_answer_that_fits(service: Service) -> None:
    with service.database.writing() as session:
        mentorship = new_mentorship(session)
        with pytest.raises(MentoringError, match=r"^motivating: choose"):
            give(session, service, mentorship, TODAY, motivating="6")
        empty = dict.fromkeys(ANSWERS, "")
        with pytest.raises(MentoringError, match=r"^Answer at least one"):
            give(session, service, mentorship, TODAY, **empty)
        assert list(given_feedback(session, mentorship)) == []
