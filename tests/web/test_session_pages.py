"""Session records, actions, the next session and the timeline, as mentor and mentee see them."""

from __future__ import annotations

import datetime as dt
import html
import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select

from survey.accounts.people import add_mentor
from survey.mentoring.mentees import add_mentee
from survey.storage.models import (
    AgreedAction,
    Goal,
    Letter,
    Mentorship,
    PlannedSession,
    SessionRecord,
)
from tests.conftest import fresh_database, service_environment
from tests.support.cases import NOW, draft_case
from tests.support.mail_server import MailServer, html_of, link_in, text_of
from tests.support.web import Surfer, flashes, make_app, postman_of, service_of, signed_in

MENTOR, MENTEE = "max.mentor@example.org", "mia.mentee@example.org"
OTHER_MENTOR, OTHER_MENTEE = "nora@example.org", "otto@example.org"
TODAY = NOW.date()
RECORD = {
    "held_on": TODAY.isoformat(),
    "topics": "Speaking up <in meetings>",
    "topics_shared": "y",
    "approaches": "A private approach",
    "notes": "A private worry\r\nwith a second line",
    "a1_text": "Ask the other leads",
    "a1_owner": "mentee",
    "a1_due_on": (TODAY + dt.timedelta(7)).isoformat(),
    "a1_goal": "",
    "a2_text": "Send the outline",
    "a2_owner": "mentor",
    "a2_goal": "",
}
PRIVATE = ("A private approach", "A private worry", "with a second line")


@pytest.fixture
def app(request: pytest.FixtureRequest, tmp_path: Path, mail_server: MailServer) -> Iterator[Flask]:
    app = make_app(
        service_environment(fresh_database("sqlite", request, tmp_path), tmp_path)
        | {
            "MAIL_SERVER": "127.0.0.1",
            "MAIL_PORT": str(mail_server.port),
            "TIME_ZONE": "Europe/Berlin",
            "BASE_URL": "http://feedback.example",
        }
    )
    yield app
    service_of(app).database.dispose()


@pytest.fixture
def mentorship_id(app: Flask) -> uuid.UUID:
    case = draft_case(service_of(app), {"peers": 3})
    with service_of(app).database.writing() as session:
        nora = add_mentor(session, "Nora Other", OTHER_MENTOR)
        add_mentee(session, nora, "Otto Other", OTHER_MENTEE, NOW)
    return case.mentorship_id


def write_record(surfer: Surfer, mentorship_id: uuid.UUID, **changed: object) -> str:
    """Send the form of a new record; where it leads, or the page with what is wrong."""
    surfer.get(f"/mentees/{mentorship_id}/sessions/new")
    answer = surfer.post(f"/mentees/{mentorship_id}/sessions/new", {**RECORD, **changed})
    return answer.headers.get("Location", "") or answer.text


def ids_in(app: Flask) -> tuple[uuid.UUID, dict[str, uuid.UUID]]:
    """The newest record, and the actions by their text."""
    with service_of(app).database.reading() as session:
        record = session.scalars(select(SessionRecord).order_by(SessionRecord.held_on)).all()[-1]
        actions = session.scalars(select(AgreedAction)).all()
        return record.id, {action.text: action.id for action in actions}


def text_of_page(page: str) -> str:
    apart = re.sub(r"</(?:dt|dd|p|li|h\d|b|summary)>|<br>", " ", page)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", apart)).split())


def test_the_mentor_sees_all_and_the_mentee_what_is_shared(
    app: Flask, mentorship_id: uuid.UUID
) -> None:
    mentor, mentee = signed_in(app, MENTOR), signed_in(app, MENTEE)
    where = write_record(mentor, mentorship_id)
    record_id, _ = ids_in(app)
    assert where == f"/mentees/{mentorship_id}#session-{record_id}"
    page = mentor.get(f"/mentees/{mentorship_id}").text
    assert flashes(page) == ["The session record is saved."]
    assert "Speaking up &lt;in meetings&gt;" in page
    assert [words for words in PRIVATE if words not in page] == []
    assert page.count("Shared with Mia") == 1
    assert page.count("Only you") == 2
    own = mentee.get(f"/mentoring/{mentorship_id}").text
    assert "Speaking up &lt;in meetings&gt;" in own
    assert "Ask the other leads" in own
    assert "Send the outline" in own
    for address in (f"/mentoring/{mentorship_id}", "/"):
        shown = mentee.get(address).text
        assert [words for words in PRIVATE if words in shown] == [], address
    assert f"/mentoring/{mentorship_id}" in mentee.get("/").text


