"""Signing in by link: once, for a short while, and without telling strangers who has an account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from itsdangerous import URLSafeSerializer
from sqlalchemy import func, select

from survey.accounts.errors import AccountError, SignInError
from survey.accounts.people import add_mentor, find_person
from survey.accounts.sign_in import LINK_LIFE, answer_sign_in_requests
from survey.service import Service
from survey.storage.models import Letter, LetterKind, Person, SignInLink
from tests.conftest import fresh_database, service_environment
from tests.support.cases import NOW, ask_for_link
from tests.support.web import Surfer, flashes, make_app, service_of, signed_in

MENTOR = "max.mentor@example.org"
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    app = make_app(
        service_environment(fresh_database("sqlite", request, tmp_path), tmp_path)
        | {"MAIL_SERVER": "127.0.0.1"}
    )
    with service_of(app).database.writing() as session:
        add_mentor(session, "Max Mentor", MENTOR)
    yield app
    service_of(app).database.dispose()


def new_token(service: Service) -> str:
    with service.database.writing() as session:
        person = find_person(session, MENTOR) or add_mentor(session, "Max Mentor", MENTOR)
        return service.sign_in_links.token(service.sign_in_links.create(session, person, NOW))


def redeem(service: Service, token: str, now: dt.datetime = NOW) -> str:
    with service.database.writing() as session:
        return service.sign_in_links.redeem(session, token, now).email


def letters(service: Service) -> list[Letter]:
    with service.database.reading() as session:
        return list(session.scalars(select(Letter).where(Letter.kind == LetterKind.SIGN_IN)))


def ask(service: Service, email: str, now: dt.datetime = NOW) -> None:
    with service.database.writing() as session:
        ask_for_link(session, service, email, now)


def answer_requests(service: Service) -> None:
    """The worker's step."""
    with service.database.writing() as session:
        answer_sign_in_requests(session, service.sign_in_links, service.now())


def test_a_link_signs_in_once(service: Service) -> None:
    token = new_token(service)
    assert redeem(service, token) == MENTOR
    with pytest.raises(SignInError, match="has been used or has expired"):
        redeem(service, token)


def test_a_link_lives_for_half_an_hour(service: Service) -> None:
    assert dt.timedelta(minutes=30) == LINK_LIFE
    late, just_in_time = new_token(service), new_token(service)
    with pytest.raises(SignInError):
        redeem(service, late, NOW + LINK_LIFE + SECOND)
    assert redeem(service, just_in_time, NOW + LINK_LIFE) == MENTOR


def test_only_the_very_token_signs_in(service: Service) -> None:
    token = new_token(service)
    link_id = URLSafeSerializer("a secret for tests alone", salt="survey.sign-in.v1").loads(token)
    for wrong in (
        "",
        token[:-1],
        token + "A",
        token.swapcase(),
        "A" * 5000,
        "\x00",
        str(URLSafeSerializer("another secret", salt="survey.sign-in.v1").dumps(link_id)),
        str(URLSafeSerializer("a secret for tests alone").dumps(link_id)),
    ):
        with pytest.raises(SignInError):
            redeem(service, wrong)
    assert redeem(service, token) == MENTOR


def test_a_person_is_found_under_another_spelling(service: Service) -> None:
    with service.database.writing() as session:
        known = add_mentor(session, "Max  Mentor", "Max.Mentor@Example.org")
        for spelling in (MENTOR, "MAX.MENTOR@EXAMPLE.ORG", "max.mentor+test@example.org"):
            assert find_person(session, spelling) is known
            assert add_mentor(session, "Somebody Else", spelling) is known
        assert known.name == "Max Mentor"
        for stranger in ("", "nonsense", "max@example.org", "a@b@c", "max.mentor@example.org\n@"):
            assert find_person(session, stranger) is None
    ask(service, "MAX.MENTOR+x@example.org")
    assert len(letters(service)) == 1


@pytest.mark.parametrize(
    ("name", "email", "field"),
    [
        ("", "a@example.org", "Name"),
        ("  \t ", "a@example.org", "Name"),
        ("A\x00", "a@example.org", "Name"),
        ("A\u202eB", "a@example.org", "Name"),
        ("A" * 121, "a@example.org", "Name"),
        ("A", "", "E-mail"),
        ("A", "a@", "E-mail"),
        ("A", "a@example.org, b@example.org", "E-mail"),
        ("A", "a@example.org\nBcc: b@example.org", "E-mail"),
    ],
)
def test_an_unusable_name_or_address_is_named_and_nobody_is_added(
    app: Flask, name: str, email: str, field: str
) -> None:
    service = service_of(app)
    with pytest.raises(AccountError, match=f"^{field}: "), service.database.writing() as session:
        add_mentor(session, name, email)
    with service.database.reading() as session:
        assert session.scalars(select(Person.email)).all() == [MENTOR]


