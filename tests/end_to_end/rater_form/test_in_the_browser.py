"""What happens to raters on real phones: double taps, second tabs, no scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, expect
from sqlalchemy import func, select

from survey.frameworks.questionnaire import GroupForm
from survey.service import Service
from survey.storage.models import Invitation
from tests.end_to_end.rater_form.pages import PHONE, ballots, fill, first_items
from tests.support.ballot_box import box_contents
from tests.support.cases import Case


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
        # Both are at their last look before the first one sends.
        page.get_by_role("button", name="Send my feedback").first.wait_for()
    first.get_by_role("button", name="Send my feedback").first.click()
    first.wait_for_url("**/thank-you")
    second.get_by_role("button", name="Send my feedback").first.click()
    second.wait_for_url("**/already-used")
    expect(second.locator("main")).to_contain_text("only the first")
    # The page of thanks stands in place of the review: the browser need not ask to send it again.
    first.go_back()
    expect(first.locator("main")).to_contain_text("has been used")
    third = context.new_page()
    third.goto(link)
    expect(third.locator("main")).to_contain_text("has been used")
    assert ballots(case_service) == 1


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
