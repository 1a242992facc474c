"""The retrospective form: each statement asked twice, paired within one response."""

from __future__ import annotations

import pytest

from survey.report.of_round import report_of_round
from survey.rounds.close import close_round
from survey.rounds.errors import InvalidRoundError
from survey.rounds.questionnaires import questionnaire_of
from survey.rounds.submit import submit_feedback
from survey.service import Service
from survey.storage.models import Round, RoundKind
from tests.support.cases import NOW, draft_case, launched_case, tokens


def test_change_comes_from_raters_who_answered_both(service: Service) -> None:
    case = launched_case(
        service, {"manager": 1, "peers": 4}, kind=RoundKind.AFTER, retrospective=True
    )
    with service.database.reading() as session:
        competency = questionnaire_of(session.get_one(Round, case.round_id)).competencies[0]
    items = competency.indicator_ids
    links = tokens(service, case.round_id)
    # now, then; the last peer does not look back and must enter neither mean
    answers = {
        "peers1@example.org": (4, 2),
        "peers2@example.org": (3, 3),
        "peers3@example.org": (4, 3),
        "peers4@example.org": (1, None),
        "manager1@example.org": (5, 2),
    }
    for address, (now, then) in answers.items():
        fields = {f"r-{item}": str(now) for item in items}
        if then is not None:
            fields |= {f"b-{item}": str(then) for item in items}
        with service.database.writing() as session:
            submit_feedback(session, service.rater_links, links[address], fields, NOW.date())
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        close_round(session, round_, master_key=service.master_key, now=NOW)
        report = report_of_round(session, round_, "en")
    rows = {row.group: row for row in report.competencies[0].looking_back}
    assert rows["peers"].after.n == rows["peers"].before.n == 3
    assert rows["peers"].after.mean == pytest.approx(11 / 3)
    assert rows["peers"].before.mean == pytest.approx(8 / 3)
    assert rows["peers"].change == pytest.approx(1.0)
    assert rows["manager"].change == pytest.approx(3.0)
    assert report.competencies[0].response_shift == ()


def test_a_before_round_can_not_look_back(service: Service) -> None:
    with pytest.raises(InvalidRoundError, match="nothing to look back on"):
        draft_case(service, retrospective=True)