def test_sharing_and_taking_it_back_counts_at_once(app: Flask, mentorship_id: uuid.UUID) -> None:
    mentor, mentee = signed_in(app, MENTOR), signed_in(app, MENTEE)
    write_record(mentor, mentorship_id)
    record_id, _ = ids_in(app)
    share = f"/mentees/{mentorship_id}/sessions/{record_id}/share"
    own = f"/mentoring/{mentorship_id}"
    mentor.get(f"/mentees/{mentorship_id}")
    mentor.post(share, {"part": "notes", "shared": "yes"})
    assert "A private worry" in mentee.get(own).text
    mentor.post(share, {"part": "notes", "shared": "no"})
    mentor.post(share, {"part": "topics", "shared": "no"})
    page = mentee.get(own).text
    assert "A private worry" not in page
    assert "Speaking up" not in page
    assert mentor.post(share, {"part": "held_on", "shared": "yes"}).status_code == 404
    edit = f"/mentees/{mentorship_id}/sessions/{record_id}"
    mentor.get(edit)
    changed = {"notes": "Other", "notes_shared": "y", "a1_text": "", "a2_text": ""}
    mentor.post(edit, {"held_on": TODAY.isoformat(), **changed})
    page = mentee.get(own).text
    assert "Other" in page
    assert "Ask the other leads" not in page


def test_open_actions_are_the_next_sessions_agenda(app: Flask, mentorship_id: uuid.UUID) -> None:
    mentor, mentee = signed_in(app, MENTOR), signed_in(app, MENTEE)
    write_record(mentor, mentorship_id, held_on=(TODAY - dt.timedelta(9)).isoformat())
    _, actions = ids_in(app)
    form = mentor.get(f"/mentees/{mentorship_id}/sessions/new").text
    assert "Agenda: what was still open" in form
    for action_id in actions.values():
        assert f'name="done" value="{action_id}"' in form
    write_record(
        mentor,
        mentorship_id,
        done=str(actions["Ask the other leads"]),
        a1_text="Write the note",
        a2_text="",
    )
    page = text_of_page(mentor.get(f"/mentees/{mentorship_id}").text)
    assert "Send the outline You · carried over 1 session" in page
    assert "Ask the other leads Done Mia · done on 2 November 2026" in page
    own = mentee.get(f"/mentoring/{mentorship_id}").text
    assert "Send the outline" in own
    _, actions = ids_in(app)
    # The mentee ticks off what is theirs, and nothing else.
    tick = f"/mentoring/{mentorship_id}/actions"
    assert f"{tick}/{actions['Write the note']}" in own
    assert f"{tick}/{actions['Send the outline']}" not in own
    mentee.post(f"{tick}/{actions['Write the note']}", {"done": "yes"})
    assert mentee.post(f"{tick}/{actions['Send the outline']}", {"done": "yes"}).status_code == 404
    with service_of(app).database.reading() as session:
        assert session.get_one(AgreedAction, actions["Write the note"]).done_on == TODAY
        assert session.get_one(AgreedAction, actions["Send the outline"]).done_on is None
    mentee.post(f"{tick}/{actions['Write the note']}", {"done": "no"})
    mentor.post(f"{tick}/{actions['Send the outline']}", {"done": "yes"})
    with service_of(app).database.reading() as session:
        assert session.get_one(AgreedAction, actions["Write the note"]).done_on is None
        assert session.get_one(AgreedAction, actions["Send the outline"]).done_on == TODAY


@pytest.mark.parametrize(
    ("fields", "expected", "field"),
    [
        ({"held_on": ""}, "Enter the day of the session.", "held_on"),
        ({"held_on": "2030-01-01"}, "That day is still to come.", "held_on"),
        ({"notes": "x" * 4001}, "At most 4000 characters.", "notes"),
        ({"a1_text": "", "a2_text": "x" * 301}, "At most 300 characters.", "a2_text"),
        ({"a2_owner": "boss"}, "Not a valid choice", "a2_owner"),
        ({"next_on": "2026-12-01"}, "Enter the time as well.", "next_at"),
        ({"next_at": "10:00"}, "Enter the day as well.", "next_on"),
        ({"next_on": "2026-10-01", "next_at": "10:00"}, "cannot lie in the past", "next_on"),
        ({"next_on": "2027-03-28", "next_at": "02:30"}, "Clocks are set forward", "next_at"),
    ],
)
def test_a_problem_stands_at_its_field_and_nothing_is_kept(
    app: Flask, mentorship_id: uuid.UUID, fields: dict[str, object], expected: str, field: str
) -> None:
    mentor = signed_in(app, MENTOR)
    page = write_record(mentor, mentorship_id, **fields)
    assert "Please check" in page
    assert f'<a href="#{field}">' in page
    assert expected in page
    assert "A private approach" in page
    with service_of(app).database.reading() as session:
        assert session.scalars(select(SessionRecord)).all() == []
        assert session.scalars(select(PlannedSession)).all() == []


