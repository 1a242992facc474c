"""The feedback report of one round: what its page, its files and its text version show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from survey.anonymity.change_figures import ChangeFigures, CompetencyChangeFigures, TestedChange
from survey.anonymity.suppression import Bound, BoundedMean, mean_of_bounded
from survey.change.self_other import SelfOtherView
from survey.change.verdict import Verdict
from survey.frameworks.comparable import Standing
from survey.mentoring.attainment import GoalAttainment
from survey.report.trend import Trend

# What a report's change is drawn from: two rounds, or raters who look back within one.
Basis = Literal["rounds", "looking_back", "one_round"]


@dataclass(frozen=True)
class Figures:
    """One cell as the report shows it: n, mean, sd in scale points, and counts per scale point.

    `bound` tells whether the mean is exact, or the true mean is at least or at most that.
    """

    n: int | None = None
    mean: float | None = None
    bound: Bound = "exact"
    sd: float | None = None
    counts: tuple[int, ...] | None = None

    @property
    def shown(self) -> bool:
        """Whether there is a mean to show."""
        return self.mean is not None


TOGETHER_LABEL = "Anonymous raters together"
ALL_RATERS = "All raters"
ABSENT = Figures()


@dataclass(frozen=True)
class Change:
    """A difference in scale points (None: nothing to compare), or a bound of it."""

    value: float | None
    bound: Bound


NO_CHANGE_KNOWN = Change(None, "exact")


def mean_change(changes: Iterable[Change]) -> Change:
    """The unweighted mean of the changes that there are; with bounds among them, a bound."""
    mean = mean_of_bounded(
        BoundedMean(change.value, change.bound) for change in changes if change.value is not None
    )
    return Change(mean.value, mean.bound) if mean else NO_CHANGE_KNOWN


@dataclass(frozen=True)
class Comparison:
    """A group's figures now and before, for one competency or statement.

    `change` is after minus before, in scale points; None unless both are shown and the group had
    the same members in both rounds. It is a bound where one of the means is.
    """

    group: str
    label: str
    before: Figures
    after: Figures
    change: float | None
    change_bound: Bound


@dataclass(frozen=True)
class StatementReport:
    """One behaviour indicator: openly named groups, and all anonymous raters together."""

    id: str
    text: str
    rows: tuple[Comparison, ...]


@dataclass(frozen=True)
class CompetencyReport:
    """One competency: groups side by side, all raters together, self against others.

    `all_before` and `all_after` are unweighted means of the shown group means without self.
    `movement` is the change that the report is about: between two rounds, or as raters see it when
    they look back; it compares only groups that are shown on both sides, and `start` and `end` are
    their means. `finding` says how sure it is, None where that was never worked out. `looking_back`
    has, for the retrospective form, how raters see the time before from today against how they see
    it now, and `finding_looking_back` how sure that is; `response_shift` has how they saw it then,
    in the earlier round, against how they see that time from today (Howard 1980).
    """

    id: str
    title: str
    kind: str
    description: str
    goal_linked: bool
    rows: tuple[Comparison, ...]
    looking_back: tuple[Comparison, ...]
    response_shift: tuple[Comparison, ...]
    statements: tuple[StatementReport, ...]
    statements_withheld: bool
    distributions_withheld: bool
    all_before: float | None
    all_before_bound: Bound
    all_after: float | None
    all_after_bound: Bound
    start: BoundedMean | None
    end: BoundedMean | None
    movement: Change
    finding: CompetencyChangeFigures | None
    finding_looking_back: CompetencyChangeFigures | None
    self_before: float | None
    self_after: float | None
    self_other: SelfOtherView | None
    self_other_before: SelfOtherView | None
    # Where the round asked another version of the framework than the one it is compared with: why
    # this competency is not compared, or that it is although its statements are worded otherwise.
    not_compared: Standing | None = None
    judged_the_same: bool = False

    @property
    def verdict(self) -> Verdict | None:
        """What one may say of the movement."""
        return self.finding.verdict if self.finding else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The range of true changes that fit the answers, in scale points."""
        tested = self.finding.tested if self.finding else None
        if tested is None or tested.low is None or tested.high is None:
            return None
        return tested.low, tested.high

    @property
    def shift_of_yardstick(self) -> TestedChange | None:
        """The response shift of all raters together: looking back minus as rated then."""
        return self.finding.response_shift if self.finding else None

    @property
    def self_gap(self) -> float | None:
        """Self-rating minus the view of the others, in scale points."""
        if self.self_after is None or self.all_after is None:
            return None
        return self.self_after - self.all_after


