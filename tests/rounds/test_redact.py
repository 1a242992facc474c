"""Names of third persons come out of comments visibly, before release, and never more than that."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from survey.report.of_round import report_of_round
from survey.rounds.close import close_round
from survey.rounds.errors import RoundError, WrongStateError
from survey.rounds.redact import redact_comment
from survey.rounds.release import release_round
from survey.rounds.submit import submit_feedback
from survey.service import Service
from survey.storage.models import AuditEntry, Round, StoredAggregate
from tests.support.cases import NOW, launched_case, tokens

TEXT = "Samira stayed calm when Boris Lang shouted at the whole project team."


@pytest.fixture
def closed(service: Service) -> Round:
    case = launched_case(service, {"manager": 1})
    token = tokens(service, case.round_id)["manager1@example.org"]
    with service.database.writing() as session:
        submit_feedback(session, service.rater_links, token, {"c-start": TEXT}, NOW.date())
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        close_round(session, round_, master_key=service.master_key, now=NOW)
    return round_


def redact(service: Service, closed: Round, words: str, position: int = 0) -> None:
    with service.database.writing() as session:
        round_ = session.get_one(Round, closed.id)
        redact_comment(
            session,
            round_,
            round_.mentorship.mentor,
            question_id="start",
            group_key="manager",
            position=position,
            words=words,
            now=NOW,
        )


def shown(service: Service, closed: Round) -> str:
    with service.database.reading() as session:
        report = report_of_round(session, session.get_one(Round, closed.id), "en")
        return report.comments[0].texts[0]


def test_the_place_is_marked_and_the_deed_recorded(service: Service, closed: Round) -> None:
    with service.database.reading() as session:
        fingerprint = session.get_one(StoredAggregate, closed.id).fingerprint
    redact(service, closed, "Boris Lang")
    assert shown(service, closed) == (
        "Samira stayed calm when [removed by the mentor] shouted at the whole project team."
    )
    with service.database.reading() as session:
        deeds = session.scalars(select(AuditEntry.action)).all()
        assert "comment.redacted" in deeds
        assert session.get_one(StoredAggregate, closed.id).fingerprint == fingerprint


@pytest.mark.parametrize("words", ["", "Anna", TEXT, TEXT[:40], "e", "Bo", "x" * 81])
def test_a_comment_can_not_be_shaped(service: Service, closed: Round, words: str) -> None:
    with pytest.raises(RoundError):
        redact(service, closed, words)
    assert shown(service, closed) == TEXT


def test_unknown_comments_and_released_reports_are_left_alone(
    service: Service, closed: Round
) -> None:
    with pytest.raises(RoundError):
        redact(service, closed, "Boris Lang", position=1)
    with service.database.writing() as session:
        release_round(session, session.get_one(Round, closed.id), NOW)
    with pytest.raises(WrongStateError):
        redact(service, closed, "Boris Lang")
