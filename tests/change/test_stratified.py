from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from survey.change.stratified import ChangeTest, Effort, stratified_change
from tests.change.reference_data import FOUND_BY_R, INPUTS, array, column

DRAWN = Effort(most_arrangements=0)


def only(tests: tuple[ChangeTest | None, ...]) -> ChangeTest:
    (test,) = tests
    assert test is not None
    return test


def strata(name: str) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    groups = INPUTS["strata"][name]
    return (
        {key: column(samples["before"]) for key, samples in groups.items()},
        {key: column(samples["after"]) for key, samples in groups.items()},
    )


@pytest.mark.parametrize("name", INPUTS["strata"])
def test_exact_test_agrees_with_brute_force_in_r(name: str) -> None:
    expected = FOUND_BY_R["strata"][name]
    test = only(stratified_change(*strata(name)))
    assert test.exact
    assert test.p_error == 0
    assert test.arrangements == expected["arrangements"]
    assert test.difference == pytest.approx(expected["difference"])
    assert test.p == pytest.approx(2 * min(expected["p_greater"], expected["p_less"]))
    assert test.interval is not None
    assert test.interval.low == pytest.approx(expected["low"], abs=1e-6)
    assert test.interval.high == pytest.approx(expected["high"], abs=1e-6)


@pytest.mark.parametrize("name", INPUTS["strata"])
def test_drawn_test_agrees_with_exact_and_with_coin(name: str) -> None:
    expected = FOUND_BY_R["strata"][name]
    test = only(stratified_change(*strata(name), effort=DRAWN))
    assert not test.exact
    one_sided = expected["p_greater"] if test.difference > 0 else expected["p_less"]
    assert test.p_error > 0
    assert test.p == pytest.approx(2 * one_sided, abs=4 * test.p_error)
    # coin drew a million arrangements of the weighted scores within blocks
    assert expected["coin_p_greater"] == pytest.approx(expected["p_greater"], abs=2e-3)


@pytest.mark.parametrize("name", INPUTS["two_samples"])
def test_one_group_is_the_two_sample_test_of_coin_and_scipy(name: str) -> None:
    before, after = (array(INPUTS["two_samples"][name][part]) for part in ("before", "after"))
    test = only(
        stratified_change(
            {"peers": column(before)},
            {"peers": column(after)},
            effort=Effort(most_arrangements=300_000),
        )
    )
    expected = FOUND_BY_R["two_samples"][name]
    assert test.p == pytest.approx(2 * min(expected["p_greater"], expected["p_less"]))
    if comb(before.size + after.size, after.size) < 10_000:
        scipy = stats.permutation_test(
            (after, before), lambda x, y: x.mean() - y.mean(), n_resamples=np.inf
        )
        assert test.p == pytest.approx(scipy.pvalue)


def test_efron_and_tibshirani_1993_mice() -> None:
    # Table 2.1 and ch. 15: treated mice live 30.63 days longer; all C(16, 7) arrangements give a
    # one-sided p of about 0.14 (their 1000 draws: 0.132).
    treated = column([94, 197, 16, 38, 99, 141, 23])
    control = column([52, 104, 146, 10, 51, 30, 40, 27, 46])
    test = only(stratified_change({"mice": control}, {"mice": treated}))
    assert test.arrangements == 11_440
    assert test.difference == pytest.approx(30.63, abs=0.005)
    assert test.p / 2 == pytest.approx(0.14, abs=0.005)


def test_large_groups_are_drawn_without_a_list() -> None:
    rng = np.random.default_rng(0)
    before, after = rng.normal(3, 0.5, (14, 1)), rng.normal(3.3, 0.5, (12, 1))
    test = only(stratified_change({"peers": before}, {"peers": after}))
    scipy = stats.permutation_test(
        (after[:, 0], before[:, 0]),
        lambda x, y, axis: x.mean(axis=axis) - y.mean(axis=axis),
        n_resamples=50_000,
        vectorized=True,
        rng=1,
    )
    assert not test.exact
    assert test.p == pytest.approx(scipy.pvalue, abs=5 * test.p_error)
    # For normal scores Student's interval is nearly the same.
    t = stats.ttest_ind(after[:, 0], before[:, 0]).confidence_interval()
    assert test.interval is not None
    assert test.interval.low == pytest.approx(t.low, abs=0.03)
    assert test.interval.high == pytest.approx(t.high, abs=0.03)


def test_the_same_seed_gives_the_same_result_in_any_order_of_raters() -> None:
    rng = np.random.default_rng(1)
    before = {"peers": rng.normal(3, 0.5, (10, 3))}
    after = {"peers": rng.normal(3, 0.5, (11, 3))}
    shuffled = {"peers": rng.permutation(after["peers"])}
    first = stratified_change(before, after)
    assert first == stratified_change(before, after)
    second = stratified_change(before, shuffled)
    for one, other in zip(first, second, strict=True):
        assert one is not None
        assert other is not None
        assert one.p == other.p
        assert one.difference == pytest.approx(other.difference)


