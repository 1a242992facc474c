"""Files that are taken away ask again who is there; and what was typed survives a time-out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from survey.accounts.people import find_person
from survey.storage.models import Goal, RoundState
from tests.conftest import fresh_database, service_environment
from tests.support.web import Surfer, flashes, make_app, service_of, signed_in
from tests.web.test_access import MENTEE, MENTOR, OTHER_MENTOR, World, fill

TYPED = "A new goal that took\nsome time to put into words"
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    url = fresh_database("sqlite", request, tmp_path)
    made = World(make_app(service_environment(url, tmp_path) | {"MAIL_SERVER": "127.0.0.1"}))
    fill(made)
    yield made
    service_of(made.app).database.dispose()


def link(world: World, email: str) -> str:
    service = service_of(world.app)
    with service.database.writing() as session:
        person = find_person(session, email)
        assert person is not None
        made = service.sign_in_links.create(session, person, service.now())
        return f"/sign-in/{service.sign_in_links.token(made)}"


def sign_in_again(world: World, surfer: Surfer, email: str) -> str:
    """Sign in with a link in the same browser; tells where that leads."""
    path = link(world, email)
    surfer.get(path)
    return surfer.post(path).headers["Location"]


@pytest.mark.parametrize("email", [MENTOR, MENTEE])
def test_a_report_is_taken_away_after_showing_who_is_there(world: World, email: str) -> None:
    surfer = signed_in(world.app, email)
    page = f"/reports/{world.rounds[RoundState.RELEASED]}"
    assert surfer.get(f"{page}.csv").status_code == 200
    service_of(world.app).clock += dt.timedelta(minutes=15)
    # Reading goes on.
    assert surfer.get(page).status_code == 200
    for ending in ("pdf", "xlsx", "csv", "parquet"):
        answer = surfer.get(f"{page}.{ending}")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/account/confirm")
    surfer.get("/account/confirm")
    assert sign_in_again(world, surfer, email) == page
    assert flashes(surfer.get(page).text) == [
        "Thank you, it is you. Now choose the file once more."
    ]
    assert surfer.get(f"{page}.csv").status_code == 200


def test_what_was_typed_while_the_session_ran_out_comes_back(world: World) -> None:
    surfer = signed_in(world.app, MENTOR)
    form = f"/mentees/{world.ids['mentorship_id']}/goals/new"
    surfer.get(form)
    service_of(world.app).clock += dt.timedelta(hours=3)
    fields = {"statement": "Speak up", "success_measures": TYPED, "competencies": "leadership/x"}
    late = surfer.post(form, fields)
    assert late.status_code == 403
    assert "This is not saved yet" in late.text
    assert TYPED in late.text
    assert 'name="competencies" value="leadership/x"' in late.text
    # A button that was pressed too late has nothing to keep.
    assert surfer.post("/account/sessions/end-others").headers["Location"] == "/sign-in"
    surfer.get(form)
    assert sign_in_again(world, surfer, MENTOR) == form
    # The page from before the sign-in sends an old token: it is asked to be sent once more.
    data = {"statement": "Speak up", "success_measures": TYPED, "csrf_token": surfer.csrf}
    stale = surfer.client.post(form, data=data, headers=OURS)
    assert stale.status_code == 400
    assert TYPED in stale.text
    assert "Send it" in stale.text
    surfer._seen(stale)
    assert (
        surfer.post(form, {"statement": "Speak up", "success_measures": TYPED}).status_code == 302
    )
    with service_of(world.app).database.reading() as session:
        texts = [goal.success_measures for goal in session.query(Goal)]
    assert TYPED in texts


def test_nothing_is_shown_of_what_another_site_sends(world: World) -> None:
    surfer = signed_in(world.app, MENTOR)
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        data = {"statement": "Words of a stranger", "csrf_token": "wrong"}
        answer = surfer.client.post("/mentees/new", data=data, headers=headers)
        assert answer.status_code == 400
        assert "Words of a stranger" not in answer.text


def test_somebody_else_does_not_go_on_where_the_first_was(world: World) -> None:
    surfer = signed_in(world.app, MENTOR)
    form = f"/mentees/{world.ids['mentorship_id']}/goals/new"
    service_of(world.app).clock += dt.timedelta(hours=3)
    assert surfer.get(form).headers["Location"] == "/sign-in"
    assert "nothing had happened" in flashes(surfer.get("/sign-in").text)[0]
    assert sign_in_again(world, surfer, OTHER_MENTOR) == "/"
