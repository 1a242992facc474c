"""One's own account: details, sessions, and showing again who one is."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, redirect
from sqlalchemy import select

from survey.accounts.people import add_mentor, find_person
from survey.storage.models import Letter, SignInSession
from survey.web.current import fresh_sign_in_required
from survey.web.local_paths import local_path
from tests.conftest import service_environment
from tests.support.cases import NOW
from tests.support.web import Surfer, flashes, make_app, service_of, signed_in

MENTOR, OTHER = "max.mentor@example.org", "nora@example.org"
LATER = dt.timedelta(minutes=11)


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(
        service_environment(database_url, tmp_path)
        | {"MAIL_SERVER": "127.0.0.1", "BASE_URL": "http://localhost:8000"}
    )
    with service_of(made).database.writing() as session:
        add_mentor(session, "Max Mentor", MENTOR)
        add_mentor(session, "Nora Other", OTHER)
    yield made
    service_of(made).database.dispose()


def sessions(app: Flask) -> list[SignInSession]:
    with service_of(app).database.reading() as session:
        return list(session.scalars(select(SignInSession)))


def token_for(app: Flask, email: str) -> str:
    service = service_of(app)
    with service.database.writing() as session:
        person = find_person(session, email)
        assert person
        link = service.sign_in_links.create(session, person, service.now())
        return service.sign_in_links.token(link)


def test_details_are_changed(app: Flask) -> None:
    surfer = signed_in(app, MENTOR)
    page = surfer.get("/account").text
    assert 'value="Max Mentor"' in page
    surfer.post("/account", {"name": "  Maxi   Mentor ", "language": "de"})
    with service_of(app).database.reading() as session:
        person = find_person(session, MENTOR)
        assert person
        assert (person.name, person.language) == ("Maxi Mentor", "de")
    page = surfer.get("/account").text
    assert "Maxi Mentor" in page
    for wrong in ({"name": ""}, {"name": "A\u202eB"}, {"name": "x" * 121}, {"language": "xx"}):
        answer = surfer.post("/account", {"name": "Max", "language": "en", **wrong})
        assert answer.status_code == 422, wrong


def test_the_cookie_holds_a_token_and_the_server_the_rest(app: Flask) -> None:
    surfer = signed_in(app, MENTOR)
    with surfer.client.session_transaction() as kept:
        assert set(kept) - {"csrf_token", "_permanent"} == {"sign_in"}
        token = kept["sign_in"]
    (row,) = sessions(app)
    assert token not in row.token_hash
    # Signing in again in the same browser makes a new session and ends the old one.
    surfer.get(f"/sign-in/{token_for(app, MENTOR)}")
    surfer.post(f"/sign-in/{token_for(app, MENTOR)}")
    with surfer.client.session_transaction() as kept:
        assert kept["sign_in"] != token
    thief = Surfer(app)
    with thief.client.session_transaction() as planted:
        planted["sign_in"] = token
    assert thief.get("/").headers["Location"] == "/sign-in"
    assert surfer.get("/").status_code == 200


def test_a_cookie_that_was_kept_is_worth_nothing_after_signing_out(app: Flask) -> None:
    surfer = signed_in(app, MENTOR)
    cookie = surfer.client.get_cookie("session")
    assert cookie is not None
    surfer.get("/")
    surfer.post("/sign-out")
    thief = Surfer(app)
    thief.client.set_cookie("session", cookie.value)
    assert thief.get("/").headers["Location"] == "/sign-in"
    stranger = Surfer(app)
    stranger.get("/sign-in")
    assert stranger.post("/sign-out").status_code == 302


def test_a_session_ends_when_idle_and_after_twelve_hours(app: Flask) -> None:
    service = service_of(app)
    idle, busy = signed_in(app, MENTOR), signed_in(app, MENTOR)
    for _ in range(3):
        service.clock += dt.timedelta(minutes=30)
        assert busy.get("/").status_code == 200
    assert idle.get("/").headers["Location"] == "/sign-in"
    while service.clock < NOW + dt.timedelta(hours=11, minutes=45):
        service.clock += dt.timedelta(minutes=15)
        assert busy.get("/").status_code == 200
    service.clock += dt.timedelta(minutes=15)
    assert busy.get("/").headers["Location"] == "/sign-in"


def test_one_s_own_sessions_are_seen_and_ended(app: Flask) -> None:
    here, there, third = (signed_in(app, MENTOR) for _ in range(3))
    other = signed_in(app, OTHER)
    page = here.get("/account").text
    ends = re.findall(r"/account/sessions/[0-9a-f-]{36}/end", page)
    assert len(ends) == 2
    assert page.count("This browser") == 1
    other.get("/account")
    assert other.post(ends[0]).status_code == 404
    here.post(ends[0])
    assert [s.get("/").status_code for s in (here, there, third)].count(200) == 2
    here.get("/account")
    here.post("/account/sessions/end-others")
    assert "everywhere but here" in flashes(here.get("/account").text)[0]
    assert [s.get("/").status_code for s in (here, there, third, other)] == [200, 302, 302, 200]


def test_sensitive_pages_ask_again_and_lead_back(app: Flask) -> None:
    surfer = signed_in(app, MENTOR)
    assert surfer.get("/account/passkeys/new").status_code == 200
    assert surfer.get("/account/confirm").headers["Location"] == "/"
    service_of(app).clock += LATER
    assert surfer.get("/account").status_code == 200
    answer = surfer.get("/account/passkeys/new?from=here")
    assert answer.headers["Location"] == "/account/confirm"
    page = surfer.get("/account/confirm").text
    assert MENTOR in page
    assert "Send me a link" in page
    assert "a link is on its way" in surfer.post("/account/confirm/link").text.lower()
    with service_of(app).database.reading() as session:
        (letter,) = session.scalars(select(Letter)).all()
        assert letter.sign_in_link_id
    token = token_for(app, MENTOR)
    surfer.get(f"/sign-in/{token}")
    back = surfer.post(f"/sign-in/{token}").headers["Location"]
    assert back == "/account/passkeys/new?from=here"
    assert surfer.get(back).status_code == 200
    # Once there, the way is forgotten.
    token = token_for(app, MENTOR)
    surfer.get(f"/sign-in/{token}")
    assert surfer.post(f"/sign-in/{token}").headers["Location"] == "/"


def test_what_was_to_be_sent_leads_back_to_the_page_above(app: Flask) -> None:
    surfer = signed_in(app, MENTOR)
    surfer.get("/account")
    service_of(app).clock += LATER
    gone = "00000000-0000-4000-8000-000000000000"
    for path, back in (
        (f"/account/passkeys/{gone}/remove", "/account"),
        ("/account/passkeys/options", "/account"),
        ("/account/passkeys/new", "/account/passkeys/new"),
    ):
        answer = surfer.post(path)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/account/confirm")
        assert f'href="{back}"' not in answer.text
        with surfer.client.session_transaction() as kept:
            assert kept["return_to"]["path"] == back


def test_a_letter_s_link_leads_there_after_signing_in(app: Flask) -> None:
    surfer = Surfer(app)
    assert surfer.get("/account?from=letter").headers["Location"] == "/sign-in"
    token = token_for(app, MENTOR)
    surfer.get(f"/sign-in/{token}")
    assert surfer.post(f"/sign-in/{token}").headers["Location"] == "/account?from=letter"
    # Once there, the way is forgotten.
    token = token_for(app, OTHER)
    surfer.get(f"/sign-in/{token}")
    assert surfer.post(f"/sign-in/{token}").headers["Location"] == "/"


def test_somebody_else_is_not_led_to_where_the_first_was(app: Flask) -> None:
    surfer = signed_in(app, MENTOR)
    service_of(app).clock += LATER
    surfer.get("/account/passkeys/new")
    token = token_for(app, OTHER)
    surfer.get(f"/sign-in/{token}")
    assert surfer.post(f"/sign-in/{token}").headers["Location"] == "/"


ELSEWHERE = (
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/%0a\n",
    "javascript:alert(1)",
    "http:/evil.example",
    "evil.example",
    "@evil.example",
    "",
    "/" + "x" * 501,
    "/\u2028",
    None,
    7,
    ["/"],
)


@pytest.mark.parametrize("path", ELSEWHERE)
def test_nobody_is_led_to_another_site(app: Flask, path: object) -> None:
    assert local_path(path) is None
    # Not even with a cookie that we had signed ourselves.
    surfer = signed_in(app, MENTOR)
    with service_of(app).database.reading() as session:
        person = find_person(session, MENTOR)
        assert person
    with surfer.client.session_transaction() as kept:
        kept["return_to"] = {"path": path, "person": str(person.id)}
    assert surfer.get("/account/confirm").headers["Location"] == "/"
    token = token_for(app, MENTOR)
    with surfer.client.session_transaction() as kept:
        kept["return_to"] = {"path": path, "person": str(person.id)}
    surfer.get(f"/sign-in/{token}")
    assert surfer.post(f"/sign-in/{token}").headers["Location"] == "/"


@pytest.mark.parametrize("path", ["/", "/account", "/people/1?a=b&c=//x", "/a//b"])
def test_a_path_of_ours_is_one(path: str) -> None:
    assert local_path(path) == path


def test_the_query_does_not_choose_where_to_go(app: Flask) -> None:
    surfer = signed_in(app, MENTOR)
    service_of(app).clock += LATER
    surfer.get("/account/passkeys/new?next=https://evil.example&return_to=//evil.example")
    token = token_for(app, MENTOR)
    surfer.get(f"/sign-in/{token}?next=//evil.example")
    back = surfer.post(
        f"/sign-in/{token}?next=//evil.example", {"return_to": "//evil.example"}
    ).headers["Location"]
    assert back.startswith("/account/passkeys/new?")


def test_the_decorator_needs_nothing_else(app: Flask) -> None:
    """For other pages to use: a stranger is sent to the sign-in page by it."""
    app.add_url_rule("/export", "account.export", fresh_sign_in_required(lambda: redirect("/done")))
    assert Surfer(app).get("/export").headers["Location"] == "/sign-in"
    surfer = signed_in(app, MENTOR)
    assert surfer.get("/export").headers["Location"] == "/done"
    service_of(app).clock += LATER
    assert surfer.get("/export").headers["Location"] == "/account/confirm"
