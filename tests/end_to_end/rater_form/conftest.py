"""A launched round on the running service, one rater's link, and a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from config import load_config
from survey.frameworks.questionnaire import GroupForm
from survey.rounds.submit import form_of
from survey.service import Service
from survey.storage.models import Round
from tests.conftest import fresh_database
from tests.end_to_end.rater_form.pages import PHONE, RATER
from tests.support.cases import Case, launched_case, tokens
from tests.support.live_service import LiveService


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
