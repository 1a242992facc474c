"""What helps raters through the form: leaving a competency out, and finding what is still open."""

from __future__ import annotations

from playwright.sync_api import Browser, BrowserContext, Page, expect

from survey.frameworks.questionnaire import GroupForm
from survey.service import Service
from tests.end_to_end.rater_form.pages import PHONE, ballots, fill, first_items


def values(page: Page) -> dict[str, str]:
    found: dict[str, str] = page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('.q input:checked')]"
        ".map(radio => [radio.name.slice(2), radio.value]))"
    )
    return found


def test_a_competency_is_left_out_with_one_tap_and_taken_back(
    context: BrowserContext, link: str, form: GroupForm
) -> None:
    page = context.new_page()
    page.goto(link)
    own = [item.id for item in form.competencies[0].items]
    page.locator(f'input[name="r-{own[1]}"][value="2"]').check(force=True)
    part = page.locator(".part").first
    part.get_by_role("button", name="for all that is open here").click()
    # Only what was empty.
    assert values(page) == {**dict.fromkeys(own, "none"), own[1]: "2"}
    expect(page.locator("[data-bar] b")).to_have_text(str(len(own)))
    # One of them is rated after all: taking back leaves it alone.
    page.locator(f'input[name="r-{own[0]}"][value="5"]').check(force=True)
    part.get_by_role("button", name="Take that back").click()
    assert values(page) == {own[0]: "5", own[1]: "2"}
    expect(page.locator("[data-bar] b")).to_have_text("2")
    # The draft knows.
    part.get_by_role("button", name="for all that is open here").click()
    page.wait_for_timeout(400)
    page.reload()
    assert values(page) == {**dict.fromkeys(own, "none"), own[0]: "5", own[1]: "2"}
    expect(part.locator(".rest")).to_be_hidden()


def test_the_bar_leads_to_the_next_open_statement(
    context: BrowserContext, link: str, form: GroupForm
) -> None:
    page = context.new_page()
    page.goto(link)
    items = [item.id for c in form.competencies for item in c.items]
    jump = page.get_by_role("button", name="To the next statement without an answer")

    def focused() -> str:
        return str(page.evaluate("document.activeElement.name")).removeprefix("r-")

    page.locator(f'input[name="r-{items[0]}"][value="4"]').check(force=True)
    page.locator(f'input[name="r-{items[2]}"][value="4"]').check(force=True)
    jump.click()
    assert focused() == items[3]
    jump.click()
    assert focused() == items[4]
    for item in items[3:]:
        page.locator(f'input[name="r-{item}"][value="4"]').check(force=True)
    # Round to what was passed over.
    jump.click()
    assert focused() == items[1]
    page.keyboard.press("n")
    assert values(page)[items[1]] == "none"
    expect(jump).to_be_hidden()


def test_the_review_leads_back_to_what_is_open_with_all_answers(
    browser: Browser, link: str, form: GroupForm, case_service: Service
) -> None:
    items = [item for c in form.competencies for item in c.items]
    for scripts in (True, False):
        context = browser.new_context(viewport=PHONE, java_script_enabled=scripts)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(link)
        fill(page, form)
        page.get_by_role("button", name="Review and send").click()
        listed = page.locator(".left button")
        expect(listed).to_have_text([item.text for item in items[5:]])
        page.locator("summary").click()
        listed.nth(3).click()
        target = items[8].id
        page.wait_for_url(f"**#r-{target}")
        expect(page.locator(f'input[name="r-{target}"]').first).to_be_in_viewport()
        for item in first_items(form):
            expect(page.locator(f'input[name="r-{item}"][value="4"]')).to_be_checked()
        page.locator(f'input[name="r-{target}"][value="3"]').check(force=True)
        page.get_by_role("button", name="Review and send").click()
        expect(page.locator(".left button")).to_have_count(len(items) - 6)
        context.close()
    assert ballots(case_service) == 0
