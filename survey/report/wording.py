"""How figures, verdicts and sentences read in a report, in the language of whoever reads it.

Every part of a report that makes words is given a `Wording`: it translates, and it writes numbers,
days and lists as its language does. Figures are the same in every language.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from survey.anonymity.suppression import Bound
from survey.change.self_other import SelfOther
from survey.change.verdict import Verdict
from survey.languages import numbers
from survey.languages.catalogues import SOURCE_LANGUAGE, catalogue, direction, spoken
from survey.languages.competency_kinds import competency_kind
from survey.languages.days import day_in_words, short_month_in_words
from survey.languages.group_names import group_name
from survey.languages.marks import N_
from survey.report.rounding import one_decimal

NOT_SHOWN = "–"

_BOUNDS: dict[Bound, str] = {
    "exact": "",
    "at_least": "≥\N{NO-BREAK SPACE}",
    "at_most": "≤\N{NO-BREAK SPACE}",
    "about": "≈\N{NO-BREAK SPACE}",
}

_VERDICTS: dict[Verdict, str] = {
    Verdict.CLEAR_RISE: N_("clear rise"),
    Verdict.LIKELY_RISE: N_("likely rise"),
    Verdict.NO_CLEAR_CHANGE: N_("no clear change"),
    Verdict.LIKELY_FALL: N_("likely fall"),
    Verdict.CLEAR_FALL: N_("clear fall"),
    Verdict.TOO_FEW: N_("too few to say"),
}

_KINDS: dict[SelfOther, str] = {
    SelfOther.BLIND_SPOT: N_("blind spot"),
    SelfOther.HIDDEN_STRENGTH: N_("hidden strength"),
    SelfOther.AGREED_STRENGTH: N_("agreed strength"),
    SelfOther.AGREED_NEED: N_("agreed development need"),
}

_CLASSES: dict[SelfOther, str] = {
    SelfOther.BLIND_SPOT: N_("the others see less of it than the self-view does"),
    SelfOther.HIDDEN_STRENGTH: N_("the others see more of it than the self-view does"),
    SelfOther.AGREED_STRENGTH: N_("self-view and others agree that it is strong"),
    SelfOther.AGREED_NEED: N_("self-view and others agree that there is room to grow"),
}

# One side of a comparison, by itself and within a line of words.
_SIDES = {
    "before": N_("Before"),
    "interim": N_("Interim"),
    "after": N_("After"),
    "back_then": N_("Back then"),
    "now": N_("Now"),
}
_SIDES_WITHIN = {
    "before": N_("before"),
    "interim": N_("interim"),
    "after": N_("after"),
    "back_then": N_("back then"),
    "now": N_("now"),
}
_ROUNDS = {
    "before": N_("Before round"),
    "interim": N_("Interim round"),
    "after": N_("After round"),
}
_ROUNDS_WITHIN = {
    "before": N_("before round"),
    "interim": N_("interim round"),
    "after": N_("after round"),
}

_BOLD = re.compile(r"<b>(.*?)</b>", re.DOTALL)
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Wording:
    """The words of one language of `survey.languages`; see `wording_in`."""

    language: str

    def gettext(self, text: str, **values: object) -> str:
        """The text in this language, with the values at their names."""
        said = catalogue(self.language).gettext(text)
        return said % values if values else said

    def ngettext(self, one: str, many: str, num: int, **values: object) -> str:
        """The form of the text that goes with the number, which it may name as `num`."""
        said = catalogue(self.language).ngettext(one, many, num)
        return said % {"num": num, **values}

    # Numbers. Each is a dash where there is nothing to show.

    def rating(self, value: float | None, bound: Bound = "exact") -> str:
        """A mean with one decimal, marked when it is a bound."""
        if value is None:
            return NOT_SHOWN
        return self._signed(_BOUNDS[bound] + self._number(f"{one_decimal(value)}"))

    def change(self, value: float | None, bound: Bound = "exact") -> str:
        """A difference with sign and one decimal, and a real minus sign."""
        if value is None:
            return NOT_SHOWN
        rounded = one_decimal(value)
        return self._signed(_BOUNDS[bound] + self._number(f"{rounded:+}" if rounded else "0.0"))

    def interval(self, ends: tuple[float, float] | None) -> str:
        """The range of changes that fit the answers."""
        if ends is None:
            return NOT_SHOWN
        return self.gettext("%(low)s to %(high)s", low=self._end(ends[0]), high=self._end(ends[1]))

    def _end(self, value: float) -> str:
        """With two decimals close to zero: on which side of it the end lies is what counts."""
        if one_decimal(value) or abs(value) < 0.005:
            return self.change(value)
        return self._signed(self._number(f"{value:+.2f}"))

    def p_value(self, p: float | None) -> str:
        """A p-value with three decimals, never as zero."""
        if p is None:
            return NOT_SHOWN
        return self._signed("< " + self._number("0.001")) if p < 0.001 else self._number(f"{p:.3f}")

    def two_decimals(self, value: float | None) -> str:
        """An effect size."""
        return NOT_SHOWN if value is None else self._signed(self._number(f"{value:.2f}"))

    def percent(self, share: float | None) -> str:
        """A share from 0 to 1 in per cent."""
        if share is None:
            return NOT_SHOWN
        return self._signed(numbers.percentage(f"{share * 100:.0f}", self.language))

    def signs(self, signs: str) -> str:
        """Signs of mathematics, which must not turn round."""
        return numbers.left_to_right(signs, self.language)

    def whole(self, number: int) -> str:
        """A large whole number."""
        return numbers.whole_number(number, self.language)

    def points(self, value: float) -> str:
        """A number of points with one decimal, and without a sign."""
        return self._number(f"{one_decimal(value)}")

    def three_decimals(self, value: float) -> str:
        """An uncertainty of a p-value."""
        return self._number(f"{value:.3f}")

    def then_now(self, then: str, now: str, space: str = " ") -> str:
        """Two figures and an arrow the way one reads."""
        return space.join((then, "←" if self.to_left else "→", now))

    def _number(self, figure: str) -> str:
        return numbers.number_in_words(figure, self.language)

    def _signed(self, figure: str) -> str:
        """A figure that may have a sign, which must stay before it."""
        return figure if figure[:1].isdigit() else numbers.left_to_right(figure, self.language)

    # Names and lists.

    @property
    def to_left(self) -> bool:
        """Whether the language is written from right to left."""
        return direction(self.language) == "rtl"

    def name(self, text: str) -> str:
        """A text from elsewhere within a sentence: a competency, say, in another language."""
        return numbers.apart(text, self.language)

    def listed(self, parts: Sequence[str]) -> str:
        """The parts as a list in a sentence: a, b and c."""
        return numbers.listed(parts, self.language)

    def enumerated(self, parts: Iterable[str]) -> str:
        """The parts one after the other, with commas."""
        return numbers.enumerated(list(parts), self.language)

    def in_turn(self, parts: Iterable[str]) -> str:
        """Parts that hold commas themselves, with semicolons."""
        return numbers.in_turn(list(parts), self.language)

    def day(self, value: dt.date) -> str:
        """A day in words."""
        return day_in_words(value, self.language)

    def short_month(self, value: dt.date) -> str:
        """A month as short as the language writes it, and the year."""
        return short_month_in_words(value, self.language)

    def group(self, label: str) -> str:
        """A rater group's name; one that a mentor named keeps it."""
        return group_name(label, self.gettext)

    def kind(self, kind: str) -> str:
        """A competency's kind."""
        return competency_kind(kind, self.gettext)

    def verdict(self, verdict: Verdict | str | None) -> str:
        """A verdict within a line of words."""
        return NOT_SHOWN if verdict is None else self.gettext(_VERDICTS[Verdict(verdict)])

    def self_other(self, kind: SelfOther) -> str:
        """What a class of self-view against others' view is called."""
        return self.gettext(_KINDS[kind])

    def self_other_meaning(self, kind: SelfOther) -> str:
        """What that class means."""
        return self.gettext(_CLASSES[kind])

    def side(self, side: str) -> str:
        """One side of a comparison: a round's kind, "back_then" or "now"; begins a line."""
        return self.gettext(_SIDES[str(side)])

    def side_within(self, side: str) -> str:
        """The same within a line."""
        return self.gettext(_SIDES_WITHIN[str(side)])

    def round_name(self, kind: str) -> str:
        """A round's kind as a title."""
        return self.gettext(_ROUNDS[str(kind)])

    def round_within(self, kind: str) -> str:
        """A round's kind within a line."""
        return self.gettext(_ROUNDS_WITHIN[str(kind)])


ENGLISH = Wording(SOURCE_LANGUAGE)
"""The language of terminals and of files for programs."""


@cache
def wording_in(language: str) -> Wording:
    """The words for a reader of this language; English where it is not spoken here."""
    return Wording(spoken(language))


def capitalized(text: str) -> str:
    """The text as the beginning of a line; the rest keeps its case, unlike `str.capitalize`."""
    return text[:1].upper() + text[1:]


def in_pieces(
    text: str, values: Mapping[str, str] | None = None, *, bold: int | None = None
) -> list[dict[str, object]]:
    """A text for a document that has no markup: its pieces, and which of them are strong.

    Strong is what stands between <b> and </b>, at most so often as `bold` says, and each value that
    is put in at its name in braces.
    """
    pieces: list[dict[str, object]] = []
    for place, part in enumerate(_BOLD.split(text)):
        is_strong = place % 2 == 1 and (bold is None or place // 2 < bold)
        for inner, said in enumerate(_SLOT.split(part) if values else [part]):
            words = (values or {})[said] if inner % 2 else said
            if words:
                pieces.append({"text": words, "strong": is_strong or inner % 2 == 1})
    return pieces
