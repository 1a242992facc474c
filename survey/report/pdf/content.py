"""The report as the template gets it: every figure in words, every text literal.

Nothing is worked out here, and nothing is read but the report.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from survey.frameworks.rater_groups import STANDARD_GROUPS
from survey.report.charts.palette import ON_PAPER
from survey.report.comparison_words import comparison_summary
from survey.report.feedback_report import FeedbackReport
from survey.report.pdf.competencies import competency_sections, competency_table
from survey.report.pdf.families import TEXT_FAMILY
from survey.report.pdf.front import facts, goal_panel
from survey.report.pdf.numbers import numbers_page
from survey.report.pdf.picture_texts import with_texts_apart
from survey.report.pdf.reading import how_to_read
from survey.report.pdf.standing_words import standing_words
from survey.report.pdf.texts import literal, printable
from survey.report.pictures import overview_picture, trend_picture
from survey.report.story import tell
from survey.report.wording import Wording

Content = dict[str, Any]

_LABELS = {group.key: group.label for group in STANDARD_GROUPS}


def content_of(
    report: FeedbackReport,
    words: Wording,
    *,
    mentee_name: str,
    mentor_name: str,
    created_on: dt.date,
) -> Content:
    """Everything that stands in the PDF, in the order in which it stands there."""
    has_figures = any(
        c.all_after is not None or c.self_after is not None for c in report.competencies
    )
    story = tell(report, words)
    kind = (
        words.gettext("Change report")
        if report.shows_movement
        else words.gettext("Feedback report")
    )
    title = words.gettext("Feedback for %(mentee)s", mentee=words.name(mentee_name))
    return {
        "language": words.language,
        "to_left": words.to_left,
        "words": standing_words(words, has_figures=has_figures),
        "title": printable(title),
        "eyebrow": printable(f"{kind} · {words.name(report.framework_title)}"),
        "facts": facts(report, words, mentor_name, created_on),
        "created_on": [created_on.year, created_on.month, created_on.day],
        "has_figures": has_figures,
        "headline": story.headline
        if has_figures
        else words.gettext("There are no figures to show"),
        "sentences": list(story.sentences)
        if has_figures
        else [
            words.gettext(
                "In this round nobody answered, or no group had enough answers to be shown."
            )
        ],
        "goal": goal_panel(report, words),
        "overview": _overview(report, words) if has_figures else None,
        "groups": _groups(report, words),
        "reading": how_to_read(report, words, has_figures=has_figures),
        "table": competency_table(report, words) if has_figures else None,
        "competencies": competency_sections(report, words) if has_figures else [],
        "comments": _comments(report, words),
        "trend": _trend(report, words),
        "numbers": numbers_page(report, words),
    }


def _overview(report: FeedbackReport, words: Wording) -> Content | None:
    svg = overview_picture(report, words, palette=ON_PAPER, font=TEXT_FAMILY)
    if svg is None:
        return None
    if not report.shows_movement:
        said = [
            f"{words.name(c.title)} {words.rating(c.all_after, c.all_after_bound)}"
            for c in report.competencies
        ]
        caption = words.gettext("Means of all raters, beside the self-view.")
    else:
        said = [
            words.gettext(
                "%(title)s %(start)s to %(end)s",
                title=words.name(c.title),
                start=words.rating(c.start.value, c.start.bound),
                end=words.rating(c.end.value, c.end.bound),
            )
            for c in report.by_movement
            if c.start and c.end
        ]
        caption = words.gettext(
            "Means of all raters in groups that are shown both times. The pale band is the range "
            "of true changes that fit the answers: where it leaves the open circle out, chance "
            "alone hardly explains the change."
        )
    return {
        **with_texts_apart(svg),
        "alt": printable(f"{caption} {words.in_turn(said)}."),
        "caption": caption,
        "heading": words.gettext("What changed")
        if report.shows_movement
        else words.gettext("At a glance"),
    }


def _groups(report: FeedbackReport, words: Wording) -> Content:
    """Who answered, and who is not shown."""
    columns = [words.gettext("Group")]
    if report.has_change:
        columns.append(words.side(report.compared_kind or ""))
    columns.append(words.side(report.kind) if report.has_change else words.gettext("Answers"))
    rows = []
    for group in report.groups:
        pooled = [_LABELS.get(key, key) for key in group.members] if len(group.members) > 1 else []
        counts = [group.n_before, group.n_after] if report.has_change else [group.n_after]
        rows.append(
            {
                "label": printable(words.group(group.label)),
                "note": words.gettext("%(groups)s together", groups=_listed(pooled, words))
                if pooled
                else "",
                "counts": ["–" if n is None else str(n) for n in counts],
            }
        )
    notes = comparison_summary(report, words)
    if report.hidden_groups:
        notes.append(
            words.gettext(
                "Without figures of their own: %(groups)s. There, nobody answered, or too few to "
                "be shown; what they said is in no figure of this report.",
                groups=_listed(report.hidden_groups, words),
            )
        )
    if report.hidden_groups_before and report.compared_kind:
        notes.append(
            words.gettext(
                "Without figures in the %(round)s: %(groups)s.",
                round=words.round_within(report.compared_kind),
                groups=_listed(report.hidden_groups_before, words),
            )
        )
    return {"columns": columns, "rows": rows, "notes": [printable(note) for note in notes]}


def _listed(labels: Sequence[str], words: Wording) -> str:
    return words.listed([words.name(words.group(label)) for label in labels])


def _comments(report: FeedbackReport, words: Wording) -> list[Content]:
    """What was written, by question, each with its groups in the report's order."""
    return [
        {
            "question": words.name(printable(question)),
            "groups": [
                {
                    "label": printable(words.group(c.group)),
                    "texts": [literal(text) for text in c.texts],
                }
                for c in found
            ],
        }
        for question, found in groupby(report.comments, lambda c: c.question)
    ]


def _trend(report: FeedbackReport, words: Wording) -> Content | None:
    trend = report.trend
    svg = trend_picture(report, words, palette=ON_PAPER, font=TEXT_FAMILY)
    if trend is None or svg is None:
        return None
    titles = {c.id: printable(c.title) for c in report.competencies}
    rows = []
    for c in trend.competencies:
        others = [words.rating(mean.value, mean.bound) if mean else "–" for mean in c.others]
        own = [words.rating(value) for value in c.own]
        rows.append({"title": titles[c.id], "others": others, "own": own})
    said = [
        f"{words.name(titles[c.id])} {_one_after_the_other(row['others'], words)}"
        for c, row in zip(trend.competencies, rows, strict=True)
    ]
    caption = words.gettext(
        "All raters and the self-view, round by round. Only groups that are shown in every round "
        "count, so that no group comes or goes on the way."
    )
    return {
        **with_texts_apart(svg),
        "alt": printable(f"{caption} {words.in_turn(said)}."),
        "caption": caption,
        "columns": [
            f"{words.side(r.kind)}\n{words.short_month(r.closed_on)}" for r in trend.rounds
        ],
        "rows": rows,
    }


def _one_after_the_other(means: Sequence[str], words: Wording) -> str:
    said = means[0]
    for mean in means[1:]:
        said = words.gettext("%(earlier)s to %(later)s", earlier=said, later=mean)
    return said