@dataclass(frozen=True)
class GroupReport:
    """How many of a group responded, then and now; `members` names what was pooled."""

    key: str
    label: str
    anonymous: bool
    n_before: int | None
    n_after: int | None
    members: tuple[str, ...]


@dataclass(frozen=True)
class CommentReport:
    """What one group wrote to one open question; `group_key` is None for all anonymous raters."""

    question_id: str
    question: str
    group_key: str | None
    group: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class ReportedGoal:
    """The mentee's goal, how it shows that it is reached, and how far it was by its measures."""

    statement: str
    success_measures: str
    attainment: GoalAttainment | None


@dataclass(frozen=True)
class GoalMovement:
    """Competencies linked to the goal against the others, as tested; parts may be None."""

    linked: TestedChange | None
    others: TestedChange | None
    contrast: TestedChange | None
    verdict: Verdict


@dataclass(frozen=True)
class FeedbackReport:
    """A whole report, ready for a page, a file or a terminal.

    What the framework says (titles, statements, questions) is in `texts_language`; groups have
    their labels as they were frozen, which `Wording.group` puts into the reader's language.
    """

    texts_language: str
    framework_title: str
    kind: str
    closed_on: dt.date
    compared_kind: str | None
    compared_closed_on: dt.date | None
    basis: Basis
    scale: tuple[tuple[int, str], ...]
    groups: tuple[GroupReport, ...]
    hidden_groups: tuple[str, ...]
    hidden_groups_before: tuple[str, ...]
    competencies: tuple[CompetencyReport, ...]
    goal: ReportedGoal | None
    change_figures: ChangeFigures | None
    comments: tuple[CommentReport, ...]
    trend: Trend | None
    # Titles of competencies that only the compared round asked.
    gone: tuple[str, ...] = ()

    @property
    def has_change(self) -> bool:
        """Whether there is an earlier round to compare with."""
        return self.compared_kind is not None

    @property
    def left_out(self) -> tuple[CompetencyReport, ...]:
        """The competencies that are not compared, since other things were asked before."""
        return tuple(c for c in self.competencies if c.not_compared is not None)

    @property
    def shows_movement(self) -> bool:
        """Whether the report is about change, between rounds or looking back."""
        return self.basis != "one_round"

    @property
    def goal_movement(self) -> GoalMovement | None:
        """How the goal's competencies moved against the others; None without a goal or a test."""
        figures = self.change_figures
        if figures is None or not figures.goal_competencies:
            return None
        return GoalMovement(figures.linked, figures.others, figures.contrast, figures.goal_verdict)

    @property
    def goal_change(self) -> Change:
        """Mean movement of the goal-linked competencies."""
        return mean_change(c.movement for c in self.competencies if c.goal_linked)

    @property
    def other_change(self) -> Change:
        """Mean movement of the other competencies."""
        return mean_change(c.movement for c in self.competencies if not c.goal_linked)

    @property
    def by_movement(self) -> tuple[CompetencyReport, ...]:
        """The competencies whose movement is known, the strongest rise first."""
        moved = [c for c in self.competencies if c.movement.value is not None]
        return tuple(sorted(moved, key=lambda c: -(c.movement.value or 0.0)))
