"""Milestones of a goal, and its progress at a glance."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select, text

from survey.mentoring.errors import MentoringError
from survey.mentoring.milestones import (
    GoalProgress,
    MilestoneDetails,
    progress_of,
    save_milestones,
)
from survey.mentoring.success_measures import MeasureDetails, rate_attained, save_measures
from survey.service import Service
from survey.storage.models import Goal, Milestone
from tests.mentoring.test_success_measures import new_goal
from tests.support.cases import NOW

TODAY = NOW.date()
SOON = TODAY + dt.timedelta(20)


def test_milestones_are_kept_changed_and_counted(service: Service) -> None:
    with service.database.writing() as session:
        goal = new_goal(session)
        assert progress_of(goal) == GoalProgress(0, 0, None, None)
        wanted = [MilestoneDetails(" Kick\x00-off\n held ", SOON), MilestoneDetails("Live")]
        save_milestones(session, goal, wanted, TODAY)
        goal_id = goal.id
    with service.database.writing() as session:
        goal = session.get_one(Goal, goal_id)
        first, second = goal.milestones
        assert (first.text, first.due_on, first.reached_on) == ("Kick-off held", SOON, None)
        stored = b"".join(
            bytes(found) for found in session.scalars(text("SELECT text_sealed FROM milestones"))
        )
        assert b"Kick" not in stored
        wanted = [
            MilestoneDetails("Live", None, TODAY, id=second.id),
            MilestoneDetails("Added"),
        ]
        save_milestones(session, goal, wanted, TODAY)
        assert [milestone.text for milestone in goal.milestones] == ["Live", "Added"]
        assert goal.milestones[0] is second
        save_measures(session, goal, [MeasureDetails("M", "E", baseline=-1)])
        rate_attained(session, goal, {goal.measures[0].id: 1})
        assert progress_of(goal) == GoalProgress(1, 2, 40.0, 60.0)
        session.delete(goal)
    with service.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Milestone)) == 0


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ([MilestoneDetails("A"), MilestoneDetails(" ")], "^Milestone 2, what: say"),
        ([MilestoneDetails("x" * 301)], "^Milestone 1, what: at most 300"),
        ([MilestoneDetails("A", None, SOON)], "^Milestone 1, reached on: that day"),
        ([MilestoneDetails("A")] * 9, "^Milestones: at most 8"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_changes(
    service: Service, wrong: list[MilestoneDetails], expected: str
) -> None:
    with service.database.writing() as session:
        goal = new_goal(session)
        save_milestones(session, goal, [MilestoneDetails("Kept")], TODAY)
        with pytest.raises(MentoringError, match=expected):
            save_milestones(session, goal, wrong, TODAY)
        assert [milestone.text for milestone in goal.milestones] == ["Kept"]
