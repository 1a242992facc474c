import numpy as np
import pytest

from survey.change.paired import paired_change, signed_rank
from survey.change.stratified import ChangeTest, Effort
from tests.change.reference_data import FOUND_BY_R, INPUTS, array, column

# Darwin's maize: crossed minus self-fertilised, in eighths of an inch; Fisher (1935), sec. 17-21.
MAIZE = array([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48])
# Depression scores of Hollander and Wolfe (1973), p. 29.
FIRST = array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30])
SECOND = array([0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29])


def only(tests: tuple[ChangeTest | None, ...]) -> ChangeTest:
    (test,) = tests
    assert test is not None
    return test


def test_fisher_1935_on_darwins_maize() -> None:
    # 863 of the 32,768 ways of signing the differences give a sum as high as the real one.
    test = only(paired_change({"plants": column(np.zeros(15))}, {"plants": column(MAIZE)}))
    assert test.exact
    assert test.arrangements == 32_768
    assert test.difference == pytest.approx(314 / 15)
    assert test.p == pytest.approx(2 * 863 / 32_768)


@pytest.mark.parametrize("name", INPUTS["pairs"])
def test_sign_flips_agree_with_brute_force_in_r(name: str) -> None:
    then, now = (INPUTS["pairs"][name][part] for part in ("then", "now"))
    expected = FOUND_BY_R["pairs"][name]
    test = only(paired_change({"peers": column(then)}, {"peers": column(now)}))
    assert test.p == pytest.approx(2 * min(expected["p_greater"], expected["p_less"]))
    if expected["perm_test_p"] is not None:
        assert test.p == pytest.approx(2 * expected["perm_test_p"])
    assert test.interval is not None
    assert test.interval.low == pytest.approx(expected["low"], abs=1e-6)
    assert test.interval.high == pytest.approx(expected["high"], abs=1e-6)


@pytest.mark.parametrize("name", INPUTS["pairs"])
def test_signed_rank_agrees_with_exact_rank_tests_and_coin(name: str) -> None:
    differences = array(INPUTS["pairs"][name]["now"]) - array(INPUTS["pairs"][name]["then"])
    expected = FOUND_BY_R["pairs"][name]
    found = signed_rank(differences)
    assert found is not None
    assert found.p == pytest.approx(expected["wilcoxon_p"])
    assert found.p == pytest.approx(expected["wilcoxon_p_coin"])
    ranks = found.n * (found.n + 1) / 2
    assert found.statistic == pytest.approx(ranks - expected["wilcoxon_v"])


def test_signed_rank_of_hollander_and_wolfe_1973() -> None:
    # T+ = 40 for first - second, so 5 is the smaller; one-sided p 0.0195
    found = signed_rank(SECOND - FIRST)
    assert found is not None
    assert found.statistic == 5
    assert found.p == pytest.approx(2 * 0.01953, abs=1e-4)


def test_drawn_flips_agree_with_listed_ones() -> None:
    scores = {"plants": column(np.zeros(15))}, {"plants": column(MAIZE)}
    exact = only(paired_change(*scores))
    drawn = only(paired_change(*scores, effort=Effort(most_arrangements=0)))
    assert not drawn.exact
    assert drawn.p == pytest.approx(exact.p, abs=4 * drawn.p_error)
    assert drawn.interval is not None
    assert exact.interval is not None
    assert drawn.interval.low == pytest.approx(exact.interval.low, abs=1)


def test_groups_have_one_voice_each() -> None:
    then = {"manager": column([3.0]), "peers": column([3.0] * 6)}
    now = {"manager": column([4.0]), "peers": column([3.0] * 6)}
    test = only(paired_change(then, now))
    assert test.difference == pytest.approx(0.5)
    assert test.arrangements == 2**7


def test_a_rater_needs_both_scores() -> None:
    then = {"peers": column([3.0, np.nan, 2.0, 3.0])}
    now = {"peers": column([4.0, 5.0, np.nan, 3.5])}
    test = only(paired_change(then, now))
    assert test.difference == pytest.approx(0.75)
    assert test.arrangements == 4
    assert test.interval is None


def test_defined_answers_at_the_edges() -> None:
    nothing = {"peers": column([np.nan])}
    assert paired_change(nothing, nothing) == (None,)
    assert paired_change(nothing, {"reports": column([1.0])}) == (None,)
    assert signed_rank(array([np.nan, 0, 0])) is None
    one = signed_rank(array([1.0]))
    assert one is not None
    assert (one.n, one.p) == (1, 1)
    ties = only(paired_change({"p": column([4.0] * 7)}, {"p": column([4.0] * 7)}))
    assert (ties.difference, ties.p) == (0, 1)
    with pytest.raises(ValueError, match="shape"):
        paired_change({"p": column([1.0])}, {"p": column([1.0, 2.0])})


def test_thousands_of_raters() -> None:
    rng = np.random.default_rng(0)
    then = {"all": rng.integers(1, 5, (5000, 1)) * 1.0}
    now = {"all": then["all"] + (rng.random((5000, 1)) < 0.1)}
    test = only(paired_change(then, now))
    assert test.p == pytest.approx(test.least_p)
    assert test.interval is not None
    assert test.interval.low == pytest.approx(0.1, abs=0.02)
