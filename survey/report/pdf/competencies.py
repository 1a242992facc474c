"""The competencies in the PDF: one table of all of them, and a section for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from survey.anonymity.change_figures import TestedChange
from survey.anonymity.released_aggregate import TOGETHER_KEY
from survey.report.feedback_report import (
    Comparison,
    CompetencyReport,
    FeedbackReport,
    Figures,
    StatementReport,
)
from survey.report.pdf.texts import printable
from survey.report.pictures import end_word, start_word
from survey.report.wording import (
    NOT_SHOWN,
    change,
    interval,
    rating,
    self_other_words,
    verdict_words,
)

Content = dict[str, Any]


def competency_table(report: FeedbackReport) -> Content:
    """All competencies, the strongest rise first; in a report on one round the highest first."""
    if not report.shows_movement:
        ordered = sorted(report.competencies, key=lambda c: -(c.all_after or 0.0))
        return {
            "columns": ["Competency", "All raters", "Self"],
            "rows": [
                _line(c, [rating(c.all_after, c.all_after_bound), rating(c.self_after)])
                for c in ordered
            ],
        }
    moved = report.by_movement
    still = [c for c in report.competencies if c not in moved]
    return {
        "columns": [
            "Competency",
            start_word(report),
            end_word(report),
            "Change",
            "Interval",
            "Verdict",
            "Self",
        ],
        "rows": [
            *(_line(c, _moved(c), verdict=c.verdict) for c in moved),
            *(_line(c, _unmoved(c), remark="cannot be compared") for c in still),
        ],
    }


def _line(
    c: CompetencyReport, cells: list[str], *, verdict: str | None = None, remark: str = ""
) -> Content:
    return {
        "title": printable(c.title),
        "goal": c.goal_linked,
        "cells": cells,
        "verdict": verdict and str(verdict),
        "remark": remark,
    }


def _moved(c: CompetencyReport) -> list[str]:
    return [
        rating(c.start.value, c.start.bound) if c.start else NOT_SHOWN,
        rating(c.end.value, c.end.bound) if c.end else NOT_SHOWN,
        change(c.movement.value, c.movement.bound),
        interval(c.interval),
        rating(c.self_after),
    ]


def _unmoved(c: CompetencyReport) -> list[str]:
    return [
        rating(c.all_before, c.all_before_bound),
        rating(c.all_after, c.all_after_bound),
        NOT_SHOWN,
        NOT_SHOWN,
        rating(c.self_after),
    ]


def competency_sections(report: FeedbackReport) -> list[Content]:
    """One section per competency, in the framework's order."""
    return [_section(report, c) for c in report.competencies]


def _section(report: FeedbackReport, c: CompetencyReport) -> Content:
    looks_back = report.basis == "looking_back"
    groups = _group_table(
        c.looking_back if looks_back else c.rows,
        report,
        total=_total(report, c),
        both=report.shows_movement,
        names=(start_word(report), end_word(report)),
    )
    return {
        "title": printable(c.title),
        "kind": c.kind.capitalize(),
        "goal": c.goal_linked,
        "description": printable(c.description),
        "verdict": str(c.verdict) if c.verdict else None,
        "movement": _movement_words(report, c),
        "groups": groups,
        "notes": _notes(report, c),
        "looking_back": _looking_back(report, c),
        "self_other": _self_other(report, c),
        "statements": _statements(report, c.statements),
        "statements_withheld": c.statements_withheld,
    }


def _movement_words(report: FeedbackReport, c: CompetencyReport) -> Content | None:
    if c.movement.value is None:
        return None
    return {
        "value": change(c.movement.value, c.movement.bound),
        "interval": interval(c.interval) if c.interval else "",
        "words": "points" if report.has_change else "points, as raters look back",
    }


def _total(report: FeedbackReport, c: CompetencyReport) -> list[str]:
    """The row of all raters: the figures that the movement is between, or the round's mean."""
    if not report.shows_movement:
        return ["All raters", rating(c.all_after, c.all_after_bound)]
    if c.start is None or c.end is None:
        return ["All raters", *_unmoved(c)[:3]]
    return ["All raters", *_moved(c)[:3]]


def _group_table(
    rows: Sequence[Comparison],
    report: FeedbackReport,
    *,
    total: list[str],
    both: bool,
    names: tuple[str, str],
) -> Content:
    """Groups with n, means, change and how their ratings are spread."""
    return {
        "both": both,
        "names": list(names) if both else ["", "Mean"],
        "rows": [_group_row(row, report, both=both) for row in rows],
        "spread_before": both and any(row.before.counts for row in rows),
        "spread_after": any(row.after.counts for row in rows),
        "total": total,
    }


def _group_row(row: Comparison, report: FeedbackReport, *, both: bool) -> Content:
    return {
        "label": printable(row.label),
        "n": _numbers(row, both=both),
        "before": rating(row.before.mean, row.before.bound),
        "after": rating(row.after.mean, row.after.bound),
        "change": change(row.change, row.change_bound),
        "bar_before": _bar(row.before, report),
        "bar_after": _bar(row.after, report),
    }


def _numbers(row: Comparison, *, both: bool) -> str:
    """How many raters; two numbers where they differ."""
    numbers = [row.before.n, row.after.n] if both else [row.after.n]
    shown = [NOT_SHOWN if n is None else str(n) for n in numbers]
    return shown[0] if len(set(shown)) == 1 else "\N{THIN SPACE}→\N{THIN SPACE}".join(shown)


