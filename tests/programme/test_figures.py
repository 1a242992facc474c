"""The figures themselves, against scipy and against figures worked out by hand."""

from __future__ import annotations

import statistics

import numpy as np
import pytest
from scipy import special, stats

from survey.anonymity.programme import BoundedCount
from survey.change.across_mentees import spread, wilson_interval
from survey.change.quantiles import normal_reach, student_reach
from survey.programme import wording
from survey.programme.figures import Bar, competency_changes, share

DIFFERENCES = np.array([-0.5, -0.1, 0.0, 0.2, 0.25, 0.4, 0.49, 0.75, 1.1])


def test_mean_interval_and_quartiles_are_those_of_others() -> None:
    found = spread(DIFFERENCES)
    assert found is not None
    assert found.n == 9
    assert found.mean == pytest.approx(statistics.mean(DIFFERENCES))
    assert found.sd == pytest.approx(statistics.stdev(DIFFERENCES))
    low, high = stats.ttest_1samp(DIFFERENCES, 0).confidence_interval(0.95)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high))
    quartiles = statistics.quantiles(DIFFERENCES, n=4, method="inclusive")
    assert [found.lower_quartile, found.median, found.upper_quartile] == pytest.approx(quartiles)


def test_an_interval_worked_out_by_hand() -> None:
    """0.2, 0.4, 0.6: mean 0.4, sd 0.2; t(2) at 97.5 % is 4.3027; 4.3027 x 0.2 / sqrt 3 = 0.4968."""
    found = spread(np.array([0.2, 0.4, 0.6]))
    assert found is not None
    assert found.interval is not None
    assert found.interval.low == pytest.approx(-0.0968, abs=5e-5)
    assert found.interval.high == pytest.approx(0.8968, abs=5e-5)


@pytest.mark.parametrize("confidence", [0.1, 0.8, 0.9, 0.95, 0.99])
def test_quantiles_are_scipy_s(confidence: float) -> None:
    half = (1 + confidence) / 2
    assert normal_reach(confidence) == pytest.approx(special.ndtri(half), rel=1e-14)
    for df in (*range(1, 600), 1_000, 29_999):
        assert student_reach(df, confidence) == pytest.approx(special.stdtrit(df, half), rel=1e-12)
    with pytest.raises(ValueError, match="0 degrees of freedom"):
        student_reach(0, confidence)


def test_nobody_and_a_single_mentee() -> None:
    assert spread(np.array([])) is None
    one = spread(np.array([0.3]))
    assert one is not None
    assert (one.mean, one.sd, one.interval) == (0.3, None, None)


@pytest.mark.parametrize(("count", "of"), [(0, 5), (5, 5), (3, 7), (40, 300), (299, 300)])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_wilson_s_interval_is_scipy_s(count: int, of: int, confidence: float) -> None:
    found = wilson_interval(count, of, confidence)
    wanted = stats.binomtest(count, of).proportion_ci(confidence, method="wilson")
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), abs=1e-12)


def test_wilson_s_interval_needs_a_share() -> None:
    for count, of in ((1, 0), (-1, 3), (4, 3)):
        with pytest.raises(ValueError, match="no share"):
            wilson_interval(count, of)


def test_bars_stand_for_quarters_without_gaps() -> None:
    found = competency_changes(np.zeros(9, dtype=np.int64), DIFFERENCES, np.array([3]))
    assert found.bars == (
        Bar(-0.5, 1),
        Bar(-0.25, 1),
        Bar(0.0, 2),
        Bar(0.25, 3),
        Bar(0.5, 0),
        Bar(0.75, 1),
        Bar(1.0, 1),
    )
    assert found.left_out == (0,)


def test_a_sum_that_misses_a_limit_in_the_last_bit_is_on_it() -> None:
    differences = np.array([0.25 - 1e-9, 0.25, 0.5, 0.8, 1.2])
    found = competency_changes(np.zeros(5, dtype=np.int64), differences, np.array([1]))
    assert found.bars[0] == Bar(0.25, 2)


def test_a_batch_that_is_too_alike_is_left_out_of_all_figures() -> None:
    alike = np.array([0.3, 0.3, 0.31, 0.4, 0.9])
    differences = np.concatenate([alike, DIFFERENCES])
    batches = np.repeat([0, 1], [5, 9])
    found = competency_changes(batches, differences, np.array([1, 3]))
    alone = competency_changes(np.zeros(9, dtype=np.int64), DIFFERENCES, np.array([3]))
    assert (found.spread, found.bars, found.left_out) == (alone.spread, alone.bars, (5, 0))
    nothing = competency_changes(np.zeros(5, dtype=np.int64), alike, np.array([1]))
    assert (nothing.spread, nothing.bars, nothing.left_out) == (None, (), (5,))


def test_fewer_than_five_with_a_difference_are_left_out() -> None:
    found = competency_changes(
        np.zeros(4, dtype=np.int64), np.array([-0.6, 0.1, 0.4, 1.0]), np.array([1])
    )
    assert (found.spread, found.left_out) == (None, (4,))


@pytest.mark.parametrize(
    ("yes", "of", "known", "bounds"),
    [
        (0, 5, 1, (0, 1)),
        (1, 5, 1, (0, 1)),
        (2, 5, 1, (2, 2)),
        (3, 5, 1, (3, 5)),
        (5, 5, 1, (3, 5)),
        (3, 6, 2, (3, 6)),
        (6, 10, 2, (6, 6)),
        (7, 10, 2, (7, 10)),
        (4, 5, 0, (4, 5)),
        (3, 5, 0, (3, 3)),
    ],
)
def test_counts_are_exact_unless_nearly_all_or_none(
    yes: int, of: int, known: int, bounds: tuple[int, int]
) -> None:
    found = share([yes], [of], [known])
    assert found is not None
    assert (found.count.low, found.count.high, found.count.of) == (*bounds, of)
    low = stats.binomtest(bounds[0], of).proportion_ci(method="wilson").low
    high = stats.binomtest(bounds[1], of).proportion_ci(method="wilson").high
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high))


def test_bounds_of_batches_add_up() -> None:
    found = share([0, 2, 5, 4], [5, 5, 5, 4], [1, 1, 1, 1])
    assert found is not None
    assert found.count == BoundedCount(0 + 2 + 3, 1 + 2 + 5, 15)
    assert share([4], [4], [0]) is None
    assert share([2], [5], [3]) is None


def test_words() -> None:
    assert wording.points(0.424) == "+0.42"
    assert wording.points(-0.3) == "−0.30"
    assert wording.points(-0.001) == "0.00"
    assert wording.quarter(-0.25) == "−0.25 to under 0.00"
    assert wording.counted(BoundedCount(3, 3, 25)) == "3 of 25"
    assert wording.counted(BoundedCount(0, 1, 5)) == "at most 1 of 5"
    assert wording.counted(BoundedCount(3, 5, 5)) == "at least 3 of 5"
    assert wording.counted(BoundedCount(5, 8, 15)) == "5 to 8 of 15"
    assert wording.per_cent(BoundedCount(5, 8, 15)) == "33–53\N{NO-BREAK SPACE}%"
    assert wording.about_per_cent(0) == "under 5\N{NO-BREAK SPACE}%"
    assert wording.about_per_cent(100) == "over 95\N{NO-BREAK SPACE}%"
