"""The attack with a backup: a round that was open in it is brought back after its close.

Counted a second time, with one answer more or less, it would give a second report to compare the
first with; and its sealed answers might be opened by whoever has the master key.
"""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from nacl.secret import SecretBox
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from survey.anonymity.ballot_box import RoundKeys, SpoiltBallotError, open_and_shuffle
from survey.report.of_round import report_of_round
from survey.rounds.close import close_round
from survey.rounds.errors import LostKeyError, NoResultError, RoundClosedError, WrongStateError
from survey.rounds.release import release_round
from survey.rounds.rotate_keys import protect_older_rounds
from survey.rounds.submit import decline, submit_feedback
from survey.service import Service
from survey.storage import backup
from survey.storage.key_store import KeyDestroyedError
from survey.storage.models import (
    ErasureDue,
    Invitation,
    Response,
    Round,
    RoundState,
    SealedBallot,
    StoredAggregate,
)
from tests.conftest import DATABASES
from tests.privacy.people import SECRETS, actions, answer
from tests.privacy.place import CLIENT, Place
from tests.support.cases import NOW, Case, close, draft_case, launch, launched_case, tokens
from tests.support.live_worker import working

TODAY = NOW.date()
LATE = "peers4@example.org"


@pytest.fixture(params=DATABASES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return Place(request.param, request, tmp_path)


def backed_up_while_open(place: Place) -> Case:
    """A round in which all but one have answered, backed up; then the last one answers too."""
    service = place.service()
    case = launched_case(service, {"peers": 4})
    answer(service, case.round_id, but=LATE)
    place.run("backup", str(place.folder / "backup"))
    token = tokens(service, case.round_id)[LATE]
    with service.database.writing() as session:
        submit_feedback(session, service.rater_links, token, {"c-start": "Late"}, TODAY)
    service.database.dispose()
    return case


def close_it(place: Place, case: Case) -> str:
    """Close the round, and return the first version of its report."""
    service = place.service()
    close(service, case.round_id)
    with service.database.reading() as session:
        document = session.get_one(StoredAggregate, case.round_id).document
    service.database.dispose()
    return document


def restore_by_hand(place: Place) -> Service:
    """Bring the backup back with the database's own tools, as somebody in a hurry might."""
    place.lose_the_database()
    service = place.service()
    file = place.folder / "backup" / "database.backup"
    backup.copy_in(service.database.engine, file, str(CLIENT))
    return service


def round_keys(service: Service, round_id: uuid.UUID) -> tuple[RoundKeys, list[bytes]]:
    """The keys that the main database holds of a round, and its sealed ballots."""
    with service.database.reading() as session:
        round_ = session.get_one(Round, round_id)
        assert round_.public_key is not None
        assert round_.wrapped_private_key is not None
        sealed = session.scalars(select(SealedBallot.sealed)).all()
        return RoundKeys(round_.public_key, round_.wrapped_private_key), list(sealed)


def assert_closed_without_result(service: Service, round_id: uuid.UUID) -> None:
    with service.database.reading() as session:
        round_ = session.get_one(Round, round_id)
        assert (round_.state, round_.closed_on) == (RoundState.CLOSED, TODAY)
        assert round_.without_result
        assert (round_.public_key, round_.wrapped_private_key) == (None, None)
        for model in (SealedBallot, Response, StoredAggregate):
            assert session.scalars(select(model)).all() == [], model
        with pytest.raises(NoResultError, match="not counted a second time"):
            report_of_round(session, round_, "en")
    with pytest.raises(WrongStateError), service.database.writing() as session:
        release_round(session, session.get_one(Round, round_id), NOW)
    with pytest.raises(WrongStateError):
        close(service, round_id)
    assert "round.closed_without_result" in actions(service)


def test_a_round_that_was_closed_since_the_backup_has_no_second_version(place: Place) -> None:
    case = backed_up_while_open(place)
    assert "Late" in close_it(place, case)
    place.lose_the_database()
    output = place.run("restore", str(place.folder / "backup"))
    assert "Closed again, without a result, since they were closed after the backup: 1." in output
    service = place.service()
    assert_closed_without_result(service, case.round_id)
    token = tokens(service, case.round_id)[LATE]
    with pytest.raises(RoundClosedError), service.database.writing() as session:
        submit_feedback(session, service.rater_links, token, {"c-start": "Late"}, TODAY)
    assert "is whole" in place.run("privacy", "verify")
    service.database.dispose()


def test_nor_when_it_is_restored_without_our_command(place: Place) -> None:
    case = backed_up_while_open(place)
    close_it(place, case)
    service = restore_by_hand(place)
    token = tokens(service, case.round_id)[LATE]
    for step in (
        lambda session: submit_feedback(
            session, service.rater_links, token, {"c-start": "Late"}, TODAY
        ),
        lambda session: decline(session, service.rater_links, token, TODAY),
    ):
        with pytest.raises(RoundClosedError), service.database.writing() as session:
            step(session)
    close(service, case.round_id)
    assert_closed_without_result(service, case.round_id)
    service.database.dispose()


def test_backup_master_key_and_key_database_together_open_no_ballot(place: Place) -> None:
    case = backed_up_while_open(place)
    before = place.service()
    keys, sealed = round_keys(before, case.round_id)
    opening_key = before.keys.opening_key(case.round_id)
    # While the round is open they do: the attack works, as far as it goes.
    opened = open_and_shuffle(sealed, keys, before.master_key, opening_key)
    assert [ballot.comments for ballot in opened.ballots].count({"start": SECRETS[2]}) == 4
    before.database.dispose()
    close_it(place, case)
    service = restore_by_hand(place)
    keys, sealed = round_keys(service, case.round_id)
    assert len(sealed) == 4
    with pytest.raises(KeyDestroyedError):
        service.keys.opening_key(case.round_id)
    with pytest.raises(KeyDestroyedError):
        service.keys.opening_key_for_writing(case.round_id)
    for guess in (None, bytes(32), keys.public_key):
        with pytest.raises(SpoiltBallotError):
            open_and_shuffle(sealed, keys, service.master_key, guess)
    # Not even whoever reads the files of the key database finds what opens them.
    assert opening_key not in key_files(service)
    service.database.dispose()


def key_files(service: Service) -> bytes:
    """What lies in the files of the key database, dead rows included, unwrapped where possible."""
    engine = service.keys.engine
    if engine.dialect.name == "sqlite":
        path = Path(str(engine.url.database))
        raw = b"".join(file.read_bytes() for file in path.parent.glob(path.name + "*"))
    else:
        with engine.connect() as connection:
            connection.execute(text("COMMIT"))
            connection.execute(text("CHECKPOINT"))
            raw = b"".join(
                bytes(content)
                for content in connection.scalars(
                    text(
                        "SELECT pg_read_binary_file(pg_relation_filepath(oid)) FROM pg_class "
                        "WHERE relname = 'opening_keys'"
                    )
                )
            )
    # A wrapped key is 24 + 16 + 32 bytes long, wherever it begins.
    found = [raw]
    for at in range(len(raw) - 71):
        try:
            found.append(service.master_key.unwrap(raw[at : at + 72]))
        except ValueError:
            continue
    return b"".join(found)


def test_a_wrapped_key_is_found_while_the_round_is_open(place: Place) -> None:
    """Or the search above could not fail."""
    service = place.service()
    case = launched_case(service, {"peers": 4})
    assert service.keys.opening_key(case.round_id) in key_files(service)
    service.database.dispose()


def test_a_draft_of_a_round_that_has_ended_goes(place: Place) -> None:
    service = place.service()
    case = draft_case(service, {"peers": 4})
    place.run("backup", str(place.folder / "backup"))
    launch(service, case.round_id)
    close(service, case.round_id)
    place.lose_the_database()
    output = place.run("restore", str(place.folder / "backup"))
    assert (
        "Drafts deleted, since their rounds were launched and closed after the backup: 1." in output
    )
    restored = place.service()
    with restored.database.reading() as session:
        assert session.scalars(select(Round)).all() == []
        assert session.scalars(select(Invitation)).all() == []


def test_a_round_that_is_still_open_goes_on_after_a_restore(place: Place) -> None:
    case = backed_up_while_open(place)
    place.lose_the_database()
    output = place.run("restore", str(place.folder / "backup"))
    assert "closed after the backup: 0." in output
    service = place.service()
    token = tokens(service, case.round_id)[LATE]
    with service.database.writing() as session:
        submit_feedback(session, service.rater_links, token, {"c-start": "Late"}, TODAY)
    close(service, case.round_id)
    with service.database.reading() as session:
        assert len(session.scalars(select(Response)).all()) == 5
        assert "Late" in session.get_one(StoredAggregate, case.round_id).document
    service.database.dispose()


# A crash, or a key database that is away, at any instant


def test_a_close_that_fails_finds_its_key_again(place: Place) -> None:
    service = place.service()
    case = launched_case(service, {"peers": 4})
    answer(service, case.round_id)
    with pytest.raises(ZeroDivisionError), service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        close_round(session, round_, master_key=service.master_key, now=NOW)
        raise ZeroDivisionError
    close(service, case.round_id)
    with service.database.reading() as session:
        assert len(session.scalars(select(Response)).all()) == 5
    service.database.dispose()


def test_a_launch_that_fails_can_be_repeated(place: Place) -> None:
    service = place.service()
    case = draft_case(service, {"peers": 4})
    left = service.keys.opening_key_for_writing(case.round_id)
    launch(service, case.round_id)
    assert service.keys.opening_key(case.round_id) == left
    answer(service, case.round_id)
    close(service, case.round_id)
    with service.database.reading() as session:
        assert len(session.scalars(select(Response)).all()) == 5
    service.database.dispose()


def test_what_a_crash_after_the_close_left_is_done_by_the_worker(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = place.service()
    case = launched_case(service, {"peers": 4})
    answer(service, case.round_id)

    def away(_ended: object) -> None:
        raise OperationalError("UPDATE", {}, Exception("the key database is away"))

    with monkeypatch.context() as patch:
        patch.setattr(service.keys, "end_rounds", away)
        close(service, case.round_id)  # whoever closes does not notice
    with service.database.reading() as session:
        assert session.get_one(Round, case.round_id).state is RoundState.CLOSED
        assert len(session.scalars(select(ErasureDue)).all()) == 1
    assert service.keys.has_opening_key(case.round_id)
    with working(place.environment) as worker:
        worker.until(lambda: service.keys.is_ended(case.round_id))
    assert not service.keys.has_opening_key(case.round_id)
    service.database.dispose()


def test_rounds_that_were_closed_by_an_earlier_version_are_noted(place: Place) -> None:
    service = place.service()
    case = launched_case(service, {"peers": 4})
    close(service, case.round_id)
    with service.keys.engine.begin() as connection:
        connection.execute(text("DELETE FROM ended_rounds"))
    with working(place.environment) as worker:
        worker.until(lambda: service.keys.ended_rounds() == {case.round_id: TODAY})
    service.database.dispose()


# Rounds that an earlier version launched: their private key is wrapped by the master key alone


def as_an_earlier_version_left_it(service: Service, round_id: uuid.UUID) -> None:
    opening_key = service.keys.opening_key(round_id)
    with service.database.writing() as session:
        round_ = session.get_one(Round, round_id)
        inner = service.master_key.unwrap(round_.wrapped_private_key or b"")
        private = SecretBox(opening_key).decrypt(inner)
        round_.wrapped_private_key = service.master_key.wrap(private)
    with service.keys.engine.begin() as connection:
        connection.execute(text("DELETE FROM opening_keys"))


@pytest.mark.parametrize("protected", [False, True])
def test_a_round_of_an_earlier_version_is_closed_once(place: Place, protected: bool) -> None:
    service = place.service()
    case = launched_case(service, {"peers": 4})
    as_an_earlier_version_left_it(service, case.round_id)
    answer(service, case.round_id)
    place.run("backup", str(place.folder / "backup"))
    if protected:
        with service.database.writing() as session:
            assert protect_older_rounds(session, service.master_key) == 1
        with service.database.writing() as session:
            assert protect_older_rounds(session, service.master_key) == 0
        assert round_keys(service, case.round_id)[0].needs_opening_key
    close(service, case.round_id)
    with service.database.reading() as session:
        assert len(session.scalars(select(Response)).all()) == 5
    assert service.keys.is_ended(case.round_id)
    place.lose_the_database()
    assert "closed after the backup: 1." in place.run("restore", str(place.folder / "backup"))
    assert_closed_without_result(place.service(), case.round_id)
    service.database.dispose()


def test_without_its_key_a_round_takes_no_answer_and_is_not_closed(place: Place) -> None:
    """Accepted, an answer would be lost."""
    service = place.service()
    case = launched_case(service, {"peers": 4})
    with service.keys.engine.begin() as connection:
        connection.execute(text("DELETE FROM opening_keys"))
    token = tokens(service, case.round_id)[LATE]
    with pytest.raises(KeyDestroyedError), service.database.writing() as session:
        submit_feedback(session, service.rater_links, token, {"c-start": "Late"}, TODAY)
    with service.database.reading() as session:
        assert session.scalars(select(Invitation.done).where(Invitation.email == LATE)).one() is (
            False
        )
    with pytest.raises(LostKeyError, match="newest backup of the keys"):
        close(service, case.round_id)
    service.database.dispose()
