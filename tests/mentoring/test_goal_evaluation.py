"""Evaluating a goal."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from survey.mentoring.errors import MentoringError
from survey.mentoring.goal_evaluation import EvaluationDetails, save_evaluation, with_lines
from survey.service import Service
from survey.storage.models import Goal, GoalEvaluation, GoalOutcome
from tests.mentoring.test_success_measures import new_goal
from tests.support.cases import NOW


def test_an_evaluation_is_kept_and_changed(service: Service) -> None:
    with service.database.writing() as session:
        goal = new_goal(session)
        details = EvaluationDetails(
            "partly", " Time\r\nwas short ", "A\x00lso", "L", "One\r\n\r\nTwo\n"
        )
        save_evaluation(session, goal, details, NOW.date())
        goal_id = goal.id
    with service.database.reading() as session:
        kept = session.get_one(Goal, goal_id).evaluation
        assert kept is not None
        assert kept.outcome is GoalOutcome.PARTLY
        assert (kept.hindered, kept.also_achieved, kept.lessons) == ("Time\nwas short", "Also", "L")
        assert kept.next_steps == "One\n\nTwo"
        assert kept.evaluated_on == NOW.date()
    with service.database.writing() as session:
        goal = session.get_one(Goal, goal_id)
        later = NOW.date() + dt.timedelta(3)
        save_evaluation(session, goal, EvaluationDetails("achieved"), later)
    with service.database.reading() as session:
        kept = session.scalars(select(GoalEvaluation)).one()
        assert (kept.outcome, kept.hindered, kept.evaluated_on) == ("achieved", "", later)


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (EvaluationDetails(""), "^Outcome: say whether"),
        (EvaluationDetails("partly_achieved"), "^Outcome: say whether"),
        (EvaluationDetails("partly", hindered="x" * 2001), "^What stopped it: 2001 characters"),
        (EvaluationDetails("partly", also_achieved="x" * 2001), "^What else was achieved: 2001"),
        (EvaluationDetails("partly", lessons="x" * 2001), "^Lessons: 2001"),
        (EvaluationDetails("partly", next_steps="x" * 2001), "^Next steps: 2001"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_changes(
    service: Service, wrong: EvaluationDetails, expected: str
) -> None:
    with service.database.writing() as session:
        goal = new_goal(session)
        with pytest.raises(MentoringError, match=expected):
            save_evaluation(session, goal, wrong, NOW.date())
        assert goal.evaluation is None
        save_evaluation(session, goal, EvaluationDetails("partly", lessons="x" * 2000), NOW.date())


def test_an_evaluation_goes_with_its_goal(service: Service) -> None:
    with service.database.writing() as session:
        goal = new_goal(session)
        save_evaluation(session, goal, EvaluationDetails("not_achieved"), NOW.date())
        session.delete(goal)
    with service.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(GoalEvaluation)) == 0


@pytest.mark.parametrize(
    ("text", "lines", "expected"),
    [
        ("", [], ""),
        ("", ["A"], "A"),
        ("A\r\nB\r\n", ["C", "B"], "A\nB\nC"),
        (" A ", ["A"], "A"),
    ],
)
def test_lines_are_added_once(text: str, lines: list[str], expected: str) -> None:
    assert with_lines(text, lines) == expected
