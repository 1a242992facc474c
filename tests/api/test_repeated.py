"""Requests that are sent again: done once, answered alike, and mistakes are told."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from survey.accounts.people import add_mentor
from survey.api import mentees
from survey.storage.models import ApiAnswer, Letter, Mentorship
from tests.api.programs import MENTOR, Program, pointers, program_of, refusal
from tests.support.cases import NOW
from tests.support.web import service_of

MIA = {"name": "Mia Mentee", "email": "mia@example.org"}


@pytest.fixture(autouse=True)
def _mentor(app_on_each: Flask) -> None:
    with service_of(app_on_each).database.writing() as session:
        add_mentor(session, "Max Mentor", MENTOR)


def counts(app: Flask) -> tuple[int, int, int]:
    """Mentorships, letters and kept answers."""
    with service_of(app).database.reading() as session:
        found = [
            session.scalar(select(func.count()).select_from(model))
            for model in (Mentorship, Letter, ApiAnswer)
        ]
    return found[0] or 0, found[1] or 0, found[2] or 0


def test_it_is_done_once_and_answered_alike(app_on_each: Flask) -> None:
    program = program_of(app_on_each, MENTOR)
    first = program.post("/mentees", MIA, key="take on Mia")
    again = program.post("/mentees", MIA, key="take on Mia")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.data == first.data
    assert again.headers["Location"] == first.headers["Location"]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert counts(app_on_each) == (1, 1, 1)
    # Without a key, it is another request, and refused as the page would.
    assert pointers(refusal(program.post("/mentees", MIA), 422, "invalid-request")) == ["#/email"]


def test_what_is_kept_is_sealed_with_the_token(app_on_each: Flask) -> None:
    program = program_of(app_on_each, MENTOR)
    program.post("/mentees", MIA, key="take on Mia")
    with service_of(app_on_each).database.reading() as session:
        kept = session.scalars(select(ApiAnswer)).one()
    assert kept.status == 201
    assert kept.sealed is not None
    for text in (b"Mia", b"example.org", b"take on"):
        assert text not in bytes(kept.sealed)
    # And when it was asked is kept in steps of some minutes alone.
    assert (kept.begun_at.minute % 5, kept.begun_at.second) == (0, 0)


def test_a_key_belongs_to_one_request_and_one_token(app_on_each: Flask) -> None:
    program, other = program_of(app_on_each, MENTOR), program_of(app_on_each, MENTOR)
    program.post("/mentees", MIA, key="one")
    changed = {**MIA, "email": "mina@example.org"}
    refusal(program.post("/mentees", changed, key="one"), 422, "key-reused")
    refusal(program.post("/frameworks", {"yaml": "x"}, key="one"), 422, "key-reused")
    assert other.post("/mentees", changed, key="one").status_code == 201
    assert counts(app_on_each) == (2, 2, 2)


def test_what_was_refused_may_be_sent_again(app_on_each: Flask) -> None:
    program = program_of(app_on_each, MENTOR)
    wrong = {**MIA, "email": "nobody"}
    refusal(program.post("/mentees", wrong, key="one"), 422, "invalid-request")
    assert counts(app_on_each) == (0, 0, 0)
    assert program.post("/mentees", MIA, key="one").status_code == 201


def test_after_a_day_the_key_is_free_again(app_on_each: Flask) -> None:
    program = program_of(app_on_each, MENTOR)
    program.post("/mentees", MIA, key="one")
    service_of(app_on_each).clock = NOW + dt.timedelta(hours=24, minutes=6)
    refusal(program.post("/mentees", MIA, key="one"), 422, "invalid-request")


def test_the_same_at_the_same_time_is_refused(
    app_on_each: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second asks while the first is still being worked on."""
    if service_of(app_on_each).database.is_sqlite:
        pytest.skip("on SQLite the second waits until the first is done, and is answered alike")
    program = program_of(app_on_each, MENTOR)
    take_on, seconds = mentees.add_mentee, []

    def slowly(*arguments: Any) -> Mentorship:
        if not seconds:
            with ThreadPoolExecutor(1) as other:
                seconds.append(other.submit(program.post, "/mentees", MIA, "one").result(20))
        return take_on(*arguments)

    monkeypatch.setattr(mentees, "add_mentee", slowly)
    assert program.post("/mentees", MIA, key="one").status_code == 201
    refusal(seconds[0], 409, "still-in-progress")
    assert counts(app_on_each) == (1, 1, 1)


def test_of_many_at_once_one_is_done(app_on_each: Flask) -> None:
    app = app_on_each
    program = program_of(app, MENTOR)
    together = threading.Barrier(4)

    def ask(_number: int) -> int:
        together.wait()
        return (
            Program(app, None)
            .ask("POST", "/mentees", MIA, {**program.headers, "Idempotency-Key": "one"})
            .status_code
        )

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(ask, range(4)))
    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    assert counts(app) == (1, 1, 1)


def test_a_place_whose_owner_died_is_given_away_and_not_written_over(app_on_each: Flask) -> None:
    program, service = program_of(app_on_each, MENTOR), service_of(app_on_each)
    program.post("/mentees", MIA, key="one")
    with service.database.writing() as session:
        session.execute(update(ApiAnswer).values(status=None, sealed=None))
    problem = program.post("/mentees", MIA, key="one")
    refusal(problem, 409, "still-in-progress")
    assert problem.headers["Retry-After"] == "1"
    service.clock = NOW + dt.timedelta(minutes=16)
    # What it was about was done before; here, it is simply asked for anew.
    refusal(program.post("/mentees", MIA, key="one"), 422, "invalid-request")
    assert counts(app_on_each) == (1, 1, 0)


@pytest.mark.parametrize("key", ["", "x" * 256, "\x7f"])
def test_keys_that_are_none(app_on_each: Flask, key: str) -> None:
    program = program_of(app_on_each, MENTOR)
    refusal(program.post("/mentees", MIA, key=key), 422, "invalid-request")
    assert counts(app_on_each)[0] == 0
