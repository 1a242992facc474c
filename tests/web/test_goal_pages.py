"""Measures of success, levels reached and evaluation, as mentor and mentee see them."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import select

from survey.demo.fill import fill_demo
from survey.mentoring.goal_evaluation import EvaluationDetails, save_evaluation
from survey.mentoring.success_measures import MeasureDetails, rate_attained, save_measures
from survey.storage.models import Goal, GoalOutcome, Mentorship, Round, RoundKind, RoundState
from tests.conftest import fresh_database, service_environment
from tests.support.cases import NOW, draft_case
from tests.support.web import Surfer, field_values, flashes, make_app, service_of, signed_in

MENTOR, MENTEE = "max.mentor@example.org", "mia.mentee@example.org"
FIRST = {
    "m1_statement": "Leading cross-team projects",
    "m1_expected": "Leads one alone",
    "m1_less": "Leads one with help",
    "m1_weight": "2",
    "m1_baseline": "-1",
}
SECOND = {
    "m2_statement": "Speaking up",
    "m2_expected": "In every <meeting>",
    "m2_weight": "1",
    "m2_baseline": "",
}


@pytest.fixture
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    app = make_app(service_environment(fresh_database("sqlite", request, tmp_path), tmp_path))
    yield app
    service_of(app).database.dispose()


@pytest.fixture
def pages(app: Flask) -> str:
    """Where the pages about the goal are."""
    case = draft_case(service_of(app), {"peers": 3})
    with service_of(app).database.reading() as session:
        goal = session.get_one(Mentorship, case.mentorship_id).goals[0]
        return f"/mentees/{case.mentorship_id}/goals/{goal.id}"


def goal_at(app: Flask, pages: str) -> SimpleNamespace:
    """The stored goal's measures and evaluation; its texts open within a session only."""
    with service_of(app).database.reading() as session:
        goal = session.get_one(Goal, uuid.UUID(pages.rsplit("/", 1)[1]))
        found = goal.evaluation
        return SimpleNamespace(
            measures=[
                SimpleNamespace(
                    id=measure.id,
                    statement=measure.statement,
                    baseline_level=measure.baseline_level,
                    attained_level=measure.attained_level,
                    weight=measure.weight,
                )
                for measure in goal.measures
            ],
            evaluation=found
            and SimpleNamespace(
                outcome=found.outcome,
                hindered=found.hindered,
                also_achieved=found.also_achieved,
                lessons=found.lessons,
                next_steps=found.next_steps,
                evaluated_on=found.evaluated_on,
            ),
        )


def mentee_page(pages: str) -> str:
    return pages.split("/goals/")[0]


def text_of(page: str) -> str:
    """What a person reads, in one line."""
    apart = re.sub(r"</(?:dt|dd|p|li|h\d)>|<br>", " ", page)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", apart)).split())


def save(surfer: Surfer, pages: str, fields: dict[str, object]) -> str:
    """Send the form of measures as a browser does: with what it held already."""
    shown = surfer.get(f"{pages}/measures").text
    held = {f"m{n}_id": (field_values(shown, f"m{n}_id") or [""])[0] for n in range(1, 6)}
    return surfer.post(f"{pages}/measures", {**held, **fields}).text


def test_measures_are_written_shown_and_changed(app: Flask, pages: str) -> None:
    mentor = signed_in(app, MENTOR)
    page = mentor.get(mentee_page(pages)).text
    assert f"{pages}/measures" in page
    assert f"{pages}/attainment" not in page
    shown = mentor.get(f"{pages}/measures").text
    assert "For example: Leads one cross-team project alone" in shown
    assert shown.count('<details class="card"') == 5
    # Only the first place is open.
    assert shown.count(" open>") == 1
    answer = mentor.post(f"{pages}/measures", {**FIRST, **SECOND})
    assert answer.headers["Location"] == mentee_page(pages)
    page = mentor.get(mentee_page(pages)).text
    assert flashes(page) == ["The measures of success are saved."]
    text = text_of(page)
    assert "Leading cross-team projects high importance" in text
    assert "At the start Less than expected: Leads one with help" in text
    assert "Expected In every <meeting>" in text
    # One measure of two is rated so far: T = 50 - 10.
    assert "On the whole 40.0 at the start." in text
    assert "It counts 1 of 2 measures: what is rated." in text
    assert f"{pages}/attainment" in page
    first, second = goal_at(app, pages).measures
    changed = {**FIRST, **SECOND, "m1_statement": "Leading", "m2_baseline": "-2"}
    save(mentor, pages, changed)
    again = goal_at(app, pages).measures
    assert [measure.id for measure in again] == [first.id, second.id]
    assert [measure.statement for measure in again] == ["Leading", "Speaking up"]
    assert [measure.baseline_level for measure in again] == [-1, -2]


