import numpy as np
import pytest

from survey.change.analysis import analyse_change, analyse_retrospective
from survey.change.group_effects import independent_effects, paired_effects
from survey.change.multiple import benjamini_hochberg, holm
from survey.change.scale import Scale
from survey.change.stratified import stratified_change
from survey.change.verdict import Verdict
from tests.change.reference_data import FOUND_BY_R, INPUTS, array

SIZES = {"manager": 1, "peers": 6, "reports": 5}
LINKED = [True, False, False]


def scores(seed: int, rises: tuple[float, ...] = (0, 0, 0)) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {
        key: np.round(np.clip(3 + rng.normal(0, 0.5, (n, 3)) + rises, 1, 5) * 4) / 4
        for key, n in SIZES.items()
    }


def test_one_report() -> None:
    before, after = scores(0), scores(1, (1.5, 0, -1.5))
    found = analyse_change(before, after, LINKED)
    assert [c.verdict for c in found.competencies] == [
        Verdict.CLEAR_RISE,
        Verdict.NO_CLEAR_CHANGE,
        Verdict.CLEAR_FALL,
    ]
    tests = stratified_change(before, after)
    assert tuple(c.test for c in found.competencies) == tests
    p_values = [test.p for test in tests if test]
    assert tuple(c.holm_p for c in found.competencies) == holm(p_values)
    assert tuple(c.bh_p for c in found.competencies) == benjamini_hochberg(p_values)
    first = found.competencies[0]
    assert first.clear_attainable
    assert first.effects.g is not None
    assert first.effects.g > 1
    assert first.effects.superiority is not None
    assert first.effects.superiority > 0.9
    peers = first.groups["peers"]
    assert (peers.n_before, peers.n_after) == (6, 6)
    assert peers.mean_before == pytest.approx(before["peers"][:, 0].mean())
    assert first.difference == pytest.approx(
        np.mean([group.difference for group in first.groups.values()])
    )
    assert found.goal.contrast is not None
    assert found.goal_verdict is Verdict.CLEAR_RISE


def test_effects_of_one_group_agree_with_r() -> None:
    for name, samples in INPUTS["two_samples"].items():
        expected = FOUND_BY_R["two_samples"][name]
        found = independent_effects([(array(samples["before"]), array(samples["after"]))])
        assert found.g == pytest.approx(expected["hedges_g"])
        assert found.superiority == pytest.approx(expected["superiority"])
        assert found.shift == pytest.approx(expected["hodges_lehmann"])
    for name, samples in INPUTS["pairs"].items():
        expected = FOUND_BY_R["pairs"][name]
        paired = paired_effects([(array(samples["then"]), array(samples["now"]))])
        assert paired.g == pytest.approx(expected["d_av"], rel=0.11)  # before the correction
        assert paired.shift == pytest.approx(expected["walsh_median"])


def test_a_hundred_and_eighty_degrees_are_too_few() -> None:
    found = analyse_change(
        {"manager": np.full((1, 3), 3.0)}, {"manager": np.full((1, 3), 4.0)}, LINKED
    )
    for competency in found.competencies:
        assert competency.verdict is Verdict.TOO_FEW
        assert competency.difference == 1
        assert (competency.p, competency.holm_p, competency.bh_p) == (1.0, None, None)
        assert competency.interval is None
        assert competency.effects.g is None
        assert not competency.clear_attainable
    assert found.goal_verdict is Verdict.TOO_FEW


def test_a_competency_with_too_few_raters_does_not_cost_the_others() -> None:
    before, after = scores(2), scores(3, (0.6, 0, 0))
    whole = analyse_change(before, after, LINKED)
    for scored in (before, after):
        scored["peers"][:, 2] = np.nan
        scored["reports"][:, 2] = np.nan
    found = analyse_change(before, after, LINKED)
    assert found.competencies[2].verdict is Verdict.TOO_FEW
    assert found.competencies[0].p == whole.competencies[0].p
    first = found.competencies[0]
    assert first.p is not None
    assert first.holm_p is not None
    assert first.holm_p <= 2 * first.p + 1e-12


def test_clear_may_be_out_of_reach() -> None:
    # Manager and three peers reach 0.05, but not a third of it.
    before = {"manager": np.full((1, 3), 2.0), "peers": np.full((3, 3), 2.0)}
    after = {"manager": np.full((1, 3), 4.0), "peers": np.full((3, 3), 4.0)}
    for competency in analyse_change(before, after, LINKED).competencies:
        assert competency.verdict is Verdict.LIKELY_RISE
        assert not competency.clear_attainable


