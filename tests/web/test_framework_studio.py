"""Frameworks on their pages: preview, copy, edit, and delete."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from survey.accounts.people import add_mentor, find_person
from survey.frameworks.rater_groups import PEERS, SELF
from survey.mentoring.mentees import add_mentee
from survey.rounds.draft import RoundDetails, add_raters, create_draft, discard_draft
from survey.storage.models import Mentorship, Round, RoundKind
from survey.storage.queries import frameworks as framework_queries
from tests.conftest import fresh_database, service_environment
from tests.frameworks.samples import GOOD, broken
from tests.support.cases import NOW, close, entries, launch
from tests.support.web import Surfer, make_app, service_of, signed_in

MENTOR = "max.mentor@example.org"
MINE = broken("id: leadership", "id: mine", GOOD)


@pytest.fixture
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(service_environment(fresh_database("sqlite", request, tmp_path), tmp_path))
    service = service_of(made)
    with service.database.writing() as session:
        mentor = add_mentor(session, "Max Mentor", MENTOR)
        service.catalogue.store_upload(session, mentor, MINE.encode(), "mine.yaml")
    yield made
    service.database.dispose()


@pytest.fixture
def mentor(app: Flask) -> Surfer:
    return signed_in(app, MENTOR)


def stored(app: Flask, framework_id: str = "mine") -> str | None:
    service = service_of(app)
    with service.database.reading() as session:
        person = find_person(session, MENTOR)
        assert person is not None
        found = framework_queries.uploaded(session, person.id, framework_id)
        return found.yaml if found else None


def edit(mentor: Surfer, text: str, name: str = "mine", **more: str) -> tuple[int, str]:
    mentor.get(f"/frameworks/{name}/edit")
    answer = mentor.post(f"/frameworks/{name}/edit", {"text": text, "step": "save", **more})
    return answer.status_code, html.unescape(answer.text)


def test_each_group_reads_its_own_words_in_each_language(mentor: Surfer) -> None:
    page = mentor.get("/frameworks/mine/preview?group=customers").text
    assert "Explains to us why things change" in page
    assert "What change in Robin" not in page
    page = mentor.get("/frameworks/mine/preview?group=peers&round=after").text
    assert "Explains the reasons behind decisions" in page
    assert "What change in Robin" in page
    page = mentor.get("/frameworks/leadership/preview?group=self&language=de").text
    assert "Ich gebe zutreffende Antworten" in page
    assert mentor.get("/frameworks/mine/preview?group=x&language=x&round=x").status_code == 200
    assert mentor.get("/frameworks/none/preview").status_code == 404


def test_a_shipped_framework_is_copied_under_an_id_of_its_own(app: Flask, mentor: Surfer) -> None:
    page = html.unescape(mentor.get("/frameworks/leadership/edit").text)
    text = page[page.index("# yaml-language-server") : page.index("</textarea>")]
    assert "\nid: my-leadership\n" in text
    status, _ = edit(mentor, text, "leadership")
    assert status == 302
    assert stored(app, "my-leadership") == text
    assert "id: my-leadership-2" in mentor.get("/frameworks/leadership/edit").text
    status, page = edit(mentor, text.replace("my-leadership", "leadership"), "leadership")
    assert status == 422
    assert "Give yours another id" in page


def test_a_changed_statement_needs_a_new_version_and_shows_the_difference(
    app: Flask, mentor: Surfer
) -> None:
    text = broken("Asks before deciding", "Asks others before deciding", MINE)
    status, page = edit(mentor, text)
    assert status == 422
    assert "This needs the version 2.0.0" in page
    assert "<ins>others</ins>" in page
    assert stored(app) == MINE
    status, _ = edit(mentor, text, step="", version="proposed")
    assert status == 302
    assert stored(app) == text.replace("version: 1.0.0", "version: 2.0.0")


def test_a_wrong_text_is_not_kept_but_stands_in_the_form(app: Flask, mentor: Surfer) -> None:
    text = broken("text: Asks before deciding", "txet: Asks before deciding", MINE)
    status, page = edit(mentor, text)
    assert status == 422
    assert f"Line {text[: text.index('txet')].count(chr(10)) + 1}" in page
    assert "txet: Asks before deciding" in page
    assert stored(app) == MINE


def test_checking_keeps_nothing_and_gives_advice(app: Flask, mentor: Surfer) -> None:
    text = broken("Asks before deciding", "Always asks before deciding", MINE)
    status, page = edit(mentor, text, step="check")
    assert status == 200
    assert "absolute" in page
    assert "Payne 1951" in page
    assert stored(app) == MINE


def test_a_framework_is_deleted_unless_a_running_mentoring_names_it(
    app: Flask, mentor: Surfer
) -> None:
    service = service_of(app)
    with service.database.writing() as session:
        person = find_person(session, MENTOR)
        assert person is not None
        mentorship = add_mentee(session, person, "Mia M.", "mia@example.org", NOW)
        details = RoundDetails(
            RoundKind.BEFORE, "mine", (SELF, PEERS), NOW.date() + dt.timedelta(days=9)
        )
        draft = create_draft(session, mentorship, details, NOW.date()).id
    mentor.get("/frameworks/mine")
    asked = mentor.post("/frameworks/mine/delete")
    assert "Delete this framework?" in asked.text
    assert stored(app)
    mentor.post("/frameworks/mine/delete", {"sure": "yes"})
    assert "not ended uses this framework" in mentor.get("/frameworks/mine").text
    assert stored(app)
    with service.database.writing() as session:
        discard_draft(session, session.get_one(Round, draft))
    assert mentor.post("/frameworks/mine/delete", {"sure": "yes"}).status_code == 302
    assert stored(app) is None
    assert mentor.get("/frameworks/mine").status_code == 404


def test_shipped_frameworks_are_not_deleted(mentor: Surfer) -> None:
    mentor.get("/frameworks/leadership")
    assert mentor.post("/frameworks/leadership/delete", {"sure": "yes"}).status_code == 404
    assert "Delete" not in mentor.get("/frameworks/leadership").text


def test_before_an_after_round_the_mentor_is_told_what_a_changed_framework_would_compare(
    app: Flask, mentor: Surfer
) -> None:
    service = service_of(app)
    deadline = NOW.date() + dt.timedelta(days=9)
    with service.database.writing() as session:
        person = find_person(session, MENTOR)
        assert person is not None
        mentorship = add_mentee(session, person, "Mia M.", "mia@example.org", NOW)
        details = RoundDetails(RoundKind.BEFORE, "mine", (SELF, PEERS), deadline)
        draft = create_draft(session, mentorship, details, NOW.date())
        assert add_raters(session, draft, entries({"peers": 3})) == []
        before, mentorship_id = draft.id, mentorship.id
    launch(service, before)
    close(service, before)
    with service.database.writing() as session:
        after = create_draft(
            session,
            session.get_one(Mentorship, mentorship_id),
            RoundDetails(
                RoundKind.AFTER,
                "mine",
                (SELF, PEERS),
                deadline,
                compared_with=session.get_one(Round, before),
            ),
            NOW.date(),
        ).id
    assert "framework has changed" not in mentor.get(f"/rounds/{after}/preview").text
    text = broken("Asks before deciding", "Asks others before deciding", MINE)
    assert edit(mentor, text, step="", version="proposed")[0] == 302
    page = mentor.get(f"/rounds/{after}/preview?group=peers").text
    assert "The framework has changed since the before round." in page
    assert f'href="/rounds/{after}/version"' in page
    # The round asks what its before round asked.
    assert "Asks before deciding" in page
    assert "Asks others" not in page
    scale = broken("label: Sometimes", "label: At times", text).replace("1.0.0", "2.0.0")
    assert edit(mentor, scale, step="", version="proposed")[0] == 302
    assert "rating scale is another one" in mentor.get(f"/rounds/{after}/version").text
