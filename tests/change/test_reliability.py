import numpy as np
import pytest

from survey.change.reliability import (
    NoFigure,
    cronbach_alpha,
    mcdonald_omega,
    one_factor_loadings,
)
from tests.change.reference_data import FOUND_BY_R, INPUTS, array


@pytest.mark.parametrize("name", ["four", "low", "five", "ten"])
def test_alpha_agrees_with_psych_and_psychometric(name: str) -> None:
    found = cronbach_alpha(array(INPUTS["items"][name]))
    expected = FOUND_BY_R["reliability"][name]
    assert found.value == pytest.approx(expected["alpha"])
    assert found.interval is not None
    # psychometric's alpha.CI puts half of 1 - level into each tail, as Feldt (1965) does
    assert found.interval.low == pytest.approx(expected["low"], abs=1e-6)
    assert found.interval.high == pytest.approx(expected["high"], abs=1e-6)


@pytest.mark.parametrize("name", ["four", "low", "five", "ten"])
def test_loadings_agree_with_the_minres_fit_of_psych(name: str) -> None:
    correlations = np.corrcoef(array(INPUTS["items"][name]).T)
    loadings = np.abs(one_factor_loadings(correlations))
    assert loadings == pytest.approx(FOUND_BY_R["reliability"][name]["loadings"], abs=2e-3)


@pytest.mark.parametrize("name", ["four", "low"])
def test_omega_agrees_with_psych_and_nearly_with_maximum_likelihood(name: str) -> None:
    found = mcdonald_omega(array(INPUTS["items"][name]))
    expected = FOUND_BY_R["reliability"][name]
    assert found.value == pytest.approx(expected["omega"], abs=1e-3)
    assert found.value == pytest.approx(expected["omega_ml"], abs=5e-3)
    assert found.interval is not None
    assert found.interval.low < found.value < found.interval.high


def test_loadings_of_a_perfect_one_factor_matrix() -> None:
    true = array([0.9, -0.6, 0.5, 0.7])
    correlations = np.outer(true, true)
    np.fill_diagonal(correlations, 1)
    loadings = one_factor_loadings(correlations)
    assert loadings * np.sign(loadings[0]) == pytest.approx(true, abs=1e-6)


def test_too_few_raters_or_indicators_give_a_reason() -> None:
    rng = np.random.default_rng(0)
    few = rng.integers(1, 6, (9, 4)) * 1.0
    many = rng.integers(1, 6, (40, 4)) * 1.0
    assert cronbach_alpha(few).reason is NoFigure.TOO_FEW_RATERS
    assert mcdonald_omega(few).reason is NoFigure.TOO_FEW_RATERS
    assert mcdonald_omega(many[:29]).reason is NoFigure.TOO_FEW_RATERS
    assert cronbach_alpha(many[:, :1]).reason is NoFigure.TOO_FEW_INDICATORS
    assert mcdonald_omega(many[:, :2]).reason is NoFigure.TOO_FEW_INDICATORS
    nothing = cronbach_alpha(np.full((12, 4), np.nan))
    assert (nothing.n, nothing.value, nothing.reason) == (0, None, NoFigure.TOO_FEW_RATERS)


def test_only_raters_who_rated_everything_count() -> None:
    ratings = array(INPUTS["items"]["four"])
    holed = np.vstack([ratings, [[np.nan, 1, 5, 2]]])
    assert cronbach_alpha(holed) == cronbach_alpha(ratings)


def test_a_constant_indicator() -> None:
    ratings = array(INPUTS["items"]["four"])
    ratings[:, 1] = 4
    alpha = cronbach_alpha(ratings)
    assert alpha.value is not None
    assert mcdonald_omega(ratings).reason is NoFigure.NO_SPREAD
    assert cronbach_alpha(np.full((12, 3), 4.0)).reason is NoFigure.NO_SPREAD


@pytest.mark.filterwarnings("error")
def test_hardly_any_spread_gives_a_figure_without_an_interval() -> None:
    ratings = np.full((35, 3), 4.0)
    ratings[[0, 1, 2], [0, 1, 2]] = 5, 5, 3
    found = mcdonald_omega(ratings)
    assert found.value is not None
    assert found.reason is None


def test_indicators_that_say_the_same_and_that_contradict() -> None:
    one = np.random.default_rng(1).integers(1, 6, (40, 1)) * 1.0
    same = cronbach_alpha(np.hstack([one, one]))
    assert same.value == pytest.approx(1)
    assert same.interval is None
    thrice = mcdonald_omega(np.hstack([one, one, one]))
    assert thrice.value == pytest.approx(1)
    assert thrice.interval is None
    contrary = cronbach_alpha(np.hstack([one, 6 - one]))
    assert contrary.value == float("-inf")


def test_a_reversed_scale_is_as_reliable() -> None:
    ratings = array(INPUTS["items"]["four"])
    assert cronbach_alpha(6 - ratings).value == pytest.approx(cronbach_alpha(ratings).value)
    assert mcdonald_omega(6 - ratings).value == pytest.approx(mcdonald_omega(ratings).value)


def test_wrong_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        cronbach_alpha(array([1, 2]))
