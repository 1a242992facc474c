"""What a report puts side by side, against plain arithmetic."""

from __future__ import annotations

import pytest

from survey.change.self_other import SelfOther
from survey.report.pictures import overview_picture, radar_picture, trend_picture
from survey.report.wording import ENGLISH
from tests.support.reports import all_rate, questionnaire, report_of

LOW, MIDDLE, HIGH = (2, 3), (3, 4), (4, 5)


def test_start_end_and_movement_count_the_groups_of_both_rounds():
    report = report_of(
        questionnaire(1),
        [
            all_rate("manager", 1, LOW) | all_rate("peers", 4, LOW) | all_rate("self", 1, LOW),
            all_rate("manager", 1, MIDDLE) | all_rate("customers", 4, HIGH),
        ],
    )
    competency = report.competencies[0]
    # Peers answered before only, customers after only: the manager alone is compared.
    assert competency.start.value == pytest.approx(2.5)
    assert competency.end.value == pytest.approx(3.5)
    assert competency.movement.value == pytest.approx(1.0)
    assert competency.all_after == pytest.approx((3.5 + 4.5) / 2)
    assert competency.finding.tested.groups == ("manager",)


def test_the_published_difference_is_the_change_on_the_page():
    before = all_rate("manager", 1, LOW, HIGH) | all_rate("peers", 4, LOW, MIDDLE)
    after = all_rate("manager", 1, HIGH, HIGH) | all_rate("peers", 3, MIDDLE, (5, 5))
    report = report_of(questionnaire(2), [before, after], goal=["c1"])
    for competency in report.competencies:
        assert competency.finding.tested.difference == pytest.approx(competency.movement.value)
        assert competency.finding.tested.bound == competency.movement.bound
    assert [c.goal_linked for c in report.competencies] == [False, True]


def test_self_and_others_are_classed_before_and_after():
    report = report_of(
        questionnaire(1),
        [
            all_rate("self", 1, HIGH) | all_rate("peers", 4, LOW),
            all_rate("self", 1, HIGH) | all_rate("peers", 4, HIGH),
        ],
    )
    competency = report.competencies[0]
    assert competency.self_other_before.kind is SelfOther.BLIND_SPOT
    assert competency.self_other_before.gap == pytest.approx(2.0)
    assert competency.self_other.kind is SelfOther.AGREED_STRENGTH


def test_a_response_shift_compares_the_look_back_with_the_round_of_then():
    asked = questionnaire(1)
    before = {"peers": [[(4, 3, 1, 1)], [(3, 4, 1, 1)], [(4, 3, 1, 1)]]}  # 3.5 at the time
    after = {"peers": [[(4, 5, 2, 3)], [(5, 4, 3, 2)], [(4, 5, 2, 3)]]}  # 2.5, looking back
    report = report_of(asked, [before, after], looking_back=True)
    competency = report.competencies[0]
    assert competency.movement.value == pytest.approx(1.0)
    assert competency.finding_looking_back.tested.difference == pytest.approx(2.0)
    assert competency.shift_of_yardstick.difference == pytest.approx(-1.0)


def test_a_trend_needs_three_rounds_and_counts_groups_of_all_of_them():
    asked = questionnaire(3)
    rounds = [
        all_rate("peers", 4, LOW, LOW, LOW) | all_rate("self", 1, HIGH, HIGH, HIGH),
        all_rate("peers", 3, MIDDLE, LOW, LOW) | all_rate("customers", 5, HIGH, HIGH, HIGH),
        all_rate("peers", 5, HIGH, LOW, LOW) | all_rate("self", 1, HIGH, HIGH, HIGH),
    ]
    assert report_of(asked, rounds[:2]).trend is None
    report = report_of(asked, rounds)
    assert [r.kind for r in report.trend.rounds] == ["before", "interim", "after"]
    first = report.trend.competencies[0]
    assert [mean.value for mean in first.others] == pytest.approx([2.5, 3.5, 4.5])
    assert first.own == (4.5, None, 4.5)
    assert trend_picture(report, ENGLISH) is not None
    assert trend_picture(report_of(asked, rounds[:2]), ENGLISH) is None


def test_pictures_are_left_out_where_there_is_nothing_to_draw():
    empty = report_of(questionnaire(3), [{}])
    assert overview_picture(empty, ENGLISH) is None
    assert radar_picture(empty, ENGLISH) is None
    two = report_of(questionnaire(2), [all_rate("peers", 4, LOW, HIGH)])
    assert overview_picture(two, ENGLISH) is not None
    assert radar_picture(two, ENGLISH) is None  # a radar of two spokes is a line
