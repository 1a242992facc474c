"""The page on which a mentor chooses what an after round asks, and what is compared."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from survey.rounds.questionnaires import comparison_plan_of
from survey.storage.models import Round
from tests.conftest import fresh_database, service_environment
from tests.support.cases import close, launch
from tests.support.two_versions import AFTER, FIRST, SECOND, answer, closed_before_round, upload
from tests.support.web import Surfer, make_app, service_of, signed_in

MENTOR = "max.mentor@example.org"


@pytest.fixture
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(service_environment(fresh_database("sqlite", request, tmp_path), tmp_path))
    yield made
    service_of(made).database.dispose()


@pytest.fixture
def before(app: Flask) -> uuid.UUID:
    return closed_before_round(service_of(app))


@pytest.fixture
def mentor(app: Flask, before: uuid.UUID) -> Surfer:
    return signed_in(app, MENTOR)


def drafted(mentor: Surfer, before: uuid.UUID) -> str:
    """Draft the after round in one step; the path that the mentor is led to."""
    mentor.get(f"/rounds/{before}")
    return mentor.post(f"/rounds/{before}/after").headers["Location"]


def page_of(mentor: Surfer, path: str) -> str:
    return html.unescape(mentor.get(path).text)


def plan_of(app: Flask, path: str):
    with service_of(app).database.reading() as session:
        return comparison_plan_of(session.get_one(Round, uuid.UUID(path.split("/")[2])))


def test_the_draft_asks_which_questionnaire_and_the_page_shows_what_has_changed(
    app: Flask, mentor: Surfer, before: uuid.UUID
) -> None:
    path = drafted(mentor, before)
    assert path.endswith("/version")
    page = page_of(mentor, path)
    assert "version 1.0.0 was asked, version 2.0.0 is the newest" in page
    assert re.search(r'<input checked [^>]*value="same"', page)
    for words in (
        "<ins>often</ins> does worded number 0",
        "<ins>does longer number 2</ins>",
        "It was not asked then: not compared.",
        "All statements are the same: compared.",
    ):
        assert words in page, words
    # Only about what is reworded there is something to judge.
    assert page.count('name="same_meaning"') == 2
    answered = mentor.post(path, {"questionnaire": "same"})
    assert answered.headers["Location"] == path.replace("/version", "/raters")
    assert plan_of(app, path) is None
    assert "The same statements and scale" in page_of(mentor, answered.headers["Location"])


def test_the_mentor_decides_and_every_page_of_the_round_says_so(
    app: Flask, mentor: Surfer, before: uuid.UUID
) -> None:
    path = drafted(mentor, before)
    mentor.get(path)
    answered = mentor.post(path, {"questionnaire": "new", "same_meaning": "judged"})
    assert answered.status_code == 302
    plan = plan_of(app, path)
    assert plan.left_out == {"worded", "longer", "more"}
    raters = page_of(mentor, answered.headers["Location"])
    assert "Compared: 2 of 5 competencies." in raters
    assert "The new version of the framework" in raters
    # The page shows what was decided.
    page = page_of(mentor, path)
    assert page.count(" checked") == 2
    preview = page_of(mentor, path.replace("/version", "/preview"))
    assert "really does judged number 0" in preview
    assert "This round asks the new version." in preview
    told = (
        "Title of worded: <b>not compared</b> (worded otherwise)",
        "Title of judged: compared (reworded, and you judged it to mean the same)",
        "Title of longer: <b>not compared</b> (other statements)",
        "Title of more: <b>not compared</b> (not asked then)",
    )
    for line in told:
        assert line in preview.replace("\n", "")
    round_id = uuid.UUID(path.split("/")[2])
    launch(service_of(app), round_id)
    shown = page_of(mentor, f"/rounds/{round_id}").replace("\n", "")
    for line in told:
        assert line in shown
    assert mentor.get(path).headers["Location"] == f"/rounds/{round_id}"
    answer(service_of(app), round_id, AFTER)
    close(service_of(app), round_id)
    report = page_of(mentor, f"/reports/{round_id}")
    assert "Not compared with the before round, in no figure of change:" in report
    assert "compared as the mentor judged it to mean the same" in report
    assert "3 of 5 competencies are not compared" in report


def test_a_judgement_about_something_else_is_refused(
    app: Flask, mentor: Surfer, before: uuid.UUID
) -> None:
    path = drafted(mentor, before)
    mentor.get(path)
    for wrong in (
        {"questionnaire": "new", "same_meaning": "longer"},
        {"questionnaire": "another"},
    ):
        assert mentor.post(path, wrong).status_code == 422
    assert plan_of(app, path) is None


def test_another_scale_leaves_the_same_questionnaire_or_no_comparison(
    app: Flask, mentor: Surfer, before: uuid.UUID
) -> None:
    upload(service_of(app), SECOND.replace(b"label: Point 5", b"label: Always"))
    path = drafted(mentor, before)
    page = page_of(mentor, path)
    assert "Its rating scale is another one." in page
    assert 'type="radio"' not in page
    refused = mentor.post(path, {"questionnaire": "new"})
    assert refused.status_code == 422
    assert mentor.post(path, {"questionnaire": "same"}).status_code == 302


def test_a_framework_that_changes_after_the_decision_is_looked_at_again(
    app: Flask, mentor: Surfer, before: uuid.UUID
) -> None:
    path = drafted(mentor, before)
    mentor.get(path)
    mentor.post(path, {"questionnaire": "new"})
    # Back to what the before round asked: there is nothing new, but the decision is there.
    upload(service_of(app), FIRST)
    preview = page_of(mentor, path.replace("/version", "/preview"))
    assert "The framework has changed since you decided what is compared" in preview
    assert f'href="{path}"' in preview
    mentor.post(path, {"questionnaire": "same"})
    assert plan_of(app, path) is None
    preview = page_of(mentor, path.replace("/version", "/preview"))
    assert "has changed since" not in preview
    # And now the page has nothing to ask.
    assert mentor.get(path).headers["Location"] == path.replace("/version", "/raters")
