"""Session records: what is kept, who may see which part, and what is carried on."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from survey.accounts.people import add_mentor
from survey.mentoring.agreed_actions import ActionDetails, action_of, agenda, set_done
from survey.mentoring.errors import MentoringError
from survey.mentoring.goals import GoalDetails, save_goal
from survey.mentoring.mentees import add_mentee
from survey.mentoring.session_records import (
    Note,
    RecordDetails,
    record_of,
    records_of,
    remove_record,
    save_record,
    share_note,
    shared_records,
)
from survey.service import Service
from survey.storage.models import AgreedAction, Mentorship, SessionRecord, Side
from tests.support.cases import NOW

TODAY = NOW.date()


def new_mentorship(session: Session, name: str = "mia") -> Mentorship:
    mentor = add_mentor(session, f"Mentor of {name}", f"mentor.of.{name}@example.org")
    mentorship = add_mentee(
        session, mentor, name.title(), f"{name}@example.org", NOW - dt.timedelta(100)
    )
    save_goal(session, mentorship, GoalDetails("Lead"), None)
    return mentorship


def days_ago(days: int) -> dt.date:
    return TODAY - dt.timedelta(days)


def held(session: Session, mentorship: Mentorship, on: dt.date, *actions: str) -> SessionRecord:
    details = RecordDetails(on, actions=[ActionDetails(action) for action in actions])
    return save_record(session, mentorship, details, TODAY)


def test_a_record_is_kept_and_changed(service: Service) -> None:
    with service.database.writing() as session:
        mentorship = new_mentorship(session)
        goal = mentorship.goals[0]
        record = save_record(
            session,
            mentorship,
            RecordDetails(
                days_ago(3),
                topics=Note(" One\r\nTw\x00o ", shared=True),
                approaches=Note("Role play"),
                actions=[
                    ActionDetails(" Ask\n Henrik ", due_on=TODAY, goal_id=goal.id),
                    ActionDetails("Send it", Side.MENTOR),
                ],
            ),
            TODAY,
        )
        mentorship_id, record_id = mentorship.id, record.id
    with service.database.reading() as session:
        kept = session.get_one(SessionRecord, record_id)
        assert (kept.topics, kept.approaches, kept.notes) == ("One\nTwo", "Role play", "")
        assert (kept.topics_shared, kept.approaches_shared) == (True, False)
        first, second = kept.actions
        assert (first.text, first.owner, first.due_on) == ("Ask Henrik", Side.MENTEE, TODAY)
        assert (first.goal_id, second.goal_id) == (kept.mentorship.goals[0].id, None)
        assert second.owner is Side.MENTOR
        ids = (first.id, second.id)
    with service.database.writing() as session:
        mentorship = session.get_one(Mentorship, mentorship_id)
        record = session.get_one(SessionRecord, record_id)
        set_done(session, record.actions[1], TODAY)
        details = RecordDetails(
            days_ago(2),
            notes=Note("Well"),
            actions=[ActionDetails("Send all of it", Side.MENTOR, id=ids[1]), ActionDetails("New")],
        )
        save_record(session, mentorship, details, TODAY, record)
    with service.database.reading() as session:
        kept = session.get_one(SessionRecord, record_id)
        assert (kept.held_on, kept.topics, kept.notes) == (days_ago(2), "", "Well")
        assert [action.text for action in kept.actions] == ["Send all of it", "New"]
        # What was changed keeps its identity, and that it is done.
        assert (kept.actions[0].id, kept.actions[0].done_on) == (ids[1], TODAY)
        assert session.get(AgreedAction, ids[0]) is None


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (RecordDetails(TODAY + dt.timedelta(1)), "^Date: that day"),
        (RecordDetails(TODAY, topics=Note("x" * 4001)), "^Areas discussed: 4001 characters"),
        (RecordDetails(TODAY, approaches=Note("x" * 4001)), "^Approaches used: 4001"),
        (RecordDetails(TODAY, notes=Note("x" * 4001)), "^How it went: 4001"),
        (RecordDetails(TODAY, actions=[ActionDetails(" \x00")]), "^Action 1, what: say"),
        (
            RecordDetails(TODAY, actions=[ActionDetails("A"), ActionDetails("x" * 301)]),
            "^Action 2, what: at most 300",
        ),
        (RecordDetails(TODAY, actions=[ActionDetails("A", "boss")]), "^Action 1, who"),
        (
            RecordDetails(TODAY, actions=[ActionDetails("A", goal_id=uuid.uuid4())]),
            "^Action 1, goal",
        ),
        (RecordDetails(TODAY, actions=[ActionDetails("A", id=uuid.uuid4())]), "^Actions: they"),
        (RecordDetails(TODAY, actions=[ActionDetails("A")] * 7), "^Actions: at most 6"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_changes(
    service: Service, wrong: RecordDetails, expected: str
) -> None:
    with service.database.writing() as session:
        mentorship = new_mentorship(session)
        with pytest.raises(MentoringError, match=expected):
            save_record(session, mentorship, wrong, TODAY)
        assert records_of(session, mentorship) == []
        record = held(session, mentorship, days_ago(1), "Kept")
        with pytest.raises(MentoringError, match=expected):
            save_record(session, mentorship, wrong, TODAY, record)
        assert (record.held_on, record.actions[0].text) == (days_ago(1), "Kept")


def test_what_is_not_done_is_carried_to_the_next_session(service: Service) -> None:
    with service.database.writing() as session:
        mentorship = new_mentorship(session)
        first = held(session, mentorship, days_ago(60), "Done at once", "Carried twice")
        set_done(session, first.actions[0], days_ago(50))
        second = held(session, mentorship, days_ago(40), "Carried once", "Done at the third")
        assert [
            (item.action.text, item.carried)
            for item in agenda(records_of(session, mentorship), second)
        ] == [("Carried twice", 0)]
        third = save_record(
            session,
            mentorship,
            RecordDetails(
                days_ago(20),
                actions=[ActionDetails("Urgent", due_on=days_ago(1)), ActionDetails("New")],
                # Unknown ones and those that are done already do no harm.
                done={second.actions[1].id, first.actions[0].id, uuid.uuid4()},
            ),
            TODAY,
        )
        mentorship_id, third_id = mentorship.id, third.id
    with service.database.reading() as session:
        mentorship = session.get_one(Mentorship, mentorship_id)
        records = records_of(session, mentorship)
        items = agenda(records)
        assert [(item.action.text, item.carried) for item in items] == [
            ("Urgent", 0),
            ("Carried twice", 2),
            ("Carried once", 1),
            ("New", 0),
        ]
        assert [item.is_late(TODAY) for item in items] == [True, False, False, False]
        done = {a.text: a.done_on for record in records for a in record.actions if a.done_on}
        assert done == {"Done at once": days_ago(50), "Done at the third": days_ago(20)}
        # A record's own agenda is what was open before it, not what was agreed in it.
        own = agenda(records, session.get_one(SessionRecord, third_id))
        assert {item.action.text for item in own} == {"Carried twice", "Carried once"}


def test_the_mentee_gets_what_is_shared_and_nothing_else(service: Service) -> None:
    with service.database.writing() as session:
        mentorship = new_mentorship(session)
        record = save_record(
            session,
            mentorship,
            RecordDetails(TODAY, Note("T", True), Note("A"), Note("N"), [ActionDetails("Do")]),
            TODAY,
        )
        (shown,) = shared_records(session, mentorship)
        assert shown.notes == [("Areas discussed", "T")]
        assert [action.text for action in shown.actions] == ["Do"]
        share_note(session, record, "notes", shared=True)
        share_note(session, record, "topics", shared=False)
        (shown,) = shared_records(session, mentorship)
        assert shown.notes == [("How it went", "N")]
        with pytest.raises(MentoringError, match="no such part"):
            share_note(session, record, "held_on", shared=True)


def test_records_and_actions_of_others_are_not_found(service: Service) -> None:
    with service.database.writing() as session:
        mine, other = new_mentorship(session), new_mentorship(session, "otto")
        record = held(session, other, TODAY, "Theirs")
        with pytest.raises(MentoringError):
            record_of(session, mine, record.id)
        with pytest.raises(MentoringError):
            action_of(session, mine, record.actions[0].id)
        assert action_of(session, other, record.actions[0].id, Side.MENTEE)
        with pytest.raises(MentoringError, match="not yours"):
            action_of(session, other, record.actions[0].id, Side.MENTOR)
        foreign = ActionDetails("Mine now", id=record.actions[0].id)
        with pytest.raises(MentoringError, match="changed elsewhere"):
            save_record(session, mine, RecordDetails(TODAY, actions=[foreign]), TODAY)


def test_actions_go_with_their_record_and_outlive_their_goal(service: Service) -> None:
    with service.database.writing() as session:
        mentorship = new_mentorship(session)
        goal = mentorship.goals[0]
        details = RecordDetails(TODAY, actions=[ActionDetails("Do", goal_id=goal.id)])
        record = save_record(session, mentorship, details, TODAY)
        mentorship.goals.remove(goal)
        session.flush()
        session.refresh(record.actions[0])
        assert record.actions[0].goal_id is None
        remove_record(session, record, NOW)
    with service.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(AgreedAction)) == 0


def test_texts_lie_sealed(service: Service, tmp_path: Path) -> None:
    words = ("zebra", "giraffe", "okapi", "lemur")
    with service.database.writing() as session:
        mentorship = new_mentorship(session)
        save_record(
            session,
            mentorship,
            RecordDetails(
                TODAY,
                Note(f"A {words[0]}", True),
                Note(f"A {words[1]}"),
                Note(f"A {words[2]}"),
                [ActionDetails(f"A {words[3]}")],
            ),
            TODAY,
        )
    with service.database.reading() as session:
        for table, columns in {
            "session_records": ("topics_sealed", "approaches_sealed", "notes_sealed"),
            "agreed_actions": ("text_sealed",),
        }.items():
            for column in columns:
                stored = session.scalars(text(f"SELECT {column} FROM {table}")).all()
                for value in stored:
                    assert len(bytes(value)) > 20
                    assert not any(word.encode() in bytes(value) for word in words)
    if service.database.is_sqlite:
        content = b"".join(file.read_bytes() for file in tmp_path.glob("survey.db*"))
        assert b"mia@example.org" in content
        assert not any(word.encode() in content for word in words)
