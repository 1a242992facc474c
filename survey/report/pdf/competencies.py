"""The competencies in the PDF: one table of all of them, and a section for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from survey.anonymity.change_figures import TestedChange
from survey.anonymity.released_aggregate import TOGETHER_KEY
from survey.report.comparison_words import comparison_note
from survey.report.feedback_report import (
    ALL_RATERS,
    Comparison,
    CompetencyReport,
    FeedbackReport,
    Figures,
)
from survey.report.pdf.reading import verdict_badge
from survey.report.pdf.texts import printable
from survey.report.pictures import end_side, start_side
from survey.report.wording import NOT_SHOWN, Wording, capitalized, in_pieces

Content = dict[str, Any]


def competency_table(report: FeedbackReport, words: Wording) -> Content:
    """All competencies, the strongest rise first; in a report on one round the highest first."""
    if not report.shows_movement:
        ordered = sorted(report.competencies, key=lambda c: -(c.all_after or 0.0))
        return {
            "columns": [
                words.gettext("Competency"),
                words.group(ALL_RATERS),
                words.gettext("Self"),
            ],
            "rows": [
                _line(
                    c,
                    [words.rating(c.all_after, c.all_after_bound), words.rating(c.self_after)],
                )
                for c in ordered
            ],
        }
    moved = report.by_movement
    still = [c for c in report.competencies if c not in moved]
    return {
        "columns": [
            words.gettext("Competency"),
            words.side(start_side(report)),
            words.side(end_side(report)),
            words.gettext("Change"),
            words.gettext("Interval"),
            words.gettext("Verdict"),
            words.gettext("Self"),
        ],
        "rows": [
            *(
                _line(
                    c,
                    _moved(c, words),
                    verdict=verdict_badge(c.verdict, words) if c.verdict else None,
                )
                for c in moved
            ),
            *(
                _line(
                    c,
                    _unmoved(c, words),
                    remark=words.gettext("not compared")
                    if c.not_compared
                    else words.gettext("cannot be compared"),
                )
                for c in still
            ),
        ],
    }


def _line(
    c: CompetencyReport,
    cells: list[str],
    *,
    verdict: dict[str, str] | None = None,
    remark: str = "",
) -> Content:
    return {
        "title": printable(c.title),
        "goal": c.goal_linked,
        "cells": cells,
        "verdict": verdict,
        "remark": remark,
    }


def _moved(c: CompetencyReport, words: Wording) -> list[str]:
    return [
        words.rating(c.start.value, c.start.bound) if c.start else NOT_SHOWN,
        words.rating(c.end.value, c.end.bound) if c.end else NOT_SHOWN,
        words.change(c.movement.value, c.movement.bound),
        words.interval(c.interval),
        words.rating(c.self_after),
    ]


def _unmoved(c: CompetencyReport, words: Wording) -> list[str]:
    return [
        words.rating(c.all_before, c.all_before_bound),
        words.rating(c.all_after, c.all_after_bound),
        NOT_SHOWN,
        NOT_SHOWN,
        words.rating(c.self_after),
    ]


def competency_sections(report: FeedbackReport, words: Wording) -> list[Content]:
    """One section per competency, in the framework's order."""
    return [_section(report, c, words) for c in report.competencies]


def _section(report: FeedbackReport, c: CompetencyReport, words: Wording) -> Content:
    looks_back = report.basis == "looking_back"
    groups = _group_table(
        c.looking_back if looks_back else c.rows,
        report,
        words,
        total=_total(report, c, words),
    )
    kind = words.kind(c.kind)
    return {
        "title": printable(c.title),
        "kind": words.gettext("%(kind)s · linked to the goal", kind=kind)
        if c.goal_linked
        else kind,
        "description": words.name(printable(c.description)),
        "verdict": verdict_badge(c.verdict, words) if c.verdict else None,
        "movement": _movement_words(report, c, words),
        "groups": groups,
        "notes": _notes(report, c, words),
        "looking_back": _looking_back(report, c, words),
        "self_other": _self_other(report, c, words),
        "statements": _statements(report, c, words),
        "statements_withheld": c.statements_withheld,
    }


def _movement_words(report: FeedbackReport, c: CompetencyReport, words: Wording) -> Content | None:
    if c.movement.value is None:
        return None
    said = (
        words.gettext("{change} points")
        if report.has_change
        else words.gettext("{change} points, as raters look back")
    )
    return {
        "said": in_pieces(said, {"change": words.change(c.movement.value, c.movement.bound)}),
        "interval": words.gettext("interval %(interval)s", interval=words.interval(c.interval))
        if c.interval
        else "",
    }