def test_a_group_in_one_round_is_listed_but_does_not_count() -> None:
    before, after = scores(4), scores(5)
    del after["reports"]
    after["customers"] = np.full((4, 3), 5.0)
    first = analyse_change(before, after, LINKED).competencies[0]
    assert list(first.groups) == ["manager", "peers", "reports", "customers"]
    assert first.test is not None
    assert first.test.groups == ("manager", "peers")
    assert first.groups["reports"].difference is None
    assert first.groups["customers"].n_before == 0


def test_nothing_at_all() -> None:
    found = analyse_change({}, {}, [])
    assert found.competencies == ()
    missing = {"peers": np.full((4, 3), np.nan)}
    for competency in analyse_change(missing, missing, LINKED).competencies:
        assert competency.verdict is Verdict.TOO_FEW
        assert (competency.difference, competency.p, competency.interval) == (None, None, None)


def test_nothing_moves() -> None:
    same = scores(6)
    for competency in analyse_change(same, same, LINKED).competencies:
        assert competency.verdict is Verdict.NO_CLEAR_CHANGE
        assert competency.difference == 0
        assert competency.p == 1


def test_a_reversed_scale_turned_to_rise_gives_the_same_report() -> None:
    before, after = scores(7), scores(8, (1.0, 0, -1.0))
    down = Scale(worst=5, best=1)
    turned = analyse_change(
        {key: down.rising(6 - values) for key, values in before.items()},
        {key: down.rising(6 - values) for key, values in after.items()},
        LINKED,
    )
    straight = analyse_change(before, after, LINKED)
    assert [c.verdict for c in turned.competencies] == [c.verdict for c in straight.competencies]
    not_turned = analyse_change(
        {key: 6 - values for key, values in before.items()},
        {key: 6 - values for key, values in after.items()},
        LINKED,
    )
    assert not_turned.competencies[0].difference == pytest.approx(
        -(straight.competencies[0].difference or 0)
    )


def test_then_and_now() -> None:
    then = scores(9)
    now = {key: values + np.array([0.5, 0, 0]) for key, values in then.items()}
    then["peers"][0, 0] = np.nan
    found = analyse_retrospective(then, now, LINKED)
    first = found.competencies[0]
    assert first.verdict is Verdict.CLEAR_RISE
    assert first.difference == pytest.approx(0.5)
    assert (first.groups["peers"].n_before, first.groups["peers"].n_after) == (5, 5)
    assert first.effects.superiority == 1
    assert first.effects.shift == pytest.approx(0.5)
    assert found.competencies[1].verdict is Verdict.NO_CLEAR_CHANGE
    assert found.goal_verdict is Verdict.CLEAR_RISE


def test_then_and_now_are_the_same_raters() -> None:
    with pytest.raises(ValueError, match="shapes"):
        analyse_retrospective({"peers": np.ones((3, 3))}, {"peers": np.ones((4, 3))}, LINKED)
    apart = analyse_retrospective({"peers": np.ones((3, 3))}, {"x": np.ones((3, 3))}, LINKED)
    assert [c.verdict for c in apart.competencies] == [Verdict.TOO_FEW] * 3
    assert list(apart.competencies[0].groups) == ["peers", "x"]


def test_wrong_number_of_links_is_refused() -> None:
    with pytest.raises(ValueError, match="goal_linked"):
        analyse_change(scores(10), scores(11), [True])


def test_no_change_is_seldom_called_clear() -> None:
    """A small run of the simulation in benchmarks/statistics_calibration.py."""
    rng = np.random.default_rng(12)
    reports, clear = 150, 0
    for _ in range(reports):
        rounds = []
        for _ in range(2):
            rounds.append(
                {
                    key: np.clip(
                        np.rint(
                            3.3
                            + rng.normal(0, 0.4, (n, 1, 1))
                            + rng.normal(0, 0.3, (n, 8, 1))
                            + rng.normal(0, 0.7, (n, 8, 4))
                        ),
                        1,
                        5,
                    ).mean(axis=2)
                    for key, n in {"manager": 1, "peers": 4, "reports": 3, "customers": 3}.items()
                }
            )
        found = analyse_change(rounds[0], rounds[1], [True] * 3 + [False] * 5)
        clear += any(c.verdict.is_clear for c in found.competencies)
    # 5 % of 150 is 7.5; 14 or more would happen by chance in less than 3 of 100 runs at 5 %.
    assert clear <= 13
