"""Reflections, feedback, reviews and the reflective log: who sees what, on whole pages."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from flask import Flask
from sqlalchemy import select

from survey.accounts.people import add_mentor, add_programme_lead, find_person
from survey.mentoring.mentees import add_mentee
from survey.storage.models import (
    MentoringFeedback,
    Mentorship,
    ReflectiveLogEntry,
    ReviewContribution,
    SelfReflection,
)
from tests.conftest import fresh_database, service_environment
from tests.support.cases import NOW, draft_case
from tests.support.web import Surfer, field_values, flashes, make_app, service_of, signed_in

MENTOR, MENTEE = "max.mentor@example.org", "mia.mentee@example.org"
OTHER_MENTOR, OTHER_MENTEE = "nora@example.org", "otto@example.org"
LEAD = "lea@example.org"
PRIVATE, SHARED = "A private thought", "A shared thought"
SHOWN, HELD = "Fewer stories of yours", "Held back with good reason"
OF_MENTEE, OF_MENTOR = "The mentee’s review", "The mentor’s review"
LOG, TAG, AREA, GENERAL = "What I felt", "hidden-tag", "Hidden area", "About myself alone"


Stored = TypeVar("Stored")


@dataclass
class World:
    """Max and Mia with everything that they write, and others."""

    app: Flask
    mentorship_id: uuid.UUID
    goal_id: uuid.UUID

    @property
    def mentoring(self) -> str:
        """Where the pages of both, or of the mentee, begin."""
        return f"/mentoring/{self.mentorship_id}"

    @property
    def mentee_page(self) -> str:
        """The mentor's page about the mentee."""
        return f"/mentees/{self.mentorship_id}"

    def only(self, kind: type[Stored]) -> Stored:
        """The only stored row of a kind."""
        with service_of(self.app).database.reading() as session:
            return session.scalars(select(kind)).one()


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    app = make_app(service_environment(fresh_database("sqlite", request, tmp_path), tmp_path))
    case = draft_case(service_of(app), {"peers": 3})
    with service_of(app).database.writing() as session:
        nora = add_mentor(session, "Nora Other", OTHER_MENTOR)
        add_mentee(session, nora, "Otto Other", OTHER_MENTEE, NOW)
        add_programme_lead(session, "Lea Lead", LEAD)
        goal_id = session.get_one(Mentorship, case.mentorship_id).goals[0].id
    yield World(app, case.mentorship_id, goal_id)
    service_of(app).database.dispose()


def send(surfer: Surfer, page: str, fields: dict[str, object]) -> str:
    """Open a form, send it, and give back the page that comes then."""
    assert surfer.get(page).status_code == 200
    return surfer.post(page, fields, follow=True).text


def reflect(world: World, surfer: Surfer, text: str, **fields: object) -> str:
    page = f"{world.mentoring}/reflections/new/session_end"
    return send(surfer, page, {"on": NOW.date().isoformat(), "q_learned": text, **fields})


def give(world: World, surfer: Surfer, text: str, when: str, **fields: object) -> str:
    page = f"{world.mentoring}/feedback/new"
    return send(surfer, page, {"q_less-of": text, "when": when, **fields})


def log(world: World, surfer: Surfer, text: str, **fields: object) -> str:
    fields = {"on": NOW.date().isoformat(), "about": "", "q_how-it-went": text, **fields}
    return send(surfer, "/reflective-log/new", fields)


def end(world: World) -> None:
    with service_of(world.app).database.writing() as session:
        session.get_one(Mentorship, world.mentorship_id).ended_on = NOW.date()


def everything_seen_by(app: Flask, surfer: Surfer) -> str:
    """The HTML of every page that links lead this person to, whole."""
    waiting, seen, pages = ["/"], set[str](), ""
    while waiting:
        address = waiting.pop().split("#")[0]
        if address in seen:
            continue
        seen.add(address)
        answer = surfer.client.get(address)
        if answer.mimetype != "text/html":
            continue
        pages += answer.text
        waiting += re.findall(r'href="(/(?!static)[^"]*)"', answer.text)
    assert len(seen) > 3, seen
    return pages


