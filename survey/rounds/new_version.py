"""Asking a newer version of a framework than the round that is compared with.

The draft asks the same questionnaire again unless its mentor chooses otherwise. The choice is a
plan (`survey.frameworks.comparable`): which competencies are compared. It holds for the texts that
the mentor saw; where the framework has changed since, the launch asks for another look.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey.frameworks.comparable import (
    ComparisonPlan,
    ComparisonRefusedError,
    Versions,
    asks_otherwise,
    plan_comparison,
    versions,
)
from survey.frameworks.model import Framework
from survey.frameworks.questionnaire import Questionnaire, build_questionnaire
from survey.languages.message import Message
from survey.privacy.audit_trail import Action, record
from survey.rounds.draft import require_state
from survey.rounds.errors import InvalidRoundError
from survey.rounds.questionnaires import comparison_plan_of, questionnaire_of
from survey.storage.models import Round, RoundState


@dataclass(frozen=True)
class NewerVersion:
    """What the compared round asked, the framework of today, and the two side by side."""

    earlier: Questionnaire
    today: Questionnaire
    versions: Versions


def newer_version(round_: Round, framework: Framework) -> NewerVersion | None:
    """The framework of today beside what the compared round asked; None where both ask the same.

    None, too, for a round that is compared with nothing; never None where the newer version was
    chosen already, so that the choice can be taken back.
    """
    if round_.compared_with is None:
        return None
    earlier, today = _both(round_.compared_with, framework)
    if not asks_otherwise(earlier, today) and comparison_plan_of(round_) is None:
        return None
    return NewerVersion(earlier, today, versions(earlier, today))


def ask_new_version(
    session: Session, round_: Round, framework: Framework, same_meaning: Collection[str]
) -> ComparisonPlan:
    """Let a draft ask the framework of today, and keep what is compared all the same.

    `same_meaning` has the reworded competencies that the mentor judges to mean the same.
    Raises WrongStateError, and InvalidRoundError where that cannot be compared.
    """
    require_state(round_, RoundState.DRAFT, Message("A launched round keeps its questionnaire."))
    if round_.compared_with is None:
        raise InvalidRoundError(
            [
                Message(
                    "The round is compared with nothing, so it asks the newest version.",
                    at="Questionnaire",
                )
            ]
        )
    earlier, today = _both(round_.compared_with, framework)
    try:
        plan = plan_comparison(earlier, today, same_meaning)
    except ComparisonRefusedError as error:
        raise InvalidRoundError(
            [
                # A judgement that is taken back leaves the new version possible.
                reason
                if reason.at
                else Message(
                    "%(reason)s Ask the same questionnaire again, or compare with nothing.",
                    at="Questionnaire",
                    reason=reason,
                )
                for reason in error.reasons
            ]
        ) from error
    round_.comparison_plan = plan.model_dump_json()
    session.flush()
    return plan


def ask_the_same_again(session: Session, round_: Round) -> None:
    """Let a draft ask what the compared round asked, as it does from the beginning.

    Raises WrongStateError.
    """
    require_state(round_, RoundState.DRAFT, Message("A launched round keeps its questionnaire."))
    round_.comparison_plan = None
    session.flush()


def version_problems(round_: Round, framework: Framework) -> list[Message]:
    """What stands in the way of the launch: a decision about texts that are others by now."""
    plan = comparison_plan_of(round_)
    if plan is None or round_.compared_with is None:
        return []
    earlier, today = _both(round_.compared_with, framework)
    try:
        current = plan_comparison(earlier, today, plan.judged_the_same)
    except ComparisonRefusedError:
        current = None
    if current == plan:
        return []
    return [
        Message(
            "The framework has changed since you decided what is compared. Look at it again.",
            at="Questionnaire",
        )
    ]


def record_decision(session: Session, round_: Round, now: dt.datetime) -> None:
    """Note in the audit trail, at the launch, that another version is asked and compared."""
    if comparison_plan_of(round_) is not None:
        mentor = round_.mentorship.mentor
        record(session, mentor, Action.NEW_VERSION_COMPARED, round_.id, now)


def _both(earlier: Round, framework: Framework) -> tuple[Questionnaire, Questionnaire]:
    """What the earlier round asked, and the framework of today for the same rater groups."""
    asked = questionnaire_of(earlier)
    return asked, build_questionnaire(framework, asked.group_keys)
