"""How figures and verdicts read in a report, whatever it is written to."""

from __future__ import annotations

from collections.abc import Sequence

from survey.anonymity.suppression import Bound
from survey.change.self_other import SelfOther
from survey.change.verdict import Verdict
from survey.report.rounding import one_decimal

NOT_SHOWN = "–"

_BOUNDS: dict[Bound, str] = {
    "exact": "",
    "at_least": "≥\N{NO-BREAK SPACE}",
    "at_most": "≤\N{NO-BREAK SPACE}",
    "about": "≈\N{NO-BREAK SPACE}",
}


def rating(value: float | None, bound: Bound = "exact") -> str:
    """A mean with one decimal, marked when it is a bound; a dash when it is not shown."""
    return NOT_SHOWN if value is None else f"{_BOUNDS[bound]}{one_decimal(value)}"


def change(value: float | None, bound: Bound = "exact") -> str:
    """A difference with sign and one decimal; a real minus sign; a dash when not shown."""
    if value is None:
        return NOT_SHOWN
    rounded = one_decimal(value)
    text = f"{rounded:+}".replace("-", "−") if rounded else "0.0"
    return _BOUNDS[bound] + text


def interval(ends: tuple[float, float] | None) -> str:
    """The range of changes that fit the answers; a dash when there is none."""
    return NOT_SHOWN if ends is None else f"{_end(ends[0])} to {_end(ends[1])}"


def _end(value: float) -> str:
    """With two decimals close to zero: on which side of it the end lies is what counts."""
    if one_decimal(value) or abs(value) < 0.005:
        return change(value)
    return f"{value:+.2f}".replace("-", "−")


def p_value(p: float | None) -> str:
    """A p-value with three decimals, never as zero."""
    if p is None:
        return NOT_SHOWN
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def two_decimals(value: float | None) -> str:
    """An effect size."""
    return NOT_SHOWN if value is None else f"{value:.2f}".replace("-", "−")


def percent(share: float | None) -> str:
    """A share from 0 to 1 in per cent."""
    return NOT_SHOWN if share is None else f"{share * 100:.0f}\N{NO-BREAK SPACE}%"


def verdict_words(verdict: Verdict | None) -> str:
    """A verdict as a page shows it."""
    return NOT_SHOWN if verdict is None else str(verdict)


_KINDS = {"before": "Before", "interim": "Interim", "after": "After"}


def round_word(kind: str) -> str:
    """A round's kind in one word."""
    return _KINDS[str(kind)]


_CLASSES: dict[SelfOther, str] = {
    SelfOther.BLIND_SPOT: "the others see less of it than the self-view does",
    SelfOther.HIDDEN_STRENGTH: "the others see more of it than the self-view does",
    SelfOther.AGREED_STRENGTH: "self-view and others agree that it is strong",
    SelfOther.AGREED_NEED: "self-view and others agree that there is room to grow",
}


def self_other_words(kind: SelfOther) -> str:
    """What a class of self-view against others' view means."""
    return _CLASSES[kind]


def listed(parts: Sequence[str]) -> str:
    """The parts as a list in a sentence: a, b and c."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))
