import numpy as np
import pytest
from scipy import stats

from survey.change.goal_link import goal_link
from survey.change.paired import paired_change
from survey.change.response_shift import response_shift
from survey.change.stratified import stratified_change
from tests.change.reference_data import array

LINKED = [True, True, False, False, False]


def rounds(seed: int, linked_rise: float = 0.0) -> tuple[dict[str, np.ndarray], ...]:
    rng = np.random.default_rng(seed)
    sizes = {"manager": (1, 1), "peers": (4, 5), "reports": (5, 4)}
    before = {key: 3 + rng.normal(0, 0.4, (n, 5)) for key, (n, _) in sizes.items()}
    after = {key: 3 + rng.normal(0, 0.4, (n, 5)) for key, (_, n) in sizes.items()}
    for scores in after.values():
        scores[:, :2] += linked_rise
    return before, after


def test_means_are_those_of_the_competencies_own_changes() -> None:
    before, after = rounds(0, 0.5)
    found = goal_link(before, after, LINKED, stratified_change)
    changes = [test.difference for test in stratified_change(before, after) if test]
    assert found.linked is not None
    assert found.others is not None
    assert found.contrast is not None
    assert found.linked.difference == pytest.approx(np.mean(changes[:2]))
    assert found.others.difference == pytest.approx(np.mean(changes[2:]))
    assert found.contrast.difference == pytest.approx(
        found.linked.difference - found.others.difference
    )


def test_raters_are_rearranged_not_competencies() -> None:
    # One group: the contrast is the two-sample permutation test of the raters' own contrasts.
    before, after = rounds(1, 0.3)
    before, after = {"peers": before["peers"]}, {"peers": after["peers"]}
    found = goal_link(before, after, LINKED, stratified_change).contrast
    own = [m[:, :2].mean(axis=1) - m[:, 2:].mean(axis=1) for m in (after["peers"], before["peers"])]
    expected = stats.permutation_test(own, lambda x, y: x.mean() - y.mean(), n_resamples=np.inf)
    assert found is not None
    assert found.p == pytest.approx(expected.pvalue)


def test_a_rater_who_misses_an_easy_competency_is_not_taken_for_strict() -> None:
    # Competency 0 is rated 2 points higher than 1 by everyone; nothing changes.
    scores = np.tile([5.0, 3.0, 4.0, 4.0, 4.0], (6, 1))
    holed = scores.copy()
    holed[:3, 0] = np.nan
    found = goal_link({"peers": scores}, {"peers": holed}, LINKED, stratified_change)
    assert found.linked is not None
    assert found.linked.difference == pytest.approx(0)


def test_a_competency_rated_in_one_round_only_is_left_out() -> None:
    before, after = rounds(2)
    before["peers"][:, 0] = np.nan
    found = goal_link(before, after, LINKED, stratified_change)
    rest = goal_link(
        {"peers": before["peers"][:, 1:]},
        {"peers": after["peers"][:, 1:]},
        LINKED[1:],
        stratified_change,
    )
    alone = goal_link(
        {"peers": before["peers"]}, {"peers": after["peers"]}, LINKED, stratified_change
    )
    assert found.contrast is not None
    assert alone == rest


def test_nothing_to_contrast() -> None:
    before, after = rounds(3)
    none = goal_link(before, after, [False] * 5, stratified_change)
    assert none.linked is None
    assert none.others is not None
    assert none.contrast is None
    assert goal_link(before, after, [True] * 5, stratified_change).contrast is None
    apart = goal_link({"peers": before["peers"]}, {"x": after["peers"]}, LINKED, stratified_change)
    assert (apart.linked, apart.others, apart.contrast) == (None, None, None)
    empty = {"peers": np.full((3, 5), np.nan)}
    assert goal_link(empty, empty, LINKED, stratified_change).contrast is None
    with pytest.raises(ValueError, match="entries"):
        goal_link(before, after, [True], stratified_change)


def test_pairs_are_contrasted_within_raters() -> None:
    then, _ = rounds(4)
    now = {key: scores + array([0.5, 0.5, 0, 0, 0]) for key, scores in then.items()}
    found = goal_link(then, now, LINKED, paired_change).contrast
    assert found is not None
    assert found.difference == pytest.approx(0.5)
    assert found.p == pytest.approx(2 / 2**10)


def test_response_shift_is_then_minus_before() -> None:
    before, _ = rounds(5)
    then = {key: scores - 0.5 for key, scores in before.items()}
    shifts = response_shift(before, then)
    assert [shift and shift.difference for shift in shifts] == pytest.approx([-0.5] * 5)
    assert response_shift(before, {}) == (None,) * 5
