"""The studio on its pages: a framework written by forms, kept with errors, saved as a version."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from survey.accounts.people import add_mentor, find_person
from survey.frameworks.loader import parse_framework
from survey.frameworks.model import Framework
from survey.rounds.framework_drafts import MOST_DRAFTS
from survey.storage.models import FrameworkDraft
from tests.conftest import fresh_database, service_environment
from tests.frameworks.importing.samples import old_survey
from tests.frameworks.samples import GOOD, broken
from tests.support.web import Surfer, make_app, service_of, signed_in

MENTOR, OTHER = "max.mentor@example.org", "nora.other@example.org"
MINE = broken("id: leadership", "id: mine", GOOD)


@pytest.fixture
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(service_environment(fresh_database("sqlite", request, tmp_path), tmp_path))
    service = service_of(made)
    with service.database.writing() as session:
        mentor = add_mentor(session, "Max Mentor", MENTOR)
        service.catalogue.store_upload(session, mentor, MINE.encode(), "mine.yaml")
        add_mentor(session, "Nora Other", OTHER)
    yield made
    service.database.dispose()


@pytest.fixture
def mentor(app: Flask) -> Surfer:
    return signed_in(app, MENTOR)


def kept(app: Flask, framework_id: str = "mine") -> Framework:
    service = service_of(app)
    with service.database.reading() as session:
        person = find_person(session, MENTOR)
        assert person is not None
        return service.catalogue.get(session, person, framework_id)


def drafts(app: Flask) -> list[str]:
    with service_of(app).database.reading() as session:
        return [one.yaml for one in session.scalars(select(FrameworkDraft))]


def begin(mentor: Surfer, path: str = "from/mine") -> str:
    """Begin a draft, and return its address."""
    mentor.get("/frameworks/")
    location = mentor.post(f"/framework-drafts/{path}").headers["Location"]
    return "/".join(location.split("/")[:3])


def fields(page: str) -> dict[str, object]:
    """What a browser would send of the page's form with nothing changed, but for its buttons."""
    form = re.findall(r'<form method="post" novalidate>.*?</form>', page, re.DOTALL)[-1]
    found: dict[str, object] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, kind = re.search(r'name="([^"]*)"', tag), re.search(r'type="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        words = html.unescape(value[1]) if value else ""
        if name and kind and kind[1] == "checkbox":
            ticked = found.get(name[1], [])
            assert isinstance(ticked, list)
            found[name[1]] = [*ticked, words] if "checked" in tag else ticked
        elif name:
            found[name[1]] = words
    areas = re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL)
    found |= {name: html.unescape(text) for name, text in areas}
    found.pop("csrf_token")
    return found


def send(mentor: Surfer, address: str, deed: str = "save", **changed: str) -> str:
    """Open a form, change some fields, press a button, and return the page that follows."""
    typed = fields(mentor.get(address).text)
    answer = mentor.post(address, {**typed, **changed, "deed": deed})
    assert answer.status_code == 302, answer.text
    return html.unescape(mentor.get(answer.headers["Location"]).text)


def test_a_framework_is_written_from_nothing_without_yaml(app: Flask, mentor: Surfer) -> None:
    draft = begin(mentor, "new")
    page = send(mentor, f"{draft}/details", title="Listening well", description="For everyone.")
    assert "problem" in page
    mentor.post(f"{draft}/competencies", {"deed": "add", "title": "Taking in"})
    address = f"{draft}/competencies/taking-in"
    page = send(
        mentor, address, "add", description="Takes in what is said.", s0="Lets others finish"
    )
    assert "Lets others finish" in page
    assert "New statement" in page
    typed = {"s0-self": "I let others finish", "s1": "Asks again", "s1-self": "I ask again"}
    more = fields(mentor.get(f"{address}?more=1").text) | typed
    assert mentor.post(address, {**more, "deed": "save"}).headers["Location"] == draft
    page = html.unescape(mentor.get(draft).text)
    assert "Draft, ready to be saved" in page
    assert "Save as version 1.0.0" in page
    saved = mentor.post(f"{draft}/save")
    assert saved.headers["Location"] == "/frameworks/listening-well"
    page = html.unescape(mentor.get("/frameworks/listening-well").text)
    assert "Version 1.0.0 of “Listening well” is saved." in page
    framework = kept(app, "listening-well")
    assert [one.id for one in framework.competencies[0].indicators] == [
        "lets-others-finish",
        "asks-again",
    ]
    assert framework.scale.points[4].label == "Almost always"
    assert drafts(app) == []


