"""The feedback report of one round, beside an earlier round where there is one.

Everything here is computed from the two released aggregates; responses are out of reach.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from survey.anonymity.released_aggregate import (
    TOGETHER_KEY,
    Cell,
    CompetencyFigures,
    GroupFigures,
    ReleasedAggregate,
)
from survey.anonymity.suppression import (
    Bound,
    BoundedMean,
    Detail,
    difference_of_bounded,
    mean_of_bounded,
)
from survey.frameworks.questionnaire import Questionnaire
from survey.frameworks.rater_groups import SELF


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
_EXACT: Bound = "exact"
ABSENT = Figures()


@dataclass(frozen=True)
class Change:
    """A difference in scale points (None: nothing to compare), or a bound of it."""

    value: float | None
    bound: Bound


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

    text: str
    rows: tuple[Comparison, ...]


@dataclass(frozen=True)
class CompetencyReport:
    """One competency: groups side by side, all raters together, self against others.

    `all_before` and `all_after` are unweighted means of the shown group means without self;
    `all_change` compares only the groups that are shown in both rounds. `self_gap` is self minus
    all raters, now. `looking_back` has, for the retrospective form, how raters see the time before
    from today against how they see it now; `response_shift` has how they saw it then, in the
    earlier round, against how they see that time from today (Howard 1980).
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
    all_change: float | None
    all_change_bound: Bound
    self_before: float | None
    self_after: float | None

    @property
    def change(self) -> Change:
        """The change of all raters together, self excluded."""
        return Change(self.all_change, self.all_change_bound)

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
class RoundFacts:
    """What a report says about a round apart from its figures."""

    kind: str
    closed_on: dt.date
    aggregate: ReleasedAggregate
    questionnaire: Questionnaire


@dataclass(frozen=True)
class FeedbackReport:
    """A whole report, ready for a page, a file or a terminal."""

    framework_title: str
    kind: str
    closed_on: dt.date
    compared_kind: str | None
    compared_closed_on: dt.date | None
    scale: tuple[tuple[int, str], ...]
    groups: tuple[GroupReport, ...]
    hidden_groups: tuple[str, ...]
    hidden_groups_before: tuple[str, ...]
    competencies: tuple[CompetencyReport, ...]
    comments: tuple[CommentReport, ...]

    @property
    def has_change(self) -> bool:
        """Whether there is an earlier round to compare with."""
        return self.compared_kind is not None

    @property
    def goal_change(self) -> Change:
        """Mean change of the goal-linked competencies."""
        return _mean_change(c.change for c in self.competencies if c.goal_linked)

    @property
    def other_change(self) -> Change:
        """Mean change of the other competencies."""
        return _mean_change(c.change for c in self.competencies if not c.goal_linked)


def build_report(
    current: RoundFacts,
    earlier: RoundFacts | None,
    *,
    goal_competency_ids: frozenset[str],
    mentee_name: str,
    language: str,
) -> FeedbackReport:
    """Put a report together; `earlier` is the round to compare with."""
    now = current.aggregate
    then = earlier.aggregate if earlier else None
    questionnaire = current.questionnaire

    def read(text: str | dict[str, str]) -> str:
        return questionnaire.text(text, language, mentee_name)

    groups = _groups(now, then)
    asked_now = [group for group in groups if group.n_after is not None]
    same = _same_members(now, then)
    anonymous = any(group.anonymous for group in now.groups)
    figures_now = {figures.id: figures for figures in now.competencies}
    figures_then = {figures.id: figures for figures in then.competencies} if then else {}
    remembered = {figures.id: figures.cells for figures in now.competencies_then or ()}
    competencies = []
    for asked in questionnaire.competencies:
        after = figures_now[asked.id]
        before = figures_then.get(asked.id)
        rows = _compare(groups, after.cells, before.cells if before else (), same)
        texts = {indicator.id: read(indicator.text) for indicator in asked.indicators}
        all_change = _mean_change(
            Change(row.change, row.change_bound) for row in rows if row.group != SELF.key
        )
        competencies.append(
            CompetencyReport(
                id=asked.id,
                title=read(asked.title),
                kind=asked.kind,
                description=read(asked.description),
                goal_linked=asked.id in goal_competency_ids,
                rows=rows,
                looking_back=_compare(
                    asked_now, after.cells, remembered[asked.id], [group.key for group in asked_now]
                )
                if remembered
                else (),
                response_shift=_compare(groups, remembered[asked.id], before.cells, same)
                if remembered and before
                else (),
                statements=_statements(groups, after, before, texts, same),
                statements_withheld=anonymous and after.detail > Detail.STATEMENT_MEANS,
                distributions_withheld=any(
                    cell.mean is not None and cell.counts is None for cell in after.cells
                ),
                all_before=before.all_raters if before else None,
                all_before_bound=before.all_raters_bound if before else "exact",
                all_after=after.all_raters,
                all_after_bound=after.all_raters_bound,
                all_change=all_change.value,
                all_change_bound=all_change.bound,
                self_before=_self_mean(before.cells) if before else None,
                self_after=_self_mean(after.cells),
            )
        )
    labels = {group.key: group.label for group in groups}
    questions = {question.id: read(question.text) for question in questionnaire.open_questions}
    return FeedbackReport(
        framework_title=read(questionnaire.title),
        kind=current.kind,
        closed_on=current.closed_on,
        compared_kind=earlier.kind if earlier else None,
        compared_closed_on=earlier.closed_on if earlier else None,
        scale=tuple((point.value, read(point.label)) for point in questionnaire.scale.points),
        groups=groups,
        hidden_groups=now.hidden_groups,
        hidden_groups_before=then.hidden_groups if then else (),
        competencies=tuple(competencies),
        comments=tuple(
            CommentReport(
                question_id=c.question,
                question=questions[c.question],
                group_key=c.group,
                group=labels[c.group] if c.group else TOGETHER_LABEL,
                texts=c.texts,
            )
            for c in now.comments
        ),
    )


