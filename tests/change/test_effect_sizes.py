import numpy as np
import pytest
from scipy import stats

from survey.change.effect_sizes import (
    hedges_g,
    hodges_lehmann,
    matched_g,
    mean_difference,
    probability_of_superiority,
    small_sample_correction,
    superiority,
)
from tests.change.reference_data import FOUND_BY_R, INPUTS, array

# Pain on the third day after surgery under treatments Y and N: Brunner and Munzel (2000), table 1.
PAIN_Y = array([1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 1, 1])
PAIN_N = array([3, 3, 4, 3, 1, 2, 3, 1, 1, 5, 4])
NOTHING = array([])


def with_moments(mean: float, sd: float, n: int, seed: int) -> np.ndarray:
    values = np.random.default_rng(seed).normal(size=n)
    return mean + sd * (values - values.mean()) / values.std(ddof=1)


@pytest.mark.parametrize("name", INPUTS["two_samples"])
def test_two_samples_agree_with_r(name: str) -> None:
    before, after = (array(INPUTS["two_samples"][name][part]) for part in ("before", "after"))
    expected = FOUND_BY_R["two_samples"][name]
    g = hedges_g(before, after)
    assert g is not None
    assert g.interval is not None
    assert g.g == pytest.approx(expected["hedges_g"], abs=1e-9)
    assert g.interval.low == pytest.approx(expected["delta_low"], abs=2e-4)
    assert g.interval.high == pytest.approx(expected["delta_high"], abs=2e-4)
    a = superiority(before, after)
    assert a == pytest.approx(expected["superiority"], abs=1e-9)
    assert a == pytest.approx((expected["rank_biserial"] + 1) / 2, abs=1e-9)
    assert hodges_lehmann(before, after) == pytest.approx(expected["hodges_lehmann"], abs=1e-9)
    if expected["wilcox_estimate"] is not None:
        assert hodges_lehmann(before, after) == pytest.approx(expected["wilcox_estimate"], abs=1e-4)


@pytest.mark.parametrize(
    ("df", "published"), [(2, 0.5642), (3, 0.7236), (4, 0.7979), (5, 0.8408), (10, 0.9228)]
)
def test_correction_of_hedges_1981(df: int, published: float) -> None:
    # c(m), the table of exact values after eq. 6e
    assert small_sample_correction(df) == pytest.approx(published, abs=5e-4)


def test_correction_needs_two_degrees_of_freedom() -> None:
    with pytest.raises(ValueError, match="degrees of freedom"):
        small_sample_correction(1)


def test_independent_g_of_borenstein_and_others_2009() -> None:
    # pp. 26-27: means 103 and 100, sd 5.5 and 4.5, n 50 each: d 0.5970, g 0.5924 (approximate J)
    found = hedges_g(with_moments(100, 4.5, 50, 1), with_moments(103, 5.5, 50, 2))
    assert found is not None
    assert found.g == pytest.approx(0.5924, abs=1e-4)
    assert found.df == 98


def test_matched_g_of_borenstein_and_others_2009() -> None:
    # p. 29: difference 3, sd of differences 5.5, r 0.7, n 50: d 0.4225, g 0.4160
    n, r = 50, 0.7
    sd = 5.5 / np.sqrt(2 * (1 - r))
    one = with_moments(0, 1, n, 3)
    other = with_moments(0, 1, n, 4)
    other = other - one * (one @ other) / (one @ one)
    other /= other.std(ddof=1)
    then, now = 100 + sd * one, 103 + sd * (r * one + np.sqrt(1 - r**2) * other)
    found = matched_g(then, now)
    assert found is not None
    assert found.g == pytest.approx(0.4160, abs=1e-4)


@pytest.mark.parametrize("name", INPUTS["pairs"])
def test_matched_g_agrees_with_r(name: str) -> None:
    then, now = (array(INPUTS["pairs"][name][part]) for part in ("then", "now"))
    expected = FOUND_BY_R["pairs"][name]
    found = matched_g(then, now)
    assert found is not None
    assert found.interval is not None
    j = 1 - 3 / (4 * found.df - 1)  # Hedges' approximation, as good as 0.001 from 8 df on
    assert found.g == pytest.approx(expected["d_av"] * j, rel=2e-3)
    assert found.interval.low == pytest.approx(expected["d_av_low"], abs=1e-6)
    assert found.interval.high == pytest.approx(expected["d_av_high"], abs=1e-6)


def test_superiority_on_the_pain_scores_of_brunner_and_munzel_2000() -> None:
    # As corrected by Neubert and Brunner (2007): 0.789, 95 % interval 0.595 to 0.983, p 0.0058.
    found = probability_of_superiority(PAIN_Y, PAIN_N)
    assert found is not None
    assert found.interval is not None
    assert found.probability == pytest.approx(0.788961, abs=1e-6)
    assert found.interval.low == pytest.approx(0.5952169, abs=1e-6)
    assert found.interval.high == pytest.approx(0.9827052, abs=1e-6)
    assert found.p == pytest.approx(0.005786, abs=1e-6)


