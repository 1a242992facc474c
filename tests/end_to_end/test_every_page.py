"""Every page of mentor and mentee, on a phone and on a desktop: whole, within bounds, no errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from config import load_config
from survey.demo.fill import fill_demo
from survey.service import Service
from survey.storage.models import Person
from tests.conftest import fresh_database
from tests.support.live_service import LiveService

MENTOR, MENTEE = "helena.brandt@example.org", "samira.okafor@example.org"


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """SQLite alone: how a page looks has nothing to do with the database."""
    return fresh_database("sqlite", request, tmp_path)


@pytest.fixture
def demo_service(live_service: LiveService) -> Iterator[Service]:
    service = Service(load_config(live_service.environment))
    fill_demo(service, service.now())
    yield service
    service.database.dispose()


def sign_in(page: Page, service: Service, email: str) -> None:
    with service.database.writing() as session:
        person = session.query(Person).filter_by(email=email).one()
        link = service.sign_in_links.create(session, person, service.now())
    page.goto(service.sign_in_url(service.sign_in_links.token(link)))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{service.base_url}/")


def kind_of(url: str) -> str:
    """The address without ids, fragments and what follows a question mark."""
    return re.sub(r"[0-9a-f-]{36}", "<id>", re.sub(r"[?#].*", "", url))


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize(("email", "least"), [(MENTOR, 14), (MENTEE, 3)])
def test_every_page_is_whole(
    browser: Browser, demo_service: Service, width: int, email: str, least: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    sign_in(page, demo_service, email)
    waiting, seen = [demo_service.base_url + "/"], set[str]()
    while waiting:
        url = waiting.pop()
        if kind_of(url) in seen or not url.startswith(demo_service.base_url):
            continue
        seen.add(kind_of(url))
        if url.endswith((".pdf", ".xlsx", ".csv", ".parquet", ".ics", ".json")):
            assert page.request.get(url).ok, url
            continue
        response = page.goto(url)
        assert response is not None
        assert response.status == 200, url
        assert page.locator("h1").count() == 1, url
        for details in page.locator("details").all():
            details.evaluate("details => details.open = true")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, url
        waiting += page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
    assert complaints == []
    assert len(seen) >= least, seen
    context.close()