def test_a_change_is_saved_as_the_version_that_it_calls_for(app: Flask, mentor: Surfer) -> None:
    draft = begin(mentor)
    address = f"{draft}/competencies/strategic-thinking"
    page = send(mentor, address, s1="Asks others before deciding")
    assert "Save as version 2.0.0" in page
    assert "<ins>others</ins>" in page
    assert kept(app).version == "1.0.0"
    mentor.post(f"{draft}/save")
    framework = kept(app)
    assert framework.version == "2.0.0"
    # Reworded, and still the statement that it was.
    assert framework.competencies[0].indicators[1].id == "asks-first"
    assert framework.competencies[0].indicators[0].wording == {
        "self": "I explain the reasons behind my decisions",
        "customers": "Explains to us why things change",
    }


def test_moving_and_removing_send_the_form_along(app: Flask, mentor: Surfer) -> None:
    draft = begin(mentor)
    address = f"{draft}/competencies/strategic-thinking"
    page = send(mentor, address, "up-1", title="Thinking ahead", s0="Says why")
    assert page.index("Asks before deciding") < page.index("Says why")
    assert "Thinking ahead" in page
    send(mentor, address, "remove-0")
    framework = parse_framework(drafts(app)[0].encode(), "x.yaml")
    assert [one.id for one in framework.competencies[0].indicators] == ["explains-why"]
    mentor.get(draft)
    mentor.post(f"{draft}/competencies", {"deed": "add", "title": "Listening"})
    mentor.get(draft)
    mentor.post(f"{draft}/competencies", {"deed": "up-1"})
    text = drafts(app)[0]
    assert text.index("id: listening") < text.index("id: strategic-thinking")
    asked = mentor.post(f"{draft}/competencies/listening/remove")
    assert "Remove this competency?" in asked.text
    mentor.post(f"{draft}/competencies/listening/remove", {"sure": "yes"})
    assert "id: listening" not in drafts(app)[0]


def test_what_is_wrong_is_kept_and_stands_beside_its_field(app: Flask, mentor: Surfer) -> None:
    draft = begin(mentor)
    address = f"{draft}/competencies/strategic-thinking"
    page = send(mentor, address, **{"s0": "Explains {who} why", "s1-self": ""})
    assert "Kept in the draft. Please check:" in page
    assert '<a href="#s0">Statement 1, As others read it: Unknown placeholder' in page
    assert '<a href="#s1-self">' in page
    assert re.search(r'id="s1-self-error".*?Write something here\.', page)
    assert "Explains {who} why" in page
    overview = html.unescape(mentor.get(draft).text)
    assert "Draft, 2 problems" in overview
    assert f"{address}?language=en&check=1#s1-self" in overview
    assert "Save as version" not in overview
    assert mentor.post(f"{draft}/save").headers["Location"] == draft
    assert kept(app).version == "1.0.0"
    assert "Draft, 2 problems" in mentor.get("/frameworks/").text
    # No round can use it.
    assert "mine" in mentor.get("/frameworks/mine").text
    assert mentor.get(f"{draft}/preview").headers["Location"] == draft


def test_a_language_is_added_translated_and_removed(app: Flask, mentor: Surfer) -> None:
    draft = begin(mentor)
    mentor.get(f"{draft}/languages")
    mentor.post(f"{draft}/languages", {"language": "de"})
    page = html.unescape(mentor.get(f"{draft}/languages").text)
    assert "16 texts are not translated yet:" in page
    assert "Strategic thinking, Statement 1, Customers" in page
    assert "Strategic thinking (German): 7 texts not translated" in html.unescape(
        re.sub(r"<span[^>]*>|</span>", "", mentor.get(draft).text)
    )
    assert f"{draft}/competencies/strategic-thinking?language=de&check=1#s0-customers" in page
    address = f"{draft}/competencies/strategic-thinking?language=de"
    page = send(mentor, address, s0="Erklärt, warum", title="Vorausdenken")
    assert "This is not translated yet." in page
    assert "Explains the reasons behind decisions" in page
    text = drafts(app)[0]
    assert "de: Vorausdenken" in text
    assert "en: Strategic thinking" in text
    mentor.post(f"{draft}/languages/de/remove", {"sure": "yes"})
    mentor.post(f"{draft}/save")
    assert kept(app).languages == ("en",)
    assert kept(app).version == "1.0.0"


