"""Freezing a questionnaire at launch, and reading it back."""

from __future__ import annotations

from sqlalchemy.orm import Session

from survey.frameworks.comparable import ComparisonPlan
from survey.frameworks.model import Framework
from survey.frameworks.questionnaire import Questionnaire, build_questionnaire
from survey.frameworks.rater_groups import STANDARD_GROUPS
from survey.storage.models import Round, StoredQuestionnaire
from survey.storage.queries import rounds as round_queries


def questionnaire_of(round_: Round) -> Questionnaire:
    """The frozen questionnaire of a launched round."""
    if round_.questionnaire is None:
        raise ValueError("the round has no questionnaire before its launch")
    return Questionnaire.from_json(round_.questionnaire.document)


def comparison_plan_of(round_: Round) -> ComparisonPlan | None:
    """What was decided about the comparison where another version is asked; None: the same is."""
    if round_.compared_with_id is None or round_.comparison_plan is None:
        return None
    return ComparisonPlan.model_validate_json(round_.comparison_plan)


def proposed_questionnaire(round_: Round, framework: Framework) -> Questionnaire:
    """What the round will ask: the compared round's questionnaire, else the framework's.

    The framework's, too, where the mentor chose its newer version for the comparison.
    """
    keys = {group.key for group in STANDARD_GROUPS} | {group.key for group in round_.groups}
    if round_.compared_with is not None and comparison_plan_of(round_) is None:
        earlier = questionnaire_of(round_.compared_with)
        added = sorted(keys - set(earlier.group_keys))
        return earlier.model_copy(update={"group_keys": (*earlier.group_keys, *added)})
    return build_questionnaire(framework, sorted(keys))


def freeze_questionnaire(session: Session, round_: Round, framework: Framework) -> None:
    """Bind the round to its questionnaire for good; equal questionnaires share one row."""
    questionnaire = proposed_questionnaire(round_, framework)
    fingerprint = questionnaire.fingerprint()
    stored = round_queries.questionnaire_by_fingerprint(session, fingerprint)
    if stored is None:
        stored = StoredQuestionnaire(fingerprint=fingerprint, document=questionnaire.to_json())
        session.add(stored)
    round_.questionnaire = stored