def test_deleting_a_record_asks_first(app: Flask, mentorship_id: uuid.UUID) -> None:
    mentor = signed_in(app, MENTOR)
    write_record(mentor, mentorship_id)
    record_id, _ = ids_in(app)
    remove = f"/mentees/{mentorship_id}/sessions/{record_id}/remove"
    mentor.get(f"/mentees/{mentorship_id}")
    page = mentor.post(remove).text
    assert "Delete the record of 2 November 2026?" in page
    assert ids_in(app)[0] == record_id
    mentor.post(remove, {"sure": "yes"})
    with service_of(app).database.reading() as session:
        assert session.scalars(select(SessionRecord)).all() == []
        assert session.scalars(select(AgreedAction)).all() == []


def test_the_next_session_reaches_both_calendars(
    app: Flask, mentorship_id: uuid.UUID, mail_server: MailServer
) -> None:
    postman_of(app).deliver_due()
    mail_server.messages.clear()
    mentor, mentee = signed_in(app, MENTOR), signed_in(app, MENTEE)
    ics = f"/mentoring/{mentorship_id}/next-session.ics"
    assert mentee.get(ics).status_code == 404
    plan = f"/mentees/{mentorship_id}/sessions/next"
    entered = {
        "next_on": "2026-12-01",
        "next_at": "14:30",
        "next_minutes": "45",
        "next_place": "https://meet.example/room",
        "next_send": "y",
    }
    mentor.get(plan)
    assert mentor.post(plan, entered).status_code == 302
    for surfer, page in ((mentor, "mentees"), (mentee, "mentoring")):
        shown = text_of_page(surfer.get(f"/{page}/{mentorship_id}").text)
        assert "Tuesday 1 December 2026, 14:30 (Europe/Berlin), 45 minutes" in shown
        assert "https://meet.example/room" in shown
        answer = surfer.get(ics)
        assert answer.mimetype == "text/calendar"
        assert "mentoring-session.ics" in answer.headers["Content-Disposition"]
        (event,) = Calendar.from_ical(answer.data).events
        assert event.start == dt.datetime(2026, 12, 1, 13, 30, tzinfo=dt.UTC)
        assert event["url"] == f"http://feedback.example/{page}/{mentorship_id}"
    postman_of(app).deliver_due()
    uids = set()
    for address, page in ((MENTOR, "mentees"), (MENTEE, "mentoring")):
        (letter,) = mail_server.to(address)
        assert letter["Subject"] == "A mentoring session is planned"
        link = link_in(letter)
        assert link == f"http://feedback.example/{page}/{mentorship_id}"
        (attached,) = letter.iter_attachments()
        assert attached.get_content_type() == "text/calendar"
        assert attached.get_filename() == "mentoring-session.ics"
        (event,) = Calendar.from_ical(attached.get_content()).events
        assert event.start == dt.datetime(2026, 12, 1, 13, 30, tzinfo=dt.UTC)
        assert event["sequence"] == 0
        uids.add(str(event["uid"]))
        # Beside the appointment, the letter says nothing.
        for words in ("Lead cross-team", "meet.example", "December", "Max Mentor"):
            assert words not in text_of(letter).replace("Max Mentor,", "")
            assert words not in html_of(letter).replace("Max Mentor,", "")
    assert len(uids) == 1
    # Moved, it is the same appointment for the calendars.
    mentor.get(plan)
    mentor.post(plan, {**entered, "next_on": "2026-12-02"})
    postman_of(app).deliver_due()
    moved = mail_server.to(MENTEE)[-1]
    assert moved["Subject"] == "A mentoring session has been moved"
    (attached,) = moved.iter_attachments()
    (event,) = Calendar.from_ical(attached.get_content()).events
    assert {str(event["uid"])} == uids
    assert event["sequence"] == 1
    # Taken off before the letter is sent: nobody gets it, and both take the appointment out.
    mentor.get(f"/mentees/{mentorship_id}")
    mentor.post(f"{plan}/send")
    assert "Take the next session off?" in mentor.post(f"{plan}/remove").text
    mentor.post(f"{plan}/remove", {"sure": "yes"})
    mail_server.messages.clear()
    postman_of(app).deliver_due()
    assert len(mail_server.messages) == 2
    for address in (MENTOR, MENTEE):
        (letter,) = mail_server.to(address)
        assert letter["Subject"] == "A mentoring session does not take place"
        for text in (text_of(letter), html_of(letter)):
            assert "Wednesday 2 December 2026, 14:30" in text
            assert "(Europe/Berlin)" in text
            assert "meet.example" not in text
        (attached,) = letter.iter_attachments()
        assert attached["Content-Type"].params["method"] == "CANCEL"
        calendar = Calendar.from_ical(attached.get_content())
        assert calendar["method"] == "CANCEL"
        (event,) = calendar.events
        assert {str(event["uid"])} == uids
        assert event["sequence"] == 2
    assert mentor.get(ics).status_code == 404
    with service_of(app).database.reading() as session:
        assert session.scalars(select(Letter)).all() == []


