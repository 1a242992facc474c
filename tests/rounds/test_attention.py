"""What waits for a mentor, and in which order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, render_template_string

from survey.mentoring.mentees import add_mentee
from survey.rounds.attention import Need, Waiting, status_of_open_rounds, what_waits
from survey.rounds.manage import revoke_invitation
from survey.rounds.release import release_round
from survey.rounds.submit import submit_feedback
from survey.service import Service
from survey.storage.models import Delivery, Person, Round
from survey.storage.queries import people as people_queries
from survey.storage.queries import rounds as round_queries
from tests.conftest import fresh_database, service_environment
from tests.support.cases import NOW, Case, close, draft_case, invitation_of, launched_case, tokens
from tests.support.web import make_app, service_of, signed_in

TODAY = NOW.date()


def waiting(service: Service, case: Case, today: dt.date = TODAY) -> list[Waiting]:
    with service.database.reading() as session:
        mentoring = [
            (mentorship, round_queries.in_mentorship(session, mentorship.id))
            for mentorship in people_queries.mentorships_of_mentor(session, case.mentor_id)
        ]
        rounds = [round_ for _, found in mentoring for round_ in found]
        return what_waits(mentoring, status_of_open_rounds(session, rounds), today)


def needs(service: Service, case: Case, today: dt.date = TODAY) -> list[Need]:
    return [one.need for one in waiting(service, case, today)]


def test_an_open_round_that_goes_well_needs_nothing(service: Service) -> None:
    assert needs(service, launched_case(service)) == []


def test_a_group_that_cannot_be_shown_is_named(service: Service) -> None:
    case = launched_case(service, {"manager": 1, "peers": 2, "customers": 4})
    found = waiting(service, case)
    assert [one.need for one in found] == [Need.OUT_OF_REACH]
    assert [group.key for group in found[0].groups] == ["peers"]


def test_a_withdrawal_may_put_a_group_out_of_reach(service: Service) -> None:
    case = launched_case(service, {"peers": 3})
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        revoke_invitation(session, round_, invitation_of(round_, "peers1@example.org"))
    assert needs(service, case) == [Need.OUT_OF_REACH]


def test_the_end_is_near_only_for_groups_that_are_still_too_small(service: Service) -> None:
    case = launched_case(service, {"peers": 4, "customers": 4})
    links = tokens(service, case.round_id)
    for number in (1, 2, 3):
        with service.database.writing() as session:
            token = links[f"peers{number}@example.org"]
            submit_feedback(session, service.rater_links, token, {"c-start": "Hm"}, TODAY)
    assert needs(service, case, TODAY + dt.timedelta(days=9)) == []
    found = waiting(service, case, TODAY + dt.timedelta(days=10))
    assert [one.need for one in found] == [Need.ENDS_SOON]
    assert [group.key for group in found[0].groups] == ["customers"]


def test_letters_that_came_back_are_counted_and_come_first(service: Service) -> None:
    case = launched_case(service, {"peers": 2})
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        invitation_of(round_, "peers1@example.org").delivery = Delivery.FAILED
    found = waiting(service, case)
    assert [one.need for one in found] == [Need.UNDELIVERABLE, Need.OUT_OF_REACH]
    assert found[0].letters == 1


def test_a_report_waits_until_it_is_released(service: Service) -> None:
    case = launched_case(service)
    close(service, case.round_id)
    assert needs(service, case) == [Need.REPORT_WAITS]
    with service.database.writing() as session:
        release_round(session, session.get_one(Round, case.round_id), NOW)
    assert needs(service, case) == []


def test_drafts_and_mentees_without_goal_wait(service: Service) -> None:
    case = draft_case(service)
    with service.database.writing() as session:
        mentor = session.get_one(Person, case.mentor_id)
        add_mentee(session, mentor, "Ben New", "ben@example.org", NOW)
    assert needs(service, case) == [Need.DRAFT_WAITS, Need.NO_GOAL_YET]
    with service.database.writing() as session:
        for mentorship in people_queries.mentorships_of_mentor(session, case.mentor_id):
            mentorship.ended_on = TODAY
    assert needs(service, case) == []


@pytest.fixture
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    database = fresh_database("sqlite", request, tmp_path)
    app = make_app(service_environment(database, tmp_path))
    yield app
    service_of(app).database.dispose()


@pytest.mark.parametrize("need", list(Need))
def test_every_need_has_words_and_a_way_to_go(app: Flask, need: Need) -> None:
    """A need that the page does not know would show as an empty line."""
    case = launched_case(service_of(app))
    with service_of(app).database.reading() as session, app.test_request_context():
        round_ = session.get_one(Round, case.round_id)
        about_round = need not in (Need.NO_GOAL_YET, Need.NO_ROUND_YET)
        one = Waiting(need, round_.mentorship, round_ if about_round else None, letters=2)
        row = "{% import 'macros/attention.html' as attention %}{{ attention.row(one) }}"
        shown = render_template_string(row, one=one)
    assert len(shown.split('<p class="muted">')[1].split("</p>")[0]) > 30
    assert "href=" in shown


def test_the_start_page_shows_what_waits_and_how_far_open_rounds_are(app: Flask) -> None:
    case = launched_case(service_of(app), {"peers": 2, "customers": 4})
    token = tokens(service_of(app), case.round_id)["customers1@example.org"]
    with service_of(app).database.writing() as session:
        fields = {"c-start": "Hm"}
        submit_feedback(session, service_of(app).rater_links, token, fields, TODAY)
    page = signed_in(app, "max.mentor@example.org").get("/").text
    assert "What needs you" in page
    assert "Peers: fewer people are invited than the group needs to be shown" in page
    assert '1 of 4<span class="sr"> answered or declined' in page
    assert "customers1@example.org" not in page
