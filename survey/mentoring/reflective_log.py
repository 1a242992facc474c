"""A mentor's reflective log: for nobody's eyes but this mentor's.

Every function here takes the mentor whose log it is and reaches no other one. The texts are sealed,
so they are searched after opening, here and not in the database.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from survey.languages.message import Message
from survey.mentoring.answers import Answer, as_stored, from_stored, some_answers, tidy
from survey.mentoring.errors import MentoringError
from survey.mentoring.question_set_model import QuestionSet
from survey.privacy.audit_trail import Action, record
from survey.storage.models import Mentorship, Person, ReflectiveLogEntry, Side
from survey.storage.queries import people as people_queries
from survey.storage.queries import reflections as reflection_queries

MOST_TAGS = 10
LONGEST_TAG = 40
MOST_AREAS = 5
LONGEST_AREA = 80


@dataclass(frozen=True)
class LogDetails:
    """What a mentor writes into the log; `mentorship_id` is None for what is about no mentee.

    Tags are separated by commas, development areas stand one per line.
    """

    on: dt.date
    answers: Mapping[str, str] = field(default_factory=dict)
    mentorship_id: uuid.UUID | None = None
    development_areas: str = ""
    tags: str = ""
    for_supervision: bool = False


@dataclass(frozen=True)
class LogEntry:
    """An entry, opened."""

    id: uuid.UUID
    on: dt.date
    mentorship: Mentorship | None
    answers: list[Answer]
    development_areas: list[str]
    tags: list[str]
    for_supervision: bool

    def holds(self, words: str) -> bool:
        """Whether every one of the words is somewhere in it."""
        texts = [answer.text for answer in self.answers] + self.development_areas + self.tags
        if self.mentorship is not None:
            texts.append(self.mentorship.mentee.name)
        whole = "\n".join(texts).casefold()
        return all(word in whole for word in words.casefold().split())


@dataclass(frozen=True)
class LogFilter:
    """Which entries to show; empty for all."""

    tag: str = ""
    words: str = ""
    supervision_only: bool = False


def save_log_entry(
    session: Session,
    mentor: Person,
    details: LogDetails,
    questions: QuestionSet,
    today: dt.date,
    entry_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Write an entry, or change the one with this id.

    Raises MentoringError naming the field or the question's id.
    """
    if details.on > today:
        raise MentoringError(Message("That day is still to come.", at="Date"))
    if details.mentorship_id is not None and not people_queries.mentorship_of_mentor(
        session, mentor.id, details.mentorship_id
    ):
        raise MentoringError(Message("That is no mentee of yours.", at="About"))
    areas = _distinct(details.development_areas.splitlines())
    tags = _distinct(tag.lower() for tag in details.tags.split(","))
    _require_few(areas, "Own development areas", MOST_AREAS, LONGEST_AREA)
    _require_few(tags, "Tags", MOST_TAGS, LONGEST_TAG)
    answers = some_answers(questions, Side.MENTOR, details.answers, mentor.language)
    if entry_id is None:
        entry = ReflectiveLogEntry(mentor_id=mentor.id)
        session.add(entry)
    else:
        entry = _stored(session, mentor, entry_id)
    entry.mentorship_id = details.mentorship_id
    entry.happened_on = details.on
    entry.for_supervision = details.for_supervision
    # All three at once: about another mentee, an entry is sealed with another key.
    entry.answers = as_stored(answers)
    entry.development_areas = "\n".join(areas)
    entry.tags = "\n".join(tags)
    session.flush()
    return entry.id


def remove_log_entry(
    session: Session, mentor: Person, entry_id: uuid.UUID, now: dt.datetime
) -> None:
    """Delete an entry. Raises MentoringError for one that is not in this mentor's log."""
    session.delete(_stored(session, mentor, entry_id))
    record(session, mentor, Action.LOG_ENTRY_DELETED, entry_id, now)
    session.flush()


def log_entry(session: Session, mentor: Person, entry_id: uuid.UUID) -> LogEntry:
    """One entry of this mentor's log. Raises MentoringError."""
    return _opened(_stored(session, mentor, entry_id))


def read_log(session: Session, mentor: Person) -> list[LogEntry]:
    """The whole log of this mentor, the newest entry first."""
    return [_opened(entry) for entry in reflection_queries.log_entries(session, mentor.id)]


def filtered(entries: Iterable[LogEntry], wanted: LogFilter) -> list[LogEntry]:
    """The entries that are asked for."""
    tag = wanted.tag.strip().lower()
    return [
        entry
        for entry in entries
        if (not tag or tag in entry.tags)
        and (entry.for_supervision or not wanted.supervision_only)
        and entry.holds(wanted.words)
    ]


def tags_in(entries: Iterable[LogEntry]) -> list[str]:
    """All tags, in the order of the alphabet."""
    return sorted({tag for entry in entries for tag in entry.tags})


def _stored(session: Session, mentor: Person, entry_id: uuid.UUID) -> ReflectiveLogEntry:
    entry = session.get(ReflectiveLogEntry, entry_id)
    if entry is None or entry.mentor_id != mentor.id:
        raise MentoringError(Message("That entry is not in your log."))
    return entry


def _opened(entry: ReflectiveLogEntry) -> LogEntry:
    return LogEntry(
        id=entry.id,
        on=entry.happened_on,
        mentorship=entry.mentorship,
        answers=from_stored(entry.answers),
        development_areas=entry.development_areas.splitlines(),
        tags=entry.tags.splitlines(),
        for_supervision=entry.for_supervision,
    )


def _distinct(texts: Iterable[str]) -> list[str]:
    """Tidy texts without empty ones and without those that differ in nothing but case."""
    found: dict[str, str] = {}
    for text in texts:
        if words := " ".join(tidy(text).split()):
            found.setdefault(words.casefold(), words)
    return list(found.values())


def _require_few(texts: Sequence[str], name: str, most: int, longest: int) -> None:
    if len(texts) > most:
        raise MentoringError(
            Message(
                "%(length)s are too many; at most %(most)s are possible.",
                length=len(texts),
                most=most,
                at=name,
            )
        )
    for text in texts:
        if len(text) > longest:
            raise MentoringError(
                Message(
                    "“%(words)s…” is longer than %(longest)s characters.",
                    words=text[:longest],
                    longest=longest,
                    at=name,
                )
            )
