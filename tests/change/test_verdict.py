import dataclasses

import pytest

from survey.change.interval import Interval
from survey.change.stratified import ChangeTest
from survey.change.verdict import Verdict, VerdictRule, can_be_tested, verdict

RISE = ChangeTest(
    difference=0.6,
    interval=Interval(0.2, 1.0, 0.95),
    p=0.004,
    p_error=0.0,
    least_p=0.0001,
    arrangements=20_000,
    exact=True,
    groups=("peers",),
)
FALL = dataclasses.replace(RISE, difference=-0.6, interval=Interval(-1.0, -0.2, 0.95))


@pytest.mark.parametrize(
    ("test", "holm_p", "expected"),
    [
        (RISE, 0.05, Verdict.CLEAR_RISE),
        (FALL, 0.03, Verdict.CLEAR_FALL),
        (RISE, 0.051, Verdict.LIKELY_RISE),
        (FALL, 0.2, Verdict.LIKELY_FALL),
        (
            dataclasses.replace(RISE, interval=Interval(0.0, 1.0, 0.95)),
            0.06,
            Verdict.NO_CLEAR_CHANGE,
        ),
        (dataclasses.replace(RISE, interval=None), 0.06, Verdict.NO_CLEAR_CHANGE),
        (dataclasses.replace(RISE, difference=0.19), 0.001, Verdict.NO_CLEAR_CHANGE),
        (dataclasses.replace(RISE, difference=3.6 - 3.4), 0.001, Verdict.CLEAR_RISE),
        (dataclasses.replace(RISE, least_p=0.051), None, Verdict.TOO_FEW),
        (None, None, Verdict.TOO_FEW),
    ],
)
def test_the_rule(test: ChangeTest | None, holm_p: float | None, expected: Verdict) -> None:
    assert verdict(test, holm_p) is expected


def test_clear_means_clear() -> None:
    assert [v for v in Verdict if v.is_clear] == [Verdict.CLEAR_RISE, Verdict.CLEAR_FALL]


def test_a_testable_competency_needs_its_adjusted_p() -> None:
    assert can_be_tested(RISE)
    with pytest.raises(ValueError, match="adjusted p"):
        verdict(RISE, None)


def test_another_rule() -> None:
    strict = VerdictRule(level=0.01, smallest_change=0.5)
    assert strict.confidence == pytest.approx(0.99)
    assert verdict(RISE, 0.02, strict) is Verdict.LIKELY_RISE
    assert not can_be_tested(dataclasses.replace(RISE, least_p=0.02), strict)