def test_each_competency_has_its_own_result_whatever_stands_beside_it() -> None:
    rng = np.random.default_rng(2)
    before = {"peers": rng.integers(4, 21, (5, 4)) / 4, "manager": rng.integers(4, 21, (1, 4)) / 4}
    after = {"peers": rng.integers(4, 21, (6, 4)) / 4, "manager": rng.integers(4, 21, (1, 4)) / 4}
    before["peers"][0, 1] = after["peers"][5, 2] = np.nan
    together = stratified_change(before, after)
    for i, test in enumerate(together):
        alone = only(
            stratified_change(
                {key: matrix[:, [i]] for key, matrix in before.items()},
                {key: matrix[:, [i]] for key, matrix in after.items()},
            )
        )
        assert test is not None
        assert (test.p, test.groups, test.exact) == (alone.p, alone.groups, alone.exact)
        assert test.interval == pytest.approx(alone.interval)
    assert [test and test.arrangements for test in together] == [924, 420, 504, 924]


def test_groups_have_one_voice_each() -> None:
    before = {"manager": column([3.0]), "peers": column([3.0] * 9)}
    after = {"manager": column([4.0]), "peers": column([3.0] * 8)}
    assert only(stratified_change(before, after)).difference == pytest.approx(0.5)


def test_manager_alone_is_too_little_for_an_interval() -> None:
    test = only(stratified_change({"manager": column([3.0])}, {"manager": column([5.0])}))
    assert (test.p, test.least_p, test.arrangements) == (1.0, 1.0, 2)
    assert test.interval is None


def test_manager_and_three_peers_reach_just_five_per_cent() -> None:
    before = {"manager": column([2.0]), "peers": column([2.0, 2.25, 2.5])}
    after = {"manager": column([4.0]), "peers": column([4.0, 4.25, 4.5])}
    test = only(stratified_change(before, after))
    assert test.p == test.least_p == pytest.approx(0.05)
    assert test.interval is not None
    assert test.interval.excludes(0)


def test_all_ties() -> None:
    same = {"manager": column([4.0]), "peers": column([4.0] * 5)}
    test = only(stratified_change(same, same))
    assert (test.difference, test.p) == (0, 1)
    assert test.interval is not None
    assert (test.interval.low, test.interval.high) == (0, 0)


def test_group_in_one_round_only_does_not_count() -> None:
    before = {"peers": column([3.0, 3.5, 4.0]), "customers": column([1.0])}
    after = {"peers": column([3.5, 3.0, 4.0]), "reports": column([5.0])}
    test = only(stratified_change(before, after))
    assert test.groups == ("peers",)
    assert test.difference == 0


def test_all_missing() -> None:
    missing, there = column([np.nan, np.nan]), column([3.0, 4.0])
    assert stratified_change({"peers": missing}, {"peers": there}) == (None,)
    assert stratified_change({"peers": there}, {"reports": there}) == (None,)
    assert stratified_change({}, {}) == ()
    empty = np.empty((0, 1))
    assert stratified_change({"peers": empty}, {"peers": there}) == (None,)


def test_thousands_of_raters() -> None:
    rng = np.random.default_rng(3)
    before = {"all": rng.integers(1, 6, (3000, 1)) * 1.0}
    after = {"all": np.clip(rng.integers(1, 6, (4000, 1)) + (rng.random((4000, 1)) < 0.2), 1, 5)}
    test = only(stratified_change(before, after))
    assert test.arrangements == 2_858
    assert test.least_p < 0.001
    t = stats.ttest_ind(after["all"][:, 0], before["all"][:, 0]).confidence_interval()
    assert test.interval is not None
    assert test.interval.low == pytest.approx(t.low, abs=0.02)
    assert test.interval.high == pytest.approx(t.high, abs=0.02)


def test_wrong_scores_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        stratified_change({"peers": array([1, 2])}, {"peers": column([1, 2])})
    with pytest.raises(ValueError, match="different numbers of competencies"):
        stratified_change({"peers": np.ones((2, 2))}, {"peers": np.ones((2, 3))})
    with pytest.raises(ValueError, match="infinite"):
        stratified_change({"peers": column([np.inf])}, {"peers": column([1])})
    with pytest.raises(ValueError, match="confidence"):
        stratified_change({"peers": column([2])}, {"peers": column([1])}, confidence=95)


_SCORES = st.lists(st.integers(4, 20).map(lambda n: n / 4), min_size=1, max_size=4)
_LISTED = Effort(most_arrangements=400_000)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_SCORES, _SCORES), min_size=1, max_size=3))
def test_properties(groups: list[tuple[list[float], list[float]]]) -> None:
    before = {str(i): column(samples[0]) for i, samples in enumerate(groups)}
    after = {str(i): column(samples[1]) for i, samples in enumerate(groups)}
    test = only(stratified_change(before, after, effort=_LISTED))
    mirrored = only(
        stratified_change(
            {key: 6 - scores for key, scores in before.items()},
            {key: 6 - scores for key, scores in after.items()},
            effort=_LISTED,
        )
    )
    swapped = only(stratified_change(after, before, effort=_LISTED))
    assert test.least_p <= test.p + 1e-12
    for turned in (mirrored, swapped):
        assert turned.p == pytest.approx(test.p)
        assert turned.difference == pytest.approx(-test.difference)
    if test.interval is None:
        assert test.least_p > 0.05
    else:
        assert test.interval.low - 1e-9 <= test.difference <= test.interval.high + 1e-9
        assert test.interval.excludes(0) == (test.p <= 0.05 + 1e-12)
        assert mirrored.interval is not None
        assert mirrored.interval.low == pytest.approx(-test.interval.high, abs=1e-9)
