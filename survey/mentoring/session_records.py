"""Session records: what was talked about, for whom it is to read, and what was agreed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from survey.languages.message import Message
from survey.mentoring.agreed_actions import ActionDetails, agenda, checked_actions, write_actions
from survey.mentoring.answers import tidy
from survey.mentoring.errors import MentoringError
from survey.privacy import audit_trail
from survey.privacy.audit_trail import Action
from survey.storage.models import AgreedAction, Mentorship, SessionRecord
from survey.storage.queries import session_records as record_queries

LONGEST_NOTE = 4000
# How problems name the texts, by their fields.
NOTE_NAMES: Mapping[str, Message] = {
    "topics": Message("Areas discussed"),
    "approaches": Message("Approaches used"),
    "notes": Message("How it went"),
}


@dataclass(frozen=True)
class Note:
    """A text of a record, and whether the mentee may read it."""

    text: str = ""
    shared: bool = False


@dataclass(frozen=True)
class RecordDetails:
    """What the mentor writes down. `done` are actions of earlier sessions that are done now."""

    held_on: dt.date
    topics: Note = Note()
    approaches: Note = Note()
    notes: Note = Note()
    actions: Sequence[ActionDetails] = ()
    done: Collection[uuid.UUID] = field(default_factory=frozenset)


@dataclass(frozen=True)
class SharedRecord:
    """A record as the mentee may see it: nothing private is in it."""

    id: uuid.UUID
    held_on: dt.date
    notes: Sequence[tuple[str, str]]
    actions: Sequence[AgreedAction]


def save_record(
    session: Session,
    mentorship: Mentorship,
    details: RecordDetails,
    today: dt.date,
    record: SessionRecord | None = None,
) -> SessionRecord:
    """Keep what the mentor writes about a session, or change `record`.

    Raises MentoringError naming the field, before anything is changed.
    """
    if details.held_on > today:
        raise MentoringError(Message("That day is still to come.", at="Date"))
    notes = {name: _checked_note(name, getattr(details, name)) for name in NOTE_NAMES}
    kept = record.actions if record else []
    actions = checked_actions(mentorship, details.actions, kept)
    carried = agenda(record_queries.records(session, mentorship.id), record)
    if record is None:
        record = SessionRecord(mentorship_id=mentorship.id)
        session.add(record)
    record.held_on = details.held_on
    for name, note in notes.items():
        setattr(record, name, note.text)
        setattr(record, f"{name}_shared", note.shared)
    write_actions(record, actions)
    for item in carried:
        if item.action.id in details.done:
            item.action.done_on = max(details.held_on, item.action.record.held_on)
    session.flush()
    return record


def share_note(session: Session, record: SessionRecord, name: str, *, shared: bool) -> None:
    """Let the mentee read one of the texts, or keep it to the mentor.

    Raises MentoringError for a text that no record has.
    """
    if name not in NOTE_NAMES:
        raise MentoringError(Message("A session record has no such part."))
    setattr(record, f"{name}_shared", shared)
    session.flush()


def remove_record(session: Session, record: SessionRecord, now: dt.datetime) -> None:
    """Delete the record with the actions that were agreed in it."""
    mentor = record.mentorship.mentor
    audit_trail.record(session, mentor, Action.SESSION_RECORD_DELETED, record.id, now)
    session.delete(record)
    session.flush()


def records_of(session: Session, mentorship: Mentorship) -> Sequence[SessionRecord]:
    """All records, the newest first: for the mentor alone."""
    return record_queries.records(session, mentorship.id)


def shared_records(session: Session, mentorship: Mentorship) -> list[SharedRecord]:
    """What the mentee may see of each record, the newest first."""
    return [_as_shared(record) for record in record_queries.records(session, mentorship.id)]


def record_of(session: Session, mentorship: Mentorship, record_id: uuid.UUID) -> SessionRecord:
    """The mentorship's record with this id. Raises MentoringError."""
    record = session.get(SessionRecord, record_id)
    if record is None or record.mentorship_id != mentorship.id:
        raise MentoringError(Message("That session record does not belong to this mentorship."))
    return record


def notes_in(record: SessionRecord) -> list[tuple[str, str, Note]]:
    """The texts of a record that are not empty: field, name, and the text itself."""
    notes = [(key, name, _note(record, key)) for key, name in NOTE_NAMES.items()]
    return [(key, name, note) for key, name, note in notes if note.text]


def _note(record: SessionRecord, name: str) -> Note:
    return Note(getattr(record, name), getattr(record, f"{name}_shared"))


def _as_shared(record: SessionRecord) -> SharedRecord:
    return SharedRecord(
        record.id,
        record.held_on,
        [(name, note.text) for _, name, note in notes_in(record) if note.shared],
        record.actions,
    )


def _checked_note(name: str, note: Note) -> Note:
    text = tidy(note.text)
    if len(text) > LONGEST_NOTE:
        raise MentoringError(
            Message(
                "%(length)s characters; at most %(most)s are possible.",
                length=len(text),
                most=LONGEST_NOTE,
                at=NOTE_NAMES[name],
            )
        )
    return replace(note, text=text)
