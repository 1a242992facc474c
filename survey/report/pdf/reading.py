"""How to read the report: the words of the PDF's second page."""

from __future__ import annotations

from typing import Any

from survey.change.verdict import Verdict
from survey.languages.marks import N_
from survey.report.feedback_report import FeedbackReport
from survey.report.wording import Wording, capitalized, in_pieces

_VERDICTS = (
    (
        (Verdict.CLEAR_RISE, Verdict.CLEAR_FALL),
        N_(
            "You may take it as settled. If in truth nothing had changed, at most 5 of 100 reports "
            "would have a “clear” anywhere."
        ),
    ),
    (
        (Verdict.LIKELY_RISE, Verdict.LIKELY_FALL),
        N_(
            "A good hint, not a proof. Several in the same direction, or one that the goal was "
            "about, weigh more than a lone one."
        ),
    ),
    (
        (Verdict.NO_CLEAR_CHANGE,),
        N_(
            "The answers do not tell a change from chance. It does not say that nothing changed: "
            "the interval tells how large a change they still allow."
        ),
    ),
    (
        (Verdict.TOO_FEW,),
        N_(
            "So few people answered that no answers whatever could have told a change from chance. "
            "Talk about what they wrote instead."
        ),
    ),
)
_ALL_RATERS = N_(
    "<b>All raters</b> is the plain mean of the shown groups’ means, without self: each group "
    "counts the same, however large it is."
)
_CHANGE_OF_ROUNDS = N_(
    "<b>Change</b> compares only groups that are shown in both rounds. It is worked out before "
    "rounding, so it may differ by a tenth from the rounded figures."
)
_CHANGE_LOOKING_BACK = N_(
    "<b>Change</b> compares only groups that are shown both times. It is worked out before "
    "rounding, so it may differ by a tenth from the rounded figures."
)
_INTERVAL = N_(
    "<b>Interval</b> is the range of true changes that fit the answers. Of a hundred such ranges, "
    "about 95 hold the true change. No range: too few raters for one."
)
_NUMBERS = N_(
    "<b>n</b> is the number of raters. The <b>bars</b> count their single ratings, one for each "
    "statement."
)
_DASH = N_("<b>A dash (–)</b> stands where nobody rated, or too few to be shown.")
_BOUNDS = N_("<b>≥, ≤ and ≈</b> stand where the exact figure would give single ratings away.")
_STATEMENTS = N_(
    "<b>Single statements</b> are shown for all anonymous raters together, never for one group."
)
_SELF = N_(
    "<b>Blind spot</b> means that the self-view is an eighth of the scale’s length or more above "
    "the others’ (half a point on five points); hidden strength, as much below. A convention, not "
    "a law."
)


def how_to_read(report: FeedbackReport, words: Wording, *, has_figures: bool) -> dict[str, Any]:
    """The scale, what the terms mean, and what each verdict says; nothing without figures."""
    if not has_figures:
        return {"scale": [], "terms": [], "verdicts": []}
    change = _CHANGE_OF_ROUNDS if report.has_change else _CHANGE_LOOKING_BACK
    terms = [
        _ALL_RATERS,
        *((change, _INTERVAL) if report.shows_movement else ()),
        _NUMBERS,
        _DASH,
        _BOUNDS,
        _STATEMENTS,
        _SELF,
    ]
    verdicts = _VERDICTS if any(c.verdict for c in report.competencies) else ()
    return {
        "scale": [{"value": str(value), "label": label} for value, label in report.scale],
        "terms": [in_pieces(words.gettext(text), bold=1) for text in terms],
        "verdicts": [
            {
                "verdicts": [verdict_badge(verdict, words) for verdict in named],
                "text": words.gettext(text),
            }
            for named, text in verdicts
        ],
    }


def verdict_badge(verdict: Verdict, words: Wording) -> dict[str, str]:
    """A verdict for the template: which one it is, and how it reads."""
    return {"key": str(verdict), "words": capitalized(words.verdict(verdict))}