def test_agreed_sessions_milestones_and_the_end(app: Flask, mentorship_id: uuid.UUID) -> None:
    mentor, mentee = signed_in(app, MENTOR), signed_in(app, MENTEE)
    write_record(mentor, mentorship_id)
    page = f"/mentees/{mentorship_id}"
    mentor.get(page)
    wrong = mentor.post(f"{page}/agreed-sessions", {"agreed_sessions": "0"}).text
    assert "Enter a number from 1 to 200." in wrong
    mentor.post(f"{page}/agreed-sessions", {"agreed_sessions": "6"})
    with service_of(app).database.reading() as session:
        goal = session.scalars(select(Goal)).one()
    milestones = f"{page}/goals/{goal.id}/milestones"
    wrong = mentor.post(milestones, {"m2_text": "Kick-off", "m2_reached_on": "2030-01-01"}).text
    assert '<a href="#m2_reached_on">' in wrong
    mentor.post(
        milestones,
        {
            "m1_text": "Kick-off held",
            "m1_reached_on": TODAY.isoformat(),
            "m2_text": "Live",
            "m2_due_on": (TODAY + dt.timedelta(30)).isoformat(),
        },
    )
    for surfer, address in ((mentor, page), (mentee, f"/mentoring/{mentorship_id}")):
        shown = text_of_page(surfer.get(address).text)
        assert "1 of 6 sessions" in shown
        assert "1 of 2 milestones reached" in shown
        assert "Milestone: Kick-off held Reached" in shown
        # The link to the record names its day for screen readers; sighted people see it beside.
        assert "Session 1, 2 November 2026 0 of 2 agreed actions done" in shown
    mentor.get(f"{page}/end")
    assert "still to come" in mentor.post(f"{page}/end", {"on": "2030-01-01"}).text
    mentor.post(f"{page}/end", {"on": TODAY.isoformat()})
    assert "ended on 2 November 2026" in mentor.get(page).text
    assert "ended on 2 November 2026" in mentee.get(f"/mentoring/{mentorship_id}").text
    with service_of(app).database.reading() as session:
        assert session.get_one(Mentorship, mentorship_id).ended_on == TODAY


@pytest.mark.parametrize("email", [OTHER_MENTOR, OTHER_MENTEE])
def test_to_others_nothing_of_it_exists(app: Flask, mentorship_id: uuid.UUID, email: str) -> None:
    mentor = signed_in(app, MENTOR)
    write_record(mentor, mentorship_id, next_on="2026-12-01", next_at="10:00", next_minutes="60")
    record_id, actions = ids_in(app)
    other = signed_in(app, email)
    other.get("/")
    of_mentor, of_both = f"/mentees/{mentorship_id}", f"/mentoring/{mentorship_id}"
    one = f"{of_mentor}/sessions/{record_id}"
    for address in (
        f"{of_mentor}/sessions/new",
        one,
        f"{of_mentor}/sessions/next",
        f"{of_mentor}/agreed-sessions",
        f"{of_mentor}/end",
        of_both,
        f"{of_both}/next-session.ics",
    ):
        assert other.get(address).status_code == 404, address
    for address in (
        one,
        f"{one}/share",
        f"{one}/remove",
        f"{of_mentor}/sessions/next/send",
        f"{of_mentor}/sessions/next/remove",
        f"{of_mentor}/end",
        f"{of_both}/actions/{actions['Send the outline']}",
    ):
        fields = {**RECORD, "sure": "yes", "done": "yes", "on": TODAY.isoformat()}
        assert other.post(address, fields).status_code == 404, address
    assert ids_in(app) == (record_id, actions)


def test_the_mentor_has_no_mentees_page_and_the_mentee_no_mentors(
    app: Flask, mentorship_id: uuid.UUID
) -> None:
    mentor, mentee = signed_in(app, MENTOR), signed_in(app, MENTEE)
    write_record(mentor, mentorship_id)
    record_id, _ = ids_in(app)
    assert mentor.get(f"/mentoring/{mentorship_id}").status_code == 404
    for address in ("", "/sessions/new", f"/sessions/{record_id}", "/sessions/next", "/end"):
        assert mentee.get(f"/mentees/{mentorship_id}{address}").status_code == 404, address
