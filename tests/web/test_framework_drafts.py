"""Drafts of frameworks on the page of frameworks, and from a terminal."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from werkzeug.test import TestResponse

from survey.accounts.people import add_mentor
from survey.cli import cli
from survey.frameworks.importing.template import template_as_csv
from survey.frameworks.loader import parse_framework
from survey.frameworks.problems import FrameworkError
from tests.conftest import fresh_database, service_environment
from tests.frameworks.importing.samples import encoded, new_survey, old_survey, qsf, text_entry
from tests.support.web import Surfer, make_app, service_of, signed_in

MENTOR = "max.mentor@example.org"


@pytest.fixture
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(service_environment(fresh_database("sqlite", request, tmp_path), tmp_path))
    with service_of(made).database.writing() as session:
        add_mentor(session, "Max Mentor", MENTOR)
    yield made
    service_of(made).database.dispose()


def send(mentor: Surfer, address: str, field: str, content: bytes, name: str) -> TestResponse:
    mentor.get("/frameworks/")
    data = {"csrf_token": mentor.csrf, field: (io.BytesIO(content), name)}
    return mentor.client.post(address, data=data)


def test_a_draft_is_handed_back_and_can_be_uploaded(app: Flask) -> None:
    mentor = signed_in(app, MENTOR)
    answer = send(mentor, "/frameworks/import", "questionnaire", old_survey(), "s.lss")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/yaml; charset=utf-8"
    assert answer.headers["Content-Disposition"] == "attachment; filename=leading.yaml"
    assert "another kind (list)" in answer.text
    assert "Leading" not in mentor.get("/frameworks/").text
    kept = send(mentor, "/frameworks/", "file", answer.data, "leading.yaml")
    assert kept.headers["Location"] == "/frameworks/leading"
    assert "Giving direction" in mentor.get("/frameworks/leading").text


def test_what_is_wrong_with_a_file_stands_on_the_page(app: Flask) -> None:
    mentor = signed_in(app, MENTOR)
    content = encoded(qsf({"B": ["QID1"]}, text_entry("QID1", "?")))
    answer = send(mentor, "/frameworks/import", "questionnaire", content, "a.qsf")
    assert answer.status_code == 422
    assert "No draft was made: please check this" in answer.text
    assert "no question of the survey is a matrix" in answer.text
    answer = send(mentor, "/frameworks/import", "questionnaire", b"", "")
    assert answer.status_code == 422
    assert "Choose a file." in answer.text


def test_a_hostile_name_does_not_get_into_the_header(app: Flask) -> None:
    mentor = signed_in(app, MENTOR)
    table = 'row,competency,id,text\nframework,,"../x\r\nSet-Cookie: a",T\n,A,,b\n'
    answer = send(mentor, "/frameworks/import", "questionnaire", table.encode(), "t.csv")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == "attachment; filename=x-set-cookie-a.yaml"
    with pytest.raises(FrameworkError):
        parse_framework(answer.data, "x.yaml")


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_template_makes_a_framework(app: Flask, ending: str) -> None:
    mentor = signed_in(app, MENTOR)
    assert f"/frameworks/import/template.{ending}" in mentor.get("/frameworks/").text
    template = mentor.client.get(f"/frameworks/import/template.{ending}")
    name = f"framework-template.{ending}"
    assert template.headers["Content-Disposition"] == f"attachment; filename={name}"
    answer = send(mentor, "/frameworks/import", "questionnaire", template.data, name)
    assert parse_framework(answer.data, "x.yaml").id == "my-framework"


def test_strangers_make_no_draft(app: Flask) -> None:
    stranger = Surfer(app)
    assert stranger.get("/frameworks/import/template.csv").headers["Location"] == "/sign-in"
    assert stranger.client.post("/frameworks/import").status_code in (302, 400)


def test_the_same_from_a_terminal(tmp_path: Path) -> None:
    runner = CliRunner()
    file, out = tmp_path / "survey.lss", tmp_path / "draft.yaml"
    file.write_bytes(new_survey())
    command = ["frameworks", "import", str(file)]
    printed = runner.invoke(cli, command)
    assert printed.exit_code == 0
    assert "Note: help texts" in printed.stderr
    assert "To be put right" not in printed.stderr
    assert parse_framework(printed.stdout.encode(), "x.yaml").id == "listening-well"
    wrote = runner.invoke(cli, [*command, "--out", str(out)])
    assert (wrote.exit_code, wrote.stdout) == (0, f"Wrote {out}.\n")
    assert out.read_text(encoding="utf-8") == printed.stdout
    out.write_text("my work", encoding="utf-8")
    again = runner.invoke(cli, [*command, "--out", str(out)])
    assert again.exit_code == 1
    assert "is there already" in again.stderr
    assert out.read_text(encoding="utf-8") == "my work"


def test_a_terminal_names_what_is_to_be_put_right(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text("competency,text\nA," + "b" * 401, encoding="utf-8")
    done = CliRunner().invoke(cli, ["frameworks", "import", str(file)])
    assert done.exit_code == 0
    assert "To be put right in the draft:\ntable.yaml:" in done.stderr
    gone = CliRunner().invoke(cli, ["frameworks", "import", str(tmp_path / "gone.lss")])
    assert gone.exit_code == 1
    assert "gone.lss" in gone.stderr
    (tmp_path / "a.lss").write_text("x", encoding="utf-8")
    refused = CliRunner().invoke(cli, ["frameworks", "import", str(tmp_path / "a.lss")])
    assert isinstance(refused.exception, FrameworkError)


def test_a_terminal_writes_the_template(tmp_path: Path) -> None:
    file = tmp_path / "start.csv"
    done = CliRunner().invoke(cli, ["frameworks", "template", str(file)])
    assert done.exit_code == 0
    assert file.read_bytes() == template_as_csv()
    again = CliRunner().invoke(cli, ["frameworks", "template", str(file)])
    assert again.exit_code == 1
    other = CliRunner().invoke(cli, ["frameworks", "template", str(tmp_path / "a.pdf")])
    assert other.exit_code == 2
