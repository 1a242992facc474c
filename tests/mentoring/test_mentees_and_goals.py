"""Taking on mentees, and their goals."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.accounts.errors import AccountError
from survey.accounts.people import add_mentor
from survey.mentoring.errors import MentoringError
from survey.mentoring.goals import GoalDetails, goal_of, save_goal
from survey.mentoring.mentees import add_mentee
from survey.service import Service
from survey.storage.models import (
    Goal,
    GoalCompetency,
    Letter,
    LetterKind,
    Mentorship,
    Person,
)
from tests.conftest import fresh_database, service_environment
from tests.frameworks.samples import GOOD, broken
from tests.support.cases import NOW
from tests.support.web import make_app, service_of, signed_in

MENTOR = "max.mentor@example.org"


@pytest.fixture
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    app = make_app(service_environment(fresh_database("sqlite", request, tmp_path), tmp_path))
    with service_of(app).database.writing() as session:
        add_mentor(session, "Max Mentor", MENTOR)
    yield app
    service_of(app).database.dispose()


def pair(session: Session) -> Mentorship:
    mentor = add_mentor(session, "Max Mentor", MENTOR)
    return add_mentee(session, mentor, "Mia Mentee", "mia@example.org", NOW)


def test_a_mentee_is_added_and_welcomed(service: Service) -> None:
    with service.database.writing() as session:
        mentorship_id = pair(session).id
    with service.database.reading() as session:
        mentorship = session.get_one(Mentorship, mentorship_id)
        assert (mentorship.mentor.email, mentorship.mentee.email) == (MENTOR, "mia@example.org")
        assert mentorship.started_on == NOW.date()
        assert not mentorship.mentee.is_mentor
        letter = session.scalars(select(Letter)).one()
        assert (letter.kind, letter.mentorship_id) == (LetterKind.MENTEE_WELCOME, mentorship_id)


def test_somebody_known_keeps_their_account(service: Service) -> None:
    with service.database.writing() as session:
        pair(session)
        nora = add_mentor(session, "Nora", "nora@example.org")
        again = add_mentee(session, nora, "Other Name", "MIA+x@Example.org", NOW)
        assert again.mentee.name == "Mia Mentee"
        # A mentor may have a mentor.
        upwards = add_mentee(session, nora, "Max", MENTOR, NOW)
        assert upwards.mentee.is_mentor
        assert session.scalar(select(func.count()).select_from(Person)) == 3


def test_nobody_mentors_themselves_or_the_same_person_twice(service: Service) -> None:
    with service.database.writing() as session:
        pair(session)
    for email, expected in [
        (MENTOR, "your own address"),
        ("MAX.MENTOR+self@example.org", "your own address"),
        ("Mia@example.org", "Mia Mentee is your mentee already"),
    ]:
        with pytest.raises(MentoringError, match=f"^E-mail: .*{expected}"):
            add_as(service, "Somebody", email)
    for name, email in [("", "new@example.org"), ("New", "no address")]:
        with pytest.raises(AccountError):
            add_as(service, name, email)
    with service.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 2
        assert session.scalar(select(func.count()).select_from(Mentorship)) == 1
        assert session.scalar(select(func.count()).select_from(Letter)) == 1


def add_as(service: Service, name: str, email: str) -> None:
    with service.database.writing() as session:
        mentor = add_mentor(session, "Max Mentor", MENTOR)
        add_mentee(session, mentor, name, email, NOW)


def test_a_goal_is_kept_and_changed_with_its_competencies(service: Service) -> None:
    leadership = service.catalogue.shipped["leadership"]
    first, second, third = (competency.id for competency in leadership.competencies[:3])
    with service.database.writing() as session:
        goal = save_goal(
            session,
            pair(session),
            GoalDetails("  Lead   with\nconfidence ", " A ", " B ", " C ", [second, first, first]),
            leadership,
        )
        goal_id = goal.id
    with service.database.reading() as session:
        goal = session.get_one(Goal, goal_id)
        assert goal.statement == "Lead with confidence"
        assert (goal.success_measures, goal.baseline, goal.target) == ("A", "B", "C")
        assert (goal.framework_id, goal.competency_ids) == ("leadership", {first, second})
    with service.database.writing() as session:
        goal = session.get_one(Goal, goal_id)
        details = GoalDetails("Another", competency_ids=[second, third])
        assert save_goal(session, goal.mentorship, details, leadership, goal) is goal
    with service.database.reading() as session:
        goal = session.scalars(select(Goal)).one()
        assert (goal.statement, goal.success_measures) == ("Another", "")
        assert goal.competency_ids == {second, third}
        assert session.scalar(select(func.count()).select_from(GoalCompetency)) == 2


def test_a_second_goal_stands_after_the_first(service: Service) -> None:
    with service.database.writing() as session:
        mentorship = pair(session)
        for statement in ("First", "Second", "Third"):
            save_goal(session, mentorship, GoalDetails(statement), None)
        mentorship_id = mentorship.id
    with service.database.reading() as session:
        goals = session.get_one(Mentorship, mentorship_id).goals
        assert [goal.statement for goal in goals] == ["First", "Second", "Third"]


def test_a_goal_that_makes_no_sense_is_not_kept(service: Service) -> None:
    leadership = service.catalogue.shipped["leadership"]
    other = service.catalogue.shipped["customer-facing"]
    known = leadership.competencies[0].id
    foreign = ({c.id for c in other.competencies} - {c.id for c in leadership.competencies}).pop()
    with service.database.writing() as session:
        mentorship_id = pair(session).id
    for details, framework, expected in [
        (GoalDetails("  \n "), leadership, "^Goal: say in one sentence"),
        (GoalDetails("x" * 401), leadership, "^Goal: at most 400"),
        (GoalDetails("Fine", competency_ids=["juggling"]), leadership, "juggling not in"),
        (GoalDetails("Fine", competency_ids=[known, foreign]), leadership, f"{foreign} not in"),
        (GoalDetails("Fine", competency_ids=[known]), None, "none chosen"),
    ]:
        with service.database.writing() as session:
            mentorship = session.get_one(Mentorship, mentorship_id)
            with pytest.raises(MentoringError, match=expected):
                save_goal(session, mentorship, details, framework)
    with service.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Goal)) == 0


def test_a_goal_of_another_mentorship_is_not_found(service: Service) -> None:
    with service.database.writing() as session:
        mentorship = pair(session)
        goal = save_goal(session, mentorship, GoalDetails("Mine"), None)
        other = add_mentee(session, mentorship.mentor, "Otto", "otto@example.org", NOW)
        assert goal_of(mentorship, goal.id) is goal
        for wrong in (goal.id, uuid.uuid4()):
            with pytest.raises(MentoringError):
                goal_of(other, wrong)


def test_the_page_takes_competencies_of_one_framework_only(app: Flask) -> None:
    service = service_of(app)
    with service.database.writing() as session:
        mentorship_id = pair(session).id
        mentor = session.scalars(select(Person).where(Person.is_mentor)).one()
        own = broken("id: leadership", "id: own", GOOD)
        service.catalogue.store_upload(session, mentor, own.encode(), "own.yaml")
    surfer = signed_in(app, MENTOR)
    page = f"/mentees/{mentorship_id}/goals/new"
    first = service.catalogue.shipped["leadership"].competencies[0].id
    surfer.get(page)
    both = [f"leadership/{first}", "own/strategic-thinking"]
    refused = surfer.post(page, {"statement": "Mine", "competencies": both})
    assert "choose from one framework only" in refused.text.lower()
    assert 'value="Mine"' in refused.text
    refused = surfer.post(page, {"statement": "Mine", "competencies": ["leadership/juggling"]})
    assert refused.status_code != 302
    with service.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Goal)) == 0
    kept = surfer.post(page, {"statement": "Mine", "competencies": both[1:]})
    assert kept.headers["Location"] == f"/mentees/{mentorship_id}"
    with service.database.reading() as session:
        goal = session.scalars(select(Goal)).one()
        assert (goal.framework_id, goal.competency_ids) == ("own", {"strategic-thinking"})


def test_the_page_says_what_is_wrong_with_a_new_mentee_and_keeps_what_was_typed(
    app: Flask,
) -> None:
    surfer = signed_in(app, MENTOR)
    surfer.get("/mentees/new")
    for fields, expected in [
        ({"name": "", "email": "mia@example.org"}, "Enter the mentee&#39;s name."),
        ({"name": "Mia <b>", "email": "nonsense"}, "is not an address"),
        ({"name": "Mia", "email": MENTOR}, "own address"),
    ]:
        page = surfer.post("/mentees/new", fields).text
        assert expected in page or expected.replace("&#39;", "'") in page
        assert f'value="{fields["name"].replace("<", "&lt;").replace(">", "&gt;")}"' in page
    with service_of(app).database.reading() as session:
        assert session.scalars(select(Mentorship)).all() == []
        assert session.scalars(select(Person.email)).all() == [MENTOR]
