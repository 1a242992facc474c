"""Did raters change their yardstick?

Raters who learn more of a competency may judge the past by a stricter (or milder) standard. The
difference between how they look back on the time before, in the after round, and how the time
before was rated in the before round is the response shift (Howard 1980; Howard and others 1979).
"""

from __future__ import annotations

from collections.abc import Mapping

from survey.change.descriptive import Ratings
from survey.change.stratified import ChangeTest, Effort, stratified_change


def response_shift(
    before: Mapping[str, Ratings],
    then: Mapping[str, Ratings],
    *,
    confidence: float = 0.95,
    effort: Effort = Effort(),  # noqa: B008 - frozen
) -> tuple[ChangeTest | None, ...]:
    """The retrospective "then" against the rating in the before round, per competency.

    Both map a rater group to scores, shape (raters, competencies). The difference is then - before
    in scale points: negative when the past is judged more strictly now than it was at the time. The
    two are independent samples, tested as in `stratified_change`; None where no group has both.
    """
    return stratified_change(before, then, confidence=confidence, effort=effort)
