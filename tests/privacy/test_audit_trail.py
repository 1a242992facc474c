"""The audit trail: nobody changes it unnoticed, and raters leave nothing in it."""

from __future__ import annotations

import datetime as dt
import threading
import uuid

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from survey.accounts.people import add_mentor
from survey.confidentiality.audit_chain import AUDIT_KEY, entry_hash
from survey.confidentiality.master_key import MasterKey
from survey.privacy.audit_anchors import Anchor, anchors_in, note_anchor, read_anchor
from survey.privacy.audit_trail import Action, record, record_once_a_day
from survey.privacy.audit_verification import (
    Verification,
    current_anchor,
    dispose_of_entries,
    verify_trail,
)
from survey.privacy.errors import PrivacyError
from survey.rounds.questionnaires import questionnaire_of
from survey.rounds.submit import decline, submit_feedback
from survey.service import Service
from survey.storage.models import AuditCheckpoint, AuditEntry, Person, Round
from tests.support.cases import NOW, close, launched_case, tokens

TODAY = NOW.date()
TRIGGERS = {
    "audit_entries": ("audit_entries_unchanged", "audit_entries_kept", "audit_entries_added"),
    "audit_checkpoints": (
        "audit_checkpoints_unchanged",
        "audit_checkpoints_kept",
        "audit_checkpoints_added",
    ),
}


def write(service: Service, count: int = 1, now: dt.datetime = NOW) -> None:
    for _ in range(count):
        with service.database.writing() as session:
            record(session, None, Action.ROUND_CLOSED, uuid.uuid4(), now)


def check(service: Service, *anchors: Anchor) -> Verification:
    with service.database.reading() as session:
        return verify_trail(session, anchors, TODAY)


def broken_at(service: Service, *anchors: Anchor) -> int | None:
    found = check(service, *anchors).first_break
    return found.sequence if found else None


@pytest.fixture
def unprotected(service: Service) -> Service:
    """The service's database as somebody finds it who has taken the triggers away."""
    write(service, 5)
    with service.database.engine.begin() as connection:
        if service.database.is_sqlite:
            for names in TRIGGERS.values():
                for name in names:
                    connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            for table in TRIGGERS:
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    return service


def run(service: Service, sql: str, **values: object) -> None:
    with service.database.engine.begin() as connection:
        connection.execute(text(sql), values)


def test_entries_follow_one_on_another(service: Service) -> None:
    case = launched_case(service, {"manager": 1})
    close(service, case.round_id)
    with service.database.reading() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)).all()
        assert [entry.action for entry in entries] == ["round.launched", "round.closed"]
        assert [entry.sequence for entry in entries] == [1, 2]
        assert entries[1].previous_hash == entries[0].entry_hash
        assert [entry.day for entry in entries] == [TODAY, TODAY]
        assert entries[0].actor_id == case.mentor_id
    found = check(service)
    assert (found.kept, found.first_break) == (2, None)
    assert found.end is not None
    assert found.end.sequence == 2


def test_nothing_is_kept_of_a_deed_that_failed(service: Service) -> None:
    with pytest.raises(KeyError), service.database.writing() as session:
        record(session, None, Action.ROUND_CLOSED, uuid.uuid4(), NOW)
        raise KeyError
    with service.database.reading() as session:
        record(session, None, Action.ROUND_CLOSED, uuid.uuid4(), NOW)
    assert check(service).kept == 0


def test_a_deed_that_is_repeated_counts_once_a_day(service: Service) -> None:
    with service.database.writing() as session:
        person_id = add_mentor(session, "Max", "max@example.org").id
    read = uuid.uuid4()
    for now in (NOW, NOW + dt.timedelta(hours=2), NOW + dt.timedelta(days=1)):
        with service.database.writing() as session:
            person = session.get_one(Person, person_id)
            record_once_a_day(session, person, Action.REPORT_READ, read, now)
    assert check(service).kept == 2