def test_a_measure_is_removed_by_its_mark_or_by_emptying_it(app: Flask, pages: str) -> None:
    mentor = signed_in(app, MENTOR)
    save(mentor, pages, {**FIRST, **SECOND})
    save(mentor, pages, {**FIRST, **SECOND, "m1_remove": "y"})
    assert [m.statement for m in goal_at(app, pages).measures] == ["Speaking up"]
    shown = mentor.get(f"{pages}/measures").text
    assert field_values(shown, "m1_statement") == ["Speaking up"]
    save(mentor, pages, {"m1_statement": " ", "m1_expected": "", "m1_weight": "1"})
    assert goal_at(app, pages).measures == []


@pytest.mark.parametrize(
    ("fields", "expected", "field"),
    [
        ({"m2_statement": "", "m2_expected": "Set"}, "what is measured: Say what", "statement"),
        ({"m2_statement": "Set", "m2_expected": ""}, "as expected: Describe what", "expected"),
        ({"m2_more": "x" * 301}, "more than expected: At most 300 characters.", "more"),
        ({"m2_weight": "7"}, "importance: Not a valid choice", "weight"),
        ({"m2_baseline": "-3"}, "at the start: Not a valid choice", "baseline"),
    ],
)
def test_a_problem_stands_at_its_field_and_what_was_typed_is_kept(
    app: Flask, pages: str, fields: dict[str, object], expected: str, field: str
) -> None:
    mentor = signed_in(app, MENTOR)
    # The first place is left empty: the problem has to stand at the second all the same.
    page = save(mentor, pages, {"m1_weight": "1", **SECOND, "m2_less": "Typed", **fields})
    assert "Please check" in page
    assert f'<a href="#m2_{field}">' in page
    assert f"Measure 2, {expected}" in text_of(page)
    assert f'id="m2_{field}-error"' in page
    assert "Typed" in page
    assert goal_at(app, pages).measures == []


def test_a_page_that_was_overtaken_does_not_bring_a_removed_measure_back(
    app: Flask, pages: str
) -> None:
    mentor = signed_in(app, MENTOR)
    save(mentor, pages, FIRST)
    stale = field_values(mentor.get(f"{pages}/measures").text, "m1_id")[0]
    save(mentor, pages, {**FIRST, "m1_remove": "y"})
    for id_ in (stale, "nonsense"):
        page = mentor.post(f"{pages}/measures", {**FIRST, "m1_id": id_}).text
        assert "they were changed elsewhere meanwhile" in page
    assert goal_at(app, pages).measures == []


def test_levels_reached_are_rated(app: Flask, pages: str) -> None:
    mentor = signed_in(app, MENTOR)
    page = mentor.get(f"{pages}/attainment").text
    assert "No measures yet" in page
    assert f"{pages}/measures" in page
    save(mentor, pages, {**FIRST, **SECOND})
    page = mentor.get(f"{pages}/attainment").text
    text = text_of(page)
    assert "Less than expected Start Leads one with help" in text
    assert "You have not said where Mia stood at the start" in text
    first, second = (f"level_{m.id.hex}" for m in goal_at(app, pages).measures)
    assert field_values(page, first) == ["-2", "-1", "0", "1", "2", ""]
    refused = mentor.post(f"{pages}/attainment", {first: "3", second: "0"}).text
    assert f'href="#{first}-0"' in refused
    assert [m.attained_level for m in goal_at(app, pages).measures] == [None, None]
    answer = mentor.post(f"{pages}/attainment", {first: "1", second: "0"})
    assert answer.headers["Location"] == mentee_page(pages)
    text = text_of(mentor.get(mentee_page(pages)).text)
    assert "Now More than expected" in text
    # Only the first measure has both levels.
    assert "On the whole 40.0 at the start, 60.0 now." in text
    assert "It counts 1 of 2 measures: what is rated at both times." in text
    mentor.get(f"{pages}/attainment")
    mentor.post(f"{pages}/attainment", {first: "", second: "-2"})
    assert [m.attained_level for m in goal_at(app, pages).measures] == [None, -2]


def test_the_goal_is_evaluated(app: Flask, pages: str) -> None:
    mentor = signed_in(app, MENTOR)
    page = mentor.get(f"{pages}/evaluation").text
    assert "Proposals" not in page
    refused = mentor.post(f"{pages}/evaluation", {"lessons": "Typed <b>"}).text
    assert '<a href="#outcome-0">' in refused
    assert "Say whether the goal is achieved." in refused
    assert "Typed &lt;b&gt;" in refused
    refused = mentor.post(f"{pages}/evaluation", {"outcome": "wonderful"}).text
    assert "Please check" in refused
    too_long = mentor.post(f"{pages}/evaluation", {"outcome": "partly", "lessons": "x" * 2001}).text
    assert '<a href="#lessons">' in too_long
    assert goal_at(app, pages).evaluation is None
    fields = {
        "outcome": "partly",
        "hindered": "Little time",
        "also_achieved": "A new habit",
        "lessons": "Start earlier",
        "next_steps": "One\r\nTwo",
    }
    answer = mentor.post(f"{pages}/evaluation", fields)
    assert answer.headers["Location"] == mentee_page(pages)
    kept = goal_at(app, pages).evaluation
    assert kept is not None
    assert (kept.outcome, kept.evaluated_on) == (GoalOutcome.PARTLY, NOW.date())
    text = text_of(mentor.get(mentee_page(pages)).text)
    assert "Evaluation Partly achieved In the way Little time Also achieved A new habit" in text
    page = mentor.get(f"{pages}/evaluation").text
    assert re.search(r'<input checked[^>]*value="partly"', page)
    assert "Start earlier</textarea>" in page


