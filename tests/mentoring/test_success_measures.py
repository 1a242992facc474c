"""Measures of success: written, changed, removed, rated."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey.accounts.people import add_mentor
from survey.mentoring.errors import MentoringError
from survey.mentoring.goals import GoalDetails, save_goal
from survey.mentoring.mentees import add_mentee
from survey.mentoring.success_measures import MeasureDetails, rate_attained, save_measures
from survey.service import Service
from survey.storage.models import Goal, SuccessMeasure
from tests.support.cases import NOW

FULL = MeasureDetails(
    "Leading  cross-team\nprojects ",
    much_less=" Leads none ",
    less="Leads one with help",
    expected="Leads one alone",
    more="Leads two alone",
    much_more="Leads two, and\r\nothers ask how",
    weight=3,
    baseline=-2,
)
SHORT = MeasureDetails("Speaking up", "Speaks up in every meeting")


def new_goal(session: Session, statement: str = "Lead") -> Goal:
    mentor = add_mentor(session, "Max Mentor", "max.mentor@example.org")
    mentorship = add_mentee(session, mentor, "Mia Mentee", f"{statement}@example.org", NOW)
    return save_goal(session, mentorship, GoalDetails(statement), None)


def test_measures_are_kept_in_order_with_tidy_texts(service: Service) -> None:
    with service.database.writing() as session:
        goal = new_goal(session)
        save_measures(session, goal, [FULL, SHORT])
        goal_id = goal.id
    with service.database.reading() as session:
        first, second = session.get_one(Goal, goal_id).measures
        assert first.statement == "Leading cross-team projects"
        assert first.level_texts == (
            "Leads none",
            "Leads one with help",
            "Leads one alone",
            "Leads two alone",
            "Leads two, and others ask how",
        )
        assert (first.weight, first.baseline_level, first.attained_level) == (3, -2, None)
        assert second.level_texts == ("", "", "Speaks up in every meeting", "", "")
        assert (second.weight, second.baseline_level) == (1, None)
        assert [first.position, second.position] == [0, 1]


def test_a_changed_measure_keeps_the_level_reached_and_one_left_out_is_removed(
    service: Service,
) -> None:
    with service.database.writing() as session:
        goal = new_goal(session)
        save_measures(session, goal, [FULL, SHORT])
        first, second = goal.measures
        rate_attained(session, goal, {first.id: 1, second.id: -1})
        goal_id, kept_id = goal.id, second.id
    with service.database.writing() as session:
        changed = replace(SHORT, id=kept_id, expected="Speaks up", weight=2, baseline=-1)
        save_measures(
            session, session.get_one(Goal, goal_id), [replace(FULL, statement="New"), changed]
        )
    with service.database.reading() as session:
        new, kept = session.get_one(Goal, goal_id).measures
        assert (new.statement, new.attained_level) == ("New", None)
        assert (kept.id, kept.expected, kept.weight) == (kept_id, "Speaks up", 2)
        assert (kept.baseline_level, kept.attained_level) == (-1, -1)
        assert session.scalar(select(func.count()).select_from(SuccessMeasure)) == 2
    with service.database.writing() as session:
        save_measures(session, session.get_one(Goal, goal_id), [])
    with service.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SuccessMeasure)) == 0


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (replace(FULL, statement=" \n"), "^Measure 2, what is measured: say what"),
        (replace(FULL, expected=""), "^Measure 2, as expected: describe what"),
        (replace(FULL, expected="\x00"), "^Measure 2, as expected: describe what"),
        (replace(FULL, statement="x" * 301), "^Measure 2, what is measured: at most 300"),
        (replace(FULL, much_less="x" * 301), "^Measure 2, much less than expected: at most 300"),
        (replace(FULL, more="x" * 301), "^Measure 2, more than expected: at most 300"),
        (replace(FULL, weight=0), "^Measure 2, importance"),
        (replace(FULL, weight=4), "^Measure 2, importance"),
        (replace(FULL, baseline=3), "^Measure 2, at the start: choose one of the five"),
        (replace(FULL, id=uuid.uuid4()), "changed elsewhere"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_changes(
    service: Service, wrong: MeasureDetails, expected: str
) -> None:
    with service.database.writing() as session:
        goal = new_goal(session)
        save_measures(session, goal, [SHORT])
        goal_id, measure_id = goal.id, goal.measures[0].id
    with service.database.writing() as session:
        renamed = replace(SHORT, id=measure_id, statement="Renamed")
        with pytest.raises(MentoringError, match=expected):
            save_measures(session, session.get_one(Goal, goal_id), [renamed, wrong])
    with service.database.reading() as session:
        measures = session.get_one(Goal, goal_id).measures
        assert [measure.statement for measure in measures] == ["Speaking up"]


def test_texts_of_the_greatest_length_fit(service: Service) -> None:
    longest = "ü" * 300
    texts = dict.fromkeys(("much_less", "less", "more", "much_more"), longest)
    with service.database.writing() as session:
        goal = new_goal(session)
        save_measures(session, goal, [MeasureDetails(longest, longest, **texts)])
        assert goal.measures[0].level_texts == (longest,) * 5


def test_there_are_at_most_five(service: Service) -> None:
    with service.database.writing() as session:
        goal = new_goal(session)
        save_measures(session, goal, [SHORT] * 5)
        with pytest.raises(MentoringError, match=r"^Measures of success: at most 5"):
            save_measures(session, goal, [SHORT] * 6)
        assert len(goal.measures) == 5


def test_a_measure_can_not_be_taken_from_another_goal_or_be_there_twice(service: Service) -> None:
    with service.database.writing() as session:
        goal, other = new_goal(session), new_goal(session, "Other")
        save_measures(session, goal, [SHORT])
        taken = replace(SHORT, id=goal.measures[0].id)
        with pytest.raises(MentoringError, match="changed elsewhere"):
            save_measures(session, other, [taken])
        with pytest.raises(MentoringError, match="changed elsewhere"):
            save_measures(session, goal, [taken, taken])
        with pytest.raises(MentoringError, match="does not belong to this goal"):
            rate_attained(session, other, {goal.measures[0].id: 1})


def test_levels_reached_are_rated_and_taken_back(service: Service) -> None:
    with service.database.writing() as session:
        goal = new_goal(session)
        save_measures(session, goal, [FULL, SHORT])
        first, second = goal.measures
        rate_attained(session, goal, {first.id: 2})
        rate_attained(session, goal, {second.id: -2})
        assert [m.attained_level for m in goal.measures] == [2, -2]
        with pytest.raises(MentoringError, match=r"^Measure 2, level reached: choose one"):
            rate_attained(session, goal, {first.id: 0, second.id: 3})
        assert [m.attained_level for m in goal.measures] == [2, -2]
        rate_attained(session, goal, {first.id: None})
        assert [m.attained_level for m in goal.measures] == [None, -2]


@pytest.mark.parametrize(
    "wrong",
    [
        {"weight": 0},
        {"weight": 4},
        {"baseline_level": -3},
        {"attained_level": 3},
    ],
)
def test_the_database_refuses_what_makes_no_sense(
    service: Service, wrong: dict[str, object]
) -> None:
    with service.database.writing() as session:
        goal_id = new_goal(session).id
    values = {"statement": "Fine", "expected": "Fine", "position": 0, **wrong}
    with pytest.raises(IntegrityError), service.database.writing() as session:
        goal = session.get_one(Goal, goal_id)
        session.add(SuccessMeasure(goal=goal, **values))


def test_measures_go_with_their_goal(service: Service) -> None:
    with service.database.writing() as session:
        goal = new_goal(session)
        save_measures(session, goal, [FULL, SHORT])
        session.delete(goal)
    with service.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SuccessMeasure)) == 0