def test_raters_leave_nothing_and_no_time_finer_than_a_day_is_kept(service: Service) -> None:
    case = launched_case(service, {"manager": 1, "peers": 3})
    links = tokens(service, case.round_id)
    before = check(service).kept
    with service.database.writing() as session:
        competency = questionnaire_of(session.get_one(Round, case.round_id)).competencies[0]
        fields = {f"r-{item}": "3" for item in competency.indicator_ids}
        submit_feedback(session, service.rater_links, links["peers1@example.org"], fields, TODAY)
        decline(session, service.rater_links, links["peers2@example.org"], TODAY)
    assert check(service).kept == before
    with service.database.engine.connect() as connection:
        for row in connection.execute(text("SELECT day FROM audit_entries")):
            assert str(row[0]) == TODAY.isoformat()


def test_deeds_at_the_same_time_are_one_after_the_other(service: Service) -> None:
    failures: list[BaseException] = []

    def work() -> None:
        try:
            write(service, 10)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert check(service) == check(service)
    assert (check(service).kept, check(service).first_break) == (40, None)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_entries SET action = 'nothing' WHERE sequence = 2",
        "DELETE FROM audit_entries WHERE sequence = 2",
        "DELETE FROM audit_entries",
    ],
)
def test_the_database_refuses_to_change_or_delete(service: Service, sql: str) -> None:
    write(service, 3)
    with pytest.raises(DatabaseError, match=r"never changed|only behind a checkpoint"):
        run(service, sql)
    assert check(service).kept == 3


def test_the_database_refuses_other_ways_too(service: Service) -> None:
    write(service, 3)
    if service.database.is_sqlite:
        copy = (
            "INSERT OR REPLACE INTO audit_entries SELECT 2, day, actor_id, 'nothing', object_id, "
            "previous_hash, entry_hash FROM audit_entries WHERE sequence = 2"
        )
        with pytest.raises(DatabaseError, match="at the end only"):
            run(service, copy)
    else:
        with pytest.raises(DatabaseError, match="never changed"):
            run(service, "TRUNCATE audit_entries")
    assert broken_at(service) is None


def test_a_changed_entry_is_found(unprotected: Service) -> None:
    other = uuid.uuid4()
    for column, value in (
        ("action", "report.read"),
        ("day", "2026-01-01"),
        ("actor_id", other.hex if unprotected.database.is_sqlite else other),
    ):
        with unprotected.database.engine.begin() as connection:
            before = connection.execute(
                text(f"SELECT {column} FROM audit_entries WHERE sequence = 3")
            ).scalar_one()
            change = text(f"UPDATE audit_entries SET {column} = :value WHERE sequence = 3")
            connection.execute(change, {"value": value})
        assert broken_at(unprotected) == 3, column
        run(
            unprotected,
            f"UPDATE audit_entries SET {column} = :value WHERE sequence = 3",
            value=before,
        )
        assert broken_at(unprotected) is None


def test_a_removed_entry_is_found(unprotected: Service) -> None:
    run(unprotected, "DELETE FROM audit_entries WHERE sequence = 2")
    found = check(unprotected).first_break
    assert found is not None
    assert (found.sequence, found.problem) == (2, "it was removed")


def test_a_removed_entry_is_found_when_the_others_are_moved_up(unprotected: Service) -> None:
    run(unprotected, "DELETE FROM audit_entries WHERE sequence = 2")
    for number in (3, 4, 5):
        run(
            unprotected,
            "UPDATE audit_entries SET sequence = :new WHERE sequence = :old",
            new=number - 1,
            old=number,
        )
    assert broken_at(unprotected) == 2


def test_an_entry_put_in_is_found_even_with_hashes_made_by_the_same_program(
    unprotected: Service,
) -> None:
    """Somebody with the database alone lacks the key: a chain made with another one is no chain."""
    with unprotected.database.writing() as session:
        last = session.get_one(AuditEntry, 5)
        values = {
            "sequence": 6,
            "previous_hash": last.entry_hash,
            "day": TODAY,
            "actor_id": None,
            "action": "round.closed",
            "object_id": uuid.uuid4(),
        }
        forged = entry_hash(bytes(32), **values)  # type: ignore[arg-type]
        session.add(AuditEntry(**values, entry_hash=forged))
    assert broken_at(unprotected) == 6


