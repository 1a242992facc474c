"""Programs learn nothing that a page does not show: not who answered, nor anything too early."""

from __future__ import annotations

import json
import re
import sqlite3
import uuid
from pathlib import Path

import pytest
from flask import Flask

from survey.rounds.close import close_round
from survey.storage.key_store import KeyStore
from survey.storage.models import Round
from tests.api.programs import MENTOR, Program, answer, answer_all, in_days, program_of, refusal
from tests.support.cases import NOW, Case, launched_case
from tests.support.web import service_of, signed_in

RATERS = {"manager": 1, "peers": 3, "customers": 2}


@pytest.fixture
def case(app: Flask) -> Case:
    return launched_case(service_of(app), RATERS)


@pytest.fixture
def program(app: Flask, case: Case) -> Program:
    return program_of(app, MENTOR)


def all_that_is_shown(program: Program, case: Case) -> str:
    """Whatever a program can read about the round and its mentee."""
    mentee, round_ = f"/mentees/{case.mentorship_id}", f"/rounds/{case.round_id}"
    paths = (
        "/whoami",
        "/mentees",
        mentee,
        f"{mentee}/goals",
        f"{mentee}/sessions",
        "/rounds",
        f"/rounds?mentorship_id={case.mentorship_id}",
        "/rounds?state=open",
        round_,
        f"{round_}/raters",
        f"{round_}/report",
    )
    return "\n".join(program.get(path).text for path in paths)


class Copy:
    """The database as it is now, to come back to."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.files = {}
        for name in ("survey.db", "keys.db"):
            self.files[folder / name] = sqlite3.connect(":memory:")
            with sqlite3.connect(folder / name) as live:
                live.backup(self.files[folder / name])
        self.app = app

    def restore(self) -> None:
        for file, copy in self.files.items():
            with sqlite3.connect(file, timeout=30) as live:
                copy.backup(live)


def test_whoever_answers_or_declines_all_looks_alike(
    app: Flask, program: Program, case: Case, tmp_path: Path
) -> None:
    all_that_is_shown(program, case)
    untouched = Copy(app, tmp_path)
    seen, told = set(), set()
    steps = f"/rounds/{case.round_id}"
    for email in ("peers1@example.org", "peers2@example.org", "peers3@example.org"):
        for declines in (False, True):
            untouched.restore()
            answer(app, case.round_id, email, declines=declines)
            seen.add(all_that_is_shown(program, case))
            items = program.get(f"{steps}/raters").get_json()["items"]
            rater = next(one["id"] for one in items if one["email"] == "peers1@example.org")
            done = [
                program.post(f"{steps}/remind").text,
                program.post(f"{steps}/raters/{rater}/fresh-link").text,
                program.post(f"{steps}/raters/{rater}/withdraw").text,
                program.post(f"{steps}/deadline", {"deadline": in_days(15)}).text,
                all_that_is_shown(program, case),
            ]
            told.add(json.dumps(done))
    assert len(seen) == 1
    assert len(told) == 1
    # It would be seen if somebody more were done: the number is shown.
    answer(app, case.round_id, "manager1@example.org")
    assert all_that_is_shown(program, case) not in seen


def test_while_a_round_is_open_there_are_numbers_of_done_and_no_others(
    app: Flask, program: Program, case: Case
) -> None:
    answer(app, case.round_id, "peers1@example.org")
    answer(app, case.round_id, "peers2@example.org", declines=True)
    progress = program.get(f"/rounds/{case.round_id}").get_json()["progress"]
    peers = next(one for one in progress if one["key"] == "peers")
    assert peers == {
        "key": "peers",
        "invited": 3,
        "withdrawn": 0,
        "done": 2,
        "answered": None,
        "declined": None,
    }
    refusal(program.get(f"/rounds/{case.round_id}/report"), 404)


def test_what_a_closed_round_shows_stands_on_its_page(
    app: Flask, program: Program, case: Case
) -> None:
    answer_all(app, case.round_id, declining="peers3@example.org")
    path = f"/rounds/{case.round_id}"
    closed = program.post(f"{path}/close").get_json()
    page = signed_in(app, MENTOR).get(path).text
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    labels = {group["key"]: group["label"] for group in closed["groups"]}
    for group in closed["progress"]:
        assert labels[group["key"]] in text
        assert group["answered"] + group["declined"] == group["done"]
    assert "1 declined" in text
    report = program.get(f"{path}/report").get_json()
    page = signed_in(app, MENTOR).get(f"/reports/{case.round_id}").text
    shown = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    for comment in report["comments"]:
        assert comment["text"] in shown
    assert report["headline"] in shown


def test_what_is_too_small_is_in_no_figure(app: Flask, program: Program, case: Case) -> None:
    """Two peers and two customers are four others together; a third group stays hidden."""
    answer_all(app, case.round_id, declining="peers3@example.org")
    program.post(f"/rounds/{case.round_id}/close")
    report = program.get(f"/rounds/{case.round_id}/report").get_json()
    groups = {group["label"]: group for group in report["groups"]}
    assert set(groups) == {"Self", "Manager", "Other raters"}
    assert groups["Other raters"]["n_after"] == 4
    named = {figures["group"] for figures in report["figures"]}
    assert named <= {"Self", "Manager", "Other raters", "All raters", "Anonymous raters together"}


def test_a_round_closed_without_a_result_has_no_numbers_and_no_report(
    app: Flask, program: Program, case: Case
) -> None:
    service = service_of(app)
    keys: KeyStore = service.keys
    answer_all(app, case.round_id)
    keys.end_rounds({case.round_id: NOW.date()})
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        close_round(session, round_, master_key=service.master_key, now=NOW)
    shown = program.get(f"/rounds/{case.round_id}").get_json()
    assert (shown["state"], shown["without_result"], shown["progress"]) == ("closed", True, None)
    gone = refusal(program.get(f"/rounds/{case.round_id}/report"), 410, "report-gone")
    assert "closed before" in gone["detail"]
    refusal(program.post(f"/rounds/{case.round_id}/release"), 409, "not-possible-now")


def test_no_shape_has_a_place_for_one_answer(program: Program, case: Case) -> None:
    """Of a rater: who they are, and how their letter fared."""
    items = program.get(f"/rounds/{case.round_id}/raters").get_json()["items"]
    assert {tuple(sorted(one)) for one in items} == {
        ("delivery_problem", "email", "group", "id", "language", "name", "note")
    }
    assert uuid.UUID(items[0]["id"])
