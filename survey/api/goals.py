"""Goals of a mentee."""

from __future__ import annotations

import uuid

from flask import url_for
from pydantic import Field
from sqlalchemy.orm import Session

from survey.accounts.api_tokens import Scope
from survey.accounts.policy import Action, Resource
from survey.api.operations import Created, operation
from survey.api.paging import PageAsked, Part, part_of
from survey.api.problems import ErrorAt, ProblemError
from survey.api.shapes import Line, Paragraphs, Sent, ShortLine, Shown
from survey.mentoring.goals import GoalDetails, save_goal
from survey.storage.models import Goal
from survey.web.access import as_mentor
from survey.web.current import service
from survey.web.record_access import goal_for

_FIELDS = {
    "Goal": "#/statement",
    "Competencies": "#/competency_ids",
    "Framework": "#/framework_id",
}


class GoalSent(Sent):
    """A goal, in the mentee's own words."""

    statement: Line = Field(min_length=1, description="One sentence.")
    success_measures: Paragraphs = ""
    baseline: Paragraphs = ""
    target: Paragraphs = ""
    framework_id: ShortLine | None = Field(
        default=None, description="The framework of the linked competencies."
    )
    competency_ids: list[ShortLine] = Field(default_factory=list, max_length=50)


class GoalShown(Shown):
    """A goal of a mentee."""

    id: uuid.UUID
    mentorship_id: uuid.UUID
    statement: str
    success_measures: str
    baseline: str
    target: str
    framework_id: str | None
    competency_ids: list[str]


@operation(
    "GET",
    "/mentees/<uuid:mentorship_id>/goals",
    tag="Goals",
    scope=Scope.GOALS_READ,
    asked=PageAsked,
    shows=GoalShown,
    many=True,
)
def list_goals(session: Session, mentorship_id: uuid.UUID, asked: PageAsked) -> Part:
    """List the goals of a mentee."""
    mentorship = as_mentor(session, mentorship_id, Resource.GOAL, Action.READ)
    return part_of(mentorship.goals, asked, lambda one: str(one.id), _shown)


@operation(
    "POST",
    "/mentees/<uuid:mentorship_id>/goals",
    tag="Goals",
    scope=Scope.GOALS_WRITE,
    body=GoalSent,
    shows=GoalShown,
    status=201,
    fields=_FIELDS,
)
def create_goal(session: Session, mentorship_id: uuid.UUID, body: GoalSent) -> Created:
    """Write a goal."""
    mentorship = as_mentor(session, mentorship_id, Resource.GOAL, Action.CREATE)
    if body.competency_ids and body.framework_id is None:
        at = ErrorAt(detail="Say which framework they are of.", pointer="#/framework_id")
        raise ProblemError(422, "invalid-request", "Nothing was changed.", [at])
    framework = (
        service().catalogue.get(session, mentorship.mentor, body.framework_id)
        if body.framework_id is not None and body.competency_ids
        else None
    )
    details = GoalDetails(
        statement=body.statement,
        success_measures=body.success_measures,
        baseline=body.baseline,
        target=body.target,
        competency_ids=body.competency_ids,
    )
    goal = save_goal(session, mentorship, details, framework)
    address = url_for("api.read_goal", mentorship_id=mentorship.id, goal_id=goal.id)
    return Created(_shown(goal), address)


@operation(
    "GET",
    "/mentees/<uuid:mentorship_id>/goals/<uuid:goal_id>",
    tag="Goals",
    scope=Scope.GOALS_READ,
    shows=GoalShown,
)
def read_goal(session: Session, mentorship_id: uuid.UUID, goal_id: uuid.UUID) -> GoalShown:
    """Read one goal."""
    as_mentor(session, mentorship_id, Resource.GOAL, Action.READ)
    return _shown(goal_for(session, mentorship_id, goal_id, Action.READ))


def _shown(goal: Goal) -> GoalShown:
    return GoalShown(
        id=goal.id,
        mentorship_id=goal.mentorship_id,
        statement=goal.statement,
        success_measures=goal.success_measures,
        baseline=goal.baseline,
        target=goal.target,
        framework_id=goal.framework_id or None,
        competency_ids=sorted(goal.competency_ids),
    )
