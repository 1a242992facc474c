"""What happens to raters on real phones: double taps, lost connections, second tabs, no scripts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Response, expect
from sqlalchemy import func, select

from config import load_config
from survey.frameworks.questionnaire import GroupForm
from survey.rounds.submit import form_of
from survey.service import Service
from survey.storage.models import Invitation, Round, SealedBallot
from tests.conftest import fresh_database
from tests.support.ballot_box import box_contents
from tests.support.cases import Case, launched_case, tokens
from tests.support.live_service import LiveService

PHONE = {"width": 320, "height": 640}
RATER = "peers1@example.org"


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """SQLite alone: what a browser does has nothing to do with the database."""
    return fresh_database("sqlite", request, tmp_path)


@pytest.fixture
def case_service(live_service: LiveService) -> Iterator[Service]:
    """The running service's own database and keys."""
    service = Service(load_config(live_service.environment))
    yield service
    service.database.dispose()


@pytest.fixture
def case(case_service: Service) -> Case:
    return launched_case(case_service, {"peers": 4}, now=case_service.now())


@pytest.fixture
def link(case_service: Service, case: Case) -> str:
    return case_service.rater_url(tokens(case_service, case.round_id)[RATER])


@pytest.fixture
def form(case_service: Service, case: Case) -> GroupForm:
    with case_service.database.reading() as session:
        round_ = session.get_one(Round, case.round_id)
        return form_of(next(i for i in round_.invitations if i.email == RATER))


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
    made.set_default_timeout(10_000)
    yield made
    made.close()


def first_items(form: GroupForm, count: int = 5) -> list[str]:
    return [item.id for c in form.competencies for item in c.items][:count]


def fill(page: Page, form: GroupForm) -> None:
    for item in first_items(form):
        page.locator(f'input[name="r-{item}"][value="4"]').check(force=True)
    page.locator("textarea").first.fill("It helps when meetings end with a decision.")


def ballots(service: Service) -> int:
    with service.database.reading() as session:
        return session.scalar(select(func.count()).select_from(SealedBallot)) or 0


def test_a_double_tap_counts_once(
    context: BrowserContext, link: str, form: GroupForm, case_service: Service
) -> None:
    page = context.new_page()
    page.goto(link)
    fill(page, form)
    page.get_by_role("button", name="Review and send").click()
    page.get_by_role("button", name="Send my feedback").first.dblclick()
    page.wait_for_url("**/thank-you")
    assert ballots(case_service) == 1


def test_two_tabs_and_the_back_button_count_once(
    context: BrowserContext, link: str, form: GroupForm, case_service: Service
) -> None:
    first, second = context.new_page(), context.new_page()
    for page in (first, second):
        page.goto(link)
        fill(page, form)
        page.get_by_role("button", name="Review and send").click()
    first.get_by_role("button", name="Send my feedback").first.click()
    first.wait_for_url("**/thank-you")
    second.get_by_role("button", name="Send my feedback").first.click()
    second.wait_for_url("**/already-used")
    expect(second.locator("main")).to_contain_text("only the first")
    with suppress(Error):
        # The page before was the answer to a form: the browser asks whether to send it again.
        first.go_back()
    third = context.new_page()
    third.goto(link)
    expect(third.locator("main")).to_contain_text("has been used")
    assert ballots(case_service) == 1


def test_a_lost_connection_loses_no_answer(
    context: BrowserContext, link: str, form: GroupForm, case_service: Service
) -> None:
    page = context.new_page()
    page.goto(link)
    fill(page, form)
    context.set_offline(True)
    with pytest.raises(Error):
        # The browser shows its own error page; Playwright reports the failed navigation.
        page.get_by_role("button", name="Review and send").click()
        page.get_by_role("heading", name="Review your answers").wait_for(timeout=2_000)
    assert ballots(case_service) == 0
    context.set_offline(False)
    page.goto(link)
    for item in first_items(form):
        expect(page.locator(f'input[name="r-{item}"][value="4"]')).to_be_checked()
    assert page.locator("textarea").first.input_value().startswith("It helps")
    page.get_by_role("button", name="Review and send").click()
    page.get_by_role("button", name="Send my feedback").first.click()
    page.wait_for_url("**/thank-you")
    assert ballots(case_service) == 1
    # The draft is wiped from the device once the answers are safe.
    assert page.evaluate("Object.keys(localStorage).length") == 0


def test_it_works_without_scripts(
    browser: Browser, link: str, form: GroupForm, case_service: Service
) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(link)
    fill(page, form)
    page.get_by_role("button", name="Review and send").click()
    page.get_by_role("button", name="Change answers").first.click()
    expect(page.locator(f'input[name="r-{first_items(form)[0]}"][value="4"]')).to_be_checked()
    page.get_by_role("button", name="Review and send").click()
    page.get_by_role("button", name="Send my feedback").first.click()
    page.wait_for_url("**/thank-you")
    context.close()
    assert ballots(case_service) == 1


def test_the_whole_form_by_keyboard_alone(
    context: BrowserContext, link: str, form: GroupForm, case_service: Service
) -> None:
    page = context.new_page()
    page.goto(link)
    page.locator(f'input[name="r-{first_items(form)[0]}"]').first.focus()
    count = sum(len(c.items) for c in form.competencies)
    for _ in range(count):
        page.keyboard.press("4")
    expect(page.locator("input:checked")).to_have_count(count)
    for _ in range(len(form.questions)):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Review your answers").wait_for()
    send = page.get_by_role("button", name="Send my feedback").first
    for _ in range(20):
        if send.evaluate("button => button === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/thank-you")
    assert ballots(case_service) == 1


def test_the_token_stays_nowhere_in_the_browser(
    context: BrowserContext, link: str, form: GroupForm
) -> None:
    token = link.rpartition("/")[2]
    page = context.new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(link)
    assert token not in page.url
    assert token not in page.content()
    fill(page, form)
    assert token not in page.evaluate("JSON.stringify(localStorage) + document.cookie")
    assert [url for url in requests if token in url] == [link]
    assert all(url.startswith(link.split("/r/")[0]) for url in requests)


def test_the_form_weighs_less_than_60_kilobytes(
    context: BrowserContext, link: str, case_service: Service
) -> None:
    page = context.new_page()
    weights: dict[str, int] = {}

    def weigh(response: Response) -> None:
        if response.status == 200:  # the redirect has no body
            weights[response.url] = len(response.body())

    page.on("response", weigh)
    page.goto(link)
    page.wait_for_load_state("networkidle")
    assert len(weights) >= 3
    assert sum(weights.values()) < 60 * 1024, weights


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_form_never_scrolls_sideways(browser: Browser, link: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    page.goto(link)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_declining_leaves_a_number_and_no_name(
    context: BrowserContext, link: str, case_service: Service, case: Case
) -> None:
    page = context.new_page()
    page.goto(link)
    page.get_by_role("link", name="I don’t know Mia well enough").click()
    page.get_by_role("button", name="Decline").click()
    page.wait_for_url("**/declined")
    contents = box_contents(case_service, case.round_id)
    assert (contents.declined, contents.ballots) == ({"peers": 1}, [])
    with case_service.database.reading() as session:
        done = select(func.count()).select_from(Invitation).where(Invitation.done)
        assert session.scalar(done) == 1
