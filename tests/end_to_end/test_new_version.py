"""An after round that asks a newer version, in a real browser from the draft to the report."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from config import load_config
from survey.service import Service
from tests.conftest import fresh_database
from tests.support.live_service import LiveService
from tests.support.mail_server import MailServer, link_in
from tests.support.pages import Visitor
from tests.support.two_versions import AFTER, RATERS, STATEMENTS, closed_before_round

MENTOR = "max.mentor@example.org"
ADDRESSES = sorted(
    f"{key}{n}@example.org" for key, many in RATERS.items() for n in range(1, many + 1)
)
ASKED = {**STATEMENTS, "longer": 3, "more": 1}


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """SQLite alone: how a page works has nothing to do with the database."""
    return fresh_database("sqlite", request, tmp_path)


def test_draft_decide_launch_answer_close_and_read(
    live_service: LiveService, mail_server: MailServer, browser: Browser
) -> None:
    service = Service(load_config(live_service.environment))
    before = closed_before_round(service)
    service.database.dispose()
    page = browser.new_context(viewport={"width": 320, "height": 700}).new_page()
    mentor = Visitor(page, live_service.base_url, mail_server)
    mentor.sign_in(MENTOR)
    page.goto(f"{live_service.base_url}/rounds/{before}")
    mentor.click("Draft the after round")
    page.get_by_role("heading", name="Which questionnaire?").wait_for()
    expect(page.get_by_label("The same again")).to_be_checked()
    page.get_by_label("The new version").check()
    page.get_by_label("They mean the same: compare Title of judged").check()
    # Nothing is wider than the phone.
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    mentor.click("Next: raters")
    page.get_by_text("Compared: 2 of 5 competencies.").wait_for()
    mentor.click("Next: preview and launch")
    mentor.click("Launch and send the invitations")
    page.get_by_text("The round is open.").wait_for()
    for place, address in enumerate(ADDRESSES):
        rater = Visitor(browser.new_context().new_page(), live_service.base_url, mail_server)
        ratings = {
            f"r-{name}-{number}": AFTER[name][place]
            for name, many in ASKED.items()
            for number in range(many)
        }
        # Letters of the before round are not sent any more: it is closed.
        letter = mail_server.wait_for(address, "/r/")
        rater.answer(link_in(letter, "/r/"), ratings, {})
        rater.page.context.close()
    page.reload()
    mentor.click("Close the round")
    page.get_by_text("The round is closed").wait_for()
    mentor.click("Read the report")
    compared = page.locator("#compared")
    expect(compared).to_contain_text(
        "Not compared with the before round, in no figure of change: Title of worded (worded "
        "otherwise); Title of longer (other statements); Title of more (not asked then)."
    )
    expect(compared).to_contain_text("judged them to mean the same: Title of judged.")
    for name in ASKED:
        section = page.locator(f"#{name}")
        finding = section.locator(".finding")
        expect(finding).to_have_count(1 if name in ("same", "judged") else 0)
    # The manager from 1 to 3, the peers from 3 to 4.25, each with one voice.
    expect(page.locator("#same .finding")).to_contain_text("+1.6")
    expect(page.locator("#worded")).to_contain_text("Not compared with the before round")