def test_the_mentee_sees_it_all_and_can_change_nothing(app: Flask, pages: str) -> None:
    mentee = signed_in(app, MENTEE)
    before = mentee.get("/").text
    assert "How far your goal is reached" not in before
    with service_of(app).database.writing() as session:
        goal = session.get_one(Goal, uuid.UUID(pages.rsplit("/", 1)[1]))
        save_measures(
            session, goal, [MeasureDetails("Leading", "Alone", less="With help", baseline=-1)]
        )
        rate_attained(session, goal, {goal.measures[0].id: 0})
        save_evaluation(session, goal, EvaluationDetails("achieved", next_steps="Rest"), NOW.date())
    page = mentee.get("/").text
    text = text_of(page)
    assert "How far your goal is reached Measures of success On the whole 40.0" in text
    assert "At the start Less than expected: With help Now As expected: Alone" in text
    assert "Evaluation Achieved Next steps Rest" in text
    assert pages not in page
    for name, fields in [
        ("measures", FIRST),
        ("attainment", {}),
        ("evaluation", {"outcome": "partly"}),
    ]:
        assert mentee.get(f"{pages}/{name}").status_code == 404
        assert mentee.post(f"{pages}/{name}", fields).status_code == 404
    goal = goal_at(app, pages)
    assert [measure.statement for measure in goal.measures] == ["Leading"]
    assert goal.evaluation is not None
    assert goal.evaluation.outcome is GoalOutcome.ACHIEVED


@pytest.fixture
def demo(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Flask, str]]:
    """The finished case of the demo, and where the pages about its goal are."""
    environment = service_environment(fresh_database("sqlite", request, tmp_path), tmp_path)
    app = make_app(environment)
    summary = fill_demo(service_of(app), NOW)
    with service_of(app).database.reading() as session:
        mentorship = session.get_one(Round, summary.change_report_id).mentorship
        pages = f"/mentees/{mentorship.id}/goals/{mentorship.goals[0].id}"
    yield app, pages
    service_of(app).database.dispose()


def test_proposals_become_next_steps_once(demo: tuple[Flask, str]) -> None:
    app, pages = demo
    mentor = signed_in(app, "helena.brandt@example.org")
    page = mentor.get(f"{pages}/evaluation").text
    proposals = field_values(page, "proposals")
    assert len(proposals) == 2
    assert proposals[0].startswith("Delegating and developing people (rated lowest: 3.")
    assert "cannot read that report yet" not in page
    fields = {"outcome": "achieved", "next_steps": "Rest", "proposals": proposals[:1]}
    for _ in range(2):  # the second time as after the browser's Back button
        mentor.post(f"{pages}/evaluation", fields)
        kept = goal_at(app, pages).evaluation
        assert kept is not None
        assert kept.next_steps == f"Rest\n{proposals[0]}"
    page = mentor.get(f"{pages}/evaluation").text
    assert field_values(page, "proposals") == proposals[1:]
    refused = mentor.post(
        f"{pages}/evaluation",
        {"outcome": "achieved", "next_steps": "x" * 1990, "proposals": proposals[1:]},
    ).text
    assert '<a href="#next_steps">' in refused
    assert "at most 2000 are possible" in refused
    invented = {"outcome": "achieved", "proposals": ["Invented"]}
    assert "Please check" in mentor.post(f"{pages}/evaluation", invented).text
    kept = goal_at(app, pages).evaluation
    assert kept is not None
    assert kept.next_steps == f"Rest\n{proposals[0]}"


def test_proposals_from_a_report_that_is_not_released_come_with_a_warning(
    demo: tuple[Flask, str],
) -> None:
    app, pages = demo
    with service_of(app).database.writing() as session:
        after = session.scalars(select(Round).where(Round.kind == RoundKind.AFTER)).one()
        after.state = RoundState.CLOSED
        after.released_on = None
    mentor = signed_in(app, "helena.brandt@example.org")
    text = text_of(mentor.get(f"{pages}/evaluation").text)
    assert "Samira cannot read that report yet, but will see the lines that you add." in text
