"""Putting a report together from released aggregates; responses are out of reach."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from survey.anonymity.released_aggregate import (
    TOGETHER_KEY,
    Cell,
    CompetencyFigures,
    GroupFigures,
    ReleasedAggregate,
)
from survey.anonymity.suppression import (
    BoundedMean,
    Detail,
    difference_of_bounded,
    mean_of_bounded,
)
from survey.change.scale import Scale
from survey.change.self_other import self_other_view
from survey.frameworks.questionnaire import Questionnaire
from survey.frameworks.rater_groups import SELF
from survey.frameworks.texts import choose_language
from survey.report.feedback_report import (
    ABSENT,
    NO_CHANGE_KNOWN,
    TOGETHER_LABEL,
    Basis,
    Change,
    CommentReport,
    Comparison,
    CompetencyReport,
    FeedbackReport,
    Figures,
    GroupReport,
    ReportedGoal,
    StatementReport,
    mean_change,
)
from survey.report.round_facts import RoundFacts
from survey.report.trend import build_trend


def build_report(
    current: RoundFacts,
    earlier: RoundFacts | None,
    *,
    goal_competency_ids: frozenset[str],
    mentee_name: str,
    language: str,
    goal: ReportedGoal | None = None,
    trend_of: Sequence[RoundFacts] = (),
) -> FeedbackReport:
    """Put a report together.

    `earlier` is the round to compare with; `trend_of` are all rounds up to this one, oldest first.
    `goal_competency_ids` count only where the round was closed before the links were frozen.
    """
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
    basis: Basis = "rounds" if earlier else "looking_back" if remembered else "one_round"
    change_figures = now.change if earlier else now.looking_back
    if change_figures is not None:
        goal_competency_ids = frozenset(change_figures.goal_competencies)
    # Without the earlier report there is nothing that could be compared.
    plan = current.plan if earlier else None
    standings = (
        {one.id: one.standing for one in plan.competencies if not one.compared} if plan else {}
    )
    findings = {f.id: f for f in change_figures.competencies} if change_figures else {}
    findings_back = {f.id: f for f in now.looking_back.competencies} if now.looking_back else {}
    scale = Scale(now.points[0], now.points[-1])
    competencies = []
    for asked in questionnaire.competencies:
        after = figures_now[asked.id]
        before = None if asked.id in standings else figures_then.get(asked.id)
        rows = _compare(groups, after.cells, before.cells if before else (), same)
        looking_back: tuple[Comparison, ...] = ()
        if remembered:
            looking_back = _compare(
                asked_now, after.cells, remembered[asked.id], [group.key for group in asked_now]
            )
        counted = [
            row
            for row in (rows if basis == "rounds" else looking_back)
            if row.group != SELF.key and row.change is not None
        ]
        self_before = _self_mean(before.cells) if before else None
        self_after = _self_mean(after.cells)
        competencies.append(
            CompetencyReport(
                id=asked.id,
                title=read(asked.title),
                kind=asked.kind,
                description=read(asked.description),
                goal_linked=asked.id in goal_competency_ids,
                rows=rows,
                looking_back=looking_back,
                response_shift=_compare(groups, remembered[asked.id], before.cells, same)
                if remembered and before
                else (),
                statements=_statements(
                    groups,
                    after,
                    before,
                    {indicator.id: read(indicator.text) for indicator in asked.indicators},
                    same,
                ),
                statements_withheld=anonymous and after.detail > Detail.STATEMENT_MEANS,
                distributions_withheld=any(
                    cell.mean is not None and cell.counts is None for cell in after.cells
                ),
                all_before=before.all_raters if before else None,
                all_before_bound=before.all_raters_bound if before else "exact",
                all_after=after.all_raters,
                all_after_bound=after.all_raters_bound,
                start=_mean(row.before for row in counted),
                end=_mean(row.after for row in counted),
                movement=mean_change(Change(row.change, row.change_bound) for row in counted),
                finding=findings.get(asked.id),
                finding_looking_back=findings_back.get(asked.id),
                self_before=self_before,
                self_after=self_after,
                self_other=self_other_view(self_after, after.all_raters, scale),
                self_other_before=self_other_view(
                    self_before, before.all_raters if before else None, scale
                ),
                not_compared=standings.get(asked.id),
                judged_the_same=plan is not None and asked.id in plan.judged_the_same,
            )
        )
    labels = {group.key: group.label for group in groups}
    questions = {question.id: read(question.text) for question in questionnaire.open_questions}
    return FeedbackReport(
        texts_language=choose_language(
            questionnaire.languages, language, questionnaire.default_language
        ),
        framework_title=read(questionnaire.title),
        kind=current.kind,
        closed_on=current.closed_on,
        compared_kind=earlier.kind if earlier else None,
        compared_closed_on=earlier.closed_on if earlier else None,
        basis=basis,
        scale=tuple((point.value, read(point.label)) for point in questionnaire.scale.points),
        groups=groups,
        hidden_groups=now.hidden_groups,
        hidden_groups_before=then.hidden_groups if then else (),
        competencies=tuple(competencies),
        goal=goal,
        change_figures=change_figures,
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
        trend=build_trend(trend_of),
        gone=_gone(questionnaire, earlier.questionnaire, language) if plan and earlier else (),
    )


def _gone(now: Questionnaire, then: Questionnaire, language: str) -> tuple[str, ...]:
    """Titles of the competencies that were asked then and no more."""
    asked = {competency.id for competency in now.competencies}
    return tuple(
        then.text(competency.title, language)
        for competency in then.competencies
        if competency.id not in asked
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
    change = _difference(then, now) if comparable else NO_CHANGE_KNOWN
    return Comparison(key, label, then, now, change.value, change.bound)


def _difference(then: Figures, now: Figures) -> Change:
    """After minus before; a bound where one of them is."""
    if then.mean is None or now.mean is None:
        return NO_CHANGE_KNOWN
    difference = difference_of_bounded(
        BoundedMean(then.mean, then.bound), BoundedMean(now.mean, now.bound)
    )
    return Change(difference.value, difference.bound)


def _mean(figures: Iterable[Figures]) -> BoundedMean | None:
    return mean_of_bounded(BoundedMean(f.mean, f.bound) for f in figures if f.mean is not None)


def _same_members(now: ReleasedAggregate, then: ReleasedAggregate | None) -> set[str]:
    """Groups that can be compared: with the same members (pools differ), on the same scale."""
    if then is None or then.points != now.points:
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
        collected.append(StatementReport(figures.id, texts[figures.id], tuple(rows)))
    return tuple(collected)


def _figures(cells: Mapping[str, Cell], key: str) -> Figures:
    cell = cells.get(key)
    return Figures(cell.n, cell.mean, cell.bound, cell.sd, cell.counts) if cell else ABSENT


def _self_mean(cells: Sequence[Cell]) -> float | None:
    return next((cell.mean for cell in cells if cell.group == SELF.key), None)