def fill(world: World) -> tuple[Surfer, Surfer]:
    """Everybody writes everything."""
    mentor, mentee = signed_in(world.app, MENTOR), signed_in(world.app, MENTEE)
    reflect(world, mentee, PRIVATE, **{f"confidence_{world.goal_id.hex}": "3"})
    reflect(world, mentee, SHARED, shared="y", **{f"confidence_{world.goal_id.hex}": "8"})
    give(world, mentee, SHOWN, "now", q_motivating="4")
    give(world, mentee, HELD, "at-the-end", q_motivating="1", q_empowering="2")
    send(mentee, f"{world.mentoring}/reviews/start", {"q_good-for": OF_MENTEE})
    log(
        world,
        mentor,
        LOG,
        about=str(world.mentorship_id),
        tags=TAG,
        development_areas=AREA,
        for_supervision="y",
    )
    log(world, mentor, GENERAL)
    return mentor, mentee


def test_each_sees_what_is_theirs_and_nobody_else_sees_anything(world: World) -> None:
    mentor, mentee = fill(world)
    seen = {
        "mentor": everything_seen_by(world.app, mentor),
        "mentee": everything_seen_by(world.app, mentee),
    }
    expected = {
        PRIVATE: {"mentee"},
        SHARED: {"mentor", "mentee"},
        SHOWN: {"mentor", "mentee"},
        HELD: {"mentee"},
        OF_MENTEE: {"mentee"},
        **{text: {"mentor"} for text in (LOG, TAG, AREA, GENERAL)},
    }
    for text, people in expected.items():
        assert {who for who, pages in seen.items() if text in pages} == people, text
    for email in (OTHER_MENTOR, OTHER_MENTEE, LEAD):
        surfer = signed_in(world.app, email)
        own = everything_seen_by(world.app, surfer) if email != LEAD else surfer.get("/").text
        assert not [text for text in expected if text in own], email


def test_held_back_feedback_leaves_no_trace_before_the_end(world: World) -> None:
    mentor, mentee = signed_in(world.app, MENTOR), signed_in(world.app, MENTEE)

    def as_mentor() -> str:
        # Whatever changes with every request is not a trace.
        pages = everything_seen_by(world.app, mentor)
        return re.sub(r'name="csrf_token"[^>]*>|content="[^"]*">', "", pages)

    nothing = as_mentor()
    give(world, mentee, HELD, "at-the-end", q_motivating="1")
    assert as_mentor() == nothing
    assert "No feedback to read" in mentor.get(f"{world.mentee_page}/mentoring-feedback").text
    give(world, mentee, SHOWN, "now", q_empowering="5")
    page = mentor.get(f"{world.mentee_page}/mentoring-feedback").text
    assert SHOWN in page
    assert "Empowering" in page
    assert "Motivating" not in page
    assert page.count("<article") == 1
    end(world)
    page = mentor.get(f"{world.mentee_page}/mentoring-feedback").text
    assert HELD in page
    assert "Motivating" in page
    assert page.count("<article") == 2


def test_the_mentee_shows_held_back_feedback_earlier(world: World) -> None:
    mentor, mentee = signed_in(world.app, MENTOR), signed_in(world.app, MENTEE)
    page = give(world, mentee, HELD, "at-the-end")
    assert "Held back until the end" in page
    show = f"{world.mentoring}/feedback/{world.only(MentoringFeedback).id}/show-now"
    assert "It cannot be hidden again." in mentee.post(show).text
    assert HELD not in mentor.get(f"{world.mentee_page}/mentoring-feedback").text
    page = mentee.post(show, {"sure": "yes"}, follow=True).text
    assert flashes(page) == ["Max can read this feedback now."]
    assert HELD in mentor.get(f"{world.mentee_page}/mentoring-feedback").text
    other = f"{world.mentoring}/feedback/{uuid.uuid4()}/show-now"
    assert mentee.post(other, {"sure": "yes"}).status_code == 404


