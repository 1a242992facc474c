"""How to read the report: the words of the PDF's second page."""

from __future__ import annotations

from typing import Any

from survey.report.feedback_report import FeedbackReport

_VERDICTS = (
    (
        ("clear rise", "clear fall"),
        "You may take it as settled. If in truth nothing had changed, at most 5 of 100 reports "
        "would have a “clear” anywhere.",
    ),
    (
        ("likely rise", "likely fall"),
        "A good hint, not a proof. Several in the same direction, or one that the goal was about, "
        "weigh more than a lone one.",
    ),
    (
        ("no clear change",),
        "The answers do not tell a change from chance. It does not say that nothing changed: the "
        "interval tells how large a change they still allow.",
    ),
    (
        ("too few to say",),
        "So few people answered that no answers whatever could have told a change from chance. "
        "Talk about what they wrote instead.",
    ),
)
_ALL_RATERS = (
    "All raters",
    "is the plain mean of the shown groups’ means, without self: each group counts the same, "
    "however large it is.",
)
_INTERVAL = (
    "Interval",
    "is the range of true changes that fit the answers. Of a hundred such ranges, about 95 hold "
    "the true change. No range: too few raters for one.",
)
_NUMBERS = (
    "n",
    "is the number of raters. The bars count their single ratings, one for each statement.",
)
_BOUNDS = (
    "≥, ≤ and ≈",
    "stand where the exact figure would give single ratings away.",
)
_DASH = ("A dash (–)", "stands where nobody rated, or too few to be shown.")
_STATEMENTS = (
    "Single statements",
    "are shown for all anonymous raters together, never for one group.",
)
_SELF = (
    "Blind spot",
    "means that the self-view is an eighth of the scale’s length or more above the others’ (half "
    "a point on five points); hidden strength, as much below. A convention, not a law.",
)


def how_to_read(report: FeedbackReport, *, has_figures: bool) -> dict[str, Any]:
    """The scale, what the terms mean, and what each verdict says; nothing without figures."""
    if not has_figures:
        return {"scale": [], "terms": [], "verdicts": []}
    both = "in both rounds" if report.has_change else "both times"
    moved = (
        (
            "Change",
            f"compares only groups that are shown {both}. It is worked out before rounding, so it "
            "may differ by a tenth from the rounded figures.",
        ),
        _INTERVAL,
    )
    terms = [
        _ALL_RATERS,
        *(moved if report.shows_movement else ()),
        _NUMBERS,
        _DASH,
        _BOUNDS,
        _STATEMENTS,
        _SELF,
    ]
    verdicts = _VERDICTS if any(c.verdict for c in report.competencies) else ()
    return {
        "scale": [{"value": str(value), "label": label} for value, label in report.scale],
        "terms": [{"term": term, "text": text} for term, text in terms],
        "verdicts": [{"verdicts": list(named), "text": text} for named, text in verdicts],
    }