def test_a_cut_off_end_is_found_by_an_anchor_only(unprotected: Service) -> None:
    end = check(unprotected).end
    assert end is not None
    run(unprotected, "DELETE FROM audit_entries WHERE sequence >= 4")
    assert broken_at(unprotected) is None
    assert broken_at(unprotected, end) == 4
    # What is added afterwards does not take its place.
    write(unprotected, 2)
    assert broken_at(unprotected, end) == 5


def test_disposal_leaves_a_checkpoint_and_the_chain_goes_on(service: Service) -> None:
    write(service, 4)
    write(service, 2, NOW + dt.timedelta(days=5))
    old_anchor = Anchor(2, bytes(32), TODAY)  # of a disposed entry: nothing to compare with
    with service.database.writing() as session:
        assert dispose_of_entries(session, 4, NOW + dt.timedelta(days=9)) == 4
    found = check(service, old_anchor)
    assert found.first_break is None
    # Two of later, and that of the disposal itself.
    assert (found.kept, found.disposed_through) == (3, 4)
    write(service)
    assert check(service).kept == 4
    with service.database.writing() as session:
        assert dispose_of_entries(session, 8, NOW + dt.timedelta(days=9)) == 4
    write(service)
    assert broken_at(service) is None


def test_a_forged_checkpoint_is_found(service: Service) -> None:
    """The database lets entries go behind any checkpoint; it cannot know whether it is ours."""
    write(service, 3)
    with service.database.writing() as session:
        last_hash = session.get_one(AuditEntry, 2).entry_hash
        session.add(
            AuditCheckpoint(through=2, day=TODAY, entry_hash=last_hash, signature=bytes(32))
        )
        session.flush()
        session.execute(text("DELETE FROM audit_entries WHERE sequence <= 2"))
    assert broken_at(service) == 2
    with pytest.raises(DatabaseError, match="never"):
        run(service, "DELETE FROM audit_checkpoints")


def test_the_chain_survives_a_new_master_key(service: Service, tmp_path: object) -> None:
    write(service, 3)
    key = service.keys.service_key(AUDIT_KEY)
    fresh = MasterKey.generate()
    store = service.keys
    store._master_key._boxes.insert(0, MasterKey(fresh)._boxes[0])
    store.rewrap()
    store._master_key = MasterKey(fresh)
    store._service_keys.clear()
    assert store.service_key(AUDIT_KEY) == key
    assert broken_at(service) is None


def test_anchors_are_noted_once_and_outlive_a_restored_backup(tmp_path: object) -> None:
    file = tmp_path / "folder" / "anchors.txt"  # type: ignore[operator]
    assert anchors_in(file) == []
    for number in (3, 3, 7):
        note_anchor(file, Anchor(number, bytes([number]) * 32, TODAY))
    assert [anchor.sequence for anchor in anchors_in(file)] == [3, 7]
    assert file.stat().st_mode & 0o077 == 0
    note_anchor(file, Anchor(5, bytes([5]) * 32, TODAY), restored=True)
    assert [anchor.sequence for anchor in anchors_in(file)] == [3, 5]
    again = read_anchor(str(anchors_in(file)[0]), TODAY)
    assert again == Anchor(3, bytes([3]) * 32, TODAY)
    file.write_text("nonsense\n")
    with pytest.raises(PrivacyError, match="line 1"):
        anchors_in(file)


def test_the_current_end_is_the_checkpoint_s_when_all_entries_went(service: Service) -> None:
    with service.database.reading() as session:
        assert current_anchor(session, TODAY) is None
    write(service, 2)

    def end(session: Session) -> int:
        anchor = current_anchor(session, TODAY)
        assert anchor is not None
        return anchor.sequence

    with service.database.writing() as session:
        dispose_of_entries(session, 2, NOW)
        session.flush()
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 0
        assert end(session) == 2
    with service.database.reading() as session:
        assert end(session) == 3
