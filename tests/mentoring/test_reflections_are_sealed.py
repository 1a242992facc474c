"""Nothing that mentee or mentor write to reflect lies readable in the database."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from survey.mentoring.mentoring_feedback import give_feedback
from survey.mentoring.reflective_log import LogDetails, save_log_entry
from survey.mentoring.reviews import submit_review
from survey.mentoring.self_reflection import ReflectionDetails, save_reflection
from survey.service import Service
from survey.storage.models import ReflectionMoment, ReviewKind, Side
from tests.mentoring.reflections import TODAY, new_mentorship

SECRET = "nobody-reads-this"
TABLES = (
    "self_reflections",
    "reflective_log_entries",
    "mentoring_feedbacks",
    "review_contributions",
)


def test_no_row_and_no_file_holds_a_word(service: Service) -> None:
    sets = service.question_sets
    with service.database.writing() as session:
        mentorship = new_mentorship(session)
        goal = mentorship.goals[0]
        details = ReflectionDetails(
            ReflectionMoment.SESSION_END, TODAY, {"learned": SECRET}, {goal.id: 7}
        )
        save_reflection(session, mentorship, details, sets, TODAY)
        give_feedback(
            session,
            mentorship,
            {"more-of": SECRET, "knowledge-shared": "too-little"},
            sets.mentee_feedback,
            TODAY,
            held_back=True,
        )
        submit_review(
            session, mentorship, ReviewKind.START, Side.MENTOR, {"can-offer": SECRET}, sets, TODAY
        )
        for about in (mentorship.id, None):
            log = LogDetails(TODAY, {"how-it-went": SECRET}, about, SECRET, SECRET)
            save_log_entry(session, mentorship.mentor, log, sets.reflective_log, TODAY)
    # The questions tell what was answered, and the goal's id beside a level what was rated.
    secrets = (SECRET, "learned", "too-little", "how-it-went", "can-offer", f'"{goal.id}"')
    found = 0
    with service.database.engine.connect() as connection:
        for table in TABLES:
            for row in connection.execute(text(f"SELECT * FROM {table}")):
                found += 1
                for value in row:
                    raw = bytes(value) if isinstance(value, bytes) else str(value).encode()
                    assert not any(secret.encode() in raw for secret in secrets), table
    assert found == 5
    if service.database.is_sqlite:
        path = Path(str(service.database.engine.url.database))
        content = b"".join(file.read_bytes() for file in path.parent.glob(path.name + "*"))
        assert b"mia.mentee@example.org" in content
        assert SECRET.encode() not in content
