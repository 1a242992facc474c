"""The feedback report of one round, beside an earlier round where there is one.

Everything here is computed from the two released aggregates; responses are out of reach.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from survey.anonymity.released_aggregate import (
    Cell,
    CompetencyFigures,
    GroupFigures,
    ReleasedAggregate,
)
from survey.change.descriptive import mean_of_groups
from survey.frameworks.questionnaire import Questionnaire
from survey.frameworks.rater_groups import SELF


@dataclass(frozen=True)
class Figures:
    """One cell as the report shows it: n, mean, sd in scale points, and counts per scale point."""

    n: int | None
    mean: float | None
    sd: float | None
    counts: tuple[int, ...] | None

    @property
    def shown(self) -> bool:
        """Whether there is a mean to show."""
        return self.mean is not None


ABSENT = Figures(None, None, None, None)


@dataclass(frozen=True)
class Comparison:
    """A group's figures now and before, for one competency or indicator.

    `change` is after minus before, in scale points; None unless both are shown and the group had
    the same members in both rounds.
    """

    group: str
    label: str
    before: Figures
    after: Figures
    change: float | None


@dataclass(frozen=True)
class IndicatorReport:
    """One behaviour indicator."""

    text: str
    rows: tuple[Comparison, ...]


@dataclass(frozen=True)
class CompetencyReport:
    """One competency: groups side by side, all raters together, self against others.

    `all_before` and `all_after` are unweighted means of the shown group means without self;
    `all_change` compares only the groups that are shown in both rounds. `self_gap` is self minus
    all raters, now.
    """

    id: str
    title: str
    kind: str
    description: str
    goal_linked: bool
    rows: tuple[Comparison, ...]
    indicators: tuple[IndicatorReport, ...]
    all_before: float | None
    all_after: float | None
    all_change: float | None
    self_before: float | None
    self_after: float | None

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
    """What one group wrote to one open question."""

    question: str
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
    competencies: tuple[CompetencyReport, ...]
    comments: tuple[CommentReport, ...]

    @property
    def has_change(self) -> bool:
        """Whether there is an earlier round to compare with."""
        return self.compared_kind is not None

    @property
    def goal_change(self) -> float | None:
        """Mean change of the goal-linked competencies, in scale points."""
        return _mean_change(c for c in self.competencies if c.goal_linked)

    @property
    def other_change(self) -> float | None:
        """Mean change of the other competencies, in scale points."""
        return _mean_change(c for c in self.competencies if not c.goal_linked)


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
    figures_now = {figures.id: figures for figures in now.competencies}
    figures_then = {figures.id: figures for figures in then.competencies} if then else {}
    competencies = []
    for asked in questionnaire.competencies:
        after = figures_now[asked.id]
        before = figures_then.get(asked.id)
        rows = _compare(groups, now, then, after.cells, before.cells if before else ())
        indicator_texts = {indicator.id: read(indicator.text) for indicator in asked.indicators}
        competencies.append(
            CompetencyReport(
                id=asked.id,
                title=read(asked.title),
                kind=asked.kind,
                description=read(asked.description),
                goal_linked=asked.id in goal_competency_ids,
                rows=rows,
                indicators=_indicators(groups, now, then, after, before, indicator_texts),
                all_before=before.all_raters if before else None,
                all_after=after.all_raters,
                all_change=mean_of_groups(
                    [r.change for r in rows if r.group != SELF.key and r.change is not None]
                ),
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
        competencies=tuple(competencies),
        comments=tuple(
            CommentReport(questions[c.question], labels[c.group], c.texts) for c in now.comments
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
    now: ReleasedAggregate,
    then: ReleasedAggregate | None,
    after: Sequence[Cell],
    before: Sequence[Cell],
) -> tuple[Comparison, ...]:
    cells_after = {cell.group: cell for cell in after}
    cells_before = {cell.group: cell for cell in before}
    same = _same_members(now, then)
    rows = []
    for group in groups:
        figures_after = _figures(cells_after, group.key)
        figures_before = _figures(cells_before, group.key)
        change = None
        if group.key in same and figures_after.mean is not None and figures_before.mean is not None:
            change = figures_after.mean - figures_before.mean
        rows.append(Comparison(group.key, group.label, figures_before, figures_after, change))
    return tuple(rows)


def _same_members(now: ReleasedAggregate, then: ReleasedAggregate | None) -> set[str]:
    """Groups that mean the same in both rounds: a pool of other members is another group."""
    if then is None:
        return set()
    members = {group.key: group.members for group in then.groups}
    return {group.key for group in now.groups if members.get(group.key) == group.members}


def _indicators(
    groups: Sequence[GroupReport],
    now: ReleasedAggregate,
    then: ReleasedAggregate | None,
    after: CompetencyFigures,
    before: CompetencyFigures | None,
    texts: Mapping[str, str],
) -> tuple[IndicatorReport, ...]:
    earlier = {figures.id: figures.cells for figures in before.indicators} if before else {}
    return tuple(
        IndicatorReport(
            texts[figures.id],
            _compare(groups, now, then, figures.cells, earlier.get(figures.id, ())),
        )
        for figures in after.indicators
    )


def _figures(cells: Mapping[str, Cell], key: str) -> Figures:
    cell = cells.get(key)
    return Figures(cell.n, cell.mean, cell.sd, cell.counts) if cell else ABSENT


def _self_mean(cells: Sequence[Cell]) -> float | None:
    return next((cell.mean for cell in cells if cell.group == SELF.key), None)


def _mean_change(competencies: Iterable[CompetencyReport]) -> float | None:
    changes = [
        competency.all_change for competency in competencies if competency.all_change is not None
    ]
    return mean_of_groups(changes)
