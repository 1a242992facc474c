"""The verdict in words: what a reader sees first.

The rule, for one competency in a report on several:

1. *Too few to say*: so few raters that even the most lopsided answers could not give p <= 0.05.
   Such a competency is not tested, and does not count among those that Holm adjusts for (Tarone
   1990: a test that can never reject costs the others nothing).
2. *Clear rise* or *fall*: Holm's adjusted p <= 0.05 and a change of at least 0.2 points. In a
   report in which nothing changed, "clear" stands anywhere in at most 5 of 100.
3. *Likely rise* or *fall*: the 95 % interval of this competency leaves out 0 and the change is at
   least 0.2 points. For each competency that did not change this happens in at most 5 of 100
   reports; in a report on eight, one "likely" by chance is not rare.
4. *No clear change*: otherwise. It does not say that nothing changed: the interval tells how large
   a change the answers still allow.

0.2 points is less than one step on one of four statements for each rater: with very many raters
smaller changes could be told from chance, but nobody would notice them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from survey.change.stratified import ChangeTest


class Verdict(StrEnum):
    """What one may say of a competency."""

    CLEAR_RISE = "clear rise"
    LIKELY_RISE = "likely rise"
    NO_CLEAR_CHANGE = "no clear change"
    LIKELY_FALL = "likely fall"
    CLEAR_FALL = "clear fall"
    TOO_FEW = "too few to say"

    @property
    def is_clear(self) -> bool:
        """Whether it is one of the two that a reader may take as settled."""
        return self in (Verdict.CLEAR_RISE, Verdict.CLEAR_FALL)


@dataclass(frozen=True)
class VerdictRule:
    """The two numbers of the rule: the level of p, and the least change in scale points."""

    level: float = 0.05
    smallest_change: float = 0.2

    @property
    def confidence(self) -> float:
        """The confidence at which intervals belong to this rule."""
        return 1 - self.level


STANDARD_RULE = VerdictRule()


def can_be_tested(test: ChangeTest | None, rule: VerdictRule = STANDARD_RULE) -> bool:
    """Whether there are enough raters for the rule to say anything."""
    return test is not None and test.least_p <= rule.level


def verdict(
    test: ChangeTest | None, holm_p: float | None, rule: VerdictRule = STANDARD_RULE
) -> Verdict:
    """Apply the rule of the module's text; `test` has its interval at `rule.confidence`.

    `test` is None when no group was rated in both rounds. Raises ValueError when the competency
    can be tested but has no adjusted p.
    """
    if test is None or not can_be_tested(test, rule):
        return Verdict.TOO_FEW
    if holm_p is None:
        raise ValueError("a competency that can be tested needs its adjusted p")
    rises = test.difference > 0
    # Half a billionth for sums that miss 0.2 in the last bit.
    if abs(test.difference) >= rule.smallest_change - 5e-10:
        if holm_p <= rule.level:
            return Verdict.CLEAR_RISE if rises else Verdict.CLEAR_FALL
        if test.interval is not None and test.interval.excludes(0.0):
            return Verdict.LIKELY_RISE if rises else Verdict.LIKELY_FALL
    return Verdict.NO_CLEAR_CHANGE
