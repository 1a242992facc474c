"""The people of the demo and their story, as written in `case.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from survey.frameworks.rater_groups import STANDARD_KEYS
from survey.storage.models import GoalOutcome, RoundKind

_FILE = Path(__file__).with_name("case.yaml")

# Comments by open question; or what a rater does instead of answering.
Answer = dict[str, str] | Literal["declines", "silent"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CastPerson(_Part):
    """Somebody with an account."""

    name: str
    email: str


class CastMeasure(_Part):
    """A measure of success: its levels from much less to much more, at the start and at the end."""

    statement: str
    weight: int
    levels: tuple[str, str, str, str, str]
    baseline: int
    attained: int


class CastEvaluation(_Part):
    """What mentor and mentee say about the goal at the end."""

    days_ago: int
    outcome: GoalOutcome
    hindered: str
    also_achieved: str
    lessons: str
    next_steps: str


class CastGoal(_Part):
    """A mentee's goal; in a finished mentoring with its measures and evaluation."""

    statement: str
    success_measures: str
    baseline: str
    target: str
    competencies: list[str]
    measures: list[CastMeasure] = []
    evaluation: CastEvaluation | None = None


class CastRater(_Part):
    """A rater, and what they do in each round."""

    name: str
    email: str
    group: str
    before: Answer = "silent"
    after: Answer = "silent"

    def answer_in(self, kind: RoundKind) -> Answer:
        """What the rater does in the before or after round."""
        return self.before if kind is RoundKind.BEFORE else self.after


class CastRound(_Part):
    """A round: its days, and the level that each rater group sees in each competency.

    `levels` has one number per standard group, in their usual order, in points of the scale.
    """

    kind: RoundKind
    launched_days_ago: int
    open_for_days: int
    released_after_days: int = 0
    purpose: str
    levels: dict[str, tuple[float, float, float, float, float]]

    def level(self, competency_id: str, group_key: str) -> float:
        """What the group sees of the competency."""
        return self.levels[competency_id][STANDARD_KEYS.index(group_key)]


class CastMentee(_Part):
    """One mentoring: mentee, goal, rounds and raters.

    `not_observed` holds per group how likely a behaviour was never seen, by competency, with
    `rest` for those that are not named.
    """

    started_days_ago: int
    mentee: CastPerson
    framework: str
    goal: CastGoal
    not_observed: dict[str, dict[str, float]] = {}
    rounds: list[CastRound] = []
    raters: list[CastRater] = []

    def chance_not_observed(self, competency_id: str, group_key: str) -> float:
        """How likely somebody of the group had no chance to see one behaviour."""
        chances = self.not_observed[group_key]
        return chances.get(competency_id, chances["rest"])


class Cast(_Part):
    """Everybody in the demo."""

    mentor: CastPerson
    finished: CastMentee
    running: CastMentee
    starting: CastMentee


def read_cast() -> Cast:
    """Read `case.yaml`."""
    return Cast.model_validate(yaml.safe_load(_FILE.read_text(encoding="utf-8")))
