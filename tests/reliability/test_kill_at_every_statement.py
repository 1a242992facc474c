"""Launch, answer, close: killed before every single statement, each leaves nothing half done."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from config import load_config
from survey.mail.delivery import Postman
from survey.mail.worker import Worker
from survey.privacy.audit_verification import verify_trail
from survey.rounds.errors import UsedLinkError
from survey.rounds.submit import decline, submit_feedback
from survey.service import Service
from survey.storage.models import (
    Comment,
    Delivery,
    ErasureDue,
    Invitation,
    Letter,
    LetterKind,
    Response,
    Round,
    RoundState,
    SealedBallot,
    StoredAggregate,
)
from tests.conftest import service_environment
from tests.reliability.killed_process import MOST_STATEMENTS, killed_before_statement
from tests.reliability.ledger import check_closed_round_is_whole
from tests.support.cases import NOW, Case, close, draft_case, launch, launched_case, tokens
from tests.support.web import ClockedService

TODAY = NOW.date()
RATERS = {"manager": 1, "peers": 3, "customers": 2}
# With the mentee's own view.
INVITED = 7


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    return service_environment(database_url, tmp_path)


@pytest.fixture
def service(environment: dict[str, str]) -> Iterator[Service]:
    made = Service(load_config(environment))
    yield made
    made.database.dispose()
    made.keys.dispose()


def let_go(service: Service) -> None:
    """No connection of this process may be shared with one that is forked off."""
    service.database.dispose()
    service.keys.dispose()


def count(service: Service, model: type) -> int:
    with service.database.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def state(service: Service, round_id: uuid.UUID) -> RoundState:
    with service.database.reading() as session:
        return session.get_one(Round, round_id).state


def audit_trail_is_whole(service: Service) -> bool:
    with service.database.reading() as session:
        return verify_trail(session, [], TODAY).first_break is None


def invitation_letters(service: Service) -> int:
    with service.database.reading() as session:
        return (
            session.scalar(
                select(func.count()).select_from(Letter).where(Letter.kind == LetterKind.INVITATION)
            )
            or 0
        )


def test_a_launch_leaves_a_draft_or_an_open_round_with_every_letter(
    service: Service, environment: dict[str, str]
) -> None:
    case = draft_case(service, RATERS)
    seen = set()
    for number in range(1, MOST_STATEMENTS):
        let_go(service)
        killed = killed_before_statement(
            number, environment, lambda theirs: launch(theirs, case.round_id)
        )
        found = state(service, case.round_id)
        seen.add(found)
        letters = invitation_letters(service)
        with service.database.reading() as session:
            round_ = session.get_one(Round, case.round_id)
            queued = [i.delivery is Delivery.QUEUED for i in round_.invitations]
            has_links = [i.link_hash is not None for i in round_.invitations]
            parts = [round_.public_key, round_.wrapped_private_key, round_.questionnaire_id]
        assert len(queued) == INVITED
        if found is RoundState.DRAFT:
            assert killed
            assert letters == 0
            assert not any(queued + has_links)
            assert not any(parts)
        else:
            assert letters == INVITED
            assert all(queued + has_links)
            assert all(parts)
            break
    # The kill came often, and before each of the statements that make a round.
    assert number > INVITED
    assert seen == {RoundState.DRAFT, RoundState.OPEN}
    assert audit_trail_is_whole(service)


@pytest.mark.parametrize("declines", [False, True], ids=["answer", "decline"])
def test_an_answer_is_taken_with_its_invitation_or_not_at_all(
    service: Service, environment: dict[str, str], declines: bool
) -> None:
    case = launched_case(service, RATERS)
    token = tokens(service, case.round_id)["peers1@example.org"]

    def send(theirs: Service) -> None:
        with theirs.database.writing() as session:
            if declines:
                decline(session, theirs.rater_links, token, TODAY)
            else:
                submit_feedback(session, theirs.rater_links, token, {"c-start": "Hm"}, TODAY)

    outcomes = []
    for number in range(1, MOST_STATEMENTS):
        let_go(service)
        killed = killed_before_statement(number, environment, send)
        with service.database.reading() as session:
            used = session.scalar(select(func.count()).where(Invitation.done))
        assert used == count(service, SealedBallot)
        outcomes.append(used)
        if not killed:
            break
        assert used == 0
    assert outcomes == [0] * (number - 1) + [1]
    assert number > 4
    # The rater, who heard nothing, tries again and is told.
    with pytest.raises(UsedLinkError):
        send(service)


def answered_case(service: Service) -> Case:
    """A round past its deadline with an answer from everybody but one, who declined."""
    case = launched_case(service, RATERS)
    for address, token in tokens(service, case.round_id).items():
        with service.database.writing() as session:
            if address == "customers1@example.org":
                decline(session, service.rater_links, token, TODAY)
            else:
                fields = {"c-start": f"By {address}"}
                submit_feedback(session, service.rater_links, token, fields, TODAY)
    with service.database.writing() as session:
        session.get_one(Round, case.round_id).deadline = TODAY
    return case


def test_a_close_leaves_all_ballots_or_all_answers_and_is_done_again(
    service: Service, environment: dict[str, str]
) -> None:
    case = answered_case(service)
    said = INVITED - 1
    seen = set()
    for number in itertools.count(1):
        assert number < MOST_STATEMENTS
        let_go(service)
        killed = killed_before_statement(
            number, environment, lambda theirs: close(theirs, case.round_id)
        )
        found = state(service, case.round_id)
        seen.add((found, killed))
        kept = {model: count(service, model) for model in (SealedBallot, Response, Comment)}
        with service.database.reading() as session:
            has_key = session.get_one(Round, case.round_id).wrapped_private_key is not None
        if found is RoundState.OPEN:
            assert killed
            assert kept == {SealedBallot: INVITED, Response: 0, Comment: 0}
            assert has_key
            assert service.keys.has_opening_key(case.round_id)
            assert count(service, StoredAggregate) == count(service, ErasureDue) == 0
            continue
        assert kept == {SealedBallot: 0, Response: said, Comment: said}
        assert not has_key
        assert count(service, StoredAggregate) == 1
        check_closed_round_is_whole(service, case.round_id)
        break
    assert number > 20
    # The close was in force though its process died before it had erased the traces:
    assert seen == {(RoundState.OPEN, True), (RoundState.CLOSED, True)}
    assert count(service, ErasureDue) == 1
    # the worker does that, in its next round.
    let_go(service)
    worker_of(service).run_once()
    assert count(service, ErasureDue) == 0
    assert not service.keys.has_opening_key(case.round_id)
    assert audit_trail_is_whole(service)


def test_the_worker_closes_again_what_a_killed_worker_did_not(
    service: Service, environment: dict[str, str]
) -> None:
    """The same in the worker itself, whose clock says that the deadline is over."""
    case = answered_case(service)
    steps = (5, 10, 15, 20, 25)
    for number in steps:
        let_go(service)
        assert killed_before_statement(
            number, environment, lambda theirs: worker_of(theirs).close_overdue_rounds()
        )
        assert state(service, case.round_id) is RoundState.OPEN
        assert count(service, SealedBallot) == INVITED
    let_go(service)
    assert not killed_before_statement(
        MOST_STATEMENTS, environment, lambda theirs: worker_of(theirs).close_overdue_rounds()
    )
    assert state(service, case.round_id) is RoundState.CLOSED
    check_closed_round_is_whole(service, case.round_id)


def worker_of(service: Service) -> Worker:
    """A worker without mail: that waits in the outbox of no interest here."""
    clocked = ClockedService(service, NOW + dt.timedelta(days=20))
    return Worker(clocked, _NothingToDeliver())


class _NothingToDeliver(Postman):
    def __init__(self) -> None: ...

    def deliver_due(self, stopping: object = None) -> int:
        return 0
