"""A round over the API, from the mentee to the report that the mentee reads."""

from __future__ import annotations

import csv
import io
import json
import uuid

from flask import Flask
from sqlalchemy import select

from survey.accounts.people import add_mentor
from survey.storage.models import AuditEntry, Letter, LetterKind
from tests.api.programs import (
    MENTEE,
    MENTOR,
    answer_all,
    in_days,
    program_of,
    raters,
    refusal,
)
from tests.frameworks.samples import GOOD, broken
from tests.support.web import service_of, signed_in

GROUPS = ("manager", "peers", "direct_reports")


def test_a_round_from_draft_to_the_report_that_the_mentee_reads(app_on_each: Flask) -> None:
    app = app_on_each
    with service_of(app).database.writing() as session:
        add_mentor(session, "Max Mentor", MENTOR)
    program = program_of(app, MENTOR)
    assert program.get("/whoami").get_json()["roles"] == ["mentor"]
    uploaded = program.post("/frameworks", {"yaml": broken("id: leadership", "id: mine", GOOD)})
    assert uploaded.status_code == 201
    assert program.get(uploaded.headers["Location"]).get_json() == uploaded.get_json()
    made = program.post("/mentees", {"name": "Mia Mentee", "email": MENTEE})
    assert made.status_code == 201
    mentee = made.get_json()
    assert program.get("/mentees").get_json() == {"items": [mentee], "next": None}
    path = f"/mentees/{mentee['id']}"
    framework = program.get("/frameworks/leadership").get_json()["framework"]
    linked = [one["id"] for one in framework["competencies"][:2]]
    goal = program.post(
        f"{path}/goals",
        {
            "statement": "Lead cross-team projects",
            "framework_id": "leadership",
            "competency_ids": linked,
        },
    ).get_json()
    assert goal["competency_ids"] == sorted(linked)
    draft = program.post(
        f"{path}/rounds",
        {
            "framework_id": "leadership",
            "deadline": in_days(14),
            "groups": ["self", *GROUPS],
            "goal_id": goal["id"],
            "purpose": "Your honest view helps.",
        },
    )
    assert draft.status_code == 201, draft.text
    round_ = draft.get_json()
    address = draft.headers["Location"]
    assert address == f"/api/v1/rounds/{round_['id']}"
    assert (round_["state"], round_["progress"], round_["problems"]) == ("draft", None, [])
    added = program.post(
        f"{address}/raters", {"raters": raters({"manager": 1, "peers": 4, "direct_reports": 2})}
    )
    assert added.status_code == 200, added.text
    assert any("Direct reports" in warning for warning in added.get_json()["warnings"])
    invited = program.get(f"{address}/raters").get_json()["items"]
    assert len(invited) == 8
    gone = next(one for one in invited if one["email"] == "peers4@example.org")
    assert program.ask("DELETE", f"{address}/raters/{gone['id']}").status_code == 204
    opened = program.post(f"{address}/launch").get_json()
    assert opened["state"] == "open"
    assert (round_["framework_version"], opened["framework_version"]) == (None, "1.0.0")
    assert {g["key"]: g["invited"] for g in opened["progress"]}["peers"] == 3
    late = {"name": "Late", "email": "late@example.org", "group": "direct_reports"}
    assert program.post(f"{address}/raters", {"raters": [late]}).status_code == 200
    moved = program.post(f"{address}/deadline", {"deadline": in_days(20)}).get_json()
    assert moved["deadline"] == in_days(20)
    refusal(program.get(f"{address}/report"), 404)
    answer_all(app, uuid.UUID(round_["id"]), declining="peers3@example.org")
    assert program.post(f"{address}/remind").status_code == 200
    before = {g["key"]: g for g in program.get(address).get_json()["progress"]}
    assert (before["peers"]["done"], before["peers"]["answered"]) == (3, None)
    closed = program.post(f"{address}/close").get_json()
    after = {g["key"]: g for g in closed["progress"]}
    assert (after["peers"]["answered"], after["peers"]["declined"]) == (2, 1)
    as_mentee = program_of(app, MENTEE)
    refusal(as_mentee.get(f"{address}/report"), 404)
    report = program.get(f"{address}/report").get_json()
    assert program.post(f"{address}/release").get_json()["state"] == "released"
    assert as_mentee.get(f"{address}/report").get_json() == report
    assert {comment["text"] for comment in report["comments"]} == {"Say no more often."}
    again = program.post(f"{address}/after", {"deadline": in_days(30)})
    assert again.status_code == 201, again.text
    assert again.get_json()["compared_with_id"] == round_["id"]
    assert len(program.get(f"/rounds/{again.get_json()['id']}/raters").get_json()["items"]) == 8
    assert program.ask("DELETE", again.headers["Location"]).status_code == 204
    refusal(program.get(again.headers["Location"]), 404)
    with service_of(app).database.reading() as session:
        deeds = set(session.scalars(select(AuditEntry.action)))
        told = select(Letter).where(Letter.kind == LetterKind.REPORT_RELEASED)
        assert session.scalars(told).one()
    assert deeds >= {
        "framework.uploaded",
        "mentorship.started",
        "round.launched",
        "round.deadline_moved",
        "round.reminders_sent",
        "round.closed",
        "report.released",
        "report.exported",
        "round.discarded",
    }


def test_the_report_has_what_the_file_has_and_nothing_else(app: Flask) -> None:
    with service_of(app).database.writing() as session:
        add_mentor(session, "Max Mentor", MENTOR)
    program = program_of(app, MENTOR)
    mentee = program.post("/mentees", {"name": "Mia Mentee", "email": MENTEE}).get_json()
    round_ = program.post(
        f"/mentees/{mentee['id']}/rounds",
        {
            "framework_id": "leadership",
            "deadline": in_days(14),
            "groups": ["self", "manager", "peers", "customers"],
        },
    ).get_json()
    path = f"/rounds/{round_['id']}"
    program.post(f"{path}/raters", {"raters": raters({"manager": 1, "peers": 3, "customers": 2})})
    program.post(f"{path}/launch")
    answer_all(app, uuid.UUID(round_["id"]))
    program.post(f"{path}/close")
    report = program.get(f"{path}/report").get_json()
    file = signed_in(app, MENTOR).get(f"/reports/{round_['id']}.csv").data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(file, newline="")))
    assert len(rows) == len(report["figures"]) > 20
    for row, figures in zip(rows, report["figures"], strict=True):
        for column in ("competency id", "statement", "group", "n", "mean", "sd"):
            value = figures[column.replace(" ", "_")]
            assert row[column] == ("" if value is None else str(value)), column
    asked = program.get("/frameworks/leadership").get_json()["framework"]["competencies"]
    ids = {one["id"]: {item["id"] for item in one["indicators"]} for one in asked}
    for figures in report["figures"]:
        known = ids[figures["competency_id"]] if figures["level"] == "statement" else {""}
        assert figures["statement_id"] in known
    # Two customers are too few: nothing of theirs stands anywhere.
    assert report["hidden_groups"] == ["Customers"]
    assert "Customers" not in json.dumps(report["figures"])