def test_open_questions_say_who_is_asked_and_when(app: Flask, mentor: Surfer) -> None:
    draft = begin(mentor)
    page = mentor.get(f"{draft}/questions").text
    typed = fields(page)
    answer = mentor.post(
        f"{draft}/questions",
        {
            **typed,
            "q1-rounds": ["before", "after"],
            "q1-groups": ["peers"],
            "q0-rounds": ["before", "interim", "after"],
            "deed": "down-0",
        },
    )
    assert answer.status_code == 302
    framework = parse_framework(drafts(app)[0].encode(), "x.yaml")
    first, second = framework.open_questions
    assert (first.id, first.rounds, first.groups) == ("change", ("before", "after"), ("peers",))
    assert (second.id, second.rounds, second.groups) == ("start", (), ())


def test_a_point_of_the_scale_is_added_and_labelled(app: Flask, mentor: Surfer) -> None:
    draft = begin(mentor)
    page = send(mentor, f"{draft}/scale", "add", p2="Mostly")
    assert "Label of point 4" in page
    send(mentor, f"{draft}/scale", p3="Always")
    framework = parse_framework(drafts(app)[0].encode(), "x.yaml")
    assert [point.label for point in framework.scale.points][2:] == ["Mostly", "Always"]


def test_advice_stands_beside_its_field_and_can_be_accepted(app: Flask, mentor: Surfer) -> None:
    draft = begin(mentor)
    address = f"{draft}/competencies/strategic-thinking"
    send(mentor, address, s1="Always asks before deciding")
    page = mentor.get(address).text
    field = page[page.index('id="s1"') : page.index('id="s1-self"')]
    assert "absolute" in field
    assert "Payne 1951" in field
    # Accepted, it is told no more; taken back, it is again.
    send(mentor, address, **{"s1-ok": "absolute"})
    assert "lint_ok:\n    - absolute" in drafts(app)[0]
    page = mentor.get(address).text
    assert "Payne 1951" not in page
    assert "Advice that you accept: absolute" in page
    send(mentor, address)
    assert "lint_ok" in drafts(app)[0]
    typed = {name: value for name, value in fields(page).items() if name != "s1-ok"}
    mentor.post(address, {**typed, "deed": "save"})
    assert "lint_ok" not in drafts(app)[0]


def test_a_text_with_errors_is_kept_as_a_draft(app: Flask, mentor: Surfer) -> None:
    text = broken("text: Asks before deciding", "txet: Asks before deciding", MINE)
    mentor.get("/frameworks/mine/edit")
    answer = mentor.post("/frameworks/mine/edit", {"text": text, "step": "draft"})
    draft = answer.headers["Location"]
    assert drafts(app) == [text]
    page = html.unescape(mentor.get(draft).text)
    assert "The forms cannot show this text yet" in page
    assert "Unknown key 'txet'" in page or "unknown key 'txet'" in page
    assert mentor.get(f"{draft}/details").headers["Location"] == f"{draft}/text"
    page = html.unescape(mentor.get(f"{draft}/text").text)
    assert "txet: Asks before deciding" in page
    # Once more from the page of the framework: what is in the first draft stays.
    mentor.get("/frameworks/mine/edit")
    more = mentor.post("/frameworks/mine/edit", {"text": text + "# more\n", "step": "draft"})
    assert sorted(drafts(app)) == [text, text + "# more\n"]
    mentor.post(f"{more.headers['Location']}/delete", {"sure": "yes"})
    right = MINE.replace("For people who lead others.", "For leaders.")
    mentor.post(f"{draft}/text", {"text": right, "step": "draft"})
    assert "Save as version 1.0.1" in mentor.get(draft).text
    saved = mentor.post(f"{draft}/text", {"text": right, "version": "proposed"})
    assert saved.headers["Location"] == "/frameworks/mine"
    assert kept(app).version == "1.0.1"
    assert drafts(app) == []


def test_a_syntax_error_is_kept_too(app: Flask, mentor: Surfer) -> None:
    mentor.get("/frameworks/mine/edit")
    mentor.post("/frameworks/mine/edit", {"text": "a: [", "step": "draft"})
    assert "1 problem" in mentor.get("/frameworks/").text
    assert kept(app).version == "1.0.0"


def test_comments_that_would_be_lost_are_named_before(app: Flask, mentor: Surfer) -> None:
    mentor.get("/frameworks/mine/edit")
    text = MINE.replace("format: 1", "format: 1  # ours\n# Ask Anna")
    draft = mentor.post("/frameworks/mine/edit", {"text": text, "step": "draft"}).headers[
        "Location"
    ]
    for page in ("", "/details", "/scale", "/competencies/strategic-thinking", "/languages"):
        assert "has 2 comments" in mentor.get(draft + page).text, page
    send(mentor, f"{draft}/details", title="Leading")
    assert "Ask Anna" not in drafts(app)[0]
    assert "comments" not in mentor.get(draft).text


