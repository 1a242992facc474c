"""Taking a report away as a file: for whom, under which name, and by both doors."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from openpyxl import load_workbook

from survey.accounts.people import add_mentor
from survey.cli import cli
from survey.report.files import FILE_FORMATS, report_file
from survey.rounds.release import release_round
from survey.rounds.submit import submit_feedback
from survey.storage.models import Round
from tests.conftest import fresh_database, service_environment
from tests.report.full_reports import report_like
from tests.report.pdf_reader import Pdf
from tests.support.cases import NOW, close, launched_case, tokens
from tests.support.web import Surfer, make_app, service_of, signed_in

MENTOR, MENTEE, OTHER = "max.mentor@example.org", "mia.mentee@example.org", "nora@example.org"
DOWNLOADS = ("pdf", "xlsx", "csv", "parquet")
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}
SAID = "A comment for the files"


@pytest.fixture
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(service_environment(fresh_database("sqlite", request, tmp_path), tmp_path))
    yield made
    service_of(made).database.dispose()


@pytest.fixture
def closed(app: Flask) -> uuid.UUID:
    """A closed round, not yet released, in which everybody said the same."""
    service = service_of(app)
    case = launched_case(service, {"manager": 1, "peers": 3})
    for token in tokens(service, case.round_id).values():
        with service.database.writing() as session:
            submit_feedback(session, service.rater_links, token, {"c-start": SAID}, NOW.date())
    close(service, case.round_id)
    with service.database.writing() as session:
        add_mentor(session, "Nora Other", OTHER)
    return case.round_id


def release(app: Flask, round_id: uuid.UUID) -> None:
    with service_of(app).database.writing() as session:
        release_round(session, session.get_one(Round, round_id), NOW)


@pytest.mark.parametrize("format_", DOWNLOADS)
def test_a_file_is_for_those_who_may_read_the_page(
    app: Flask, closed: uuid.UUID, format_: str
) -> None:
    path = f"/reports/{closed}.{format_}"
    mentor, mentee, other = (signed_in(app, email) for email in (MENTOR, MENTEE, OTHER))
    assert mentor.client.get(path).status_code == 200
    assert mentee.client.get(path).status_code == 404
    assert other.client.get(path).status_code == 404
    stranger = Surfer(app).client.get(path)
    assert (stranger.status_code, stranger.headers["Location"]) == (302, "/sign-in")
    release(app, closed)
    assert mentor.client.get(path).status_code == 200
    assert mentee.client.get(path).status_code == 200
    assert other.client.get(path).status_code == 404
    assert mentee.client.get(f"/reports/{uuid.uuid4()}.{format_}").status_code == 404
    assert mentee.client.post(path).status_code in (400, 405)


@pytest.mark.parametrize("format_", DOWNLOADS)
def test_a_file_is_named_kept_by_nobody_and_never_shown_in_the_page(
    app: Flask, closed: uuid.UUID, format_: str
) -> None:
    answer = signed_in(app, MENTOR).client.get(f"/reports/{closed}.{format_}")
    headers = answer.headers
    assert headers["Content-Type"] == MEDIA_TYPES[format_]
    assert (
        headers["Content-Disposition"]
        == f"attachment; filename=feedback-report-mia-mentee-2026-11.{format_}"
    )
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_the_files_say_what_was_said(app: Flask, closed: uuid.UUID) -> None:
    mentor = signed_in(app, MENTOR)
    pdf = Pdf(mentor.client.get(f"/reports/{closed}.pdf").data)
    assert pdf.text.count(SAID) == 5
    assert "Max Mentor" in pdf.text
    book = load_workbook(io.BytesIO(mentor.client.get(f"/reports/{closed}.xlsx").data))
    assert [row[2].value for row in book["Comments"].iter_rows(min_row=2)] == [SAID] * 5
    assert book.properties.title == "Feedback for Mia Mentee"


def test_other_formats_do_not_exist(app: Flask, closed: uuid.UUID) -> None:
    mentor = signed_in(app, MENTOR)
    for ending in ("docx", "text", "txt", "PDF", "pdf.exe"):
        assert mentor.client.get(f"/reports/{closed}.{ending}").status_code == 404


def name_for(mentee: str) -> str:
    return report_file(
        report_like("nobody"),
        "csv",
        language="en",
        mentee_name=mentee,
        mentor_name="Max",
        created_on=dt.date(2026, 11, 25),
    ).name


@pytest.mark.parametrize(
    ("mentee", "name"),
    [
        ("Nora Lindqvist", "feedback-report-nora-lindqvist-2025-01.csv"),
        ("Zoë Özdemir-O'Neill", "feedback-report-zoe-ozdemir-o-neill-2025-01.csv"),
        ("../../etc/passwd", "feedback-report-etc-passwd-2025-01.csv"),
        ('a"; filename="x.exe\r\nX: y', "feedback-report-a-filename-x-exe-x-y-2025-01.csv"),
        ("山田太郎", "feedback-report-2025-01.csv"),
        ("x" * 300, f"feedback-report-{'x' * 60}-2025-01.csv"),
    ],
)
def test_names_are_safe_everywhere(mentee: str, name: str) -> None:
    assert name_for(mentee) == name


def test_the_same_from_a_terminal(
    app: Flask, closed: uuid.UUID, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in service_environment("", tmp_path):
        monkeypatch.setenv(name, str(app.config[name]))
    runner = CliRunner()
    command = ["round", "report", str(closed)]
    shown = runner.invoke(cli, command)
    assert shown.exit_code == 0
    assert SAID in shown.output
    for format_ in FILE_FORMATS:
        file = tmp_path / f"report.{format_}"
        wrote = runner.invoke(cli, [*command, "--format", format_, "--output", str(file)])
        assert (wrote.exit_code, wrote.output) == (0, f"Wrote {file}.\n")
    assert Pdf((tmp_path / "report.pdf").read_bytes()).text.count(SAID) == 5
    assert SAID in (tmp_path / "report.text").read_text(encoding="utf-8")
    printed = runner.invoke(cli, [*command, "--format", "csv"])
    assert printed.stdout_bytes == (tmp_path / "report.csv").read_bytes()
    refused = runner.invoke(cli, [*command, "--format", "pdf"])
    assert refused.exit_code == 2
    assert "--output FILE" in refused.output
    nowhere = tmp_path / "nowhere" / "report.pdf"
    failed = runner.invoke(cli, [*command, "--format", "pdf", "--output", str(nowhere)])
    assert failed.exit_code == 1
    assert str(nowhere) in failed.output
