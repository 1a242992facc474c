"""What a mentor is told before the launch about numbers, small groups and days."""

from __future__ import annotations

import datetime as dt

import pytest

from survey.anonymity.thresholds import GroupRule, decide_disclosure
from survey.rounds.rater_guidance import (
    GroupOutlook,
    number_advice,
    small_groups_warnings,
    usual_day_for_proposals,
    usual_deadline,
)

LABELS = {"peers": "Peers", "reports": "Direct reports", "customers": "Customers"}


def groups(**numbers: int) -> list[GroupOutlook]:
    return [GroupOutlook(key, LABELS[key], True, 3, n, 0) for key, n in numbers.items()]


@pytest.mark.parametrize("peers", range(5))
@pytest.mark.parametrize("reports", range(5))
@pytest.mark.parametrize("customers", range(5))
def test_what_is_said_is_what_the_report_will_do(peers: int, reports: int, customers: int) -> None:
    """If everybody answers: hidden groups are announced as hidden, pooled ones as pooled."""
    numbers = {"peers": peers, "reports": reports, "customers": customers}
    said = small_groups_warnings(groups(**numbers))
    rules = [GroupRule(key, LABELS[key], True, 3) for key in numbers]
    disclosed = decide_disclosure(rules, numbers)
    pooled = {key for shown in disclosed.shown if len(shown.members) > 1 for key in shown.members}
    for key, number in numbers.items():
        about = " ".join(text for text in said if text.startswith(f"{LABELS[key]}:"))
        assert ("nobody is invited" in about) == (number == 0)
        assert ("they are shown as “other raters” once" in about) == (key in pooled)
        assert ("stay hidden, and" in about) == (key in disclosed.hidden and number > 0)
        assert ("everybody has to answer" in about) == (number == 3)
        assert bool(about) == (number <= 3)


def test_eight_to_twelve_need_no_advice() -> None:
    assert "8 to 12" in number_advice(groups(peers=3, reports=4))
    assert number_advice(groups(peers=4, reports=4)) == ""
    assert number_advice(groups(peers=6, reports=6)) == ""
    assert "More than 12" in number_advice(groups(peers=6, reports=7))


@pytest.mark.parametrize("offset", range(7))
def test_the_usual_deadline_is_in_two_weeks_and_on_a_working_day(offset: int) -> None:
    today = dt.date(2026, 11, 2) + dt.timedelta(days=offset)
    day = usual_deadline(today)
    assert day.weekday() < 5
    assert 14 <= (day - today).days <= 16
    asked = usual_day_for_proposals(today, day)
    assert asked.weekday() < 5
    assert 5 <= (asked - today).days <= 7
    assert usual_day_for_proposals(today, today) == today
