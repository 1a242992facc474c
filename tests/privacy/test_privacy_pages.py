"""Privacy as people meet it: their own data, raters' data, and the administrator's work."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from survey.accounts.people import find_person
from survey.accounts.roles import add_administrator
from survey.mentoring.answers import Answer, as_stored
from survey.privacy.erasure import is_erased
from survey.storage.models import (
    AuditEntry,
    Base,
    Invitation,
    Letter,
    MentoringFeedback,
    Mentorship,
    Person,
    PrivacyRequest,
    RaterRequest,
    ReflectiveLogEntry,
    RequestState,
    ReviewContribution,
    Round,
    SelfReflection,
    SessionRecord,
)
from tests.conftest import service_environment
from tests.privacy.people import SECRETS, Mentoring, actions, everything
from tests.support.cases import NOW
from tests.support.web import Surfer, flashes, make_app, service_of, signed_in, worker_of

MENTOR, MENTEE, ADMIN = "max.mentor@example.org", "mia.mentee@example.org", "ada@example.org"
PRIVATE = "He reminds me of my brother"


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(
        service_environment(database_url, tmp_path)
        | {"CONTROLLER_NAME": "Mentoring Guild", "CONTROLLER_CONTACT": "dpo@guild.example"}
    )
    yield made
    service_of(made).database.dispose()


def stored(text: str) -> str:
    return as_stored([Answer(id="one", question="What was it?", text=text)])


@pytest.fixture
def mentoring(app: Flask) -> Mentoring:
    service = service_of(app)
    made = everything(service)
    with service.database.writing() as session:
        add_administrator(session, "Ada Admin", ADMIN)
        for model in (SelfReflection, ReflectiveLogEntry, MentoringFeedback, ReviewContribution):
            for row in session.scalars(select(model)):
                row.answers = stored(row.answers)
        session.add(
            SessionRecord(
                mentorship_id=made.mentorship_id,
                held_on=NOW.date(),
                topics="Talked about March",
                topics_shared=True,
                notes=PRIVATE,
            )
        )
    return made


def export(app: Flask, email: str) -> tuple[str, str, list[str]]:
    surfer = signed_in(app, email)
    surfer.get("/my-data")
    answer = surfer.client.post("/my-data/download", data={"csrf_token": surfer.csrf})
    assert answer.status_code == 200
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    page = archive.read("index.html").decode()
    return page, archive.read("data.json").decode(), archive.namelist()


def test_a_mentee_takes_everything_along_and_nothing_of_others(
    app: Flask, mentoring: Mentoring
) -> None:
    page, data, names = export(app, MENTEE)
    for wanted in (
        SECRETS[0],
        SECRETS[3],
        SECRETS[4],
        SECRETS[6],
        SECRETS[7],
        "Talked about March",
    ):
        assert wanted in page, wanted
        assert wanted in data, wanted
    assert sorted(name.rsplit(".")[-1] for name in names) == ["csv", "html", "json", "pdf"]
    for other in ("peers1@example.org", "peers 1", "manager1@example.org", PRIVATE):
        assert other not in page, other
        assert other not in data, other
    assert "reflective log" in page  # named as withheld, with the reason
    sections = json.loads(data)["sections"]
    assert sections["reflective_log"] == []
    assert [one["round"] for one in sections["rounds"]] == ["before", "after"]
    assert sections["rounds"][0]["invitation to your self assessment"] == MENTEE
    (reflection,) = sections["reflections"]
    ((goal, level),) = reflection["confidence"][0].items()
    assert goal.startswith(SECRETS[0])
    assert level == "3 of 10"
    assert "responses" not in data
    assert actions(service_of(app))[-1] == "person.exported"


def test_a_mentor_takes_the_own_notes_along_and_nothing_of_the_mentee_s(
    app: Flask, mentoring: Mentoring
) -> None:
    page, data, names = export(app, MENTOR)
    assert PRIVATE in page
    assert SECRETS[6] in data  # feedback that was given to the mentor
    assert len(json.loads(data)["sections"]["reflective_log"]) == 2
    assert names == ["index.html", "data.json"]
    for other in (SECRETS[0], SECRETS[4], "peers1@example.org"):
        assert other not in page, other


def test_what_a_mentee_wrote_cannot_break_the_page(app: Flask, mentoring: Mentoring) -> None:
    with service_of(app).database.writing() as session:
        session.scalars(select(SelfReflection)).one().answers = stored("<script>alert(1)</script>")
    page, _, _ = export(app, MENTEE)
    assert "<script>" not in page


def ask_as_rater(app: Flask, email: str) -> str | None:
    """The path of the link in the letter; None when there is no letter."""
    surfer = Surfer(app)
    surfer.get("/rater-data")
    assert "Look into your mailbox" in surfer.post("/rater-data", {"email": email}).text
    service = service_of(app)
    with service.database.writing() as session:
        for letter in session.scalars(select(Letter)):
            session.delete(letter)
    while worker_of(app).run_once():
        pass
    with service.database.reading() as session:
        assert session.scalars(select(RaterRequest)).all() == []
    found = re.findall(r"(/rater-data/[\w.-]+)", all_mail(app))
    return found[-1] if found else None


def all_mail(app: Flask) -> str:
    folder = Path(app.config["MAILBOX_FOLDER"])
    return "\n".join(
        file.read_text(errors="replace").replace("=\n", "")
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    )


def test_a_rater_sees_and_erases_what_is_held(app: Flask, mentoring: Mentoring) -> None:
    link = ask_as_rater(app, "Peers1+feedback@example.org")
    assert link is not None
    surfer = Surfer(app)
    page = surfer.get(link).text
    assert page.count("Feedback for Mia Mentee") == 2
    assert "peers1@example.org" in page
    assert "done" not in page
    assert len(json.loads(surfer.get(f"{link}/download").text)) == 2
    trail = actions(service_of(app))
    surfer.get(link)
    assert "cannot be taken back" in surfer.post(link).text
    assert "are erased" in surfer.post(link, {"sure": "yes"}).text
    assert actions(service_of(app)) == trail
    with service_of(app).database.reading() as session:
        assert "peers1@example.org" not in session.scalars(select(Invitation.email)).all()
    assert "Nothing is held" in surfer.get(link).text
    # The mentor's page still counts, and offers nothing to do with the erased one.
    mentor = signed_in(app, MENTOR)
    assert "Erased at their request" in mentor.get(f"/rounds/{mentoring.open_round_id}").text
    assert "No longer kept" in mentor.get(f"/rounds/{mentoring.case.round_id}").text


def test_a_stranger_learns_nothing(app: Flask, mentoring: Mentoring) -> None:
    assert ask_as_rater(app, "stranger@example.org") is None
    assert ask_as_rater(app, "not an address") is None
    surfer = Surfer(app)
    for link in ("/rater-data/nonsense", "/rater-data/" + "x" * 2000):
        assert surfer.get(link).headers["Location"] == "/rater-data"
    service = service_of(app)
    token = service.rater_data_links.token("peers1@example.org")
    assert surfer.get(f"/rater-data/{token}x").status_code == 302


def test_an_erasure_from_the_request_to_the_end(app: Flask, mentoring: Mentoring) -> None:
    mentee = signed_in(app, MENTEE)
    page = mentee.get("/my-data/erasure").text
    assert "2 rounds with invitations, answers and reports" in page
    mentee.post("/my-data/erasure", {"sure": "yes"})
    assert "2 December 2026" in mentee.get("/my-data").text
    mentee.get("/my-data/erasure")
    assert "already" in " ".join(
        flashes(mentee.post("/my-data/erasure", {"sure": "yes"}, follow=True).text)
    )
    admin = signed_in(app, ADMIN)
    assert "due on 2 December 2026" in admin.get("/privacy").text
    with service_of(app).database.reading() as session:
        person = find_person(session, MENTEE)
        assert person is not None
        person_id = person.id
    path = f"/privacy/people/{person_id}/erase"
    assert "What stays, and why" in admin.get(path).text
    assert "That is not the name" in admin.post(path, {"typed": "mia"}).text
    assert "It is erased" in admin.post(path, {"typed": "Mia Mentee"}).text
    with service_of(app).database.reading() as session:
        assert is_erased(session.get_one(Person, person_id))
        request = session.scalars(select(PrivacyRequest)).one()
        assert (request.state, request.finished_on) == (RequestState.DONE, NOW.date())
        last = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence.desc())).first()
        assert last is not None
        assert last.action == "person.erased"
        assert last.actor_id is not None
    assert mentee.get("/my-data").headers["Location"] == "/sign-in"
    assert "Mia Mentee" not in admin.get("/privacy").text


def test_a_mentorship_is_erased_by_its_own(app: Flask, mentoring: Mentoring) -> None:
    admin = signed_in(app, ADMIN)
    path = f"/privacy/mentorships/{mentoring.mentorship_id}/erase"
    admin.get(path)
    admin.post(path, {"typed": "Mia Mentee"})
    with service_of(app).database.reading() as session:
        assert session.scalars(select(Mentorship)).all() == []
        assert find_person(session, MENTEE) is not None


def test_a_rectification_from_the_request_to_the_end(app: Flask, mentoring: Mentoring) -> None:
    mentee = signed_in(app, MENTEE)
    mentee.get("/my-data")
    assert "the right name" in mentee.post("/my-data/rectify", {}).text
    assert "not an address" in mentee.post("/my-data/rectify", {"email": "x"}).text
    wanted = {"name": "Mia Married", "email": "mia@example.net"}
    assert mentee.post("/my-data/rectify", wanted).status_code == 302
    admin = signed_in(app, ADMIN)
    assert "mia@example.net" in admin.get("/privacy").text
    with service_of(app).database.reading() as session:
        request_id = session.scalars(select(PrivacyRequest.id)).one()
    admin.post(f"/privacy/requests/{request_id}/rectify")
    with service_of(app).database.reading() as session:
        person = find_person(session, "mia@example.net")
        assert person is not None
        assert person.name == "Mia Married"
        assert session.scalars(select(PrivacyRequest)).one().wanted_email == ""
    assert admin.post(f"/privacy/requests/{request_id}/done").status_code == 404


def test_a_request_is_taken_back_by_its_owner_alone(app: Flask, mentoring: Mentoring) -> None:
    mentee = signed_in(app, MENTEE)
    mentee.get("/my-data")
    mentee.post("/my-data/rectify", {"name": "Mia Married"})
    with service_of(app).database.reading() as session:
        request_id = session.scalars(select(PrivacyRequest.id)).one()
    path = f"/my-data/requests/{request_id}/withdraw"
    mentor = signed_in(app, MENTOR)
    mentor.get("/my-data")
    assert mentor.post(path).status_code == 404
    assert mentor.post(path, {"sure": "yes"}).status_code == 404
    with service_of(app).database.reading() as session:
        assert session.get_one(PrivacyRequest, request_id).state is RequestState.OPEN
    mentee.get("/my-data")
    mentee.post(path, {"sure": "yes"})
    with service_of(app).database.reading() as session:
        assert session.get_one(PrivacyRequest, request_id).state is RequestState.WITHDRAWN


def test_pages_of_administrators_are_theirs_and_ask_again(app: Flask, mentoring: Mentoring) -> None:
    paths = (
        "/privacy",
        f"/privacy/people/{mentoring.case.mentor_id}",
        f"/privacy/people/{mentoring.case.mentor_id}/erase",
        f"/privacy/mentorships/{mentoring.mentorship_id}/erase",
    )
    for email in (MENTOR, MENTEE):
        surfer = signed_in(app, email)
        for path in paths:
            assert surfer.get(path).status_code == 404, path
            assert surfer.post(path, {"typed": "Mia Mentee"}).status_code in (404, 405), path
    admin = signed_in(app, ADMIN)
    service_of(app).clock = NOW + dt.timedelta(minutes=11)
    for path in paths[1:]:
        assert "/account" in admin.get(path).headers["Location"], path


def test_the_notice_tells_what_the_schedule_says(app: Flask, mentoring: Mentoring) -> None:
    page = Surfer(app).get("/privacy-notice").text
    assert "Mentoring Guild" in page
    assert "90 days from the round" in page
    assert "24 months from" in page


def test_reading_and_taking_away_reports_is_in_the_trail(app: Flask, mentoring: Mentoring) -> None:
    mentee = signed_in(app, MENTEE)
    path = f"/reports/{mentoring.case.round_id}"
    for _ in range(2):
        assert mentee.get(path).status_code == 200
    assert mentee.get(f"{path}.csv").status_code == 200
    assert actions(service_of(app))[-2:] == ["report.read", "report.exported"]


def test_a_disposed_report_says_so(app: Flask, mentoring: Mentoring) -> None:
    service = service_of(app)
    with service.database.writing() as session:
        session.execute(Base.metadata.tables["released_aggregates"].delete())
    answer = signed_in(app, MENTEE).get(f"/reports/{mentoring.case.round_id}")
    assert answer.status_code == 410
    assert "disposed of" in answer.text
    with service.database.reading() as session:
        assert session.get_one(Round, mentoring.case.round_id).closed_on
