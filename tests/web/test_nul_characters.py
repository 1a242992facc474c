"""NUL characters, which no database keeps in a text: taken out of every field of every form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from survey.accounts.roles import add_administrator
from survey.mentoring.goals import GoalDetails, save_goal
from survey.storage.models import Mentorship
from survey.web.rate_limits import limiter
from tests.conftest import DATABASES, fresh_database, service_environment
from tests.support.web import make_app, service_of, signed_in
from tests.web.test_access import FIELDS, MENTEE, MENTOR, World, fill, stored

ADMIN = "ada@example.org"


@pytest.fixture(params=DATABASES)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    url = fresh_database(request.param, request, tmp_path)
    app = make_app(service_environment(url, tmp_path) | {"MAIL_SERVER": "127.0.0.1"})
    app.config["WTF_CSRF_ENABLED"] = False
    made = World(app)
    fill(made)
    with service_of(app).database.writing() as session:
        add_administrator(session, "Ada Admin", ADMIN)
    yield made
    service_of(app).database.dispose()


def with_nul(values: dict[str, str]) -> dict[str, str]:
    """Each value with NULs around and within it; what is chosen from a list as well."""
    return {name: f"\x00{value[:1]}\x00{value[1:]}\x00" for name, value in values.items()}


@pytest.mark.parametrize("email", [MENTOR, MENTEE, ADMIN])
def test_every_form_takes_nul_characters(world: World, email: str) -> None:
    surfer = signed_in(world.app, email)
    words = "Words with a character that nobody types"
    asked = 0
    for rule, method, path, _ in world.requests():
        if method != "POST" or rule.endpoint in ("accounts.sign_out", "account.end_others"):
            continue
        limiter.reset()
        page = surfer.client.get(path)
        names = [
            name.partition('"')[0]
            for tag in ("<textarea", "<input")
            for part in page.text.split(tag)[1:]
            for name in part.partition(">")[0].split('name="')[1:]
        ]
        # Never "sure": what is deleted here could not be asked for any more.
        fields = dict.fromkeys(names, words) | FIELDS | {"sure": ""}
        answer = surfer.client.post(path, data=with_nul(fields))
        assert answer.status_code < 500, f"{path}: {answer.text}"
        asked += 1
    assert asked > 60
    texts = [
        value
        for rows in stored(world.app).values()
        for row in rows
        for value in row
        if isinstance(value, str)
    ]
    assert len(texts) > 50
    assert [text for text in texts if "\x00" in text] == []


def test_addresses_and_queries_with_a_nul_lead_nowhere(world: World) -> None:
    surfer = signed_in(world.app, MENTOR)
    for path in ("/frameworks/a%00b", "/sign-in/a%00b", "/%00"):
        assert surfer.client.get(path).status_code == 404, path
    # As any other damaged link of a rater.
    assert surfer.client.get("/r/a%00b").status_code == 410
    assert surfer.client.get("/reflective-log/?q=a%00b&tag=%00").status_code == 200


def test_use_cases_take_them_out_too(world: World) -> None:
    """For whoever comes in by another door."""
    with service_of(world.app).database.writing() as session:
        mentorship = session.get_one(Mentorship, world.ids["mentorship_id"])
        details = GoalDetails("Lead\x00 well", "Seen\x00", "Now\x00", "Then\x00")
        goal = save_goal(session, mentorship, details, None)
        texts = (goal.statement, goal.success_measures, goal.baseline, goal.target)
        assert texts == ("Lead well", "Seen", "Now", "Then")
