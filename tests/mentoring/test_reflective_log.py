"""A mentor's reflective log: written, searched, and nobody else's."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import func, select

from survey.mentoring.errors import MentoringError
from survey.mentoring.log_patterns import log_patterns
from survey.mentoring.reflective_log import (
    LogDetails,
    LogFilter,
    filtered,
    log_entry,
    read_log,
    remove_log_entry,
    save_log_entry,
    tags_in,
)
from survey.service import Service
from survey.storage.key_store import KeyDestroyedError
from survey.storage.models import Person, ReflectiveLogEntry
from tests.mentoring.reflections import TODAY, new_mentorship
from tests.support.cases import NOW

OTHER = "nora@example.org"


def write(service: Service, mentor_id: uuid.UUID, details: LogDetails, **kw: object) -> uuid.UUID:
    with service.database.writing() as session:
        mentor = session.get_one(Person, mentor_id)
        questions = service.question_sets.reflective_log
        return save_log_entry(session, mentor, details, questions, TODAY, **kw)  # type: ignore[arg-type]


@pytest.fixture
def people(service: Service) -> tuple[uuid.UUID, uuid.UUID, uuid.UUID]:
    """A mentor, that mentor's mentorship, and another mentor."""
    with service.database.writing() as session:
        mentorship = new_mentorship(session)
        other = new_mentorship(session, OTHER)
        return mentorship.mentor_id, mentorship.id, other.mentor_id


def test_entries_are_found_by_tag_word_and_supervision(
    service: Service, people: tuple[uuid.UUID, uuid.UUID, uuid.UUID]
) -> None:
    mentor_id, mentorship_id, other_id = people
    write(
        service,
        mentor_id,
        LogDetails(
            TODAY - dt.timedelta(40),
            {"how-it-went": "Slowly, and GOOD", "differently": "Wait"},
            mentorship_id,
            "Silence \n silence\n\nLetting go",
            "Listening, listening ,, Ending",
            for_supervision=True,
        ),
    )
    general = write(service, mentor_id, LogDetails(TODAY, {"how-it-went": "Fine"}, tags="ending"))
    write(service, other_id, LogDetails(TODAY, {"how-it-went": "Good too"}, tags="ending"))
    with service.database.reading() as session:
        entries = read_log(session, session.get_one(Person, mentor_id))
        newest, first = entries
        assert newest.id == general
        assert newest.mentorship is None
        assert first.tags == ["listening", "ending"]
        assert first.development_areas == ["Silence", "Letting go"]
        assert tags_in(entries) == ["ending", "listening"]

        def found(**wanted: object) -> list[object]:
            return [e.on for e in filtered(entries, LogFilter(**wanted))]  # type: ignore[arg-type]

        assert found() == [TODAY, first.on]
        assert found(tag="Ending") == [TODAY, first.on]
        assert found(tag="end") == []
        assert found(words="good slowly") == [first.on]
        assert found(words="good fine") == []
        assert found(words="mia") == [first.on]
        assert found(words="letting") == [first.on]
        assert found(supervision_only=True) == [first.on]
        assert found(supervision_only=True, words="fine") == []


def test_an_entry_is_changed_moved_to_another_mentee_and_removed(
    service: Service, people: tuple[uuid.UUID, uuid.UUID, uuid.UUID]
) -> None:
    mentor_id, mentorship_id, _ = people
    id_ = write(service, mentor_id, LogDetails(TODAY, {"how-it-went": "A"}, tags="one"))
    write(service, mentor_id, LogDetails(TODAY, {"how-it-went": "B"}, mentorship_id), entry_id=id_)
    with service.database.reading() as session:
        entry = log_entry(session, session.get_one(Person, mentor_id), id_)
        assert (entry.answers[0].text, entry.tags) == ("B", [])
        assert entry.mentorship is not None
    # Now the mentorship's key seals it, and takes it along.
    service.keys.destroy(mentorship_id, TODAY)
    with service.database.reading() as session, pytest.raises(KeyDestroyedError):
        log_entry(session, session.get_one(Person, mentor_id), id_)
    with service.database.writing() as session:
        remove_log_entry(session, session.get_one(Person, mentor_id), id_, NOW)
        assert session.scalar(select(func.count()).select_from(ReflectiveLogEntry)) == 0


