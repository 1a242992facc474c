"""Milestones of a goal, and how far the way is at a glance."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from survey.languages.message import Message
from survey.mentoring.answers import tidy
from survey.mentoring.attainment import attainment_of
from survey.mentoring.errors import MentoringError
from survey.storage.models import Goal, Milestone

MOST_MILESTONES = 8
LONGEST_MILESTONE = 300


@dataclass(frozen=True)
class MilestoneDetails:
    """A milestone. `id` is that of the one to change; None adds one."""

    text: str
    due_on: dt.date | None = None
    reached_on: dt.date | None = None
    id: uuid.UUID | None = None


@dataclass(frozen=True)
class GoalProgress:
    """Milestones reached of all, and the T scores of Goal Attainment Scaling as far as rated."""

    reached: int
    milestones: int
    t_baseline: float | None
    t_now: float | None


def save_milestones(
    session: Session, goal: Goal, milestones: Sequence[MilestoneDetails], today: dt.date
) -> None:
    """Make these the goal's milestones, in this order; others that it has are removed.

    Raises MentoringError, naming milestone and field, before anything is changed.
    """
    if len(milestones) > MOST_MILESTONES:
        raise MentoringError(
            Message("Milestones: at most %(most)s per goal.", most=MOST_MILESTONES)
        )
    wanted = [_checked(details, number, today) for number, details in enumerate(milestones, 1)]
    known = {milestone.id: milestone for milestone in goal.milestones}
    kept = [details.id for details in wanted if details.id is not None]
    if len(set(kept)) < len(kept) or not set(kept) <= set(known):
        raise MentoringError(
            Message("Milestones: they were changed elsewhere meanwhile. Open the page again.")
        )
    goal.milestones = [
        _written(known[details.id] if details.id else Milestone(), details, position)
        for position, details in enumerate(wanted)
    ]
    session.flush()


def progress_of(goal: Goal) -> GoalProgress:
    """How far the goal is."""
    attainment = attainment_of(goal)
    return GoalProgress(
        reached=sum(milestone.reached_on is not None for milestone in goal.milestones),
        milestones=len(goal.milestones),
        t_baseline=attainment.t_baseline if attainment else None,
        t_now=attainment.t_now if attainment else None,
    )


def _checked(details: MilestoneDetails, number: int, today: dt.date) -> MilestoneDetails:
    text = " ".join(tidy(details.text).split())
    if not text:
        raise MentoringError(Message("Say what is reached then.", at=_at(number, "what")))
    if len(text) > LONGEST_MILESTONE:
        raise MentoringError(
            Message(
                "At most %(most)s characters.",
                most=LONGEST_MILESTONE,
                at=_at(number, "what"),
            )
        )
    if details.reached_on is not None and details.reached_on > today:
        raise MentoringError(Message("That day is still to come.", at=_at(number, "reached on")))
    return replace(details, text=text)


def _written(milestone: Milestone, details: MilestoneDetails, position: int) -> Milestone:
    milestone.position = position
    milestone.text = details.text
    milestone.due_on = details.due_on
    milestone.reached_on = details.reached_on
    return milestone


def _at(number: int, part: str) -> str:
    """What problems call a part of one of them."""
    return f"Milestone {number}, {part}"
