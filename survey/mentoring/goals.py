"""Goals: what the mentee wants to reach, and the competencies that it draws on."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey.frameworks.model import Framework
from survey.languages.message import Message
from survey.mentoring.answers import tidy
from survey.mentoring.errors import MentoringError
from survey.storage.models import Goal, GoalCompetency, Mentorship

LONGEST_STATEMENT = 400


@dataclass(frozen=True)
class GoalDetails:
    """What mentor and mentee agreed."""

    statement: str
    success_measures: str = ""
    baseline: str = ""
    target: str = ""
    competency_ids: Collection[str] = ()


def save_goal(
    session: Session,
    mentorship: Mentorship,
    details: GoalDetails,
    framework: Framework | None,
    goal: Goal | None = None,
) -> Goal:
    """Add a goal, or change `goal`. Linked competencies belong to `framework`.

    Raises MentoringError for an empty or overlong statement or an unknown competency.
    """
    statement = " ".join(tidy(details.statement).split())
    if not statement:
        raise MentoringError(
            Message("Say in one sentence what the mentee wants to reach.", at="Goal")
        )
    if len(statement) > LONGEST_STATEMENT:
        raise MentoringError(
            Message("At most %(most)s characters.", most=LONGEST_STATEMENT, at="Goal")
        )
    known = {competency.id for competency in framework.competencies} if framework else set()
    unknown = sorted(set(details.competency_ids) - known)
    if unknown:
        raise MentoringError(
            Message(
                "%(list)s not in the framework %(framework)s.",
                list=", ".join(unknown),
                framework=framework.id if framework else "(none chosen)",
                at="Competencies",
            )
        )
    if goal is None:
        goal = Goal(position=len(mentorship.goals))
        mentorship.goals.append(goal)
    goal.statement = statement
    goal.success_measures = tidy(details.success_measures)
    goal.baseline = tidy(details.baseline)
    goal.target = tidy(details.target)
    goal.framework_id = framework.id if framework else ""
    wanted = set(details.competency_ids)
    goal.competencies = [link for link in goal.competencies if link.competency_id in wanted] + [
        GoalCompetency(competency_id=competency_id)
        for competency_id in sorted(wanted - goal.competency_ids)
    ]
    session.flush()
    return goal


def goal_of(mentorship: Mentorship, goal_id: uuid.UUID) -> Goal:
    """The mentorship's goal with this id. Raises MentoringError."""
    for goal in mentorship.goals:
        if goal.id == goal_id:
            return goal
    raise MentoringError(Message("That goal does not belong to this mentorship."))