def _groups(now: ReleasedAggregate, then: ReleasedAggregate | None) -> tuple[GroupReport, ...]:
    before = {group.key: group for group in then.groups} if then else {}
    after = {group.key: group for group in now.groups}
    collected = []
    for key in [*after, *(key for key in before if key not in after)]:
        group: GroupFigures = after.get(key) or before[key]
        collected.append(
            GroupReport(
                key=key,
                label=group.label,
                anonymous=group.anonymous,
                n_before=before[key].n if key in before else None,
                n_after=after[key].n if key in after else None,
                members=group.members,
            )
        )
    return tuple(collected)


def _compare(
    groups: Sequence[GroupReport],
    after: Sequence[Cell],
    before: Sequence[Cell],
    same: Collection[str],
) -> tuple[Comparison, ...]:
    """One row per group; `same` holds the groups that mean the same in both rounds."""
    cells_after = {cell.group: cell for cell in after}
    cells_before = {cell.group: cell for cell in before}
    return tuple(
        _row(group.key, group.label, cells_before, cells_after, comparable=group.key in same)
        for group in groups
    )


def _row(
    key: str,
    label: str,
    before: Mapping[str, Cell],
    after: Mapping[str, Cell],
    *,
    comparable: bool,
) -> Comparison:
    then, now = _figures(before, key), _figures(after, key)
    change, bound = _difference(then, now) if comparable else (None, _EXACT)
    return Comparison(key, label, then, now, change, bound)


def _difference(then: Figures, now: Figures) -> tuple[float | None, Bound]:
    """After minus before; a bound where one of them is."""
    if then.mean is None or now.mean is None:
        return None, _EXACT
    difference = difference_of_bounded(
        BoundedMean(then.mean, then.bound), BoundedMean(now.mean, now.bound)
    )
    return difference.value, difference.bound


def _mean_change(changes: Iterable[Change]) -> Change:
    """The unweighted mean of the changes that there are; with bounds among them, a bound."""
    mean = mean_of_bounded(
        BoundedMean(change.value, change.bound) for change in changes if change.value is not None
    )
    return Change(mean.value, mean.bound) if mean else Change(None, _EXACT)


def _same_members(now: ReleasedAggregate, then: ReleasedAggregate | None) -> set[str]:
    """Groups that mean the same in both rounds: a pool of other members is another group."""
    if then is None:
        return set()
    members = {group.key: group.members for group in then.groups}
    return {group.key for group in now.groups if members.get(group.key) == group.members}


def _statements(
    groups: Sequence[GroupReport],
    after: CompetencyFigures,
    before: CompetencyFigures | None,
    texts: Mapping[str, str],
    same: Collection[str],
) -> tuple[StatementReport, ...]:
    earlier = {figures.id: figures.cells for figures in before.statements} if before else {}
    named = [group for group in groups if not group.anonymous]
    comparable = (
        before is not None
        and before.together == after.together
        and set(after.together) <= set(same)
    )
    collected = []
    for figures in after.statements:
        cells_before = {cell.group: cell for cell in earlier.get(figures.id, ())}
        cells_after = {cell.group: cell for cell in figures.cells}
        rows = [*_compare(named, figures.cells, tuple(cells_before.values()), same)]
        if TOGETHER_KEY in cells_after or TOGETHER_KEY in cells_before:
            rows.append(
                _row(TOGETHER_KEY, TOGETHER_LABEL, cells_before, cells_after, comparable=comparable)
            )
        collected.append(StatementReport(texts[figures.id], tuple(rows)))
    return tuple(collected)


def _figures(cells: Mapping[str, Cell], key: str) -> Figures:
    cell = cells.get(key)
    return Figures(cell.n, cell.mean, cell.bound, cell.sd, cell.counts) if cell else ABSENT


def _self_mean(cells: Sequence[Cell]) -> float | None:
    return next((cell.mean for cell in cells if cell.group == SELF.key), None)