def test_an_entry_about_nobody_is_sealed_with_the_mentor_s_own_key(
    service: Service, people: tuple[uuid.UUID, uuid.UUID, uuid.UUID]
) -> None:
    mentor_id, mentorship_id, _ = people
    id_ = write(service, mentor_id, LogDetails(TODAY, {"how-it-went": "A"}))
    service.keys.destroy(mentorship_id, TODAY)
    with service.database.reading() as session:
        assert log_entry(session, session.get_one(Person, mentor_id), id_).answers[0].text == "A"
    service.keys.destroy(mentor_id, TODAY)
    with service.database.reading() as session, pytest.raises(KeyDestroyedError):
        read_log(session, session.get_one(Person, mentor_id))


def test_nobody_reaches_another_mentor_s_entry(
    service: Service, people: tuple[uuid.UUID, uuid.UUID, uuid.UUID]
) -> None:
    mentor_id, mentorship_id, other_id = people
    id_ = write(service, mentor_id, LogDetails(TODAY, {"how-it-went": "A"}, mentorship_id))
    with service.database.writing() as session:
        other = session.get_one(Person, other_id)
        assert read_log(session, other) == []
        with pytest.raises(MentoringError):
            log_entry(session, other, id_)
        with pytest.raises(MentoringError):
            remove_log_entry(session, other, id_, NOW)
    details = LogDetails(TODAY, {"how-it-went": "Mine"})
    with pytest.raises(MentoringError, match="not in your log"):
        write(service, other_id, details, entry_id=id_)
    foreign = LogDetails(TODAY, {"how-it-went": "Mine"}, mentorship_id)
    with pytest.raises(MentoringError, match=r"^About: that is no mentee of yours"):
        write(service, other_id, foreign)


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"on": TODAY + dt.timedelta(1)}, "^Date: "),
        ({"answers": {}}, "^Answer at least one"),
        ({"tags": ",".join(map(str, range(11)))}, "^Tags: 11 are too many"),
        ({"tags": "x" * 41}, "^Tags: “x{40}…” is longer"),
        ({"development_areas": "\n".join("abcdef")}, "^Own development areas: 6 are too many"),
        ({"development_areas": "x" * 81}, "^Own development areas: “x"),
    ],
)
def test_what_makes_no_sense_is_refused(
    service: Service,
    people: tuple[uuid.UUID, uuid.UUID, uuid.UUID],
    wrong: dict[str, object],
    expected: str,
) -> None:
    details = LogDetails(**{"on": TODAY, "answers": {"how-it-went": "A"}, **wrong})  # type: ignore[arg-type]
    with pytest.raises(MentoringError, match=expected):
        write(service, people[0], details)


def test_patterns_count_per_month(
    service: Service, people: tuple[uuid.UUID, uuid.UUID, uuid.UUID]
) -> None:
    mentor_id = people[0]
    today = dt.date(2026, 11, 2)
    assert today == TODAY
    for on, tags, areas in (
        (today, "silence, ending", "Letting go"),
        (dt.date(2026, 9, 30), "silence", "letting GO"),
        (dt.date(2026, 9, 1), "Silence", ""),
        # More than a year ago: not shown.
        (dt.date(2025, 11, 30), "advice, silence", ""),
    ):
        answers = {"how-it-went": "A"}
        details = LogDetails(on, answers, tags=tags, development_areas=areas)
        write(service, mentor_id, details)
    with service.database.reading() as session:
        entries = read_log(session, session.get_one(Person, mentor_id))
    patterns = log_patterns(entries, today)
    assert (patterns.months[0], patterns.months[-1]) == (dt.date(2025, 12, 1), today.replace(day=1))
    assert len(patterns.months) == 12
    assert [(p.word, p.total) for p in patterns.tags] == [("silence", 3), ("ending", 1)]
    assert patterns.tags[0].counts[-3:] == (2, 0, 1)
    assert [(p.word, p.total) for p in patterns.development_areas] == [("Letting go", 2)]
    assert patterns.most == 2
    young = log_patterns(entries[:1], today)
    assert young.months == (today.replace(day=1),)
    assert log_patterns([], today).most == 0
