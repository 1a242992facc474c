"""The PDF's last page: the statistics behind the verdicts."""

from __future__ import annotations

from typing import Any

from survey.report.feedback_report import FeedbackReport
from survey.report.pdf.texts import printable
from survey.report.wording import change, interval, p_value, percent, two_decimals

_COLUMNS = (
    "Competency",
    "Change",
    "Interval",
    "p",
    "Holm’s p",
    "BH’s p",
    "g",
    "A",
    "Typical shift",
)


def numbers_page(report: FeedbackReport) -> dict[str, Any] | None:
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
            change(tested.difference, tested.bound),
            interval(c.interval),
            p_value(tested.p),
            p_value(found.holm_p),
            p_value(found.bh_p),
            two_decimals(found.g),
            percent(found.superiority),
            change(found.shift),
        ]
        rows.append({"title": printable(c.title), "cells": cells})
    if not rows:
        return None
    return {
        "columns": list(_COLUMNS),
        "rows": rows,
        "terms": [{"term": term, "text": text} for term, text in _terms(report, errors)],
    }


def _terms(report: FeedbackReport, errors: list[float]) -> list[tuple[str, str]]:
    how = "within each rater group" if report.has_change else "of then and now within each rater"
    drawn = ""
    if errors:
        drawn = (
            " Where there are too many ways to deal, 19,999 were drawn at random; the p-values are "
            f"then uncertain by ±{max(0.001, max(errors)):.3f} at most."
        )
    figures = report.change_figures
    confidence = percent(figures.confidence if figures else None)
    return [
        (
            "p",
            f"How often chance alone would give so large a change: a permutation test {how}, each "
            f"group with one voice.{drawn}",
        ),
        (
            "Holm’s p",
            "makes up for testing several competencies at once (Holm 1979). It decides about "
            "“clear”: up to 0.05, and a change of at least 0.2 points.",
        ),
        (
            "BH’s p",
            "is milder (Benjamini and Hochberg 1995): of all competencies up to 0.05, expect at "
            "most 5 % to be false alarms.",
        ),
        (
            "Interval",
            f"All changes that the same test does not reject, at {confidence} confidence. It "
            "decides about “likely”.",
        ),
        (
            "g",
            "The change in standard deviations of the raters (Hedges): 0.2 is called small, 0.5 "
            "medium, 0.8 large (Cohen 1988).",
        ),
        (
            "A",
            "How likely a rating from after is above one from before, ties counting half (Vargha "
            "and Delaney). 50 %: a coin toss."
            if report.has_change
            else "The share of raters who see a rise, plus half of those who see no change.",
        ),
        (
            "Typical shift",
            "The median of all differences between a rating after and one before (Hodges and "
            "Lehmann): one odd answer cannot pull it along.",
        ),
        (
            "≥, ≤, ≈",
            "Where a mean is only published as a bound, the bound takes part in the test, not the "
            "figure behind it.",
        ),
    ]
