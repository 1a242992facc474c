"""Without a connection nothing is lost, nothing is sent twice, and the page says what it does."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page, Route, expect

from survey.frameworks.questionnaire import GroupForm
from survey.service import Service
from survey.storage.models import Round
from tests.end_to_end.rater_form.pages import RATER, ballots, fill, first_items
from tests.support.cases import Case, close, invitation_of

NO_CONNECTION = "There is no connection to the survey at the moment"


def filled(context: BrowserContext, link: str, form: GroupForm) -> Page:
    page = context.new_page()
    page.goto(link)
    fill(page, form)
    return page


def reviewing(context: BrowserContext, link: str, form: GroupForm) -> Page:
    page = filled(context, link, form)
    page.get_by_role("button", name="Review and send").click()
    page.get_by_role("heading", name="Review your answers").wait_for()
    return page


def press_send(page: Page) -> None:
    page.get_by_role("button", name="Send my feedback").first.click()


def drafts(page: Page) -> int:
    return int(page.evaluate("Object.keys(localStorage).length"))


def test_the_review_waits_for_the_connection_and_opens_by_itself(
    context: BrowserContext, link: str, form: GroupForm, case_service: Service
) -> None:
    page = filled(context, link, form)
    context.set_offline(True)
    page.get_by_role("button", name="Review and send").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(NO_CONNECTION)
    # Everything is still there, on the page and on the device.
    expect(page.locator(f'input[name="r-{first_items(form)[0]}"][value="4"]')).to_be_checked()
    assert page.locator("textarea").first.input_value().startswith("It helps")
    assert drafts(page) == 1
    context.set_offline(False)
    page.get_by_role("heading", name="Review your answers").wait_for()
    assert ballots(case_service) == 0
    press_send(page)
    page.wait_for_url("**/thank-you")
    assert ballots(case_service) == 1


def test_what_was_to_be_sent_is_sent_once_the_connection_is_back(
    context: BrowserContext, link: str, form: GroupForm, case_service: Service
) -> None:
    page = reviewing(context, link, form)
    context.set_offline(True)
    press_send(page)
    expect(page.get_by_role("alert")).to_contain_text("nothing has been sent yet")
    # Impatience changes nothing.
    press_send(page)
    page.get_by_role("button", name="Try again now").click()
    expect(page.get_by_role("alert")).to_have_count(1)
    assert ballots(case_service) == 0
    assert drafts(page) == 1
    context.set_offline(False)
    page.wait_for_url("**/thank-you")
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert ballots(case_service) == 1
    assert drafts(page) == 0


def test_who_goes_on_answering_is_not_interrupted(
    context: BrowserContext, link: str, form: GroupForm
) -> None:
    page = filled(context, link, form)
    context.set_offline(True)
    page.get_by_role("button", name="Review and send").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.locator("textarea").first.fill("One thing more, which takes a while to")
    expect(page.get_by_role("alert")).to_have_count(0)
    context.set_offline(False)
    page.wait_for_timeout(700)
    expect(page.get_by_role("button", name="Review and send")).to_be_visible()


def test_a_page_that_was_closed_before_has_lost_nothing(
    context: BrowserContext, link: str, form: GroupForm, case_service: Service
) -> None:
    page = reviewing(context, link, form)
    context.set_offline(True)
    press_send(page)
    expect(page.get_by_role("alert")).to_be_visible()
    page.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto(link)
    for item in first_items(form):
        expect(again.locator(f'input[name="r-{item}"][value="4"]')).to_be_checked()
    assert again.locator("textarea").first.input_value().startswith("It helps")
    assert ballots(case_service) == 0


def test_an_answer_that_arrived_while_its_receipt_was_lost_counts_once(
    context: BrowserContext, link: str, form: GroupForm, case_service: Service
) -> None:
    page = reviewing(context, link, form)
    lost = []

    def lose_the_receipt(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch(max_redirects=0).status)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/feedback/*", lose_the_receipt)
    press_send(page)
    expect(page.get_by_role("alert")).to_contain_text(NO_CONNECTION)
    assert lost == [303]
    assert ballots(case_service) == 1
    page.get_by_role("button", name="Try again now").click()
    page.wait_for_url("**/already-used")
    expect(page.locator("main")).to_contain_text("it is safe")
    assert ballots(case_service) == 1
    assert drafts(page) == 0


def test_a_session_that_ran_out_meanwhile_is_renewed(
    context: BrowserContext, link: str, form: GroupForm, case_service: Service
) -> None:
    page = filled(context, link, form)
    context.set_offline(True)
    page.get_by_role("button", name="Review and send").click()
    expect(page.get_by_role("alert")).to_be_visible()
    context.clear_cookies(name="session")
    context.set_offline(False)
    page.get_by_role("heading", name="Review your answers").wait_for()
    context.set_offline(True)
    press_send(page)
    expect(page.get_by_role("alert")).to_be_visible()
    context.clear_cookies(name="session")
    context.set_offline(False)
    page.wait_for_url("**/thank-you")
    assert ballots(case_service) == 1


def test_a_form_that_closed_itself_meanwhile_says_so_and_keeps_the_answers(
    context: BrowserContext, link: str, form: GroupForm, case_service: Service
) -> None:
    page = reviewing(context, link, form)
    context.set_offline(True)
    press_send(page)
    expect(page.get_by_role("alert")).to_be_visible()
    context.clear_cookies()
    context.set_offline(False)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Please open the link once more")
    expect(alert).to_contain_text("What you answered still stands on this page.")
    assert ballots(case_service) == 0
    page.goto(link)
    expect(page.locator(f'input[name="r-{first_items(form)[0]}"][value="4"]')).to_be_checked()
    page.get_by_role("button", name="Review and send").click()
    press_send(page)
    page.wait_for_url("**/thank-you")
    assert ballots(case_service) == 1


def test_a_survey_that_closed_meanwhile_is_told_in_words(
    context: BrowserContext, link: str, form: GroupForm, case_service: Service, case: Case
) -> None:
    page = reviewing(context, link, form)
    context.set_offline(True)
    press_send(page)
    expect(page.get_by_role("alert")).to_be_visible()
    close(case_service, case.round_id, now=case_service.now())
    context.set_offline(False)
    expect(page.get_by_role("alert")).to_contain_text("This survey has closed")
    with case_service.database.reading() as session:
        assert not invitation_of(session.get_one(Round, case.round_id), RATER).done


def test_a_service_that_is_away_is_asked_again(
    context: BrowserContext, link: str, form: GroupForm, case_service: Service
) -> None:
    page = reviewing(context, link, form)
    page.route("**/feedback/*", lambda route: route.fulfill(status=503, body="away"))
    press_send(page)
    expect(page.get_by_role("alert")).to_contain_text("nothing has been sent yet")
    page.unroute("**/feedback/*")
    page.get_by_role("button", name="Try again now").click()
    page.wait_for_url("**/thank-you")
    assert ballots(case_service) == 1
