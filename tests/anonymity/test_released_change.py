"""The published statistics of change: what enters them, and that nothing else does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import combinations, product
from random import Random
from statistics import mean

import numpy as np
import pytest
from scipy import stats

from survey.anonymity.ballot import Ballot
from survey.anonymity.counted_round import CountedRound
from survey.anonymity.released_aggregate import Cell, build_released_aggregate
from survey.anonymity.released_change import publishable_scores, with_change
from survey.anonymity.thresholds import GroupRule
from survey.change.multiple import benjamini_hochberg, holm
from survey.change.verdict import Verdict
from survey.frameworks.questionnaire import Questionnaire
from tests.anonymity.small_rounds import Row, ballots_of, questionnaire_of

RULES = (
    GroupRule("self", "Self", anonymous=False, threshold=1),
    GroupRule("manager", "Manager", anonymous=False, threshold=1),
    GroupRule("peers", "Peers", anonymous=True, threshold=3),
    GroupRule("reports", "Direct reports", anonymous=True, threshold=3),
    GroupRule("customers", "Customers", anonymous=True, threshold=3),
)
# Per group, per rater, a row per competency.
Answers = Mapping[str, Sequence[Sequence[Row]]]


def asked(shape: Sequence[int], points: int = 5) -> Questionnaire:
    return questionnaire_of(shape, range(1, points + 1), [rule.key for rule in RULES])


def counted(questionnaire: Questionnaire, answers: Answers, *, twice: bool = False) -> CountedRound:
    return closed(questionnaire, ballots_of(questionnaire, answers, looking_back=twice), twice)


def closed(questionnaire: Questionnaire, ballots: Sequence[Ballot], twice: bool) -> CountedRound:
    aggregate = build_released_aggregate(
        questionnaire, RULES, ballots, label_comments=True, retrospective=twice
    )
    return CountedRound(questionnaire, ballots, aggregate)


def one_statement(*ratings: int | None) -> list[list[Row]]:
    """The raters of a group who rate one statement of one competency."""
    return [[(rating,)] for rating in ratings]


def change_of(before: Answers, after: Answers, shape: Sequence[int] = (1,), goal=()):
    questionnaire = asked(shape)
    return with_change(counted(questionnaire, after), counted(questionnaire, before), goal).change


def any_answers(seed: int, shape: Sequence[int], sizes: Mapping[str, int], *, times: int = 1):
    """Answers of some variety, one in twelve missing."""
    random = Random(seed)
    return {
        key: [
            [
                tuple(random.choice([1, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, None]) for _ in range(n))
                for n in (indicators * times for indicators in shape)
            ]
            for _ in range(size)
        ]
        for key, size in sizes.items()
    }


SIZES = {"self": 1, "manager": 1, "peers": 5, "reports": 4, "customers": 3}


@pytest.mark.parametrize("seed", range(12))
def test_the_difference_is_the_mean_of_the_published_changes_of_groups(seed):
    shape = (1, 2, 3, 4)
    questionnaire = asked(shape)
    before = counted(questionnaire, any_answers(seed, shape, SIZES))
    after = counted(questionnaire, any_answers(seed + 100, shape, SIZES | {"customers": 6}))
    document = with_change(after, before, ["c1"])
    told = 0
    for figures, now, then in zip(
        document.change.competencies,
        document.competencies,
        before.aggregate.competencies,
        strict=True,
    ):
        changes = {
            cell.group: exact(cell.mean) - exact(earlier.mean)
            for cell, earlier in zip(now.cells, then.cells, strict=True)
            if cell.mean is not None and earlier.mean is not None and cell.group != "self"
        }
        if figures.tested is not None:
            told += 1
            assert set(figures.tested.groups) == set(changes)
            expected = sum(changes.values()) / len(changes)
            assert abs(exact(figures.tested.difference) - expected) <= Fraction(1, 10**8)
    # What has a single statement may be left out; the others are always told.
    assert told >= 3


def exact(figure: float) -> Fraction:
    """A published figure has nine digits; the fraction of two small numbers behind them."""
    return Fraction(figure).limit_denominator(5000)


def by_hand(before: Sequence[float], after: Sequence[float]) -> Fraction:
    """Two-sided p of one group: all ways to say which ratings are from after."""
    pooled = [Fraction(score).limit_denominator(100) for score in (*before, *after)]
    places = range(len(pooled))

    def difference(chosen: Sequence[int]) -> Fraction:
        later = [pooled[i] for i in chosen]
        earlier = [pooled[i] for i in places if i not in chosen]
        return sum(later) / len(later) - sum(earlier) / len(earlier)

    observed = difference(places[len(before) :])
    others = [difference(chosen) for chosen in combinations(places, len(after))]
    as_high = sum(other >= observed for other in others)
    as_low = sum(other <= observed for other in others)
    return min(Fraction(1), 2 * Fraction(min(as_high, as_low), len(others)))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((1, 2, 3, 3), (3, 4, 5, 5)),
        ((2, 2, 4), (3, 4, 5, 5, 1)),
        ((4, 5, 4, 3, 5), (1, 2, 4, 2)),
        ((1, 2, 1, 4, 3), (4, 5, 5, 3, 5)),
    ],
)
def test_p_is_that_of_all_arrangements_where_nothing_is_withheld(before, after):
    change = change_of(
        {"peers": one_statement(*before)}, {"peers": one_statement(*after)}, goal=["c0"]
    )
    (figures,) = change.competencies
    tested = figures.tested
    assert (tested.groups, tested.bound, tested.exact, tested.p_error) == (
        ("peers",),
        "exact",
        True,
        0,
    )
    assert tested.difference == pytest.approx(mean(after) - mean(before))
    assert tested.p == pytest.approx(float(by_hand(before, after)))
    expected = stats.permutation_test(
        (after, before),
        lambda x, y: np.mean(x) - np.mean(y),
        n_resamples=np.inf,
        alternative="two-sided",
    )
    assert tested.p == pytest.approx(expected.pvalue)
    assert figures.superiority == pytest.approx(
        mean((x < y) + (x == y) / 2 for x, y in product(before, after))
    )
    assert figures.shift == pytest.approx(np.median([y - x for x, y in product(before, after)]))
    # One competency, all of it linked to the goal: the same test under another name.
    assert change.linked == tested
    assert (change.others, change.contrast) == (None, None)


def test_the_interval_holds_the_shifts_that_the_test_would_not_reject():
    before, after = (1, 2, 3, 3, 2), (3, 4, 4, 5, 5)
    change = change_of({"peers": one_statement(*before)}, {"peers": one_statement(*after)})
    tested = change.competencies[0].tested
    assert change.confidence == 0.95
    for limit, inside in ((tested.low, 1), (tested.high, -1)):
        step = inside * 0.01
        assert by_hand(before, [score - limit - step for score in after]) > 0.05
        assert by_hand(before, [score - limit + step for score in after]) <= 0.05


def test_verdicts_follow_from_p_adjusted_for_all_competencies():
    low, high, some = (1, 2, 1, 2, 2), (4, 5, 5, 4, 4), (3, 2, 4, 3, 2)
    columns_before, columns_after = (low, some, high), (high, some[::-1], low)
    before, after = (
        {"peers": [[(rating,) for rating in row] for row in zip(*columns, strict=True)]}
        for columns in (columns_before, columns_after)
    )
    change = change_of(before, after, (1, 1, 1), goal=["c0"])
    p_values = [figures.tested.p for figures in change.competencies]
    assert [figures.holm_p for figures in change.competencies] == pytest.approx(holm(p_values))
    assert [figures.bh_p for figures in change.competencies] == pytest.approx(
        benjamini_hochberg(p_values)
    )
    assert [figures.verdict for figures in change.competencies] == [
        Verdict.CLEAR_RISE,
        Verdict.NO_CLEAR_CHANGE,
        Verdict.CLEAR_FALL,
    ]
    assert all(figures.clear_attainable for figures in change.competencies)


@pytest.mark.parametrize(
    ("before", "after", "difference", "bound"),
    [
        ((2, 3, 3, 4), (5, 5, 5, 5), 4.875 - 2.5, "at_least"),
        ((2, 3, 3, 4), (5, 5, 4, 5), 4.875 - 2.5, "at_least"),
        ((2, 3, 3, 4), (1, 1, 1, 2), 1.125 - 2.5, "at_most"),
        ((1, 1, 1, 1), (2, 3, 4, 3), 2.5 - 1.125, "at_least"),
        ((5, 5, 5, 5), (2, 3, 4, 3), 2.5 - 4.875, "at_most"),
        ((1, 1, 1, 1), (5, 5, 5, 5), 4.875 - 1.125, "at_least"),
        ((5, 5, 5, 5), (5, 5, 5, 4), 0, "about"),
    ],
)
def test_a_bounded_mean_gives_a_bounded_difference(before, after, difference, bound):
    # One statement is not tested where the distribution is missing; so there are two.
    one, other = (
        {"peers": [[(rating, ratings[0])] for rating in ratings]} for ratings in (before, after)
    )
    change = change_of(one, other, [2], goal=["c0"])
    tested = change.competencies[0].tested
    assert tested.difference == pytest.approx(difference)
    assert tested.bound == bound
    assert change.linked.bound == "about"
    assert change.linked.difference == tested.difference


def test_scores_that_may_enter_a_test():
    ratings = np.array([[4.0, 5.0], [5.0, 5.0], [np.nan, np.nan]])
    cell = Cell(group="peers", n=2, mean=4.75, bound="exact")
    np.testing.assert_equal(publishable_scores(ratings, cell), [4.5, 5, np.nan])
    bounded = cell.model_copy(update={"bound": "at_least"})
    np.testing.assert_equal(publishable_scores(ratings, bounded), [4.75, 4.75, np.nan])
    withheld = Cell(group="peers")
    np.testing.assert_equal(publishable_scores(ratings, withheld), [np.nan] * 3)


def test_a_single_statement_is_not_tested_where_its_distribution_is_withheld():
    shown, withheld = one_statement(1, 3, 5), one_statement(3, 3, 3)
    other = {"reports": one_statement(1, 2, 4)}
    for before, after in ((shown, withheld), (withheld, shown), (withheld, withheld)):
        change = change_of({"peers": before} | other, {"peers": after} | other, goal=["c0"])
        (figures,) = change.competencies
        assert (figures.tested, figures.g, figures.superiority, figures.shift) == (None,) * 4
        assert figures.verdict is Verdict.TOO_FEW
        assert change.linked is None
    # A named group's rating is no secret, and a group that is not compared is in nobody's way.
    manager = {"manager": one_statement(3)}
    change = change_of(manager, manager | {"peers": withheld})
    assert change.competencies[0].tested.groups == ("manager",)


def test_groups_that_are_withheld_or_mean_something_else_do_not_count():
    shown = {"manager": one_statement(2), "peers": one_statement(1, 2, 4)}
    alike = change_of(shown, shown)
    hidden = {"reports": one_statement(5, 1)}
    pooled = {"reports": one_statement(5, 1), "customers": one_statement(4)}
    other_pool = {"peers": one_statement(1, 4), "customers": one_statement(4)}
    for before, after in (
        (shown | hidden, shown | hidden),
        (shown | {"self": one_statement(1)}, shown | {"self": one_statement(5)}),
        (shown, shown | pooled),
        (shown | pooled, shown | {"reports": one_statement(1, 3, 5)}),
        (shown | {"reports": one_statement(1, None, None)}, shown | {"reports": one_statement(3)}),
    ):
        change = change_of(before, after)
        assert change == alike
        assert change.competencies[0].tested.groups == ("manager", "peers")
    # The two pools have one key, and different members.
    manager = {"manager": one_statement(2)}
    change = change_of(manager | pooled, manager | other_pool)
    assert change == change_of(manager, manager)
    # The same pool counts.
    change = change_of(manager | pooled, manager | pooled)
    assert change.competencies[0].tested.groups == ("manager", "other_raters")


@pytest.mark.parametrize("twice", [False, True])
def test_a_round_without_a_group_to_compare_can_be_closed(twice):
    questionnaire = asked([2, 1])
    two = any_answers(1, (2, 1), {"self": 1, "peers": 2}, times=1 + twice)
    later = counted(questionnaire, two, twice=twice)
    earlier = counted(questionnaire, any_answers(2, (2, 1), {"peers": 4}))
    document = with_change(later, earlier, ["c0"])
    for change in (document.change, document.looking_back) if twice else (document.change,):
        assert [figures.tested for figures in change.competencies] == [None, None]
        assert {figures.verdict for figures in change.competencies} == {Verdict.TOO_FEW}
        assert (change.linked, change.others, change.contrast) == (None, None, None)
        assert change.goal_verdict is Verdict.TOO_FEW


def test_the_goal_contrast_is_the_change_of_the_linked_minus_that_of_the_others():
    shape = (2, 2, 2)
    before, after = (
        {
            key: [[(a, b), (b, c), (c, a)] for a, b, c in raters]
            for key, raters in {"manager": [one], "peers": four}.items()
        }
        for one, four in (
            ((2, 4, 3), [(2, 2, 3), (3, 3, 4), (1, 2, 4), (3, 4, 3)]),
            ((4, 4, 2), [(4, 2, 3), (3, 4, 4), (4, 2, 3), (3, 3, 3)]),
        )
    )
    change = change_of(before, after, shape, goal=["c0", "c1"])
    changes = [figures.tested.difference for figures in change.competencies]
    assert change.goal_competencies == ("c0", "c1")
    assert change.linked.difference == pytest.approx((changes[0] + changes[1]) / 2)
    assert change.others.difference == pytest.approx(changes[2])
    assert change.contrast.difference == pytest.approx((changes[0] + changes[1]) / 2 - changes[2])
    assert {t.bound for t in (change.linked, change.others, change.contrast)} == {"exact"}
    assert change.goal_verdict in set(Verdict)
    # Nothing linked, or everything: no contrast.
    for goal in ([], ["c0", "c1", "c2"]):
        assert change_of(before, after, shape, goal=goal).contrast is None


def test_the_goal_contrast_is_withheld_where_fewer_than_the_threshold_saw_both_sides():
    # Three raters have a score on each competency, but one alone on both.
    few = peers((1, 4), (3, None), (5, None), (None, 2), (None, 2))
    all_saw = peers((1, 4), (2, 2), (5, 2))
    for before, after in ((few, all_saw), (all_saw, few), (few, few)):
        change = change_of(before, after, (1, 1), goal=["c0"])
        assert change.linked.groups == change.others.groups == ("peers",)
        assert change.contrast is None
        assert change.goal_verdict is Verdict.TOO_FEW
        # Another group has its contrast all the same.
        manager = {"manager": [[(2,), (4,)]]}
        change = change_of(before | manager, after | manager, (1, 1), goal=["c0"])
        assert change.contrast.groups == ("manager",)


def test_figures_of_the_goal_are_withheld_where_fewer_than_the_threshold_saw_half_of_it():
    # Three raters have a score on each competency; on two of the three at least, three or two.
    enough = peers((1, 3, None), (2, 4, None), (5, None, 3), (None, 4, 1), (None, None, 4))
    few = peers((1, 3, 1), (2, 4, 3), (5, None, None), (None, 4, None), (None, None, 4))
    for answers, groups in ((enough, ("peers",)), (few, None)):
        change = change_of(answers, answers, (1, 1, 1), goal=["c0", "c1", "c2"])
        assert all(figures.tested is not None for figures in change.competencies)
        assert (change.linked and change.linked.groups) == groups


def peers(*raters: Sequence[int | None]) -> Answers:
    """The raters of one group, with a rating for each competency's only statement."""
    return {"peers": [[(rating,) for rating in ratings] for ratings in raters]}


