"""The report as the template gets it: every figure in words, every text literal.

Nothing is worked out here, and nothing is read but the report.
"""

from __future__ import annotations

import datetime as dt
from itertools import groupby
from typing import Any

from survey.frameworks.rater_groups import STANDARD_GROUPS
from survey.report.charts.palette import ON_PAPER
from survey.report.feedback_report import FeedbackReport
from survey.report.pdf.competencies import competency_sections, competency_table
from survey.report.pdf.families import TEXT_FAMILY
from survey.report.pdf.front import facts, goal_panel
from survey.report.pdf.numbers import numbers_page
from survey.report.pdf.reading import how_to_read
from survey.report.pdf.texts import literal, printable
from survey.report.pictures import overview_picture, trend_picture
from survey.report.story import tell
from survey.report.wording import listed, rating, round_word

Content = dict[str, Any]

_LABELS = {group.key: group.label for group in STANDARD_GROUPS}


def content_of(
    report: FeedbackReport, *, mentee_name: str, mentor_name: str, created_on: dt.date
) -> Content:
    """Everything that stands in the PDF, in the order in which it stands there."""
    has_figures = any(
        c.all_after is not None or c.self_after is not None for c in report.competencies
    )
    story = tell(report)
    return {
        "title": printable(f"Feedback for {mentee_name}"),
        "eyebrow": printable(
            f"{'Change report' if report.shows_movement else 'Feedback report'} · "
            f"{report.framework_title}"
        ),
        "facts": facts(report, mentor_name, created_on),
        "created_on": [created_on.year, created_on.month, created_on.day],
        "has_figures": has_figures,
        "headline": story.headline if has_figures else "There are no figures to show",
        "sentences": list(story.sentences)
        if has_figures
        else ["In this round nobody answered, or no group had enough answers to be shown."],
        "goal": goal_panel(report),
        "overview": _overview(report) if has_figures else None,
        "groups": _groups(report),
        "reading": how_to_read(report, has_figures=has_figures),
        "table": competency_table(report) if has_figures else None,
        "competencies": competency_sections(report) if has_figures else [],
        "comments": _comments(report),
        "trend": _trend(report),
        "numbers": numbers_page(report),
    }


def _overview(report: FeedbackReport) -> Content | None:
    svg = overview_picture(report, palette=ON_PAPER, font=TEXT_FAMILY)
    if svg is None:
        return None
    if not report.shows_movement:
        said = [f"{c.title} {rating(c.all_after, c.all_after_bound)}" for c in report.competencies]
        caption = "Means of all raters, beside the self-view."
    else:
        said = [
            f"{c.title} {rating(c.start.value, c.start.bound)} to "
            f"{rating(c.end.value, c.end.bound)}"
            for c in report.by_movement
            if c.start and c.end
        ]
        caption = (
            "Means of all raters in groups that are shown both times. The pale band is the range "
            "of true changes that fit the answers: where it leaves the open circle out, chance "
            "alone hardly explains the change."
        )
    return {"svg": svg, "alt": printable(f"{caption} {'; '.join(said)}."), "caption": caption}


def _groups(report: FeedbackReport) -> Content:
    """Who answered, and who is not shown."""
    columns = ["Group"]
    if report.has_change:
        columns.append(round_word(report.compared_kind or ""))
    columns.append(round_word(report.kind) if report.has_change else "Answers")
    rows = []
    for group in report.groups:
        pooled = [_LABELS.get(key, key) for key in group.members] if len(group.members) > 1 else []
        counts = [group.n_before, group.n_after] if report.has_change else [group.n_after]
        rows.append(
            {
                "label": printable(group.label),
                "note": f"{listed(pooled)} together" if pooled else "",
                "counts": ["–" if n is None else str(n) for n in counts],
            }
        )
    notes = []
    if report.hidden_groups:
        notes.append(
            f"Without figures of their own: {listed(report.hidden_groups)}. There, nobody "
            "answered, or too few to be shown; what they said is in no figure of this report."
        )
    if report.hidden_groups_before and report.compared_kind:
        notes.append(
            f"Without figures in the {report.compared_kind} round: "
            f"{listed(report.hidden_groups_before)}."
        )
    return {"columns": columns, "rows": rows, "notes": [printable(note) for note in notes]}


def _comments(report: FeedbackReport) -> list[Content]:
    """What was written, by question, each with its groups in the report's order."""
    return [
        {
            "question": printable(question),
            "groups": [
                {"label": printable(c.group), "texts": [literal(text) for text in c.texts]}
                for c in found
            ],
        }
        for question, found in groupby(report.comments, lambda c: c.question)
    ]


def _trend(report: FeedbackReport) -> Content | None:
    trend = report.trend
    svg = trend_picture(report, palette=ON_PAPER, font=TEXT_FAMILY)
    if trend is None or svg is None:
        return None
    titles = {c.id: printable(c.title) for c in report.competencies}
    rows = []
    for c in trend.competencies:
        others = [rating(mean.value, mean.bound) if mean else "–" for mean in c.others]
        own = [rating(value) for value in c.own]
        rows.append({"title": titles[c.id], "others": others, "own": own})
    said = [f"{row['title']} {' to '.join(row['others'])}" for row in rows]
    caption = (
        "All raters and the self-view, round by round. Only groups that are shown in every round "
        "count, so that no group comes or goes on the way."
    )
    return {
        "svg": svg,
        "alt": printable(f"{caption} {'; '.join(said)}."),
        "caption": caption,
        "columns": [f"{round_word(r.kind)}\n{r.closed_on:%b %Y}" for r in trend.rounds],
        "rows": rows,
    }
