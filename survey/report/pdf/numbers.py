"""The PDF's last page: the statistics behind the verdicts."""

from __future__ import annotations

from typing import Any

from survey.languages.marks import N_
from survey.report.feedback_report import FeedbackReport
from survey.report.pdf.texts import printable
from survey.report.wording import Wording

_COLUMNS = (
    N_("Competency"),
    N_("Change"),
    N_("Interval"),
    "p",
    N_("Holm’s p"),
    N_("BH’s p"),
    "g",
    "A",
    N_("Typical shift"),
)
_DRAWN = 19_999


def numbers_page(report: FeedbackReport, words: Wording) -> dict[str, Any] | None:
    """Test, adjusted p-values and effect sizes by competency; None where nothing was tested."""
    if report.change_figures is None:
        return None
    rows = []
    errors = []
    for c in report.by_movement:
        found = c.finding
        if found is None or found.tested is None:
            continue
        tested = found.tested
        if not tested.exact:
            errors.append(tested.p_error)
        cells = [
            words.change(tested.difference, tested.bound),
            words.interval(c.interval),
            words.p_value(tested.p),
            words.p_value(found.holm_p),
            words.p_value(found.bh_p),
            words.two_decimals(found.g),
            words.percent(found.superiority),
            words.change(found.shift),
        ]
        rows.append({"title": printable(c.title), "cells": cells})
    if not rows:
        return None
    return {
        "columns": [words.gettext(column) for column in _COLUMNS],
        "rows": rows,
        "terms": [{"term": term, "text": text} for term, text in _terms(report, words, errors)],
    }


def _how_often(report: FeedbackReport, words: Wording, errors: list[float]) -> str:
    """What p says, and how exact it is."""
    said = (
        words.gettext(
            "How often chance alone would give so large a change: a permutation test within each "
            "rater group, each group with one voice."
        )
        if report.has_change
        else words.gettext(
            "How often chance alone would give so large a change: a permutation test of then and "
            "now within each rater, each group with one voice."
        )
    )
    if not errors:
        return said
    drawn = words.gettext(
        "Where there are too many ways to deal, %(number)s were drawn at random; the p-values are "
        "then uncertain by ±%(error)s at most.",
        number=words.whole(_DRAWN),
        error=words.three_decimals(max(0.001, max(errors))),
    )
    return f"{said} {drawn}"


def _terms(report: FeedbackReport, words: Wording, errors: list[float]) -> list[tuple[str, str]]:
    figures = report.change_figures
    confidence = words.percent(figures.confidence if figures else None)
    return [
        ("p", _how_often(report, words, errors)),
        (
            words.gettext("Holm’s p"),
            words.gettext(
                "makes up for testing several competencies at once (Holm 1979). It decides about "
                "“clear”: up to 0.05, and a change of at least 0.2 points."
            ),
        ),
        (
            words.gettext("BH’s p"),
            words.gettext(
                "is milder (Benjamini and Hochberg 1995): of all competencies up to 0.05, expect "
                "at most 5 % to be false alarms."
            ),
        ),
        (
            words.gettext("Interval"),
            words.gettext(
                "All changes that the same test does not reject, at %(confidence)s confidence. It "
                "decides about “likely”.",
                confidence=confidence,
            ),
        ),
        (
            "g",
            words.gettext(
                "The change in standard deviations of the raters (Hedges): 0.2 is called small, "
                "0.5 medium, 0.8 large (Cohen 1988)."
            ),
        ),
        (
            "A",
            words.gettext(
                "How likely a rating from after is above one from before, ties counting half "
                "(Vargha and Delaney). 50 %: a coin toss."
            )
            if report.has_change
            else words.gettext(
                "The share of raters who see a rise, plus half of those who see no change."
            ),
        ),
        (
            words.gettext("Typical shift"),
            words.gettext(
                "The median of all differences between a rating after and one before (Hodges and "
                "Lehmann): one odd answer cannot pull it along."
            ),
        ),
        (
            words.signs("≥, ≤, ≈"),
            words.gettext(
                "Where a mean is only published as a bound, the bound takes part in the test, not "
                "the figure behind it."
            ),
        ),
    ]
