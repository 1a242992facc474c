import numpy as np
import pytest

from survey.change.agreement import expected_variance, icc, rwg, rwg_j
from tests.change.reference_data import FOUND_BY_R, INPUTS, array

# Shrout and Fleiss (1979), table 2: 6 targets (rows) rated by 4 judges.
SHROUT_FLEISS = array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
)


def test_icc_of_shrout_and_fleiss_1979() -> None:
    found = icc(SHROUT_FLEISS.T)
    assert found is not None
    assert found.single == pytest.approx(0.17, abs=0.005)  # table 4
    assert found.average == pytest.approx(0.44, abs=0.005)
    assert found.interval_single is not None
    assert found.interval_single.low == pytest.approx(-0.133, abs=0.001)  # as R's psych has it
    assert found.interval_single.high == pytest.approx(0.723, abs=0.001)
    assert (found.items, found.raters) == (6, 4)


def test_random_ticking_on_five_points_has_a_variance_of_two() -> None:
    assert expected_variance(5) == 2  # James, Demaree and Wolf (1984)
    with pytest.raises(ValueError, match="at least 2 points"):
        expected_variance(1)


@pytest.mark.parametrize("name", ["five", "disagree"])
def test_rwg_agrees_with_multilevel(name: str) -> None:
    ratings, expected = array(INPUTS["items"][name]), FOUND_BY_R["agreement"][name]
    for item, value in zip(ratings.T, expected["rwg"], strict=True):
        found = rwg(item, 5)
        assert found is not None
        assert found.value == pytest.approx(value)
    together = rwg_j(ratings, 5)
    assert together is not None
    assert together.value == pytest.approx(expected["rwg_j"])


def test_icc_agrees_with_psych() -> None:
    found, expected = icc(array(INPUTS["items"]["five"])), FOUND_BY_R["agreement"]["five"]
    assert found is not None
    assert found.raw_single == pytest.approx(expected["icc1"])
    assert found.raw_average == pytest.approx(expected["icc1k"])
    for interval, name in ((found.interval_single, "icc1"), (found.interval_average, "icc1k")):
        assert interval is not None
        assert interval.low == pytest.approx(expected[f"{name}_low"])
        assert interval.high == pytest.approx(expected[f"{name}_high"])


def test_icc_with_missing_ratings_agrees_with_a_linear_model_in_r() -> None:
    ratings = array(INPUTS["items"]["five"])
    ratings[0, 0] = ratings[1, 0] = ratings[2, 3] = np.nan
    found, expected = icc(ratings), FOUND_BY_R["unbalanced"]
    assert found is not None
    assert found.raw_single == pytest.approx(expected["icc1"])
    assert found.raw_average == pytest.approx(expected["icc1k"])
    assert found.raters == pytest.approx(expected["k"])
    assert (found.interval_single, found.interval_average) == (None, None)


def test_negative_icc_is_no_agreement() -> None:
    found = icc(array(INPUTS["items"]["disagree"]))
    assert found is not None
    assert (found.single, found.average) == (0, 0)
    assert found.raw_single == pytest.approx(FOUND_BY_R["agreement"]["disagree"]["icc1"])
    assert found.raw_average is None  # the items' means are all the same


def test_perfect_agreement() -> None:
    ratings = array([[1, 3, 5], [1, 3, 5]])
    found, within = icc(ratings), rwg_j(ratings, 5)
    assert found is not None
    assert (found.single, found.average) == (1, 1)
    assert within is not None
    assert within.value == 1


def test_worse_than_random_is_no_agreement_but_keeps_its_raw_value() -> None:
    found = rwg(array([1, 5, 1, 5]), 5)
    assert found is not None
    assert found.value == 0
    assert found.raw == pytest.approx(1 - (16 / 3) / 2)
    for ratings in ([[1, 1], [5, 5]], [[1, 2], [5, 2]], [[1, 1, 1], [5, 5, 5]]):
        together = rwg_j(array(ratings), 5)
        assert together is not None
        assert 0 <= together.value <= 1


def test_a_constant_item_is_full_agreement() -> None:
    found = rwg(array([3, 3, np.nan, 3]), 5)
    assert found is not None
    assert found.value == 1
    same = np.full((4, 3), 4.0)
    assert icc(same) is None  # nothing to tell apart
    assert rwg_j(same, 5) is not None


def test_too_little_to_agree_on() -> None:
    assert rwg(array([3]), 5) is None
    assert rwg(array([np.nan, np.nan, 2]), 5) is None
    assert rwg_j(array([[3, 4, 2]]), 5) is None
    assert rwg_j(np.full((3, 2), np.nan), 5) is None
    assert icc(array([[3, 4, 2]])) is None  # one rater
    assert icc(array([[3], [4]])) is None  # one item
    assert icc(np.full((3, 2), np.nan)) is None
    with pytest.raises(ValueError, match="shape"):
        icc(array([1, 2]))
    with pytest.raises(ValueError, match="shape"):
        rwg(np.ones((2, 2)), 5)


def test_items_that_nobody_or_one_rated_are_left_out() -> None:
    ratings = array([[1, np.nan, 3, np.nan], [2, np.nan, 3, 5], [2, np.nan, 4, np.nan]])
    assert rwg_j(ratings, 5) == rwg_j(ratings[:, [0, 2]], 5)


def test_a_reversed_scale_agrees_as_much() -> None:
    ratings = array(INPUTS["items"]["five"])
    found, mirrored = icc(ratings), icc(6 - ratings)
    assert found is not None
    assert mirrored is not None
    assert mirrored.raw_single == pytest.approx(found.raw_single)