def test_at_most_five_links_wait(service: Service) -> None:
    with service.database.writing() as session:
        add_mentor(session, "Max Mentor", MENTOR)
        add_mentor(session, "Nora", "nora@example.org")
    for _ in range(8):
        ask(service, MENTOR)
    assert len(letters(service)) == 5
    ask(service, "nora@example.org")  # others are not held up
    assert len(letters(service)) == 6
    # A used link makes room for one more; all expired ones make room again, with their letters.
    with service.database.reading() as session:
        link = session.scalars(
            select(SignInLink).join(SignInLink.person).where(Person.email == MENTOR).limit(1)
        ).one()
        token = service.sign_in_links.token(link)
    redeem(service, token)
    ask(service, MENTOR)
    ask(service, MENTOR)
    with service.database.reading() as session:
        waiting = select(func.count()).select_from(SignInLink).join(SignInLink.person)
        assert session.scalar(waiting.where(Person.email == MENTOR)) == 5
    ask(service, MENTOR, NOW + LINK_LIFE + SECOND)
    assert len(letters(service)) == 1
    with service.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SignInLink)) == 1


def test_the_answer_is_the_same_for_known_and_unknown_addresses(app: Flask) -> None:
    service = service_of(app)
    pages = {}
    for address in (MENTOR, "nobody@example.org", "nonsense", "x\x00@example.org"):
        surfer = Surfer(app)
        surfer.get("/sign-in")
        answer = surfer.post("/sign-in", {"email": address})
        pages[address] = (
            answer.status,
            sorted(answer.headers.keys()),
            answer.text.replace(address.replace("\x00", "�"), "ADDRESS").replace(
                address, "ADDRESS"
            ),
        )
        answer_requests(service)
        assert len(letters(service)) == 1
    assert pages["nobody@example.org"] == pages[MENTOR]
    assert pages["nonsense"] == pages[MENTOR]
    # The sixth request, which sends nothing, looks like the first.
    surfer = Surfer(app)
    for _ in range(8):
        surfer.get("/sign-in")
        text = surfer.post("/sign-in", {"email": MENTOR}).text.replace(MENTOR, "ADDRESS")
        assert text == pages[MENTOR][2]
        answer_requests(service)
    assert len(letters(service)) == 5


def test_opening_the_link_does_not_use_it_up_and_the_button_does(app: Flask) -> None:
    service = service_of(app)
    token = new_token(service)
    scanner = Surfer(app)
    for _ in range(3):
        assert scanner.get(f"/sign-in/{token}").status_code == 200
    assert scanner.get("/").headers["Location"] == "/sign-in"
    surfer = Surfer(app)
    surfer.get(f"/sign-in/{token}")
    assert surfer.post(f"/sign-in/{token}").headers["Location"] == "/"
    assert "Max" in surfer.get("/").text
    again = scanner.post(f"/sign-in/{token}")
    assert again.headers["Location"] == "/sign-in"
    assert "used or has expired" in flashes(scanner.get("/sign-in").text)[0]
    assert scanner.get("/").headers["Location"] == "/sign-in"


def test_signing_in_needs_the_token_of_the_page(app: Flask) -> None:
    token = new_token(service_of(app))
    surfer = Surfer(app)
    surfer.get(f"/sign-in/{token}")
    assert surfer.client.post(f"/sign-in/{token}").status_code == 400
    assert surfer.client.post("/sign-in", data={"email": MENTOR}).status_code == 400
    assert letters(service_of(app)) == []
    assert surfer.post(f"/sign-in/{token}").headers["Location"] == "/"


def test_signing_out_ends_the_session_and_a_cookie_can_not_be_made_up(app: Flask) -> None:
    surfer = signed_in(app, MENTOR)
    assert surfer.get("/").status_code == 200
    cookie = surfer.client.get_cookie("session")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    surfer.post("/sign-out")
    assert surfer.get("/").headers["Location"] == "/sign-in"
    stranger = Surfer(app)
    changed = cookie.value[:-2] + ("AA" if cookie.value[-2:] != "AA" else "BB")
    stranger.client.set_cookie("session", changed)
    assert stranger.get("/").headers["Location"] == "/sign-in"


def test_a_person_who_is_deleted_is_signed_out(app: Flask) -> None:
    surfer = signed_in(app, MENTOR)
    with service_of(app).database.writing() as session:
        session.delete(session.scalars(select(Person)).one())
    assert surfer.get("/").headers["Location"] == "/sign-in"