def _total(report: FeedbackReport, c: CompetencyReport, words: Wording) -> list[str]:
    """The row of all raters: the figures that the movement is between, or the round's mean."""
    name = words.group(ALL_RATERS)
    if not report.shows_movement:
        return [name, words.rating(c.all_after, c.all_after_bound)]
    if c.start is None or c.end is None:
        return [name, *_unmoved(c, words)[:3]]
    return [name, *_moved(c, words)[:3]]


def _group_table(
    rows: Sequence[Comparison], report: FeedbackReport, words: Wording, *, total: list[str]
) -> Content:
    """Groups with n, means, change and how their ratings are spread."""
    both = report.shows_movement
    start, end = start_side(report), end_side(report)
    return {
        "both": both,
        "columns": [
            words.gettext("Group"),
            "n",
            *(
                (words.side(start), words.side(end), words.gettext("Change"))
                if both
                else (words.gettext("Mean"),)
            ),
        ],
        "rows": [_group_row(row, report, words, both=both) for row in rows],
        "spread_before": _ratings_head(start, words)
        if both and any(row.before.counts for row in rows)
        else "",
        "spread_after": (_ratings_head(end, words) if both else words.gettext("Ratings"))
        if any(row.after.counts for row in rows)
        else "",
        "total": total,
    }


def _ratings_head(side: str, words: Wording) -> str:
    return words.gettext("Ratings, %(side)s", side=words.side_within(side))


def _group_row(row: Comparison, report: FeedbackReport, words: Wording, *, both: bool) -> Content:
    return {
        "label": printable(words.group(row.label)),
        "n": _numbers(row, words, both=both),
        "before": _mean(row.before, words),
        "after": _mean(row.after, words),
        "change": words.change(row.change, row.change_bound),
        "bar_before": _bar(row.before, report, words),
        "bar_after": _bar(row.after, report, words),
    }


def _numbers(row: Comparison, words: Wording, *, both: bool) -> str:
    """How many raters; two numbers where they differ."""
    before, after = (NOT_SHOWN if n is None else str(n) for n in (row.before.n, row.after.n))
    if not both or before == after:
        return after
    return words.then_now(before, after, space="\N{THIN SPACE}")


def _bar(figures: Figures, report: FeedbackReport, words: Wording) -> Content | None:
    """Counts per point of the scale, with a text for whom cannot see the bar."""
    points = [value for value, _ in report.scale]
    # An earlier round may have had another scale, whose points this report does not name.
    if not figures.counts or not any(figures.counts) or len(figures.counts) != len(points):
        return None
    said = words.enumerated(
        words.ngettext("%(num)s times %(point)s", "%(num)s times %(point)s", count, point=point)
        for point, count in zip(points, figures.counts, strict=True)
        if count
    )
    return {
        "counts": list(figures.counts),
        "alt": words.gettext("Ratings: %(counts)s", counts=said),
    }


def _notes(report: FeedbackReport, c: CompetencyReport, words: Wording) -> list[str]:
    notes = [note] if (note := comparison_note(report, c, words)) else []
    if c.end is not None and c.movement.value is not None and not _same_as_all(report, c, words):
        notes.append(_with_every_group(report, c, words))
    if c.distributions_withheld:
        notes.append(
            words.gettext(
                "For an anonymous group whose mean is on a point of the scale or at its end, how "
                "the ratings are spread is not always shown, to protect single ratings."
            )
        )
    return notes


def _with_every_group(report: FeedbackReport, c: CompetencyReport, words: Wording) -> str:
    now = words.rating(c.all_after, c.all_after_bound)
    if report.has_change:
        return words.gettext(
            "The row of all raters compares only groups that are shown both times. With every "
            "shown group: %(start_side)s %(start)s, %(end_side)s %(end)s.",
            start_side=words.side_within(start_side(report)),
            start=words.rating(c.all_before, c.all_before_bound),
            end_side=words.side_within(end_side(report)),
            end=now,
        )
    return words.gettext(
        "The row of all raters compares only groups that are shown both times. With every shown "
        "group: %(end_side)s %(end)s.",
        end_side=words.side_within(end_side(report)),
        end=now,
    )


def _same_as_all(report: FeedbackReport, c: CompetencyReport, words: Wording) -> bool:
    """Whether the row of all raters says the same as all shown groups together."""
    if c.start is None or c.end is None:
        return True
    rating = words.rating
    now = rating(c.end.value, c.end.bound) == rating(c.all_after, c.all_after_bound)
    then = rating(c.start.value, c.start.bound) == rating(c.all_before, c.all_before_bound)
    return now and (then or not report.has_change)


