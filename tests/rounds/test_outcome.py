"""What a round leaves for the programme view: noted at its close, and not before."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import Date, DateTime, Time, select, text

from survey.anonymity.ballot import Ballot, from_bytes
from survey.anonymity.ballot_box import seal
from survey.anonymity.delay import DelayStep, delay_step
from survey.anonymity.released_aggregate import ReleasedAggregate
from survey.frameworks.rater_groups import STANDARD_GROUPS
from survey.rounds.draft import RoundDetails, add_raters, create_draft
from survey.rounds.release import release_round
from survey.rounds.submit import submit_feedback
from survey.service import Service
from survey.storage.models import (
    AnswerDelay,
    Base,
    CompetencyOutcome,
    GroupParticipation,
    ProgrammeEntry,
    Response,
    Round,
    RoundKind,
    RoundOutcome,
    SealedBallot,
)
from survey.storage.queries import rounds as round_queries
from tests.support.cases import NOW, close, entries, launch, launched_case, tokens

RATERS = {"manager": 1, "peers": 4}
OUTCOMES = (RoundOutcome, CompetencyOutcome, GroupParticipation, AnswerDelay)


def rated(service: Service, rating: int) -> dict[str, str]:
    framework = service.catalogue.shipped["leadership"]
    return {f"r-{i.id}": str(rating) for c in framework.competencies for i in c.indicators}


def answer(service: Service, round_id: uuid.UUID, ratings: list[int], days: list[int]) -> None:
    links = list(tokens(service, round_id).values())
    for token, rating, day in zip(links, ratings, days, strict=False):
        with service.database.writing() as session:
            submit_feedback(
                session,
                service.rater_links,
                token,
                rated(service, rating),
                NOW.date() + dt.timedelta(day),
            )


def before_round(service: Service) -> uuid.UUID:
    case = launched_case(service, RATERS)
    answer(service, case.round_id, [2, 3, 3, 2, 3], [0] * 5)
    close(service, case.round_id)
    return case.round_id


def after_round(service: Service, before: uuid.UUID) -> uuid.UUID:
    with service.database.writing() as session:
        earlier = session.get_one(Round, before)
        draft = create_draft(
            session,
            earlier.mentorship,
            RoundDetails(
                kind=RoundKind.AFTER,
                framework_id="leadership",
                groups=STANDARD_GROUPS,
                deadline=NOW.date() + dt.timedelta(days=14),
                goal=earlier.mentorship.goals[0],
                compared_with=earlier,
            ),
            NOW.date(),
        )
        if not draft.invitations:
            assert add_raters(session, draft, entries(RATERS)) == []
        after = draft.id
    launch(service, after)
    return after


def rows(service: Service, model: type[Base]) -> list[object]:
    with service.database.reading() as session:
        return list(session.scalars(select(model)))


def test_a_before_round_leaves_nothing(service: Service) -> None:
    before = before_round(service)
    assert [model for model in OUTCOMES if rows(service, model)] == []
    with service.database.writing() as session:
        release_round(session, session.get_one(Round, before), NOW)
    assert rows(service, ProgrammeEntry) == []


def test_an_after_round_leaves_what_its_report_says(service: Service) -> None:
    after = after_round(service, before_round(service))
    answer(service, after, [5, 4, 5, 4, 5], [1, 2, 3, 7, 8])
    assert [model for model in OUTCOMES if rows(service, model)] == []
    close(service, after)
    with service.database.reading() as session:
        stored = round_queries.aggregate(session, after)
        assert stored is not None
        change = ReleasedAggregate.from_json(stored.document).change
        assert change is not None
        outcome = session.get_one(RoundOutcome, after)
        assert outcome.goal_verdict == change.goal_verdict
        assert change.contrast is not None
        assert outcome.contrast == change.contrast.difference
        kept = {row.competency_id: row for row in session.scalars(select(CompetencyOutcome))}
        assert set(kept) == {figures.id for figures in change.competencies}
        for figures in change.competencies:
            assert figures.tested is not None
            assert kept[figures.id].difference == figures.tested.difference > 0
            assert kept[figures.id].verdict == figures.verdict
            assert kept[figures.id].goal_linked == (figures.id in change.goal_competencies)
        numbers = {
            row.group_key: (row.invited, row.answered, row.declined)
            for row in session.scalars(select(GroupParticipation))
        }
        assert numbers["peers"][0] == 4
        assert sum(answered for _, answered, _ in numbers.values()) == 5
        delays = {row.step: row.count for row in session.scalars(select(AnswerDelay))}
    assert delays == {
        DelayStep.WITHIN_TWO_DAYS: 2,
        DelayStep.WITHIN_A_WEEK: 2,
        DelayStep.LATER: 1,
    }
    assert rows(service, ProgrammeEntry) == []
    with service.database.writing() as session:
        release_round(session, session.get_one(Round, after), NOW)
    assert len(rows(service, ProgrammeEntry)) == 1


def test_it_goes_with_the_round(service: Service) -> None:
    after = after_round(service, before_round(service))
    answer(service, after, [5, 4, 5, 4, 5], [1] * 5)
    close(service, after)
    with service.database.writing() as session:
        release_round(session, session.get_one(Round, after), NOW)
        for table in ("outbox", "responses", "comments", "released_aggregates"):
            session.execute(Base.metadata.tables[table].delete())
        session.delete(session.get_one(Round, after))
    assert [model for model in (*OUTCOMES, ProgrammeEntry) if rows(service, model)] == []


def test_an_open_round_sealed_before_the_step_was_noted_loses_no_answer(service: Service) -> None:
    """The service was brought up to date while the round was open."""
    after = after_round(service, before_round(service))
    answer(service, after, [5, 4, 5], [3, 3, 3])
    with service.database.writing() as session:
        public_key = session.get_one(Round, after).public_key
        assert public_key is not None
        old = Ballot("peers", {"old": 4}, {})
        session.add(SealedBallot(round_id=after, sealed=seal_as_before(old, public_key)))
    close(service, after)
    with service.database.reading() as session:
        responses = round_queries.responses(session, after)
        delays = {row.step: row.count for row in session.scalars(select(AnswerDelay))}
    assert len(responses) == 4
    assert '{"old": 4}' in {response.ratings for response in responses}
    assert delays == {DelayStep.WITHIN_A_WEEK: 3}


def seal_as_before(ballot: Ballot, public_key: bytes) -> bytes:
    class OldBallot(Ballot):
        def to_bytes(self) -> bytes:
            return super().to_bytes().replace(b'"answered":"-",', b"")

    old = OldBallot(ballot.group_key, ballot.ratings, ballot.comments)
    assert b"answered" not in old.to_bytes()
    return seal(old, public_key, 4096)


def test_a_ballot_keeps_its_step_and_is_as_long_with_any() -> None:
    ballots = [Ballot("peers", {"a": 1}, {"more": "x"}, {}, step) for step in (None, *DelayStep)]
    for ballot in ballots:
        assert from_bytes(ballot.to_bytes()) == ballot
    assert len({len(ballot.to_bytes()) for ballot in ballots}) == 1


def test_no_response_keeps_a_step() -> None:
    assert not [c for c in Response.__table__.columns if "step" in c.key or "answer" in c.key]


@pytest.mark.parametrize(
    ("days", "step"),
    [(0, "within_two_days"), (2, "within_two_days"), (3, "within_a_week"), (7, "within_a_week"),
     (8, "later"), (60, "later")],
)  # fmt: skip
def test_steps(days: int, step: str) -> None:
    launched = dt.date(2026, 2, 27)
    assert delay_step(launched, launched + dt.timedelta(days)).value == step


def test_no_outcome_leads_to_a_rater_or_a_time(service: Service) -> None:
    for model in (*OUTCOMES, ProgrammeEntry):
        table = model.__table__
        assert {key.column.table.name for key in table.foreign_keys} <= {
            "rounds",
            "programme_batches",
        }
        assert not [c for c in table.columns if isinstance(c.type, Date | DateTime | Time)]
    assert {c.key for c in AnswerDelay.__table__.columns} == {"round_id", "step", "count"}


def test_postgresql_stamps_all_that_a_close_notes_alike(service: Service) -> None:
    """One number for outcomes and opened answers of a round: no order lies in it."""
    if service.database.is_sqlite:
        pytest.skip("only PostgreSQL writes the transaction's number into rows")
    after = after_round(service, before_round(service))
    answer(service, after, [5, 4, 5, 4, 5], [1, 2, 3, 7, 8])
    close(service, after)
    stamps = set()
    with service.database.reading() as session:
        for model in (*OUTCOMES, Response):
            stamps |= set(
                session.execute(
                    text(
                        f"SELECT xmin::text, xmax::text FROM {model.__tablename__} "
                        "WHERE round_id = :id"
                    ),
                    {"id": after},
                ).all()
            )
    assert len(stamps) == 1
