"""Actions agreed in sessions: who does what by when, and what the next session starts with."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from survey.languages.message import Message
from survey.mentoring.answers import tidy
from survey.mentoring.errors import MentoringError
from survey.storage.models import AgreedAction, Mentorship, SessionRecord, Side

MOST_ACTIONS = 6
LONGEST_ACTION = 300


@dataclass(frozen=True)
class ActionDetails:
    """What was agreed. `id` is that of the action to change; None adds one."""

    text: str
    owner: str = Side.MENTEE
    due_on: dt.date | None = None
    goal_id: uuid.UUID | None = None
    id: uuid.UUID | None = None


@dataclass(frozen=True)
class AgendaItem:
    """An action that is still open, and over how many sessions it has been carried."""

    action: AgreedAction
    carried: int

    def is_late(self, today: dt.date) -> bool:
        """Whether its day is over."""
        return self.action.due_on is not None and self.action.due_on < today


def agenda(
    records: Iterable[SessionRecord], record: SessionRecord | None = None
) -> list[AgendaItem]:
    """What was agreed and is not done: what the next session starts with, the most urgent first.

    With `record`, what that session had to start with and is open to this day.
    """
    others = [
        other
        for other in records
        if record is None or (other is not record and other.held_on <= record.held_on)
    ]
    items = [
        AgendaItem(action, sum(other.held_on > agreed_in.held_on for other in others))
        for agreed_in in others
        for action in agreed_in.actions
        if action.done_on is None
    ]
    return sorted(items, key=_urgency)


def set_done(session: Session, action: AgreedAction, done_on: dt.date | None) -> None:
    """Tick an action off, or take that back with None."""
    action.done_on = done_on
    session.flush()


def action_of(
    session: Session, mentorship: Mentorship, action_id: uuid.UUID, owner: Side | None = None
) -> AgreedAction:
    """The mentorship's action with this id, and of this owner if one is named.

    Raises MentoringError.
    """
    action = session.get(AgreedAction, action_id)
    if action is None or action.record.mentorship_id != mentorship.id:
        raise MentoringError(Message("That action does not belong to this mentorship."))
    if owner is not None and action.owner is not owner:
        raise MentoringError(Message("That action is not yours."))
    return action


def checked_actions(
    mentorship: Mentorship, actions: Sequence[ActionDetails], kept: Sequence[AgreedAction]
) -> list[ActionDetails]:
    """The actions with tidy texts. Raises MentoringError naming action and field."""
    if len(actions) > MOST_ACTIONS:
        raise MentoringError(
            Message("Actions: at most %(most)s per session; fewer get done.", most=MOST_ACTIONS)
        )
    wanted = [_checked(mentorship, details, number) for number, details in enumerate(actions, 1)]
    ids = [details.id for details in wanted if details.id is not None]
    if len(set(ids)) < len(ids) or not set(ids) <= {action.id for action in kept}:
        raise MentoringError(
            Message("Actions: they were changed elsewhere meanwhile. Open the page again.")
        )
    return wanted


def write_actions(record: SessionRecord, actions: Sequence[ActionDetails]) -> None:
    """Make these checked actions the record's own, in this order; others that it has go."""
    known = {action.id: action for action in record.actions}
    record.actions = [
        _written(known[details.id] if details.id else AgreedAction(), details, position)
        for position, details in enumerate(actions)
    ]


def _checked(mentorship: Mentorship, details: ActionDetails, number: int) -> ActionDetails:
    text = " ".join(tidy(details.text).split())
    if not text:
        raise MentoringError(Message("Say what is to be done.", at=_at(number, "what")))
    if len(text) > LONGEST_ACTION:
        raise MentoringError(
            Message("At most %(most)s characters.", most=LONGEST_ACTION, at=_at(number, "what"))
        )
    if details.owner not in set(Side):
        raise MentoringError(Message("Choose one of you two.", at=_at(number, "who")))
    if details.goal_id not in {None, *(goal.id for goal in mentorship.goals)}:
        raise MentoringError(
            Message("It does not belong to this mentorship.", at=_at(number, "goal"))
        )
    return replace(details, text=text)


def _written(action: AgreedAction, details: ActionDetails, position: int) -> AgreedAction:
    action.position = position
    action.text = details.text
    action.owner = Side(details.owner)
    action.due_on = details.due_on
    action.goal_id = details.goal_id
    return action


def _urgency(item: AgendaItem) -> tuple[dt.date, dt.date, int]:
    action = item.action
    return action.due_on or dt.date.max, action.record.held_on, action.position


def _at(number: int, part: str) -> str:
    """What problems call a part of one of them."""
    return f"Action {number}, {part}"
