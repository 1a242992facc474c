"""How far a goal was reached; T scores worked by hand from Kiresuk and Sherman (1968), p. 448.

T = 50 + 10 sum(w x) / sqrt(0.7 sum(w^2) + 0.3 (sum w)^2)
"""

from __future__ import annotations

from math import sqrt

import pytest

from survey.mentoring.attainment import GoalAttainment, MeasureAttainment, attainment_of
from survey.mentoring.success_measures import rate_attained, save_measures
from survey.service import Service
from survey.storage.models import Goal
from tests.mentoring.test_success_measures import FULL, SHORT, new_goal

TEXTS = ("a", "b", "c", "d", "e")


def attainment(*rated: tuple[int, int | None, int | None]) -> GoalAttainment:
    """Measures as weight, level at the start and level now."""
    return GoalAttainment(tuple(MeasureAttainment("What", TEXTS, *levels) for levels in rated))


@pytest.mark.parametrize(
    ("rated", "start", "now"),
    [
        # One measure: ten points a level, whatever its weight.
        ([(1, -2, 0)], 30, 50),
        ([(3, -1, 2)], 40, 70),
        # Two of weight 1: sqrt(0.7 * 2 + 0.3 * 4) = sqrt(2.6) = 1.61245.
        ([(1, -1, 1), (1, -1, 0)], 50 - 20 / 1.61245, 50 + 10 / 1.61245),
        # Weights 2, 1, 3: sqrt(0.7 * 14 + 0.3 * 36) = sqrt(20.6) = 4.53872;
        # start -4 - 1 - 6 = -11, now 0 + 0 + 3 = 3.
        ([(2, -2, 0), (1, -1, 0), (3, -2, 1)], 25.764, 56.610),
    ],
)
def test_t_scores(rated: list[tuple[int, int, int]], start: float, now: float) -> None:
    found = attainment(*rated)
    assert found.t_baseline == pytest.approx(start, abs=0.001)
    assert found.t_now == pytest.approx(now, abs=0.001)
    assert found.counted == found.measures


def test_both_scores_are_over_the_measures_that_have_both_levels() -> None:
    found = attainment((1, -1, 1), (3, -2, None), (3, None, 2), (1, -1, 0), (2, None, None))
    assert found.counted == (found.measures[0], found.measures[3])
    assert found.t_baseline == pytest.approx(50 - 20 / sqrt(2.6))
    assert found.t_now == pytest.approx(50 + 10 / sqrt(2.6))


def test_while_none_has_both_only_one_score_is_there() -> None:
    assert attainment((1, -1, None), (1, -1, None)).t_baseline == pytest.approx(50 - 20 / sqrt(2.6))
    assert attainment((1, -1, None)).t_now is None
    assert attainment((1, None, 1)).t_now == pytest.approx(60)
    assert attainment((1, None, 1)).t_baseline is None
    # One at the start, another now: side by side they would seem comparable.
    mixed = attainment((1, -2, None), (1, None, 1))
    assert (mixed.t_baseline, mixed.t_now) == (None, pytest.approx(60))


def test_nothing_rated_no_score() -> None:
    found = attainment((1, None, None))
    assert (found.t_baseline, found.t_now, found.counted) == (None, None, ())


def test_level_texts_are_found_by_their_level() -> None:
    (measure,) = attainment((1, None, None)).measures
    assert [measure.text_of(level) for level in (-2, -1, 0, 1, 2)] == list(TEXTS)


def test_it_is_read_from_a_goal(service: Service) -> None:
    with service.database.writing() as session:
        goal = new_goal(session)
        assert attainment_of(goal) is None
        save_measures(session, goal, [FULL, SHORT])
        rate_attained(session, goal, {goal.measures[0].id: 1})
        goal_id = goal.id
    with service.database.reading() as session:
        found = attainment_of(session.get_one(Goal, goal_id))
    assert found is not None
    first, second = found.measures
    assert (first.weight, first.baseline, first.attained) == (3, -2, 1)
    assert first.text_of(0) == "Leads one alone"
    assert (second.statement, second.baseline, second.attained) == ("Speaking up", None, None)
    assert (found.t_baseline, found.t_now) == (30, 60)