def _looking_back(report: FeedbackReport, c: CompetencyReport, words: Wording) -> Content | None:
    """A retrospective form beside an earlier round: then and now, and the shift of yardstick."""
    if not report.has_change or not c.looking_back:
        return None
    shifts = {row.group: row for row in c.response_shift}
    finding = c.finding_looking_back
    return {
        "columns": [
            words.gettext("Group"),
            "n",
            words.gettext("Then, as rated then"),
            words.gettext("Then, seen from now"),
            words.gettext("Now"),
            words.gettext("Now − then, seen from now"),
            words.gettext("Shift of yardstick"),
        ],
        "rows": [
            [
                printable(words.group(row.label)),
                _numbers(row, words, both=True),
                _mean(shifts[row.group].before, words) if row.group in shifts else NOT_SHOWN,
                _mean(row.before, words),
                _mean(row.after, words),
                words.change(row.change, row.change_bound),
                _shift(shifts.get(row.group), words),
            ]
            for row in c.looking_back
        ],
        "total": [
            words.group(ALL_RATERS),
            *[""] * 4,
            _tested(finding.tested if finding else None, words),
            _tested(c.shift_of_yardstick, words),
        ],
        "notes": _looking_back_notes(c, words),
    }


def _looking_back_notes(c: CompetencyReport, words: Wording) -> list[str]:
    notes = []
    finding = c.finding_looking_back
    if finding is not None and finding.tested is not None:
        verdict = words.verdict(finding.verdict)
        if ends := _range(finding.tested):
            notes.append(
                words.gettext(
                    "Looking back, all raters: %(verdict)s (interval %(interval)s).",
                    verdict=verdict,
                    interval=words.interval(ends),
                )
            )
        else:
            notes.append(words.gettext("Looking back, all raters: %(verdict)s.", verdict=verdict))
    if c.shift_of_yardstick is not None:
        if ends := _range(c.shift_of_yardstick):
            notes.append(
                words.gettext(
                    "The shift: how they see that time from today, minus how they rated it then "
                    "(all raters, interval %(interval)s). Below zero, they have come to expect "
                    "more.",
                    interval=words.interval(ends),
                )
            )
        else:
            notes.append(
                words.gettext(
                    "The shift: how they see that time from today, minus how they rated it then. "
                    "Below zero, they have come to expect more."
                )
            )
    return notes


def _mean(figures: Figures, words: Wording) -> str:
    return words.rating(figures.mean, figures.bound)


def _shift(row: Comparison | None, words: Wording) -> str:
    return NOT_SHOWN if row is None else words.change(row.change, row.change_bound)


def _tested(tested: TestedChange | None, words: Wording) -> str:
    return NOT_SHOWN if tested is None else words.change(tested.difference, tested.bound)


def _range(tested: TestedChange) -> tuple[float, float] | None:
    if tested.low is None or tested.high is None:
        return None
    return tested.low, tested.high


def _self_other(report: FeedbackReport, c: CompetencyReport, words: Wording) -> Content | None:
    view, before = c.self_other, c.self_other_before
    if view is None:
        return None
    earlier = ""
    if before is not None and report.compared_kind and before.kind is not view.kind:
        earlier = words.gettext(
            "%(side)s: %(kind)s",
            side=words.side_within(report.compared_kind),
            kind=words.self_other(before.kind),
        )
    return {
        "kind": capitalized(words.self_other(view.kind)),
        "earlier": earlier,
        "words": words.gettext(
            "%(meaning)s: self-view %(own)s, the others’ %(others)s.",
            meaning=capitalized(words.self_other_meaning(view.kind)),
            own=words.rating(c.self_after),
            others=words.rating(c.all_after, c.all_after_bound),
        ),
    }


def _statements(report: FeedbackReport, c: CompetencyReport, words: Wording) -> Content | None:
    """Statements against the groups that are shown with any of them."""
    found_labels = {
        row.group: row.label
        for statement in c.statements
        for row in statement.rows
        if row.before.shown or row.after.shown
    }
    if not found_labels:
        return None
    # The order of the report's groups, so that the columns stand alike in every competency: a
    # group that nobody answers the first statement for would else come last.
    order = [group.key for group in report.groups if group.key in found_labels]
    groups = {key: found_labels[key] for key in (*order, *found_labels)}
    both = report.has_change
    rows = [
        {
            "text": words.name(printable(statement.text)),
            "cells": [
                _group_row(found[key], report, words, both=both) if key in found else None
                for key in groups
            ],
            "bar": _bar(found[TOGETHER_KEY].after, report, words)
            if TOGETHER_KEY in found
            else None,
        }
        for statement in c.statements
        for found in [{row.group: row for row in statement.rows}]
    ]
    return {
        "both": both,
        "groups": [printable(words.group(label)) for label in groups.values()],
        "spread": words.gettext("Ratings together") if any(row["bar"] for row in rows) else "",
        "names": [words.side(start_side(report)), words.side(end_side(report))] if both else [],
        "continued": words.gettext(
            "%(title)s: statement by statement", title=words.name(printable(c.title))
        ),
        "rows": rows,
    }
