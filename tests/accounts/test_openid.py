"""Signing in through an OpenID Connect provider: a real one, a process of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from config import ConfigError, load_config
from survey.accounts.errors import SignInError
from survey.accounts.identities import person_of_identity
from survey.accounts.people import add_mentor
from survey.accounts.roles import add_administrator, deactivate
from survey.service import Service
from survey.storage.models import AuditEntry, ExternalIdentity, Person
from tests.conftest import service_environment
from tests.support.cases import NOW
from tests.support.live_service import LiveService
from tests.support.oidc_provider import MISTAKES, OidcProvider
from tests.support.web import Surfer, make_app, service_of

MENTOR = "max.mentor@example.org"
ISSUER = "https://id.example.org"


@pytest.fixture(scope="module")
def provider() -> Iterator[OidcProvider]:
    with OidcProvider() as running:
        yield running


@pytest.fixture
def live(
    database_url: str, tmp_path_factory: pytest.TempPathFactory, provider: OidcProvider
) -> Iterator[LiveService]:
    folder = tmp_path_factory.mktemp("openid")
    running = LiveService(service_environment(database_url, folder) | provider.settings, folder)
    running.run("mentor", "add", "Max Mentor", MENTOR)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def sign_in(page: Page, live: LiveService, **answers: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{live.base_url}/sign-in")
    page.get_by_role("link", name="Sign in with Example Org").click()
    answer(page, **answers)


def answer(page: Page, **answers: str) -> None:
    """Fill the provider's page and go on."""
    for name, value in {"sub": "max-1", "email": MENTOR, **answers}.items():
        field = page.locator(f"[name={name}]")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    page.get_by_role("button", name="Go on").click()


def test_a_person_with_an_account_signs_in_and_nobody_else(page: Page, live: LiveService) -> None:
    for refused, said in (
        ({"email": "nobody@example.org"}, "There is no account with your e-mail address"),
        ({"verified": "no"}, "did not confirm your e-mail address"),
        ({"verified": "unsaid"}, "did not confirm your e-mail address"),
        ({"sub": ""}, "did not say who you are"),
        *(({"mistake": mistake}, "Signing in there did not work") for mistake in MISTAKES),
    ):
        sign_in(page, live, **refused)
        expect(page).to_have_url(f"{live.base_url}/sign-in")
        expect(page.locator(".flash")).to_contain_text(said)
    # Another spelling of the address is the same person.
    sign_in(page, live, email="MAX.Mentor+work@Example.org")
    expect(page.get_by_role("heading", name="Hello Max")).to_be_visible()
    expect(page).to_have_url(f"{live.base_url}/")
    # Bound now: the subject counts, whatever becomes of the address.
    sign_in(page, live, email="gone@example.org", verified="no")
    expect(page.get_by_role("heading", name="Hello Max")).to_be_visible()
    sign_in(page, live, sub="somebody-else")
    expect(page.locator(".flash")).to_contain_text("belongs to another identity")
    logs = live.log_file.read_text()
    assert MENTOR not in logs
    assert "code=" not in logs


def test_an_address_that_only_userinfo_tells_will_do(page: Page, live: LiveService) -> None:
    sign_in(page, live, told="userinfo")
    expect(page.get_by_role("heading", name="Hello Max")).to_be_visible()


def test_a_sign_in_there_that_is_long_past_is_not_fresh(page: Page, live: LiveService) -> None:
    for long_ago in ("3600", ""):
        sign_in(page, live, seconds_ago=long_ago)
        page.goto(f"{live.base_url}/account/passkeys/new")
        expect(page).to_have_url(f"{live.base_url}/account/confirm")
    page.get_by_role("link", name="Use Example Org").click()
    expect(page).to_have_url(re.compile("prompt=login"))
    answer(page, seconds_ago="1")
    expect(page).to_have_url(f"{live.base_url}/account/passkeys/new")


def test_a_callback_out_of_the_blue_signs_nobody_in(
    live: LiveService, page: Page, provider: OidcProvider
) -> None:
    page.goto(f"{live.base_url}/sign-in/openid/callback?code=x&state=y")
    expect(page).to_have_url(f"{live.base_url}/sign-in")
    expect(page.locator(".flash")).to_contain_text("did not work")
    # An answer that was meant for another browser is of no use here.
    page.goto(f"{live.base_url}/sign-in/openid")
    asked = page.url
    page.context.clear_cookies()
    page.goto(asked)
    answer(page)
    expect(page).to_have_url(f"{live.base_url}/sign-in")


def test_an_identity_is_bound_once(service: Service) -> None:
    with service.database.writing() as session:
        mentor = add_mentor(session, "Max Mentor", MENTOR)
        found = person_of_identity(session, ISSUER, "1", MENTOR, email_verified=True, now=NOW)
        assert found is mentor
        assert person_of_identity(session, ISSUER, "1", "", email_verified=False, now=NOW) is mentor
        # Elsewhere the same subject is somebody else.
        for issuer, subject, email in (
            ("https://other.example.org", "1", "nobody@example.org"),
            (ISSUER, "2", MENTOR),
            (ISSUER, "x" * 256, MENTOR),
            (ISSUER, "a\x00", MENTOR),
        ):
            with pytest.raises(SignInError):
                person_of_identity(session, issuer, subject, email, email_verified=True, now=NOW)
        assert session.query(ExternalIdentity).count() == 1
        deactivate(
            session,
            mentor,
            deactivated_by=add_administrator(session, "Ada", "ada@example.org"),
            now=NOW,
        )
        with pytest.raises(SignInError, match="deactivated"):
            person_of_identity(session, ISSUER, "1", MENTOR, email_verified=True, now=NOW)
        assert session.query(Person).count() == 2
    with service.database.reading() as session:
        bound = select(AuditEntry).where(AuditEntry.action == "identity.bound")
        assert [entry.object_id for entry in session.scalars(bound)] == [mentor.id]


def test_without_settings_there_are_no_such_pages_and_half_of_them_are_refused(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    environment = service_environment("sqlite://", tmp_path_factory.mktemp("half"))
    app = make_app(environment)
    surfer = Surfer(app)
    assert not re.search("openid|OIDC", surfer.get("/sign-in").text)
    assert surfer.get("/sign-in/openid/callback").status_code == 404
    service_of(app).database.dispose()
    with pytest.raises(ConfigError, match="OIDC_CLIENT_ID"):
        load_config(environment | {"OIDC_ISSUER": ISSUER})
    with pytest.raises(ConfigError, match="https"):
        load_config(
            environment
            | {
                "OIDC_ISSUER": "http://id.example.org",
                "OIDC_CLIENT_ID": "a",
                "OIDC_CLIENT_SECRET": "b",
            }
        )
