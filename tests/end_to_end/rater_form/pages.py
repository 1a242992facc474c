"""What tests of the rater's form do with its pages."""

from __future__ import annotations

from playwright.sync_api import Page
from sqlalchemy import func, select

from survey.frameworks.questionnaire import GroupForm
from survey.service import Service
from survey.storage.models import SealedBallot

PHONE = {"width": 320, "height": 640}
RATER = "peers1@example.org"


def first_items(form: GroupForm, count: int = 5) -> list[str]:
    return [item.id for c in form.competencies for item in c.items][:count]


def fill(page: Page, form: GroupForm) -> None:
    for item in first_items(form):
        page.locator(f'input[name="r-{item}"][value="4"]').check(force=True)
    page.locator("textarea").first.fill("It helps when meetings end with a decision.")


def ballots(service: Service) -> int:
    with service.database.reading() as session:
        return session.scalar(select(func.count()).select_from(SealedBallot)) or 0