def test_after_the_end_nothing_is_held_back_any_more(world: World) -> None:
    end(world)
    mentor, mentee = signed_in(world.app, MENTOR), signed_in(world.app, MENTEE)
    page = f"{world.mentoring}/feedback/new"
    assert 'name="when"' not in mentee.get(page).text
    mentee.post(page, {"q_less-of": SHOWN, "when": "at-the-end"})
    assert SHOWN in mentor.get(f"{world.mentee_page}/mentoring-feedback").text


def test_feedback_says_what_is_wrong_where_it_is(world: World) -> None:
    mentee = signed_in(world.app, MENTEE)
    page = give(world, mentee, "Typed", "")
    assert "Say when your mentor may read this." in page
    assert "Typed" in page
    page = give(world, mentee, "", "now")
    assert "Answer at least one of the questions." in page
    page = give(world, mentee, "x" * 2001, "now")
    assert '<a href="#q_less-of">' in page
    page = give(world, mentee, "Typed", "now", q_motivating="9")
    assert 'href="#q_motivating-0"' in page
    assert field_values(page, "q_motivating") == ["1", "2", "3", "4", "5", ""]
    with service_of(world.app).database.reading() as session:
        assert session.scalars(select(MentoringFeedback)).all() == []


def test_the_mentee_is_reminded_after_sixty_days_and_not_after_the_end(world: World) -> None:
    service = service_of(world.app)
    give_url = f"{world.mentoring}/feedback/new"
    assert give_url not in signed_in(world.app, MENTEE).get("/").text
    service.clock = NOW + dt.timedelta(61)
    mentee = signed_in(world.app, MENTEE)
    assert "How is the mentoring for you?" in mentee.get("/").text
    assert give_url in mentee.get("/").text
    give(world, mentee, SHOWN, "at-the-end")
    assert give_url not in mentee.get("/").text
    service.clock = NOW + dt.timedelta(123)
    mentee = signed_in(world.app, MENTEE)
    assert give_url in mentee.get("/").text
    end(world)
    assert give_url not in mentee.get("/").text
    assert give_url not in signed_in(world.app, MENTOR).get("/").text


def test_a_reflection_is_written_changed_shared_and_deleted(world: World) -> None:
    mentor, mentee = signed_in(world.app, MENTOR), signed_in(world.app, MENTEE)
    confidence = f"confidence_{world.goal_id.hex}"
    form = mentee.get(f"{world.mentoring}/reflections/new/session_end").text
    assert field_values(form, "on") == [NOW.date().isoformat()]
    # A row of numbers that works without scripts; slider.js turns it into a slider.
    assert field_values(form, confidence) == [*map(str, range(11)), ""]
    assert form.count("data-slider") == 2
    page = reflect(world, mentee, PRIVATE, **{confidence: "3", "q_will-do-confidence": "7"})
    assert flashes(page) == ["Your reflection is saved."]
    assert "7 (0: Not at all, 10: Completely)" in page
    assert 'aria-label="Lead cross-team projects with confidence: 3 on 2 November 2026"' in page
    reflection = f"{world.mentoring}/reflections/{world.only(SelfReflection).id}"
    shared_page = f"{world.mentee_page}/reflections"
    assert PRIVATE not in mentor.get(shared_page).text
    assert "Nothing is shared" in mentor.get(shared_page).text
    mentee.post(f"{reflection}/share", {"shared": "yes"})
    assert PRIVATE in mentor.get(shared_page).text
    form = mentee.get(reflection).text
    assert PRIVATE in form
    assert re.search(rf'<input checked id="{confidence}-3"', form)
    mentee.post(reflection, {"on": "2026-11-01", "q_will-do": "Act", confidence: ""})
    assert "Nothing is shared" in mentor.get(shared_page).text
    page = mentee.get(f"{world.mentoring}/reflections").text
    assert "1 November 2026" in page
    assert "The distance travelled" not in page
    assert "Delete this reflection?" in mentee.post(f"{reflection}/remove").text
    page = mentee.post(f"{reflection}/remove", {"sure": "yes"}, follow=True).text
    assert flashes(page) == ["The reflection is deleted."]
    assert mentee.get(reflection).status_code == 404
    assert mentee.get(f"{world.mentoring}/reflections/new/sometime").status_code == 404


