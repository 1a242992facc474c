"""While a round is open, a decline leaves the same traces as an answer, in every place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, text

from survey.rounds.status import round_status
from survey.rounds.submit import decline, submit_feedback
from survey.service import Service
from survey.storage.models import Base, Round
from survey.storage.sealed_columns import key_store
from tests.conftest import service_environment
from tests.support.ballot_box import box_contents
from tests.support.cases import NOW, Case, close, launched_case, tokens
from tests.support.web import make_app, service_of, signed_in

TODAY = NOW.date()
ANSWERS, DECLINES, SILENT = (f"peers{n}@example.org" for n in range(1, 4))
LONG = "She lets everybody finish. " * 70


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = make_app(service_environment(database_url, tmp_path))
    yield app
    service_of(app).database.dispose()


@pytest.fixture
def case(service: Service) -> Case:
    return launched_case(service, {"manager": 1, "peers": 5})


@pytest.fixture
def steps(service: Service, case: Case) -> dict[str, Callable[[], None]]:
    """One peer answers at length, another declines."""
    links = tokens(service, case.round_id)

    def answers() -> None:
        with service.database.writing() as session:
            fields = {"c-start": LONG}
            submit_feedback(session, service.rater_links, links[ANSWERS], fields, TODAY)

    def declines() -> None:
        with service.database.writing() as session:
            decline(session, service.rater_links, links[DECLINES], TODAY)

    return {"answers": answers, "declines": declines}


def rows(service: Service) -> Counter[tuple[str, str]]:
    """Every row of the database as text; on PostgreSQL with the number of its transaction."""
    number = "" if service.database.is_sqlite else "xmin::text, "
    with service.database.engine.connect() as connection:
        return Counter(
            (table, str(tuple(row)))
            for table in Base.metadata.tables
            for row in connection.execute(text(f"SELECT {number}{table}.* FROM {table}"))
        )


def changed(service: Service, step: Callable[[], None]) -> Counter[str]:
    """How many rows of which tables a step wrote and removed."""
    before = rows(service)
    step()
    after = rows(service)
    return Counter(
        [f"written to {table}" for table, _ in (after - before).elements()]
        + [f"gone from {table}" for table, _ in (before - after).elements()]
    )


def lengths(service: Service) -> set[int]:
    with service.database.engine.connect() as connection:
        return set(connection.execute(text("SELECT length(sealed) FROM sealed_ballots")).scalars())


def test_two_copies_of_the_database_do_not_tell_a_decline_from_an_answer(
    service: Service, case: Case, steps: dict[str, Callable[[], None]]
) -> None:
    tables = {name: changed(service, step) for name, step in steps.items()}
    assert tables["answers"] == tables["declines"]
    # The ballot and the invitation, and nothing else.
    assert tables["answers"] == {
        "written to sealed_ballots": 1,
        "written to invitations": 1,
        "gone from invitations": 1,
    }
    assert len(lengths(service)) == 1


def test_the_same_statements_are_run_in_the_same_order(
    service: Service, case: Case, steps: dict[str, Callable[[], None]]
) -> None:
    # The first rater of a group reads the questionnaire, which is then kept in memory.
    token = tokens(service, case.round_id)[SILENT]
    with service.database.writing() as session:
        submit_feedback(session, service.rater_links, token, {"c-start": "First"}, TODAY)
    run: dict[str, list[str]] = {}
    for name, step in steps.items():
        said: list[str] = run.setdefault(name, [])

        def note(*arguments: object, said: list[str] = said) -> None:
            said.append(str(arguments[2]))

        event.listen(service.database.engine, "before_cursor_execute", note)
        step()
        event.remove(service.database.engine, "before_cursor_execute", note)
    assert len(run["answers"]) >= 3
    assert run["answers"] == run["declines"]


def test_open_numbers_are_the_same_and_the_close_counts_each(
    service: Service, case: Case, steps: dict[str, Callable[[], None]]
) -> None:
    for step in steps.values():
        step()
    with service.database.reading() as session:
        assert key_store(session).has_opening_key(case.round_id)
        round_ = session.get_one(Round, case.round_id)
        assert [group.declined for group in round_.groups] == [0] * len(round_.groups)
        peers = {group.key: group for group in round_status(session, round_)}["peers"]
        assert (peers.done, peers.answered, peers.declined) == (2, None, None)
    contents = box_contents(service, case.round_id)
    assert [dict(ballot.comments) for ballot in contents.ballots] == [{"start": LONG.strip()}]
    assert contents.declined == {"peers": 1}
    close(service, case.round_id)
    with service.database.reading() as session:
        round_ = session.get_one(Round, case.round_id)
        status = {group.key: group for group in round_status(session, round_)}
        peers = status["peers"]
        assert (peers.done, peers.answered, peers.declined) == (2, 1, 1)
        assert (status["manager"].answered, status["manager"].declined) == (0, 0)


def test_the_mentor_s_page_says_done_while_open_and_counts_afterwards(app: Flask) -> None:
    service = service_of(app)
    case = launched_case(service, {"peers": 5})
    links = tokens(service, case.round_id)
    with service.database.writing() as session:
        submit_feedback(session, service.rater_links, links[ANSWERS], {"c-start": "Hm"}, TODAY)
        decline(session, service.rater_links, links[DECLINES], TODAY)
    mentor = signed_in(app, "max.mentor@example.org")
    page = mentor.get(f"/rounds/{case.round_id}").get_data(as_text=True)
    assert '2 of 5<span class="sr"> answered or declined</span>' in page
    assert "1 more needed to be shown by itself" in page
    assert "1 declined" not in page
    close(service, case.round_id)
    page = mentor.get(f"/rounds/{case.round_id}").get_data(as_text=True)
    assert '1 of 5<span class="sr"> answered</span>' in page
    assert "· 1 declined" in page


def test_declines_that_an_earlier_version_counted_are_kept(
    service: Service, case: Case, steps: dict[str, Callable[[], None]]
) -> None:
    """They stand in the group, without a ballot."""
    with service.database.writing() as session:
        session.get_one(Round, case.round_id).group("peers").declined = 1
    steps["declines"]()
    close(service, case.round_id)
    with service.database.reading() as session:
        assert session.get_one(Round, case.round_id).group("peers").declined == 2
