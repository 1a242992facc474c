"""A mentee's self-reflection: kept, changed, shared and private."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import func, select, text

from survey.mentoring.errors import MentoringError
from survey.mentoring.self_reflection import (
    ReflectionDetails,
    answers_in,
    confidence_in,
    distance_travelled,
    own_reflections,
    reflection_of,
    remove_reflection,
    save_reflection,
    share,
    shared_reflections,
)
from survey.service import Service
from survey.storage.models import Mentorship, ReflectionMoment, SelfReflection
from tests.mentoring.reflections import TODAY, new_mentorship
from tests.support.cases import NOW

START, END = ReflectionMoment.SESSION_START, ReflectionMoment.SESSION_END


def test_reflections_are_kept_changed_and_shared(service: Service) -> None:
    with service.database.writing() as session:
        mentorship = new_mentorship(session)
        goal = mentorship.goals[0]
        yesterday = TODAY - dt.timedelta(1)
        for moment, level in ((END, 5), (START, 0)):
            details = ReflectionDetails(
                moment,
                yesterday,
                {"want-from-today": "A plan", "learned": "Much"},
                {goal.id: level},
            )
            save_reflection(session, mentorship, details, service.question_sets, TODAY)
        details = ReflectionDetails(END, TODAY, {"learned": "More"}, {goal.id: None})
        save_reflection(session, mentorship, details, service.question_sets, TODAY)
        mentorship_id = mentorship.id
    with service.database.writing() as session:
        mentorship = session.get_one(Mentorship, mentorship_id)
        newest, last_end, last_start = own_reflections(session, mentorship)
        assert [a.text for a in answers_in(last_start)] == ["A plan"]
        assert [a.text for a in answers_in(last_end)] == ["Much"]
        assert confidence_in(newest) == {}
        assert shared_reflections(session, mentorship) == []
        (course,) = distance_travelled(mentorship.goals, own_reflections(session, mentorship))
        # On one day, the start of a session comes before its end.
        assert course.points == [(yesterday, 0), (yesterday, 5)]
        assert (course.title, course.change) == ("Lead with confidence", 5)
        share(session, newest, shared=True)
        assert shared_reflections(session, mentorship) == [newest]
        changed = ReflectionDetails(END, TODAY, {"will-do": "Act"}, {}, shared=False)
        save_reflection(session, mentorship, changed, service.question_sets, TODAY, newest)
        assert shared_reflections(session, mentorship) == []
        assert [a.text for a in answers_in(newest)] == ["Act"]
        remove_reflection(session, newest, NOW)
        assert len(own_reflections(session, mentorship)) == 2
        with pytest.raises(MentoringError):
            reflection_of(session, mentorship, uuid.uuid4())


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"on": TODAY + dt.timedelta(1)}, "^Date: that day is still to come"),
        ({"answers": {"learned": "x" * 2001}}, "^learned: 2001 characters"),
        ({"answers": {"will-do-confidence": "11"}}, "^will-do-confidence: choose"),
        ({"answers": {}}, "^Answer at least one"),
        ({"confidence": {uuid.uuid4(): 3}}, "^Confidence: that goal does not belong"),
    ],
)
def test_what_makes_no_sense_is_refused(
    service: Service, wrong: dict[str, object], expected: str
) -> None:
    details = ReflectionDetails(
        **{"moment": END, "on": TODAY, "answers": {"learned": "A"}, **wrong}
    )  # type: ignore[arg-type]
    with service.database.writing() as session:
        mentorship = new_mentorship(session)
        with pytest.raises(MentoringError, match=expected):
            save_reflection(session, mentorship, details, service.question_sets, TODAY)
        too_sure = ReflectionDetails(END, TODAY, {}, {mentorship.goals[0].id: 11})
        with pytest.raises(MentoringError, match=r"^Confidence: choose a number from 0 to 10"):
            save_reflection(session, mentorship, too_sure, service.question_sets, TODAY)
        assert session.scalar(select(func.count()).select_from(SelfReflection)) == 0


def test_reflections_go_with_their_mentorship(service: Service) -> None:
    with service.database.writing() as session:
        mentorship = new_mentorship(session)
        details = ReflectionDetails(END, TODAY, {"learned": "Much"})
        save_reflection(session, mentorship, details, service.question_sets, TODAY)
        session.execute(text("DELETE FROM outbox"))
        session.execute(text("DELETE FROM goals"))
        session.execute(text("DELETE FROM mentorships"))
        assert session.scalar(text("SELECT count(*) FROM self_reflections")) == 0