def _bar(figures: Figures, report: FeedbackReport) -> Content | None:
    """Counts per point of the scale, with a text for whom cannot see the bar."""
    points = [value for value, _ in report.scale]
    # An earlier round may have had another scale, whose points this report does not name.
    if not figures.counts or not any(figures.counts) or len(figures.counts) != len(points):
        return None
    said = [
        f"{count} times {point}"
        for point, count in zip(points, figures.counts, strict=True)
        if count
    ]
    return {"counts": list(figures.counts), "alt": f"Ratings: {', '.join(said)}"}


def _notes(report: FeedbackReport, c: CompetencyReport) -> list[str]:
    notes = []
    if c.end is not None and c.movement.value is not None and not _same_as_all(report, c):
        all_now = f"{end_word(report).lower()} {rating(c.all_after, c.all_after_bound)}"
        if report.has_change:
            all_then = rating(c.all_before, c.all_before_bound)
            all_now = f"{start_word(report).lower()} {all_then}, {all_now}"
        notes.append(
            "The row of all raters compares only groups that are shown both times. With every "
            f"shown group: {all_now}."
        )
    if c.distributions_withheld:
        notes.append(
            "For an anonymous group whose mean is on a point of the scale or at its end, how the "
            "ratings are spread is not always shown, to protect single ratings."
        )
    return notes


def _same_as_all(report: FeedbackReport, c: CompetencyReport) -> bool:
    """Whether the row of all raters says the same as all shown groups together."""
    if c.start is None or c.end is None:
        return True
    now = rating(c.end.value, c.end.bound) == rating(c.all_after, c.all_after_bound)
    then = rating(c.start.value, c.start.bound) == rating(c.all_before, c.all_before_bound)
    return now and (then or not report.has_change)


def _looking_back(report: FeedbackReport, c: CompetencyReport) -> Content | None:
    """A retrospective form beside an earlier round: then and now, and the shift of yardstick."""
    if not report.has_change or not c.looking_back:
        return None
    shifts = {row.group: row for row in c.response_shift}
    finding = c.finding_looking_back
    return {
        "columns": [
            "Group",
            "n",
            "Then, as rated then",
            "Then, seen from now",
            "Now",
            "Now − then, seen from now",
            "Shift of yardstick",
        ],
        "rows": [
            [
                printable(row.label),
                _numbers(row, both=True),
                _mean(shifts[row.group].before) if row.group in shifts else NOT_SHOWN,
                _mean(row.before),
                _mean(row.after),
                change(row.change, row.change_bound),
                _shift(shifts.get(row.group)),
            ]
            for row in c.looking_back
        ],
        "total": [
            "All raters",
            *[""] * 4,
            _tested(finding.tested if finding else None),
            _tested(c.shift_of_yardstick),
        ],
        "notes": _looking_back_notes(c),
    }


def _looking_back_notes(c: CompetencyReport) -> list[str]:
    notes = []
    finding = c.finding_looking_back
    if finding is not None and finding.tested is not None:
        words = verdict_words(finding.verdict)
        notes.append(f"Looking back, all raters: {words}{_range(finding.tested, 'interval')}.")
    if c.shift_of_yardstick is not None:
        notes.append(
            "The shift: how they see that time from today, minus how they rated it then"
            f"{_range(c.shift_of_yardstick, 'all raters, interval')}. Below zero, they have come "
            "to expect more."
        )
    return notes


def _mean(figures: Figures) -> str:
    return rating(figures.mean, figures.bound)


def _shift(row: Comparison | None) -> str:
    return NOT_SHOWN if row is None else change(row.change, row.change_bound)


def _tested(tested: TestedChange | None) -> str:
    return NOT_SHOWN if tested is None else change(tested.difference, tested.bound)


def _range(tested: TestedChange, what: str) -> str:
    if tested.low is None or tested.high is None:
        return ""
    return f" ({what} {interval((tested.low, tested.high))})"


def _self_other(report: FeedbackReport, c: CompetencyReport) -> Content | None:
    view, before = c.self_other, c.self_other_before
    if view is None:
        return None
    kind = str(view.kind)
    earlier = f"{report.compared_kind}: {before.kind}" if before and before.kind != kind else ""
    words = self_other_words(view.kind)
    return {
        "kind": kind[0].upper() + kind[1:],
        "earlier": earlier,
        "words": f"{words[0].upper()}{words[1:]}: self-view {rating(c.self_after)}, "
        f"the others’ {rating(c.all_after, c.all_after_bound)}.",
    }


def _statements(report: FeedbackReport, statements: Sequence[StatementReport]) -> Content | None:
    """Statements against the groups that are shown with any of them."""
    groups = {
        row.group: row.label
        for statement in statements
        for row in statement.rows
        if row.before.shown or row.after.shown
    }
    if not groups:
        return None
    both = report.has_change
    rows = [
        {
            "text": printable(statement.text),
            "cells": [
                _group_row(found[key], report, both=both) if key in found else None
                for key in groups
            ],
            "bar": _bar(found[TOGETHER_KEY].after, report) if TOGETHER_KEY in found else None,
        }
        for statement in statements
        for found in [{row.group: row for row in statement.rows}]
    ]
    return {
        "both": both,
        "groups": [printable(label) for label in groups.values()],
        "spread": any(row["bar"] for row in rows),
        "names": [start_word(report), end_word(report)] if both else ["", "Mean"],
        "rows": rows,
    }
