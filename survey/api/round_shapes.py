"""Rounds as programs see them: what the round's page shows, and no more."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Literal

from pydantic import Field
from sqlalchemy.orm import Session

from survey.api.shapes import Shown
from survey.rounds.launch import launch_problems, launch_warnings
from survey.rounds.new_version import version_problems
from survey.rounds.questionnaires import comparison_plan_of, questionnaire_of
from survey.rounds.remind import coming_reminder_days
from survey.rounds.status import round_status
from survey.storage.models import (
    Delivery,
    Invitation,
    ReleaseMode,
    Round,
    RoundKind,
    RoundState,
)
from survey.web.current import service


class GroupShown(Shown):
    """A rater group, and what was promised to it."""

    key: str
    label: str
    anonymous: bool
    threshold: int = Field(description="From how many answers on the group is shown by itself.")


class GroupProgress(Shown):
    """How far a group is: numbers, and never who."""

    key: str
    invited: int = Field(description="Withdrawn ones too.")
    withdrawn: int
    done: int = Field(description="How many answered or declined.")
    answered: int | None = Field(description="Counted at the close; null before.")
    declined: int | None = Field(description="Counted at the close; null before.")


class ComparedCompetency(Shown):
    """What was decided about a competency of a round that asks another version."""

    id: str
    standing: Literal["same", "reworded", "recomposed", "new"]
    compared: bool


class RoundListed(Shown):
    """A round, in short."""

    id: uuid.UUID
    mentorship_id: uuid.UUID
    kind: RoundKind
    state: RoundState
    framework_id: str
    goal_id: uuid.UUID | None
    compared_with_id: uuid.UUID | None
    purpose: str
    deadline: dt.date
    release_mode: ReleaseMode
    retrospective: bool
    label_comments: bool
    reminds_itself: bool
    launched_on: dt.date | None
    closed_on: dt.date | None
    released_on: dt.date | None
    without_result: bool = Field(
        description="A backup brought the round back after its close; it has no report."
    )
    groups: list[GroupShown]
    comparison: list[ComparedCompetency] | None = Field(
        description="What is compared where the round asks another version of its framework than "
        "the round it is compared with; null where it asks the same, or is compared with nothing."
    )


class RoundShown(RoundListed):
    """A round with how it stands."""

    framework_version: str | None = Field(
        description="The version of the framework that is asked; null before the launch."
    )
    progress: list[GroupProgress] | None = Field(
        description="Null for a draft, and for a round without a result."
    )
    reminder_days: list[dt.date] = Field(description="When the open round reminds by itself.")
    problems: list[str] = Field(description="What stands in the way of a draft's launch.")
    warnings: list[str] = Field(description="What to know before a draft's launch.")


class RaterShown(Shown):
    """Somebody who is invited. Whether they answered is shown to nobody."""

    id: uuid.UUID
    name: str
    email: str = Field(description="Empty where it was erased or is no longer kept.")
    group: str
    language: str
    note: str | None = Field(
        description="`withdrawn`, `undeliverable` or, while the round is open, `on its way`."
    )
    delivery_problem: str


def listed(round_: Round) -> RoundListed:
    """A round in short."""
    return RoundListed.model_validate(_details(round_))


def shown(session: Session, round_: Round, today: dt.date) -> RoundShown:
    """A round with how it stands."""
    is_draft, is_open = (round_.state is s for s in (RoundState.DRAFT, RoundState.OPEN))
    return RoundShown.model_validate(
        {
            **_details(round_),
            "framework_version": questionnaire_of(round_).framework_version
            if round_.questionnaire is not None
            else None,
            "progress": None
            if is_draft or round_.without_result
            else [
                GroupProgress(
                    key=group.key,
                    invited=group.invited,
                    withdrawn=group.revoked,
                    done=group.done,
                    answered=group.answered,
                    declined=group.declined,
                )
                for group in round_status(session, round_)
            ],
            "reminder_days": coming_reminder_days(round_, today) if is_open else [],
            "problems": _problems(session, round_, today) if is_draft else [],
            "warnings": launch_warnings(round_) if is_draft else [],
        }
    )


def _problems(session: Session, draft: Round, today: dt.date) -> list[str]:
    problems = launch_problems(draft, today)
    if comparison_plan_of(draft) is not None:
        mentor = draft.mentorship.mentor
        framework = service().catalogue.get(session, mentor, draft.framework_id)
        problems += version_problems(draft, framework)
    return problems


def shown_rater(invitation: Invitation, state: RoundState) -> RaterShown:
    """A rater with the note that the round's page shows beside them."""
    note = _note(invitation, state)
    return RaterShown(
        id=invitation.id,
        name=invitation.name,
        email=invitation.email,
        group=invitation.group_key,
        language=invitation.language,
        note=note,
        delivery_problem=invitation.delivery_problem if note == "undeliverable" else "",
    )


def _note(invitation: Invitation, state: RoundState) -> str | None:
    if invitation.revoked:
        return "withdrawn"
    if invitation.delivery is Delivery.FAILED:
        return "undeliverable"
    if state is RoundState.OPEN and invitation.delivery is not Delivery.SENT:
        return "on its way"
    return None


def _details(round_: Round) -> dict[str, object]:
    names = set(RoundListed.model_fields) - {"groups", "comparison"}
    groups = [
        GroupShown(key=g.key, label=g.label, anonymous=g.anonymous, threshold=g.threshold)
        for g in round_.groups
    ]
    plan = comparison_plan_of(round_)
    return {
        **{name: getattr(round_, name) for name in names},
        "groups": groups,
        "comparison": None
        if plan is None
        else [
            ComparedCompetency.model_validate(one.model_dump(mode="json"))
            for one in plan.competencies
        ],
    }
