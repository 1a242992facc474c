"""The report as plain rows, for spreadsheets: released cells, changes, comments.

Drawn from the report alone, so nothing is in here that was not released. What is withheld has no
row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from survey.anonymity.change_figures import CompetencyChangeFigures, TestedChange
from survey.anonymity.suppression import Bound
from survey.frameworks.rater_groups import SELF
from survey.report.feedback_report import (
    ALL_RATERS,
    Comparison,
    CompetencyReport,
    FeedbackReport,
    Figures,
    StatementReport,
)

Level = Literal["competency", "statement"]
ChangeLevel = Literal["competency", "goal"]


@dataclass(frozen=True)
class ReportCell:
    """One group's figures for one competency or statement in one round.

    `looking_back`: how the raters of this round see the time before. `n` is None in the row of all
    raters, which is the mean of the groups without self. `counts` has an entry per scale point.
    """

    round_kind: str
    round_closed_on: dt.date
    looking_back: bool
    level: Level
    competency_id: str
    competency: str
    statement_id: str
    statement: str
    group: str
    anonymous: bool
    n: int | None
    mean: float | None
    bound: Bound
    sd: float | None
    counts: tuple[int, ...] | None


@dataclass(frozen=True)
class ChangeRow:
    """One tested change: of a competency, or of the goal's competencies and the others.

    `basis` says what is compared: two rounds, looking back within one, or looking back with how it
    was rated then (the shift of the raters' yardstick).
    """

    basis: Literal["between rounds", "looking back", "shift of yardstick"]
    level: ChangeLevel
    competency_id: str
    competency: str
    goal_linked: bool | None
    groups: tuple[str, ...]
    difference: float
    bound: Bound
    low: float | None
    high: float | None
    p: float | None
    p_error: float | None
    p_exact: bool | None
    holm_p: float | None
    bh_p: float | None
    g: float | None
    superiority: float | None
    shift: float | None
    verdict: str


@dataclass(frozen=True)
class CommentRow:
    """One comment, word for word."""

    question: str
    group: str
    text: str


def report_cells(report: FeedbackReport) -> Iterator[ReportCell]:
    """Every released cell, by competency; this round's first, then what it is compared with."""
    for competency in report.competencies:
        yield from _competency_cells(report, competency)


def change_rows(report: FeedbackReport) -> Iterator[ChangeRow]:
    """Every change that was worked out, in the framework's order, and at the end the goal's."""
    labels = {group.key: group.label for group in report.groups}
    main: Literal["between rounds", "looking back"] = (
        "between rounds" if report.has_change else "looking back"
    )
    for c in report.competencies:
        if c.finding is not None and c.finding.tested is not None:
            yield _found(main, c, c.finding, c.finding.tested, labels)
        elif c.movement.value is not None:
            yield _untested(main, c, labels)
        back = c.finding_looking_back
        if report.has_change and back is not None and back.tested is not None:
            yield _found("looking back", c, back, back.tested, labels)
        if c.shift_of_yardstick is not None:
            yield _tested("shift of yardstick", "competency", c.shift_of_yardstick, labels, of=c)
    yield from _goal_rows(report, main, labels)


def comment_rows(report: FeedbackReport) -> Iterator[CommentRow]:
    """Every comment as the report shows it."""
    for comment in report.comments:
        for text in comment.texts:
            yield CommentRow(comment.question, comment.group, text)


@dataclass(frozen=True)
class _Side:
    """One round of the report: how cells of it are made."""

    kind: str
    closed_on: dt.date
    is_now: bool

    def figures(self, row: Comparison) -> Figures:
        """The row's figures in this round."""
        return row.after if self.is_now else row.before

    def cell(
        self,
        c: CompetencyReport,
        label: str,
        figures: Figures,
        *,
        anonymous: bool,
        statement: StatementReport | None = None,
        looking_back: bool = False,
    ) -> ReportCell:
        """A cell of this round."""
        return ReportCell(
            round_kind=self.kind,
            round_closed_on=self.closed_on,
            looking_back=looking_back,
            level="statement" if statement else "competency",
            competency_id=c.id,
            competency=c.title,
            statement_id=statement.id if statement else "",
            statement=statement.text if statement else "",
            group=label,
            anonymous=anonymous,
            n=figures.n,
            mean=figures.mean,
            bound=figures.bound,
            sd=figures.sd,
            counts=figures.counts,
        )


def _sides(report: FeedbackReport) -> Iterator[_Side]:
    yield _Side(report.kind, report.closed_on, is_now=True)
    if report.compared_kind is not None and report.compared_closed_on is not None:
        yield _Side(report.compared_kind, report.compared_closed_on, is_now=False)


def _competency_cells(report: FeedbackReport, c: CompetencyReport) -> Iterator[ReportCell]:
    named = {group.key for group in report.groups if not group.anonymous}
    for side in _sides(report):
        for row in c.rows:
            figures = side.figures(row)
            if figures.n is not None:
                yield side.cell(c, row.label, figures, anonymous=row.group not in named)
        mean = c.all_after if side.is_now else c.all_before
        if mean is not None:
            bound = c.all_after_bound if side.is_now else c.all_before_bound
            yield side.cell(c, ALL_RATERS, Figures(mean=mean, bound=bound), anonymous=False)
        for row in c.looking_back if side.is_now else ():
            if row.before.n is not None:
                anonymous = row.group not in named
                yield side.cell(c, row.label, row.before, anonymous=anonymous, looking_back=True)
        for statement in c.statements:
            for row in statement.rows:
                figures = side.figures(row)
                if figures.n is not None:
                    anonymous = row.group not in named
                    yield side.cell(c, row.label, figures, anonymous=anonymous, statement=statement)


def _found(
    basis: Literal["between rounds", "looking back"],
    c: CompetencyReport,
    found: CompetencyChangeFigures,
    tested: TestedChange,
    labels: dict[str, str],
) -> ChangeRow:
    return _tested(basis, "competency", tested, labels, of=c, figures=found)


def _untested(
    basis: Literal["between rounds", "looking back"], c: CompetencyReport, labels: dict[str, str]
) -> ChangeRow:
    """A difference of means that was never tested: the round was closed before tests were made."""
    rows = c.rows if basis == "between rounds" else c.looking_back
    counted = [row for row in rows if row.group != SELF.key and row.change is not None]
    return ChangeRow(
        basis=basis,
        level="competency",
        competency_id=c.id,
        competency=c.title,
        goal_linked=c.goal_linked,
        groups=tuple(labels[row.group] for row in counted),
        difference=c.movement.value or 0.0,
        bound=c.movement.bound,
        low=None,
        high=None,
        p=None,
        p_error=None,
        p_exact=None,
        holm_p=None,
        bh_p=None,
        g=None,
        superiority=None,
        shift=None,
        verdict=str(c.verdict or ""),
    )


def _tested(
    basis: Literal["between rounds", "looking back", "shift of yardstick"],
    level: ChangeLevel,
    tested: TestedChange,
    labels: dict[str, str],
    *,
    of: CompetencyReport | None = None,
    name: str = "",
    figures: CompetencyChangeFigures | None = None,
    verdict: str = "",
) -> ChangeRow:
    return ChangeRow(
        basis=basis,
        level=level,
        competency_id=of.id if of else "",
        competency=of.title if of else name,
        goal_linked=of.goal_linked if of else None,
        groups=tuple(labels.get(key, key) for key in tested.groups),
        difference=tested.difference,
        bound=tested.bound,
        low=tested.low,
        high=tested.high,
        p=tested.p,
        p_error=tested.p_error,
        p_exact=tested.exact,
        holm_p=figures.holm_p if figures else None,
        bh_p=figures.bh_p if figures else None,
        g=figures.g if figures else None,
        superiority=figures.superiority if figures else None,
        shift=figures.shift if figures else None,
        verdict=str(figures.verdict) if figures else verdict,
    )


def _goal_rows(
    report: FeedbackReport,
    basis: Literal["between rounds", "looking back"],
    labels: dict[str, str],
) -> Iterator[ChangeRow]:
    moved = report.goal_movement
    if moved is None:
        return
    named = (
        ("The goal's competencies", moved.linked, ""),
        ("The other competencies", moved.others, ""),
        ("The goal's minus the others", moved.contrast, str(moved.verdict)),
    )
    for name, tested, verdict in named:
        if tested is not None:
            yield _tested(basis, "goal", tested, labels, name=name, verdict=verdict)
