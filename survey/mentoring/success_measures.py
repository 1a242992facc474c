"""Measures of success: what shows that a goal is reached, with levels from -2 to +2."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from survey.change.goal_attainment import LEVELS
from survey.languages.message import Message
from survey.mentoring.errors import MentoringError
from survey.storage.models import Goal, SuccessMeasure

MOST_MEASURES = 5
LONGEST_TEXT = 300
WEIGHTS = (1, 2, 3)
# How problems name the texts of a measure, by their fields.
TEXT_NAMES: Mapping[str, Message] = {
    "statement": Message("what is measured"),
    "much_less": Message("much less than expected"),
    "less": Message("less than expected"),
    "expected": Message("as expected"),
    "more": Message("more than expected"),
    "much_more": Message("much more than expected"),
}


@dataclass(frozen=True)
class MeasureDetails:
    """What is measured, what each level looks like, and where the mentee stands at the start.

    `id` is that of the measure to change; None adds one.
    """

    statement: str
    expected: str
    much_less: str = ""
    less: str = ""
    more: str = ""
    much_more: str = ""
    weight: int = 1
    baseline: int | None = None
    id: uuid.UUID | None = None


def save_measures(session: Session, goal: Goal, measures: Sequence[MeasureDetails]) -> None:
    """Make these the goal's measures of success, in this order; others that it has are removed.

    A changed measure keeps the level reached. Raises MentoringError, naming measure and field,
    before anything is changed.
    """
    if len(measures) > MOST_MEASURES:
        raise MentoringError(
            Message(
                "Measures of success: at most %(most)s; more blur the goal.", most=MOST_MEASURES
            )
        )
    wanted = [_checked(measure, number) for number, measure in enumerate(measures, 1)]
    known = {measure.id: measure for measure in goal.measures}
    kept = [measure.id for measure in wanted if measure.id is not None]
    if len(set(kept)) < len(kept) or not set(kept) <= set(known):
        raise MentoringError(
            Message(
                "Measures of success: they were changed elsewhere meanwhile. Open the page again."
            )
        )
    goal.measures = [
        _written(known[details.id] if details.id else SuccessMeasure(), details, position)
        for position, details in enumerate(wanted)
    ]
    session.flush()


def rate_attained(session: Session, goal: Goal, levels: Mapping[uuid.UUID, int | None]) -> None:
    """Note the level reached, by the measure's id; None takes it back, others stay as they are.

    Raises MentoringError for a measure of another goal or a level that does not exist.
    """
    measures = {measure.id: measure for measure in goal.measures}
    for measure_id, level in levels.items():
        if measure_id not in measures:
            raise MentoringError(Message("That measure does not belong to this goal."))
        _require_level(level, f"Measure {measures[measure_id].position + 1}, level reached")
    for measure_id, level in levels.items():
        measures[measure_id].attained_level = level
    session.flush()


def _checked(details: MeasureDetails, number: int) -> MeasureDetails:
    """The details with tidy texts."""
    # NUL cannot be stored by PostgreSQL and means nothing.
    texts: dict[str, Any] = {
        field: " ".join(getattr(details, field).replace("\x00", "").split()) for field in TEXT_NAMES
    }
    for field, text in texts.items():
        if len(text) > LONGEST_TEXT:
            raise MentoringError(
                Message(
                    "At most %(most)s characters.",
                    most=LONGEST_TEXT,
                    at=_at(number, TEXT_NAMES[field]),
                )
            )
    if not texts["statement"]:
        raise MentoringError(
            Message(
                "Say what shows whether the goal is reached.",
                at=_at(number, TEXT_NAMES["statement"]),
            )
        )
    if not texts["expected"]:
        raise MentoringError(
            Message(
                "Describe what you both expect; the other levels are relative to it.",
                at=_at(number, TEXT_NAMES["expected"]),
            )
        )
    if details.weight not in WEIGHTS:
        raise MentoringError(Message("Choose 1, 2 or 3.", at=_at(number, "importance")))
    _require_level(details.baseline, f"Measure {number}, at the start")
    return replace(details, **texts)


def _require_level(level: int | None, what: str) -> None:
    if level is not None and level not in LEVELS:
        raise MentoringError(Message("Choose one of the five levels.", at=what))


def _written(measure: SuccessMeasure, details: MeasureDetails, position: int) -> SuccessMeasure:
    measure.position = position
    for field in TEXT_NAMES:
        setattr(measure, field, getattr(details, field))
    measure.weight = details.weight
    measure.baseline_level = details.baseline
    return measure


def _at(number: int, part: str) -> str:
    """What problems call a part of one of them."""
    return f"Measure {number}, {part}"
