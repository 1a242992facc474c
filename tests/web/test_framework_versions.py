"""Versions of a framework: listed with what changed, compared, and gone back to."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from survey.accounts.people import add_mentor, find_person
from survey.privacy.erasure import erase_person
from survey.rounds.framework_drafts import begin_draft
from survey.rounds.framework_history import MOST_VERSIONS
from survey.storage.models import FrameworkDraft, FrameworkVersion, Person, UploadedFramework
from survey.storage.queries import frameworks as framework_queries
from tests.conftest import fresh_database, service_environment
from tests.frameworks.samples import GOOD, broken
from tests.support.cases import NOW
from tests.support.web import Surfer, make_app, service_of, signed_in

MENTOR, OTHER = "max.mentor@example.org", "nora.other@example.org"
MINE = broken("id: leadership", "id: mine", GOOD)
SECOND = broken("Asks before deciding", "Asks others before deciding", MINE).replace(
    "version: 1.0.0", "version: 2.0.0"
)


@pytest.fixture
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(service_environment(fresh_database("sqlite", request, tmp_path), tmp_path))
    service = service_of(made)
    with service.database.writing() as session:
        mentor = add_mentor(session, "Max Mentor", MENTOR)
        service.catalogue.store_upload(session, mentor, MINE.encode(), "mine.yaml", NOW.date())
        add_mentor(session, "Nora Other", OTHER)
    yield made
    service.database.dispose()


@pytest.fixture
def mentor(app: Flask) -> Surfer:
    return signed_in(app, MENTOR)


def save(app: Flask, text: str) -> None:
    service = service_of(app)
    with service.database.writing() as session:
        person = find_person(session, MENTOR)
        assert person is not None
        service.catalogue.store_upload(session, person, text.encode(), "mine.yaml", NOW.date())


def kept(app: Flask) -> list[tuple[str, str]]:
    """Version and changes, the newest first."""
    with service_of(app).database.reading() as session:
        upload = session.query(UploadedFramework).one()
        found = framework_queries.versions_of(session, upload.id)
        return [(one.version, one.changes) for one in found]


def test_each_saved_version_is_listed_with_what_changed(app: Flask, mentor: Surfer) -> None:
    save(app, SECOND)
    assert kept(app) == [("2.0.0", "statement.reworded=1"), ("1.0.0", "")]
    page = html.unescape(mentor.get("/frameworks/mine/versions").text)
    assert page.index("Version 2.0.0") < page.index("1 statement reworded")
    assert page.index("1 statement reworded") < page.index("Version 1.0.0")
    assert f"Saved on {NOW.day} {NOW:%B %Y}" in page
    assert "/frameworks/mine/versions" in mentor.get("/frameworks/mine").text


def test_two_of_them_are_compared(app: Flask, mentor: Surfer) -> None:
    save(app, SECOND)
    third = SECOND.replace("title: Strategic thinking", "title: Thinking").replace("2.0.0", "2.0.1")
    save(app, third)
    page = html.unescape(mentor.get("/frameworks/mine/versions").text)
    ids = re.findall(r'<option value="([^"]+)"', page)[:3]
    query = f"before={ids[2]}&after={ids[0]}"
    page = html.unescape(mentor.get(f"/frameworks/mine/versions?{query}").text)
    assert "From version 1.0.0 to version 2.0.1" in page
    assert "<ins>others</ins>" in page
    assert "Competency reworded" in page
    nowhere = "before=00000000-0000-4000-8000-000000000000"
    assert mentor.get(f"/frameworks/mine/versions?{nowhere}").status_code == 404


def test_going_back_makes_a_new_version(app: Flask, mentor: Surfer) -> None:
    save(app, SECOND)
    page = mentor.get("/frameworks/mine/versions").text
    action = re.search(r'action="(/frameworks/mine/versions/[^"]+/again)"', page)
    assert action
    stranger = signed_in(app, OTHER)
    stranger.get("/frameworks/")
    assert stranger.get("/frameworks/mine/versions").status_code == 404
    assert stranger.post(action[1]).status_code == 404
    answer = mentor.post(action[1], follow=True)
    assert "Version 3.0.0 is saved, with the content of version 1.0.0." in answer.text
    assert [version for version, _ in kept(app)] == ["3.0.0", "2.0.0", "1.0.0"]
    assert "Asks before deciding" in mentor.get("/frameworks/mine").text


def test_what_raters_do_not_read_makes_no_version(app: Flask) -> None:
    save(app, MINE + "# a comment\n")
    assert kept(app) == [("1.0.0", "")]
    with service_of(app).database.reading() as session:
        upload = session.query(UploadedFramework).one()
        assert "a comment" in framework_queries.versions_of(session, upload.id)[0].yaml


def test_what_was_kept_before_versions_were_becomes_the_first(app: Flask, mentor: Surfer) -> None:
    with service_of(app).database.writing() as session:
        upload = session.query(UploadedFramework).one()
        for version in framework_queries.versions_of(session, upload.id):
            session.delete(version)
    assert "is the only one that is kept" in mentor.get("/frameworks/mine/versions").text
    save(app, SECOND)
    assert [version for version, _ in kept(app)] == ["2.0.0", "1.0.0"]
    assert "Saved before versions were kept" in mentor.get("/frameworks/mine/versions").text


def test_so_many_are_kept_and_all_go_with_the_framework(app: Flask, mentor: Surfer) -> None:
    for number in range(1, MOST_VERSIONS + 3):
        text = MINE.replace("For people who lead others.", f"For {number} people.")
        save(app, text.replace("version: 1.0.0", f"version: 1.0.{number}"))
    versions = [version for version, _ in kept(app)]
    assert len(versions) == MOST_VERSIONS
    assert versions[0] == f"1.0.{MOST_VERSIONS + 2}"
    mentor.get("/frameworks/mine")
    mentor.post("/frameworks/mine/delete", {"sure": "yes"})
    with service_of(app).database.reading() as session:
        assert session.query(UploadedFramework).count() == 0
        person = find_person(session, MENTOR)
        assert person is not None
        assert framework_queries.length_of_versions(session, person.id) == 0


def test_drafts_and_versions_are_handed_out_and_erased_with_their_author(app: Flask) -> None:
    save(app, SECOND)
    service = service_of(app)
    with service.database.writing() as session:
        person = find_person(session, MENTOR)
        assert person is not None
        begin_draft(session, person, "title: Half a thought", "", NOW.date())
        person_id = person.id
    mentor = signed_in(app, MENTOR)
    mentor.get("/my-data")
    answer = mentor.client.post("/my-data/download", data={"csrf_token": mentor.csrf})
    data = zipfile.ZipFile(io.BytesIO(answer.data)).read("data.json").decode()
    sections = json.loads(data)["sections"]
    assert [one["version"] for one in sections["framework_versions"]] == ["1.0.0", "2.0.0"]
    assert "Asks others before deciding" in sections["framework_versions"][1]["content"]
    assert [one["content"] for one in sections["framework_drafts"]] == ["title: Half a thought"]
    with service.database.writing() as session:
        erased = erase_person(
            session, service.keys, session.get_one(Person, person_id), None, NOW
        ).tables
    assert {"uploaded_frameworks", "framework_versions", "framework_drafts"} <= set(erased)
    with service.database.reading() as session:
        for model in (UploadedFramework, FrameworkVersion, FrameworkDraft):
            assert session.query(model).count() == 0
