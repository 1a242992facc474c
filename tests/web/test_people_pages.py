"""The pages about people, for administrators."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from survey.accounts.people import add_mentor, add_programme_lead, find_person
from survey.accounts.roles import add_administrator
from survey.storage.models import AuditEntry, Letter, Person
from tests.conftest import service_environment
from tests.support.cases import draft_case
from tests.support.web import Surfer, flashes, make_app, service_of, signed_in

ADMIN, LEAD = "ada@example.org", "lena@example.org"
MENTOR, MENTEE = "max.mentor@example.org", "mia.mentee@example.org"


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(service_environment(database_url, tmp_path) | {"MAIL_SERVER": "127.0.0.1"})
    draft_case(service_of(made), {"peers": 3})
    with service_of(made).database.writing() as session:
        add_administrator(session, "Ada Admin", ADMIN)
        add_programme_lead(session, "Lena Lead", LEAD)
    yield made
    service_of(made).database.dispose()


def person(app: Flask, email: str) -> Person:
    with service_of(app).database.reading() as session:
        found = find_person(session, email)
        assert found is not None
        return found


def page_of(app: Flask, email: str) -> str:
    return f"/people/{person(app, email).id}"


def test_everybody_is_listed_with_their_roles_and_nothing_else(app: Flask) -> None:
    page = signed_in(app, ADMIN).get("/people").text
    for name in ("Ada Admin", "Max Mentor", "Mia Mentee", "Lena Lead"):
        assert name in page
    for role in ("Administrator", "Mentor", "Mentee", "Programme lead"):
        assert f">{role}</span>" in page
    assert "Lead cross-team projects" not in page
    assert "peers1@example.org" not in page


@pytest.mark.parametrize("email", [MENTOR, MENTEE, LEAD])
def test_others_find_no_such_pages(app: Flask, email: str) -> None:
    surfer = signed_in(app, email)
    assert "/people" not in surfer.get("/").text
    surfer.get("/account")
    for path in ("/people", "/people/new", page_of(app, ADMIN)):
        assert surfer.get(path).status_code == 404
    surfer.get("/account")
    for ending in ("", "/deactivate", "/activate", "/sign-in-link"):
        assert surfer.post(f"{page_of(app, ADMIN)}{ending}", {"sure": "yes"}).status_code == 404
    assert surfer.post("/people/new", {"name": "X", "email": "x@example.org"}).status_code == 404
    assert person(app, ADMIN).is_administrator


def test_an_administrator_has_no_mentor_s_pages(app: Flask) -> None:
    admin = signed_in(app, ADMIN)
    start = admin.get("/").text
    assert "nobody’s goals, notes or reports" in start
    assert "Nothing here yet" not in start
    assert "Add a mentee" not in start
    for path in ("/mentees/new", "/programme"):
        assert admin.get(path).status_code == 404


def test_a_person_is_added_with_roles_and_gets_a_link(app: Flask) -> None:
    admin = signed_in(app, ADMIN)
    admin.get("/people/new")
    fields = {"name": "Nora New", "email": "nora@example.org", "roles": ["mentor"]}
    assert admin.post("/people/new", fields).headers["Location"] == "/people"
    assert "Nora New has an account" in flashes(admin.get("/people").text)[0]
    nora = person(app, "nora@example.org")
    assert (nora.is_mentor, nora.is_administrator) == (True, False)
    with service_of(app).database.reading() as session:
        assert len(session.scalars(select(Letter).where(Letter.sign_in_link_id.is_not(None))).all())
    admin.get("/people/new")
    for wrong, field in (
        ({"email": "NORA@example.org"}, "email"),
        ({"email": "nonsense"}, "email"),
        ({"email": ""}, "email"),
        ({"name": "A\u202eB", "email": "x@example.org"}, "name"),
        ({"name": "", "email": "x@example.org"}, "name"),
    ):
        text = admin.post("/people/new", {**fields, **wrong}).text
        assert f'<a href="#{field}">' in text, wrong
    assert "Please check" in admin.post("/people/new", {**fields, "roles": ["king"]}).text


def test_roles_are_changed_and_the_last_administrator_stays(app: Flask) -> None:
    admin = signed_in(app, ADMIN)
    path = page_of(app, MENTOR)
    shown = admin.get(path).text
    assert shown.count("checked") == 1
    answer = admin.post(path, {"roles": ["mentor", "administrator"]})
    assert answer.headers["Location"] == "/people"
    mentor = person(app, MENTOR)
    assert (mentor.is_mentor, mentor.is_administrator) == (True, True)
    admin.get(path)
    admin.post(path, {"roles": ["programme lead"]})
    mentor = person(app, MENTOR)
    assert (mentor.is_mentor, mentor.is_administrator, mentor.is_programme_lead) == (
        False,
        False,
        True,
    )
    own = page_of(app, ADMIN)
    admin.get(own)
    refused = admin.post(own, {"roles": []})
    assert refused.status_code == 422
    assert '<a href="#roles-0">' in refused.text
    assert "This is the last administrator" in refused.text
    # Nobody shuts themselves out, not even one administrator of many.
    assert "Deactivate" not in refused.text
    assert admin.post(f"{own}/deactivate", {"sure": "yes"}).status_code == 404
    assert person(app, ADMIN).is_administrator
    assert person(app, ADMIN).deactivated_on is None


def test_who_is_deactivated_is_signed_out_at_once_and_let_in_again(app: Flask) -> None:
    admin, mentor = signed_in(app, ADMIN), signed_in(app, MENTOR)
    path = page_of(app, MENTOR)
    admin.get(path)
    assert "Deactivate Max Mentor?" in admin.post(f"{path}/deactivate").text
    assert mentor.get("/").status_code == 200
    admin.post(f"{path}/deactivate", {"sure": "yes"})
    assert mentor.get("/").headers["Location"] == "/sign-in"
    assert "Deactivated" in admin.get("/people").text
    admin.get(path)
    admin.post(f"{path}/activate")
    assert mentor.get("/").headers["Location"] == "/sign-in"  # a session that ended stays ended
    assert signed_in(app, MENTOR).get("/mentees/new").status_code == 200
    with service_of(app).database.reading() as session:
        deeds = [entry.action for entry in session.scalars(select(AuditEntry))]
    assert sorted(deeds) == ["person.activated", "person.deactivated"]


def test_a_link_is_sent_to_the_person_and_to_nobody_else(app: Flask) -> None:
    admin = signed_in(app, ADMIN)
    admin.get("/people")
    answer = admin.post(f"{page_of(app, MENTEE)}/sign-in-link")
    assert answer.headers["Location"] == "/people"
    page = admin.get("/people").text
    assert MENTEE in flashes(page)[0]
    assert "/sign-in/" not in page.replace("/sign-in-link", "")
    with service_of(app).database.reading() as session:
        letters = select(Letter).where(Letter.sign_in_link_id.is_not(None))
        assert len(session.scalars(letters).all()) == 1


def test_changes_want_a_fresh_sign_in(app: Flask) -> None:
    admin = signed_in(app, ADMIN)
    path = page_of(app, MENTOR)
    admin.get(path)
    service_of(app).clock += dt.timedelta(minutes=11)
    for asked, back in (
        ((path, {"roles": ["administrator"]}), path),
        ((f"{path}/deactivate", {"sure": "yes"}), path),
        (("/people/new", {"name": "X", "email": "x@example.org"}), "/people/new"),
    ):
        assert admin.post(*asked).headers["Location"] == "/account/confirm"
        assert f'href="{back}"' not in Surfer(app).get("/sign-in").text
        with admin.client.session_transaction() as kept:
            assert kept["return_to"]["path"] == back
    mentor = person(app, MENTOR)
    assert (mentor.is_administrator, mentor.deactivated_on) == (False, None)
    assert admin.get("/people").status_code == 200


def test_a_mentor_who_is_demoted_loses_the_pages_and_keeps_the_mentees(app: Flask) -> None:
    mentor = signed_in(app, MENTOR)
    with service_of(app).database.writing() as session:
        found = find_person(session, MENTOR)
        assert found
        found.is_mentor = False
        mentee = found.id
    assert mentor.get("/mentees/new").status_code == 404
    with service_of(app).database.writing() as session:
        add_mentor(session, "Max", MENTOR)
    home = mentor.get("/").text
    assert "Mia Mentee" in home
    assert mentee