def test_a_draft_is_its_owner_s_alone_and_can_be_deleted(app: Flask, mentor: Surfer) -> None:
    draft = begin(mentor)
    assert begin(mentor) == draft
    other = signed_in(app, OTHER)
    other.get("/frameworks/")
    for page in ("", "/text", "/details", "/competencies/strategic-thinking", "/preview"):
        assert other.get(draft + page).status_code == 404, page
    assert other.post(f"{draft}/delete", {"sure": "yes"}).status_code == 404
    assert other.post(f"{draft}/save").status_code == 404
    assert "Delete this draft?" in mentor.post(f"{draft}/delete").text
    mentor.post(f"{draft}/delete", {"sure": "yes"})
    assert drafts(app) == []
    assert mentor.get(draft).status_code == 404


def test_only_so_many_drafts_are_kept(app: Flask, mentor: Surfer) -> None:
    for _number in range(MOST_DRAFTS):
        begin(mentor, "new")
    mentor.post("/framework-drafts/new")
    assert len(drafts(app)) == MOST_DRAFTS
    assert f"At most {MOST_DRAFTS} drafts" in mentor.get("/frameworks/").text


def test_a_copy_of_a_shipped_framework_has_an_id_of_its_own(app: Flask, mentor: Surfer) -> None:
    draft = begin(mentor, "from/leadership")
    assert 'value="my-leadership"' in mentor.get(f"{draft}/details").text
    send(mentor, f"{draft}/details", name="Our Way of Leading")
    mentor.get(draft)
    saved = mentor.post(f"{draft}/save").headers["Location"]
    assert saved == "/frameworks/our-way-of-leading"
    assert kept(app, "our-way-of-leading").version == "1.0.0"


def test_a_new_framework_takes_no_id_that_is_there(app: Flask, mentor: Surfer) -> None:
    draft = begin(mentor, "new")
    page = send(mentor, f"{draft}/details", title="Mine", description="For all.", name="mine")
    assert "There is a framework with this id already: this one is called “mine-2”." in page
    send(mentor, f"{draft}/details", title="Leadership", name="")
    assert "id: leadership-2" in drafts(app)[0]


def test_a_questionnaire_of_another_program_becomes_a_draft(app: Flask, mentor: Surfer) -> None:
    mentor.get("/frameworks/")
    sent = (io.BytesIO(old_survey()), "survey.lss")
    answer = mentor.post("/frameworks/import", {"questionnaire": sent, "step": "draft"})
    page = html.unescape(mentor.get(answer.headers["Location"]).text)
    assert "Leading" in page
    assert "Giving direction" in page
    # What could not be carried over stands there as comments.
    assert "comments" in page


def test_an_upload_with_errors_can_be_kept_as_a_draft(app: Flask, mentor: Surfer) -> None:
    text = broken("label: Always", "label: ''", MINE)
    mentor.get("/frameworks/")
    refused = mentor.post("/frameworks/", {"file": (io.BytesIO(text.encode()), "a.yaml")})
    assert refused.status_code == 422
    assert "keep it as a draft" in refused.text
    sent = {"file": (io.BytesIO(text.encode()), "a.yaml"), "step": "draft"}
    draft = mentor.post("/frameworks/", sent).headers["Location"]
    assert drafts(app) == [text]
    assert "Draft, 1 problem" in mentor.get(draft).text


def test_an_upload_with_other_statements_needs_a_higher_version(app: Flask, mentor: Surfer) -> None:
    text = broken("Asks before deciding", "Asks others before deciding", MINE)
    mentor.get("/frameworks/")
    refused = mentor.post("/frameworks/", {"file": (io.BytesIO(text.encode()), "a.yaml")})
    assert refused.status_code == 422
    page = html.unescape(refused.text)
    assert "<b>Line 3</b>" in page
    assert "Write “version: 2.0.0” or a higher one" in page
    assert kept(app).version == "1.0.0"
    higher = text.replace("version: 1.0.0", "version: 2.0.0")
    mentor.post("/frameworks/", {"file": (io.BytesIO(higher.encode()), "a.yaml")})
    assert kept(app).version == "2.0.0"


def test_the_preview_is_what_raters_get(mentor: Surfer) -> None:
    draft = begin(mentor)
    send(mentor, f"{draft}/competencies/strategic-thinking", s0="Says why")
    page = mentor.get(f"{draft}/preview?group=peers").text
    assert "<legend>Says why</legend><div class=opts>" in page
    assert 'name="r-explains-why" value=3>' in page
    assert 'class="form" disabled' in page
