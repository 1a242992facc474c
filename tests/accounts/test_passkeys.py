"""Passkeys in a real browser, with an authenticator that the browser plays itself."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect
from sqlalchemy import select

from config import load_config
from survey.accounts.errors import AccountError, SignInError
from survey.accounts.passkeys import (
    CHALLENGE_LIFE,
    MOST_PASSKEYS,
    RelyingParty,
    add_passkey,
    person_with_passkey,
    registration_options,
    remove_passkey,
    sign_in_options,
)
from survey.accounts.people import add_mentor, find_person
from survey.service import Service
from survey.storage.models import Passkey, PasskeyChallenge, SignInSession
from tests.conftest import service_environment
from tests.privacy.people import actions
from tests.support.cases import NOW
from tests.support.live_service import LiveService

MENTOR, OTHER = "max.mentor@example.org", "nora@example.org"
PARTY = RelyingParty.at("https://mentoring.example.org/here", "Mentoring")


@pytest.fixture
def live(database_url: str, tmp_path: Path) -> Iterator[LiveService]:
    running = LiveService(service_environment(database_url, tmp_path), tmp_path)
    # Browsers make passkeys for names, not for numbers.
    running.base_url = running.environment["BASE_URL"] = f"http://localhost:{running.port}"
    running.start()
    yield running
    running.stop()


@pytest.fixture
def shared(live: LiveService) -> Iterator[Service]:
    """The same service, from beside."""
    made = Service(load_config(live.environment))
    with made.database.writing() as session:
        add_mentor(session, "Max Mentor", MENTOR)
        add_mentor(session, "Nora Other", OTHER)
    yield made
    made.database.dispose()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context()
    yield made
    made.close()


def with_authenticator(page: Page) -> tuple[CDPSession, str]:
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    made = cdp.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return cdp, made["authenticatorId"]


def sign_in_by_link(page: Page, service: Service, email: str = MENTOR) -> None:
    with service.database.writing() as session:
        person = find_person(session, email)
        assert person
        link = service.sign_in_links.create(session, person, service.now())
    page.goto(service.sign_in_url(service.sign_in_links.token(link)))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hello")


def add_one(page: Page, live: LiveService, name: str) -> None:
    page.goto(f"{live.base_url}/account/passkeys/new")
    page.get_by_label("Name of the passkey").fill(name)
    page.get_by_role("button", name="Make the passkey").click()


def sign_in_with_passkey(page: Page, live: LiveService) -> None:
    page.context.clear_cookies()
    page.goto(f"{live.base_url}/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()


def grow_old(service: Service) -> None:
    """As if all had signed in a quarter of an hour ago."""
    with service.database.writing() as session:
        for row in session.scalars(select(SignInSession)):
            row.confirmed_at = service.now() - dt.timedelta(minutes=15)


def test_a_passkey_is_made_used_and_removed(
    context: BrowserContext, live: LiveService, shared: Service
) -> None:
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    cdp, authenticator = with_authenticator(page)
    sign_in_by_link(page, shared)
    add_one(page, live, "Work laptop")
    expect(page.locator(".flash")).to_contain_text("The passkey is registered")
    expect(page.locator("body")).to_contain_text("Work laptop")
    assert actions(shared).count("passkey.added") == 1
    (credential,) = cdp.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})[
        "credentials"
    ]
    assert credential["isResidentCredential"]
    assert credential["rpId"] == "localhost"
    # The same device is not registered twice.
    add_one(page, live, "Again")
    expect(page.locator("[data-problem]")).to_contain_text("has a passkey for your account already")

    sign_in_with_passkey(page, live)
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello Max")
    with shared.database.reading() as session:
        (passkey,) = session.scalars(select(Passkey)).all()
        assert passkey.sign_count > 1

    # It also shows who is there before something sensitive, and leads back.
    grow_old(shared)
    page.goto(f"{live.base_url}/account")
    page.get_by_role("button", name="Remove the passkey Work laptop").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Is it still you?")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(f"{live.base_url}/account")
    page.get_by_role("button", name="Remove the passkey Work laptop").click()
    page.get_by_role("button", name="Remove the passkey").click()
    expect(page.locator(".flash")).to_contain_text("The passkey is removed")

    sign_in_with_passkey(page, live)
    expect(page.locator(".flash")).to_contain_text("does not sign anybody in here")
    expect(page).to_have_url(re.compile("/sign-in$"))
    assert complaints == []


def test_somebody_else_s_passkey_does_not_show_who_is_there(
    context: BrowserContext, live: LiveService, shared: Service
) -> None:
    page = context.new_page()
    cdp, authenticator = with_authenticator(page)
    sign_in_by_link(page, shared)
    add_one(page, live, "Max’s")
    expect(page.locator(".flash")).to_contain_text("The passkey is registered")
    # Nora signs in at the same device and has a passkey elsewhere.
    with shared.database.writing() as session:
        nora = find_person(session, OTHER)
        assert nora
        known = session.scalars(select(Passkey)).one()
        session.add(
            Passkey(
                person_id=nora.id,
                credential_id=b"elsewhere",
                public_key=known.public_key,
                sign_count=0,
                label="Phone",
                created_on=NOW.date(),
            )
        )
    page.context.clear_cookies()
    sign_in_by_link(page, shared, OTHER)
    grow_old(shared)
    page.goto(f"{live.base_url}/account/passkeys/new")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.locator("[data-problem]")).to_contain_text("cancelled")
    expect(page).to_have_url(f"{live.base_url}/account/confirm")
    # A device whose owner is not verified will not do either.
    cdp.send(
        "WebAuthn.setUserVerified",
        {"authenticatorId": authenticator, "isUserVerified": False},
    )
    sign_in_with_passkey(page, live)
    expect(page.locator("[data-problem]")).to_contain_text("cancelled")


def test_without_javascript_links_do_and_nothing_else_is_offered(
    browser: Browser, live: LiveService, shared: Service
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live.base_url}/sign-in")
    assert not page.get_by_role("button", name="Sign in with a passkey").is_visible()
    sign_in_by_link(page, shared)
    page.goto(f"{live.base_url}/account/passkeys/new")
    expect(page.get_by_text("Passkeys need JavaScript")).to_be_visible()
    assert not page.get_by_role("button", name="Make the passkey").is_visible()
    context.close()


def test_a_challenge_is_good_once_and_for_a_short_while(service: Service) -> None:
    with service.database.writing() as session:
        person = add_mentor(session, "Max", MENTOR)
        options, challenge = registration_options(session, PARTY, person, NOW)
        assert '"id": "mentoring.example.org"' in options
        assert MENTOR in options
        with pytest.raises(AccountError, match="cannot be used"):
            add_passkey(session, PARTY, person, "A", {"id": "x"}, challenge, NOW)
        with pytest.raises(AccountError, match="too long"):
            add_passkey(session, PARTY, person, "A", {"id": "x"}, challenge, NOW)
        _, challenge = sign_in_options(session, PARTY, NOW)
        late = NOW + CHALLENGE_LIFE + dt.timedelta(seconds=1)
        with pytest.raises(SignInError, match="too long"):
            person_with_passkey(session, PARTY, {"id": "eA"}, challenge, late)
        with pytest.raises(SignInError, match="too long"):
            person_with_passkey(session, PARTY, {"id": "eA"}, b"", NOW)
        sign_in_options(session, PARTY, late)
        assert len(session.scalars(select(PasskeyChallenge)).all()) == 1


@pytest.mark.parametrize(
    "credential",
    [None, [], "x", {}, {"id": None}, {"id": "é"}, {"id": "AAAA"}, {"id": "AAAA", "rawId": {}}],
)
def test_nonsense_signs_nobody_in(service: Service, credential: object) -> None:
    with service.database.writing() as session:
        person = add_mentor(session, "Max", MENTOR)
        session.add(
            Passkey(
                person_id=person.id,
                credential_id=b"\x00\x00\x00",
                public_key=b"nonsense",
                sign_count=0,
                label="A",
                created_on=NOW.date(),
            )
        )
        _, challenge = sign_in_options(session, PARTY, NOW)
        with pytest.raises(SignInError, match="does not sign anybody in"):
            person_with_passkey(session, PARTY, credential, challenge, NOW)
        _, challenge = registration_options(session, PARTY, person, NOW)
        with pytest.raises(AccountError, match="cannot be used"):
            add_passkey(session, PARTY, person, "A", credential, challenge, NOW)


def test_names_and_numbers_of_passkeys_have_bounds(service: Service) -> None:
    with service.database.writing() as session:
        person, nora = add_mentor(session, "Max", MENTOR), add_mentor(session, "Nora", OTHER)
        for label in ("", "  ", "x" * 61, "a\u202eb"):
            with pytest.raises(AccountError, match=r"^Name: "):
                add_passkey(session, PARTY, person, label, {}, b"", NOW)
        passkeys = [
            Passkey(
                person_id=person.id,
                credential_id=bytes([number]),
                public_key=b"",
                sign_count=0,
                label=str(number),
                created_on=NOW.date(),
            )
            for number in range(MOST_PASSKEYS)
        ]
        session.add_all(passkeys)
        session.flush()
        with pytest.raises(AccountError, match="Remove one"):
            registration_options(session, PARTY, person, NOW)
        assert not remove_passkey(session, nora, passkeys[0].id)
        assert remove_passkey(session, person, passkeys[0].id)
        registration_options(session, PARTY, person, NOW)


@pytest.mark.parametrize(
    ("address", "id_", "origin", "possible"),
    [
        ("https://a.example.org", "a.example.org", "https://a.example.org", True),
        ("https://a.example.org:8443/x", "a.example.org", "https://a.example.org:8443", True),
        ("http://localhost:8000", "localhost", "http://localhost:8000", True),
        ("http://a.example.org", "a.example.org", "http://a.example.org", False),
        ("http://127.0.0.1:8000", "127.0.0.1", "http://127.0.0.1:8000", False),
        ("https://[::1]:8000", "::1", "https://[::1]:8000", False),
    ],
)
def test_passkeys_belong_to_the_service_s_address(
    address: str, id_: str, origin: str, possible: bool
) -> None:
    party = RelyingParty.at(address, "Mentoring")
    assert (party.id, party.origin, party.is_possible) == (id_, origin, possible)