def test_rounds_on_different_scales_are_not_compared():
    answers = {"peers": one_statement(1, 2, 4)}
    later, earlier = counted(asked([1], 5), answers), counted(asked([1], 7), answers)
    assert with_change(later, earlier, ["c0"]) == later.aggregate
    assert with_change(later, None, ["c0"]) == later.aggregate


def test_a_competency_that_only_one_round_asked_has_no_change():
    earlier_asked, later_asked = asked([1, 1, 2]), asked([1, 1, 2, 2])
    both = [[(1,), (2,), (3, 4)], [(2,), (4,), (1, 2)], [(4,), (5,), (2, 5)]]
    earlier = counted(earlier_asked, {"peers": both})
    later = counted(later_asked, {"peers": [[*row, (2, 3)] for row in both]})
    change = with_change(later, earlier, ["c3"]).change
    assert [f.tested is None for f in change.competencies] == [False, False, False, True]
    assert (change.linked, change.contrast) == (None, None)
    assert change.others.difference == 0
    # What only the earlier one asked is not told at all.
    change = with_change(earlier, later, ["c0"]).change
    assert [figures.id for figures in change.competencies] == ["c0", "c1", "c2"]


def test_raters_who_look_back_are_compared_with_themselves_and_with_the_earlier_round():
    now, then, before = (4, 5, 2, 5, 5), (2, 3, 2, 1, 1), (3, 4, 2, 4)
    later = counted(
        asked([1]),
        {
            "peers": [
                *([pair] for pair in zip(now, then, strict=True)),
                # Only with both: these three enter nothing.
                [(1, None)],
                [(1, None)],
                [(None, 5)],
            ],
        },
        twice=True,
    )
    earlier = counted(asked([1]), {"peers": one_statement(*before)})
    document = with_change(later, earlier, ["c0"])
    (looked_back,) = document.looking_back.competencies
    differences = [a - b for a, b in zip(now, then, strict=True)]
    assert looked_back.tested.difference == pytest.approx(mean(differences))
    assert looked_back.tested.p == flips_by_hand(differences)
    assert looked_back.superiority == mean((d > 0) + (d == 0) / 2 for d in differences)
    assert looked_back.response_shift is None
    assert document.looking_back.linked == looked_back.tested
    (since,) = document.change.competencies
    assert since.tested.difference == pytest.approx(mean(now) - mean(before))
    assert since.tested.p == pytest.approx(float(by_hand(before, now)))
    assert since.response_shift.difference == pytest.approx(mean(then) - mean(before))
    assert since.response_shift.p == pytest.approx(float(by_hand(before, then)))
    # Without an earlier round there is only the look back.
    alone = with_change(later, None, ["c0"])
    assert alone.change is None
    assert alone.looking_back == document.looking_back


