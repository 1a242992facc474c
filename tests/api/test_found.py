"""What looking for it brought to light (tests/api/test_fuzz.py), so that it stays mended."""

from __future__ import annotations

from flask import Flask

from survey.api.openapi import document
from tests.api.programs import MENTOR, in_days, pointers, program_of, refusal
from tests.support.cases import draft_case
from tests.support.web import service_of


def test_a_time_with_an_offset_is_refused_and_not_read_without_it(app: Flask) -> None:
    """`10:00Z` was taken for ten o'clock in the service's time zone."""
    case = draft_case(service_of(app), {"peers": 3})
    program = program_of(app, MENTOR)
    path = f"/mentees/{case.mentorship_id}/next-session"
    for at in ("10:00Z", "10:00+05:00", "10:00:00", "24:00", "1000", "10:00\n", "\u0661\u0660:00"):
        sent = {"on": in_days(9), "at": at}
        assert pointers(refusal(program.post(path, sent), 422, "invalid-request")) == ["#/at"], at
    planned = program.post(path, {"on": in_days(9), "at": "10:00"})
    assert planned.get_json()["starts_at"] == "2026-11-11T10:00:00Z"


def test_the_narrower_of_two_lengths_holds(app: Flask) -> None:
    """A length given beside a kind of text was lost: what was too long was told without a place."""
    case = draft_case(service_of(app), {"peers": 3})
    program = program_of(app, MENTOR)
    path = f"/mentees/{case.mentorship_id}"
    draft = {"framework_id": "leadership", "deadline": in_days(9), "purpose": "x" * 601}
    assert pointers(refusal(program.post(f"{path}/rounds", draft), 422, "invalid-request")) == [
        "#/purpose"
    ]
    record = {"held_on": in_days(0), "actions": [{"text": "x" * 301}]}
    assert pointers(refusal(program.post(f"{path}/sessions", record), 422, "invalid-request")) == [
        "#/actions/0/text"
    ]
    schemas = document()["components"]["schemas"]
    assert schemas["DraftSent"]["properties"]["purpose"]["maxLength"] == 600


def test_what_a_framework_leaves_out_is_left_out(app: Flask) -> None:
    """Empty lists stood in the answer that the format of frameworks does not allow."""
    draft_case(service_of(app), {"peers": 3})
    shown = program_of(app, MENTOR).get("/frameworks/leadership").get_json()["framework"]
    assert shown["open_questions"]
    for question in shown["open_questions"]:
        assert question.get("groups") != []
        assert question.get("rounds") != []


def test_a_framework_is_listed_under_its_title_in_the_account_s_language(app: Flask) -> None:
    """A list of ids alone is none to choose from."""
    draft_case(service_of(app), {"peers": 3})
    listed = program_of(app, MENTOR).get("/frameworks").get_json()["items"]
    titles = {one["id"]: one["title"] for one in listed}
    assert titles["leadership"] == "Leadership"
    assert titles["customer-facing"] == "Customer-facing work"