def test_superiority_is_mann_whitney_over_pairs() -> None:
    u = stats.mannwhitneyu(PAIN_N, PAIN_Y).statistic
    assert superiority(PAIN_Y, PAIN_N) == pytest.approx(u / (PAIN_Y.size * PAIN_N.size))


def test_shift_on_the_permeability_data_of_hollander_and_wolfe() -> None:
    # Hollander and Wolfe (1973), p. 69: the estimate is 0.305
    x = array([0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46])
    y = array([1.15, 0.88, 0.90, 0.74, 1.21])
    assert hodges_lehmann(y, x) == pytest.approx(0.305)


@pytest.mark.parametrize("sizes", [(4, 5), (4, 4), (1, 6), (30, 41)])
def test_shift_is_the_median_of_all_differences(sizes: tuple[int, int]) -> None:
    rng = np.random.default_rng(5)
    before, after = (rng.integers(4, 21, n) / 4 for n in sizes)
    expected = np.median(np.subtract.outer(after, before))
    assert hodges_lehmann(before, after) == pytest.approx(expected)


def test_falls_mirror_rises() -> None:
    rise, fall = hedges_g(PAIN_Y, PAIN_N), hedges_g(PAIN_N, PAIN_Y)
    assert rise is not None
    assert fall is not None
    assert rise.interval is not None
    assert fall.interval is not None
    assert fall.g == pytest.approx(-rise.g)
    assert fall.interval.low == pytest.approx(-rise.interval.high)
    assert superiority(PAIN_N, PAIN_Y) == pytest.approx(1 - 0.788961, abs=1e-6)
    assert hodges_lehmann(PAIN_N, PAIN_Y) == -2  # type: ignore[comparison-overlap]


def test_large_changes_keep_an_interval() -> None:
    found = hedges_g(array([1, 1.25, 1]), array([5, 4.75, 5]))
    assert found is not None
    assert found.interval is not None
    assert 0 < found.interval.low < found.interval.high


def test_one_rater_a_side() -> None:
    before, after = array([3.0]), array([4.0])
    assert mean_difference(before, after) == 1
    assert hodges_lehmann(before, after) == 1
    assert superiority(before, after) == 1
    assert hedges_g(before, after) is None
    assert matched_g(before, after) is None
    found = probability_of_superiority(before, after)
    assert found is not None
    assert (found.interval, found.p) == (None, None)


def test_all_ties() -> None:
    same = array([4.0, 4.0, 4.0, 4.0])
    assert mean_difference(same, same) == 0
    assert hodges_lehmann(same, same) == 0
    assert superiority(same, same) == 0.5
    assert hedges_g(same, same) is None
    assert matched_g(same, same) is None
    assert hedges_g(same, same + 1) is None  # no spread to measure the change with
    found = probability_of_superiority(same, same)
    assert found is not None
    assert found.interval is None


def test_all_missing() -> None:
    for nothing in (NOTHING, array([np.nan, np.nan])):
        for function in (mean_difference, hodges_lehmann, superiority, hedges_g):
            assert function(nothing, PAIN_N) is None
            assert function(PAIN_N, nothing) is None
        assert probability_of_superiority(nothing, PAIN_N) is None


def test_missing_scores_are_left_out() -> None:
    holed = np.insert(PAIN_Y, [0, 3], np.nan)
    assert hedges_g(holed, PAIN_N) == hedges_g(PAIN_Y, PAIN_N)
    assert superiority(holed, PAIN_N) == superiority(PAIN_Y, PAIN_N)


def test_everybody_moves_alike_in_pairs() -> None:
    then = array([2.0, 3.0, 3.5])
    found = matched_g(then, then + 0.5)
    assert found is not None
    assert found.interval is None
    assert found.g > 0


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        superiority(np.ones((2, 2)), PAIN_N)
    with pytest.raises(ValueError, match="shape"):
        matched_g(PAIN_N, PAIN_Y)
    with pytest.raises(ValueError, match="confidence"):
        hedges_g(PAIN_N, PAIN_Y, 95)


def test_thousands_of_raters() -> None:
    rng = np.random.default_rng(6)
    before, after = rng.integers(1, 6, 5000), rng.integers(1, 6, 4000)
    assert hodges_lehmann(before * 1.0, after * 1.0) == 0
    found = hedges_g(before * 1.0, after * 1.0)
    assert found is not None
    assert found.interval is not None
    assert found.interval.high - found.interval.low < 0.1
