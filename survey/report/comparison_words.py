"""What a report says of its comparison where the two rounds asked different versions."""

from __future__ import annotations

from collections.abc import Sequence

from survey.frameworks.comparable import Standing
from survey.languages.marks import N_
from survey.report.feedback_report import CompetencyReport, FeedbackReport
from survey.report.wording import Wording

_NOT_COMPARED = {
    Standing.REWORDED: N_(
        "Not compared with the %(round)s: statements are worded otherwise, and nobody judged them "
        "to mean the same."
    ),
    Standing.RECOMPOSED: N_(
        "Not compared with the %(round)s: statements were added, or are no longer asked."
    ),
    Standing.NEW: N_("Not compared with the %(round)s: it was not asked then."),
}
_WHY = {
    Standing.REWORDED: N_("worded otherwise"),
    Standing.RECOMPOSED: N_("other statements"),
    Standing.NEW: N_("not asked then"),
}


def comparison_note(report: FeedbackReport, c: CompetencyReport, words: Wording) -> str:
    """Why the competency is not compared, or that it is although reworded; empty for others."""
    earlier = words.round_within(report.compared_kind or "before")
    if c.not_compared is not None:
        return words.gettext(_NOT_COMPARED[c.not_compared], round=earlier)
    if c.judged_the_same:
        return words.gettext(
            "Reworded since the %(round)s; compared as the mentor judged it to mean the same.",
            round=earlier,
        )
    return ""


def comparison_summary(report: FeedbackReport, words: Wording) -> list[str]:
    """All of it in up to three lines: what is left out and why, what is judged, what is gone."""
    if report.compared_kind is None:
        return []
    earlier = words.round_within(report.compared_kind)
    lines = []
    if report.left_out:
        named = words.in_turn(
            words.gettext(
                "%(title)s (%(why)s)",
                title=words.name(c.title),
                why=words.gettext(_WHY[c.not_compared]),
            )
            for c in report.left_out
            if c.not_compared is not None
        )
        lines.append(
            words.gettext(
                "Not compared with the %(round)s, in no figure of change: %(names)s.",
                round=earlier,
                names=named,
            )
        )
    if judged := [c for c in report.competencies if c.judged_the_same]:
        lines.append(
            words.gettext(
                "Reworded since the %(round)s; compared as the mentor judged them to mean the "
                "same: %(names)s.",
                round=earlier,
                names=_titles([c.title for c in judged], words),
            )
        )
    if report.gone:
        lines.append(
            words.gettext(
                "Asked in the %(round)s and no more: %(names)s.",
                round=earlier,
                names=_titles(report.gone, words),
            )
        )
    return lines


def _titles(titles: Sequence[str], words: Wording) -> str:
    return words.in_turn(words.name(title) for title in titles)