def test_a_reflection_says_what_is_wrong_where_it_is(world: World) -> None:
    mentee = signed_in(world.app, MENTEE)
    page = reflect(world, mentee, "Typed", on="2026-11-03")
    assert '<a href="#on">Date: That day is still to come.</a>' in page
    assert "Typed" in page
    assert "Answer at least one" in reflect(world, mentee, "")
    page = reflect(world, mentee, "A", **{f"confidence_{world.goal_id.hex}": "11"})
    assert f'href="#confidence_{world.goal_id.hex}-0"' in page
    with service_of(world.app).database.reading() as session:
        assert session.scalars(select(SelfReflection)).all() == []


def test_a_review_opens_once_both_have_written(world: World) -> None:
    mentor, mentee = signed_in(world.app, MENTOR), signed_in(world.app, MENTEE)
    reviews = f"{world.mentoring}/reviews"
    page = send(mentee, f"{reviews}/start", {"q_good-for": OF_MENTEE, "q_can-offer": "Sneaked in"})
    assert OF_MENTEE in page
    assert "Sneaked in" not in page
    assert OF_MENTEE not in mentor.get(reviews).text
    assert "What can you offer" in mentor.get(f"{reviews}/start").text
    assert "What can you offer" not in mentee.get(f"{reviews}/start").text
    page = send(mentor, f"{reviews}/start", {"q_can-offer": OF_MENTOR})
    assert OF_MENTEE in page
    assert OF_MENTOR in mentee.get(reviews).text
    # From now on it stays as it is.
    assert mentee.get(f"{reviews}/start").status_code == 302
    mentee.post(f"{reviews}/start", {"q_good-for": "Changed"})
    assert OF_MENTEE in mentor.get(reviews).text
    assert mentee.get(f"{reviews}/autumn").status_code == 404
    assert "Answer at least one" in send(mentor, f"{reviews}/end", {})
    with service_of(world.app).database.reading() as session:
        assert len(session.scalars(select(ReviewContribution)).all()) == 2


def test_the_log_is_searched_and_shows_patterns(world: World) -> None:
    mentor, _ = fill(world)

    def found(query: str) -> list[bool]:
        page = mentor.get(f"/reflective-log/?{query}").text
        return [text in page for text in (LOG, GENERAL)]

    assert found("") == [True, True]
    assert found(f"tag={TAG}") == [True, False]
    assert found("q=FELT") == [True, False]
    assert found("q=myself") == [False, True]
    assert found("supervision=yes") == [True, False]
    assert found("q=nowhere") == [False, False]
    page = mentor.get("/reflective-log/patterns").text
    assert f"{TAG}: November 2026 1" in page
    assert f"{AREA}: November 2026 1" in page
    assert 'href="/reflective-log/" aria-current="page">Reflective log' in page


def test_an_entry_of_the_log_is_changed_and_deleted(world: World) -> None:
    mentor = signed_in(world.app, MENTOR)
    form = mentor.get(f"/reflective-log/new?about={world.mentorship_id}").text
    assert f'<option selected value="{world.mentorship_id}">Mia Mentee' in form
    log(world, mentor, LOG, tags=TAG)
    entry = f"/reflective-log/{world.only(ReflectiveLogEntry).id}"
    assert LOG in mentor.get(entry).text
    fields = {
        "on": "2026-11-01",
        "about": str(world.mentorship_id),
        "q_how-it-went": "",
        "q_successful": "Changed",
        "tags": "",
    }
    page = mentor.post(entry, fields, follow=True).text
    assert "Changed" in page
    assert "Mia Mentee" in page
    assert LOG not in page
    page = mentor.post(entry, {**fields, "tags": "x" * 41, "on": "2027-01-01"}).text
    assert '<a href="#on">' in page
    page = mentor.post(entry, {**fields, "tags": "x" * 41}).text
    assert '<a href="#tags">' in page
    page = mentor.post(entry, {**fields, "about": str(uuid.uuid4())}).text
    assert '<a href="#about">' in page
    assert "Delete this entry?" in mentor.post(f"{entry}/remove").text
    mentor.post(f"{entry}/remove", {"sure": "yes"})
    assert mentor.get(entry).status_code == 404


