import pytest

from survey.change.goal_attainment import attainment_t


@pytest.mark.parametrize(
    ("levels", "weights", "expected"),
    [
        # Worked by hand from Kiresuk and Sherman (1968), p. 448.
        ([0, 0, 0], None, 50.0),
        ([1], None, 60.0),  # one measure: ten points a level
        ([-2], [3], 30.0),
        # Four measures of weight 1: spread = sqrt(0.7 * 4 + 0.3 * 16) = sqrt(7.6)
        ([1, 1, 1, 1], None, 50 + 10 * 4 / 7.6**0.5),
        ([2, 2, 2, 2], None, 79.02),
        # 20 and 10 and 5 for importance, +1, 0, -1: sum w x = 15,
        # spread = sqrt(0.7 * 525 + 0.3 * 1225) = sqrt(735) = 27.11
        ([1, 0, -1], [20, 10, 5], 55.53),
    ],
)
def test_t_scores(levels: list[float], weights: list[float] | None, expected: float) -> None:
    assert attainment_t(levels, weights) == pytest.approx(expected, abs=0.005)


def test_weights_matter_by_their_ratio_only() -> None:
    assert attainment_t([1, -1, 2], [1, 2, 3]) == pytest.approx(
        attainment_t([1, -1, 2], [10, 20, 30])
    )


def test_fully_correlated_measures_are_one_measure() -> None:
    assert attainment_t([1, 1, 1], rho=1) == pytest.approx(60)


def test_no_measure_no_score() -> None:
    assert attainment_t([]) is None


@pytest.mark.parametrize(
    ("levels", "weights", "rho"),
    [
        ([3], None, 0.3),
        ([float("nan")], None, 0.3),
        ([1, 1], [1], 0.3),
        ([1], [0], 0.3),
        ([1], [-1], 0.3),
        ([1], [float("inf")], 0.3),
        ([1], None, 1.5),
    ],
)
def test_wrong_input_is_refused(
    levels: list[float], weights: list[float] | None, rho: float
) -> None:
    with pytest.raises(ValueError, match=r"level|weights?|rho"):
        attainment_t(levels, weights, rho)
