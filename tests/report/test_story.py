"""The sentences of the first page say what the numbers say, and no more."""

from __future__ import annotations

import re

import pytest

from survey.change.verdict import Verdict
from survey.report.story import tell
from survey.report.wording import ENGLISH
from tests.support.reports import all_rate, questionnaire, report_of


def raters(*levels, own=None, manager=None, peers=5, customers=5):
    """The same levels from manager, peers and customers; the own view by itself."""
    answers = all_rate("peers", peers, *levels) | all_rate("customers", customers, *levels)
    answers |= all_rate("manager", 1, *(manager or levels))
    if own is not None:
        answers |= all_rate("self", 1, *own)
    return answers


LOW, MIDDLE, HIGH = (2, 3), (3, 4), (4, 5)


def test_a_clear_rise_is_told_with_its_numbers():
    report = report_of(
        questionnaire(3),
        [raters(LOW, MIDDLE, MIDDLE), raters(HIGH, MIDDLE, MIDDLE)],
        goal=["c0"],
    )
    story = tell(report, ENGLISH)
    assert story.headline == "A clear rise in 1 of 3 competencies"
    assert story.sentences[0] == ("Competency 0 rose most, from 2.5 to 4.5 (+2.0): a clear rise.")
    assert "No competency fell." in story.sentences
    goal = next(s for s in story.sentences if "goal" in s)
    assert "moved by +2.0 points on average, the others by 0.0: clearly more" in goal


def test_a_fall_is_told_and_a_rise_that_may_be_chance_is_called_so():
    report = report_of(
        questionnaire(2),
        [
            raters(HIGH, MIDDLE),
            raters(LOW, MIDDLE)
            | all_rate("customers", 5, LOW, (4, 4)),  # half a point up, in one group only
        ],
    )
    story = tell(report, ENGLISH)
    assert story.headline.startswith("A clear fall in 1")
    assert any(
        s == "Competency 0 fell, from 4.5 to 2.5 (−2.0): a clear fall." for s in story.sentences
    )
    rise = next(s for s in story.sentences if s.startswith("Competency 1"))
    verdict = report.competencies[1].verdict
    assert (": a" in rise) == (verdict in (Verdict.CLEAR_RISE, Verdict.LIKELY_RISE))


def test_one_manager_alone_settles_nothing():
    report = report_of(
        questionnaire(2),
        [
            all_rate("manager", 1, LOW, MIDDLE) | all_rate("self", 1, HIGH, HIGH),
            all_rate("manager", 1, HIGH, LOW) | all_rate("self", 1, HIGH, HIGH),
        ],
    )
    story = tell(report, ENGLISH)
    assert story.headline == (
        "1 of 2 competencies rated higher, 1 lower: too few answers to say more"
    )
    assert not any(re.search(r"clear|likely|chance explains", s) for s in story.sentences)
    assert story.sentences[-1].startswith("So few answers cannot tell a change from chance")


def test_the_biggest_gap_is_named_as_a_blind_spot_or_else_as_a_hidden_strength():
    blind = report_of(questionnaire(2), [raters(LOW, MIDDLE, own=(HIGH, HIGH))])
    assert (
        "The biggest blind spot is Competency 0: self-view 4.5, others 2.5."
        in tell(blind, ENGLISH).sentences
    )
    hidden = report_of(questionnaire(2), [raters(HIGH, MIDDLE, own=(LOW, MIDDLE))])
    assert (
        "There is no blind spot; the biggest hidden strength is Competency 0: "
        "self-view 2.5, others 4.5." in tell(hidden, ENGLISH).sentences
    )
    alike = report_of(questionnaire(2), [raters(LOW, MIDDLE, own=(LOW, MIDDLE))])
    assert (
        "Self-view and others’ view lie close together throughout."
        in tell(alike, ENGLISH).sentences
    )


def test_one_round_tells_the_ends_and_what_it_rests_on():
    report = report_of(questionnaire(3), [raters(LOW, MIDDLE, HIGH)], goal=["c0"])
    story = tell(report, ENGLISH)
    assert story.headline == "Strongest in Competency 2, most room in Competency 0"
    assert story.sentences[0] == (
        "The others rate Competency 2 highest (4.5) and Competency 0 lowest (2.5)."
    )
    assert "linked to the goal stand at 2.5 on average, the others at 4.0" in story.sentences[1]
    assert story.sentences[-1] == "This rests on the answers of 11 raters in 3 groups."


def test_looking_back_is_told_from_one_round():
    then, now = LOW, HIGH
    rows = [[(*now, *then)], [(*reversed(now), *reversed(then))]] * 3
    report = report_of(questionnaire(1), [{"peers": rows, "customers": rows}], looking_back=True)
    assert report.basis == "looking_back"
    assert tell(report, ENGLISH).sentences[0] == (
        "Competency 0 rose, from 2.5 to 4.5 (+2.0): a clear rise."
    )


def test_rounds_without_a_common_group_are_not_compared():
    report = report_of(
        questionnaire(2), [all_rate("peers", 4, LOW, LOW), all_rate("customers", 4, HIGH, HIGH)]
    )
    story = tell(report, ENGLISH)
    assert story.headline == "The two rounds cannot be compared"
    assert all(c.movement.value is None for c in report.competencies)


def test_nobody_answered():
    report = report_of(questionnaire(2), [{}])
    assert tell(report, ENGLISH).headline == "What the answers say"
    assert tell(report, ENGLISH).sentences == ()


@pytest.mark.parametrize("after", [HIGH, (5, 5)])
def test_a_mean_at_the_end_of_the_scale_stays_a_bound_in_the_words(after):
    report = report_of(questionnaire(1), [raters(LOW), raters(after)])
    competency = report.competencies[0]
    (sentence, *_) = tell(report, ENGLISH).sentences
    if after == HIGH:
        assert "≥" not in sentence
    else:
        assert competency.movement.bound == "at_least"
        assert "to ≥\N{NO-BREAK SPACE}4.9 (≥\N{NO-BREAK SPACE}+2.4)" in sentence


def test_three_to_five_sentences():
    asked = questionnaire(3)
    before = raters(LOW, MIDDLE, HIGH, own=(HIGH, HIGH, HIGH))
    after = raters(HIGH, MIDDLE, MIDDLE, own=(HIGH, HIGH, HIGH))
    for rounds in ([before], [before, after]):
        assert 3 <= len(tell(report_of(asked, rounds, goal=["c0"]), ENGLISH).sentences) <= 5