def flips_by_hand(differences: Sequence[int]) -> float:
    """Two-sided p of paired differences: all ways to turn them round."""
    sums = [
        sum(sign * d for sign, d in zip(signs, differences, strict=True))
        for signs in product([1, -1], repeat=len(differences))
    ]
    observed = sum(differences)
    tail = min(sum(s >= observed for s in sums), sum(s <= observed for s in sums))
    return min(1.0, 2 * tail / len(sums))


def test_no_response_shift_where_the_look_back_is_on_the_very_same_statement_and_withheld():
    # Everybody rates the past alike, in the middle: one statement, so the score is the rating.
    later = counted(asked([1]), {"peers": [[(4, 3)], [(5, 3)], [(1, 3)]]}, twice=True)
    earlier = counted(asked([1]), {"peers": one_statement(1, 2, 4)})
    document = with_change(later, earlier, [])
    assert document.looking_back.competencies[0].tested is None
    assert document.change.competencies[0].tested is not None
    assert document.change.competencies[0].response_shift is None


@pytest.mark.parametrize("twice", [False, True])
@pytest.mark.parametrize("size", [5, 24])  # all arrangements, or draws
def test_the_order_of_the_ballots_makes_no_difference(twice, size):
    shape = (3, 1, 2, 4)
    questionnaire = asked(shape)
    sizes = SIZES | {"peers": size}
    earlier = counted(questionnaire, any_answers(7, shape, sizes))
    later = counted(questionnaire, any_answers(8, shape, sizes, times=1 + twice), twice=twice)
    documents = {with_change(later, earlier, ["c0", "c3"]).to_json()}
    random = Random(1)
    for _ in range(5):
        first, second = (
            closed(questionnaire, random.sample(round_.ballots, len(round_.ballots)), both)
            for round_, both in ((earlier, False), (later, twice))
        )
        documents.add(with_change(second, first, ["c0", "c3"]).to_json())
    assert len(documents) == 1