def test_ids_of_other_people_lead_nowhere(world: World) -> None:
    mentor, mentee = fill(world)
    with service_of(world.app).database.reading() as session:
        reflection = session.scalars(select(SelfReflection.id)).first()
        feedback = session.scalars(select(MentoringFeedback.id)).first()
        entry = session.scalars(select(ReflectiveLogEntry.id)).first()
        nora = find_person(session, OTHER_MENTOR)
        assert nora is not None
        others = session.scalars(select(Mentorship.id).where(Mentorship.mentor == nora)).one()
    of_mentee = [
        f"{world.mentoring}/reflections",
        f"{world.mentoring}/reflections/new/midway",
        f"{world.mentoring}/reflections/{reflection}",
        f"{world.mentoring}/reflections/{reflection}/share",
        f"{world.mentoring}/reflections/{reflection}/remove",
        f"{world.mentoring}/feedback",
        f"{world.mentoring}/feedback/new",
        f"{world.mentoring}/feedback/{feedback}/show-now",
    ]
    of_mentor = [
        f"{world.mentee_page}/reflections",
        f"{world.mentee_page}/mentoring-feedback",
        "/reflective-log/",
        "/reflective-log/new",
        "/reflective-log/patterns",
        f"/reflective-log/{entry}",
        f"/reflective-log/{entry}/remove",
    ]
    of_both = [f"{world.mentoring}/reviews", f"{world.mentoring}/reviews/midway"]
    foreign = {
        MENTOR: of_mentee,
        MENTEE: of_mentor,
        OTHER_MENTOR: of_mentee + of_both + [p for p in of_mentor if str(entry) in p or "es/" in p],
        OTHER_MENTEE: of_mentee + of_both + of_mentor,
        LEAD: of_mentee + of_both + of_mentor,
    }
    fields = {
        "on": "2026-11-01",
        "q_learned": "Changed",
        "q_less-of": "Changed",
        "q_works": "Changed",
        "q_how-it-went": "Changed",
        "when": "now",
        "shared": "yes",
        "sure": "yes",
    }
    for email, paths in foreign.items():
        surfer = signed_in(world.app, email)
        surfer.get("/")
        for path in paths:
            assert surfer.get(path).status_code in (404, 405), (email, path)
            assert surfer.post(path, fields).status_code in (404, 405), (email, path)
    # One's own mentorship in the path, with a part of somebody else's.
    otto = signed_in(world.app, OTHER_MENTEE)
    otto.get("/")
    for path in (
        f"/mentoring/{others}/reflections/{reflection}",
        f"/mentoring/{others}/reflections/{reflection}/share",
        f"/mentoring/{others}/reflections/{reflection}/remove",
        f"/mentoring/{others}/feedback/{feedback}/show-now",
    ):
        assert otto.post(path, fields).status_code == 404, path
    nora_surfer = signed_in(world.app, OTHER_MENTOR)
    page = log(world, nora_surfer, "Mine", about=str(world.mentorship_id))
    assert '<a href="#about">' in page
    stranger = Surfer(world.app)
    for path in (*of_mentee[:3], *of_mentor, *of_both):
        if "remove" not in path:
            assert stranger.get(path).headers["Location"].startswith("/sign-in"), path
    assert PRIVATE in mentee.get(f"{world.mentoring}/reflections").text
    assert LOG in mentor.get("/reflective-log/").text
