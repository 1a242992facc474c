"""Disposal by the retention schedule, by a real worker and by the command's use case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from config import load_config
from survey.anonymity.released_aggregate import ReleasedAggregate
from survey.frameworks.rater_groups import STANDARD_GROUPS
from survey.privacy.disposable_kinds import KINDS
from survey.privacy.errors import RetentionError
from survey.privacy.retention import due_now
from survey.privacy.schedule import Schedule, load_schedule, read_period
from survey.report.of_round import report_of_round
from survey.rounds.draft import RoundDetails, create_draft
from survey.rounds.errors import WrongStateError
from survey.rounds.status import round_status
from survey.service import Service
from survey.storage.key_store import KeyDestroyedError
from survey.storage.models import (
    Base,
    Invitation,
    Letter,
    Response,
    Round,
    RoundKind,
    StoredAggregate,
)
from tests.conftest import service_environment
from tests.privacy.people import actions, answer, everything, raw, rows
from tests.support.cases import NOW, close, launched_case
from tests.support.live_service import ROOT
from tests.support.web import ClockedService, make_app, service_of, worker_of

DEFAULT = ROOT / "retention.yaml"


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(service_environment(database_url, tmp_path))
    yield made
    service_of(made).database.dispose()


def work_after(app: Flask, **time: int) -> ClockedService:
    """Let a worker do its round so long after NOW."""
    service = service_of(app)
    service.clock = NOW + dt.timedelta(**time)
    worker_of(app).run_once()
    return service


def due(service: Service, days: int) -> dict[str, int]:
    with service.database.reading() as session:
        today = NOW.date() + dt.timedelta(days=days)
        found = due_now(session, service.retention, today)
        return {one.kind.key: len(one.ids) for one in found if one.ids}


def test_every_kind_has_a_rule_and_every_rule_a_kind() -> None:
    assert set(load_schedule(DEFAULT, DEFAULT)) >= {kind.key for kind in KINDS}
    assert len({kind.key for kind in KINDS}) == len(KINDS)


def test_every_table_about_people_is_disposed_of(app: Flask) -> None:
    """Years later nothing is left but the accounts: no table was forgotten."""
    service = service_of(app)
    mentoring = everything(service)
    service.clock = NOW + dt.timedelta(days=30)
    worker_of(app).run_once()  # closes the overdue round
    work_after(app, days=365 * 4)
    work_after(app, days=365 * 8)
    left = {table for table, number in rows(service).items() if number}
    assert left <= {
        "alembic_version",
        "people",
        "questionnaires",
        "disposal_runs",
        "mail_workers",
        "audit_entries",
        "audit_checkpoints",
    }
    with pytest.raises(KeyDestroyedError):
        service.keys.key(mentoring.mentorship_id)
    assert actions(service) == ["audit_entries.disposed"]


def test_what_is_due_when(app: Flask) -> None:
    service = service_of(app)
    case = launched_case(service, {"manager": 1, "peers": 3})
    answer(service, case.round_id)
    # While a round is open, nothing of it is due, however long it takes.
    assert due(service, 400) == {}
    with service.database.writing() as session:
        session.scalars(select(Letter)).first().attempts = 1  # type: ignore[union-attr]
    assert due(service, 400) == {"outbox": 1}
    close(service, case.round_id)
    with service.database.writing() as session:
        for letter in session.scalars(select(Letter)):
            session.delete(letter)
    assert due(service, 29) == {}
    assert due(service, 30) == {"comments": 1}
    assert due(service, 90) == {"comments": 1, "invitations": 1}
    # 24 months are counted by the calendar.
    assert "responses" not in due(service, 730)
    assert "responses" in due(service, 731)


def test_the_worker_disposes_once_a_day_and_the_trail_tells(app: Flask) -> None:
    service = service_of(app)
    case = launched_case(service, {"manager": 1, "peers": 3})
    answer(service, case.round_id)
    close(service, case.round_id)
    work_after(app, days=100)
    assert actions(service)[-2:] == ["invitations.disposed", "comments.disposed"]
    assert service.anchor_file.is_file()
    worker_of(app).run_once()
    assert rows(service)["disposal_runs"] == 1
    work_after(app, days=101)
    assert rows(service)["disposal_runs"] == 2
    assert b"peers1@example.org" not in raw(service)


def test_rounds_keep_their_numbers_without_their_raters(app: Flask) -> None:
    service = service_of(app)
    case = launched_case(service, {"manager": 1, "peers": 3})
    answer(service, case.round_id, but="peers1@example.org")
    close(service, case.round_id)

    def numbers() -> list[tuple[int, int | None]]:
        with service.database.reading() as session:
            round_ = session.get_one(Round, case.round_id)
            return [(g.invited, g.answered) for g in round_status(session, round_)]

    before = numbers()
    work_after(app, days=100)
    assert numbers() == before
    with service.database.writing() as session:
        assert set(session.scalars(select(Invitation.email))) == {""}
        round_ = session.get_one(Round, case.round_id)
        # A later round proposes nobody who is not known any more.
        draft = create_draft(
            session,
            round_.mentorship,
            RoundDetails(
                kind=RoundKind.AFTER,
                framework_id="leadership",
                groups=STANDARD_GROUPS,
                deadline=service.today(),
                compared_with=round_,
            ),
            service.today(),
        )
        assert [i.group_key for i in draft.invitations] == ["self"]


def test_a_later_round_does_without_disposed_responses(app: Flask) -> None:
    service = service_of(app)
    mentoring = everything(service)
    answer(service, mentoring.open_round_id)
    with service.database.writing() as session:
        session.execute(Base.metadata.tables["responses"].delete())
    close(service, mentoring.open_round_id)
    with service.database.reading() as session:
        stored = session.get_one(StoredAggregate, mentoring.open_round_id)
        assert ReleasedAggregate.from_json(stored.document).change is None
        later = session.get_one(Round, mentoring.open_round_id)
        assert report_of_round(session, later, "en").competencies
        earlier = session.get_one(Round, mentoring.case.round_id)
        assert report_of_round(session, earlier, "en").competencies


def test_reports_outlive_the_responses_and_a_disposed_report_says_so(app: Flask) -> None:
    service = service_of(app)
    case = launched_case(service, {"manager": 1, "peers": 3})
    answer(service, case.round_id)
    close(service, case.round_id)
    with service.database.reading() as session:
        before = report_of_round(session, session.get_one(Round, case.round_id), "en")
    work_after(app, days=365 * 2 + 2)
    with service.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Response)) == 0
        after = report_of_round(session, session.get_one(Round, case.round_id), "en")
        assert after.competencies == before.competencies
    with service.database.writing() as session:
        session.execute(Base.metadata.tables["released_aggregates"].delete())
    with service.database.reading() as session, pytest.raises(WrongStateError, match="disposed"):
        report_of_round(session, session.get_one(Round, case.round_id), "en")


def test_an_open_round_keeps_its_mentorship(app: Flask) -> None:
    service = service_of(app)
    launched_case(service, {"peers": 3})
    assert "mentorships" not in due(service, 365 * 10)


def test_an_interrupted_erasure_is_finished_by_the_worker(app: Flask) -> None:
    service = service_of(app)
    mentoring = everything(service)
    service.keys.destroy(mentoring.mentorship_id, NOW.date())
    work_after(app, days=1)
    assert rows(service)["mentorships"] == 0


@pytest.mark.parametrize(
    ("words", "today", "cutoff"),
    [
        ("30 days", "2026-03-31", "2026-03-01"),
        ("1 days", "2026-03-01", "2026-02-28"),
        ("2 weeks", "2026-03-15", "2026-03-01"),
        ("1 month", "2026-03-31", "2026-02-28"),
        ("18 months", "2026-01-15", "2024-07-15"),
        ("1 year", "2024-02-29", "2023-02-28"),
        ("until erased", "2026-01-01", None),
        ("9999 years", "2026-01-01", None),
    ],
)
def test_periods(words: str, today: str, cutoff: str | None) -> None:
    found = read_period(words).cutoff(dt.date.fromisoformat(today))
    assert found == (dt.date.fromisoformat(cutoff) if cutoff else None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "kinds:\n  invitations: {keep: soon, reason: r, basis: b}\n",
            "invitations > keep",
        ),
        ("kinds:\n  invitations: {keep: 3 days, basis: b}\n", "invitations > reason"),
        ("kinds:\n  gossip: {keep: 3 days, reason: r, basis: b}\n", "there is no kind gossip"),
        ("kinds: [", "not YAML"),
        ("- nothing\n", "valid dictionary"),
    ],
)
def test_a_schedule_that_cannot_be_used_is_named(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(text)
    with pytest.raises(RetentionError, match=problem) as caught:
        load_schedule(file, DEFAULT)
    assert str(file) in str(caught.value)


def test_an_own_schedule_changes_what_it_names(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text("kinds:\n  responses: {keep: 3 days, reason: r, basis: b}\n")
    environment = {"RETENTION_FILE": str(file), "SECRET_KEY": "s", "MASTER_KEY": "m"}
    config = load_config(environment)
    schedule: Schedule = load_schedule(config["RETENTION_FILE"], config["DEFAULT_RETENTION_FILE"])
    assert schedule["responses"].keep.days == 3
    assert schedule["comments"] == load_schedule(DEFAULT, DEFAULT)["comments"]
    with pytest.raises(RetentionError, match="RETENTION_FILE"):
        load_schedule(tmp_path / "missing.yaml", DEFAULT)
