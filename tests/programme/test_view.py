"""The view from the database: which rounds count, in which batches, and what is read of them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import event, select

from survey.anonymity.delay import DelayStep
from survey.change.verdict import Verdict
from survey.programme.figures import Bar
from survey.programme.view import ProgrammeView, SectionView, programme_view
from survey.rounds.programme_batches import enter_programme
from survey.service import Service
from survey.storage.models import ProgrammeBatch, ProgrammeEntry, Round, RoundKind, RoundOutcome
from tests.programme.outcomes import Outcome, mentor, programme, released, rise, unclear

FIRST, SECOND = "organisation-knowledge", "giving-direction"
SPREAD_OUT = (-0.3, 0.1, 0.3, 0.6, 0.9)


def outcome(difference: float, **more: object) -> Outcome:
    verdict = rise if difference >= 0.5 else unclear
    return Outcome(
        {FIRST: verdict(difference), SECOND: unclear(-difference)},
        contrast=2 * difference,
        **more,  # type: ignore[arg-type]
    )


def outcomes(*differences: float) -> list[Outcome]:
    return [outcome(difference) for difference in differences]


def view_of(service: Service) -> ProgrammeView:
    with service.database.reading() as session:
        return programme_view(session, "en")


def only_section(service: Service) -> SectionView:
    (section,) = view_of(service).sections
    return section


def batch_sizes(service: Service) -> list[int]:
    with service.database.reading() as session:
        return list(session.scalars(select(ProgrammeBatch.size).order_by(ProgrammeBatch.number)))


def test_the_figures_of_a_small_programme(service: Service) -> None:
    programme(service, outcomes(*SPREAD_OUT))
    section = only_section(service)
    assert (section.title, section.kind) == ("Leadership", "after")
    assert (section.mentees, section.waiting) == (5, 0)
    first = next(c for c in section.competencies if c.id == FIRST)
    assert first.title == "Knowing the organisation"
    assert first.changes.spread is not None
    assert first.changes.spread.mean == pytest.approx(0.32)
    assert first.changes.spread.median == pytest.approx(0.3)
    assert first.changes.bars[0] == Bar(-0.5, 1)
    assert [bar.count for bar in first.changes.bars] == [1, 0, 1, 1, 1, 1]
    assert first.clear_rises is not None
    assert (first.clear_rises.count.low, first.clear_rises.count.high) == (2, 2)
    second = next(c for c in section.competencies if c.id == SECOND)
    assert second.changes.spread is not None
    assert second.changes.spread.mean == pytest.approx(-0.32)
    assert section.goal is not None
    assert (section.goal.count.low, section.goal.count.high) == (3, 5)
    peers = next(g for g in section.groups if g.key == "peers")
    assert (peers.label, peers.answered.count.low, peers.answered.count.of) == ("Peers", 20, 25)
    manager = next(g for g in section.groups if g.key == "manager")
    assert (manager.answered.count.low, manager.answered.count.high) == (4, 5)
    # Thirty answers are too few to say that nobody, or hardly anybody, took long.
    assert section.delays == {}


def test_competencies_stand_in_the_framework_s_order(service: Service) -> None:
    programme(service, outcomes(*SPREAD_OUT))
    asked = [c.id for c in service.catalogue.shipped["leadership"].competencies]
    assert [c.id for c in only_section(service).competencies] == asked


def test_time_to_answer_in_steps(service: Service) -> None:
    delays = {DelayStep.WITHIN_TWO_DAYS: 6, DelayStep.WITHIN_A_WEEK: 5, DelayStep.LATER: 0}
    programme(service, [outcome(d, delays=delays) for d in SPREAD_OUT])
    assert only_section(service).delays == {
        DelayStep.WITHIN_TWO_DAYS: 55,
        DelayStep.WITHIN_A_WEEK: 45,
        DelayStep.LATER: 0,
    }


def test_four_mentees_show_nothing(service: Service) -> None:
    programme(service, outcomes(*SPREAD_OUT[:4]))
    assert view_of(service) == ProgrammeView((), 4)


def test_the_view_changes_only_with_whole_batches(service: Service) -> None:
    """One mentee more is released; the page must not tell what came of this one."""
    seen = []
    with service.database.writing() as session:
        mentors = [mentor(session, f"mentor-{n}") for n in range(40)]
    for number, person in enumerate(mentors):
        with service.database.writing() as session:
            released(service, session, person, outcome(SPREAD_OUT[number % 5]))
        sections = view_of(service).sections
        seen.append((sections[0].mentees, sections[0].competencies) if sections else (0, ()))
    shown = sorted({mentees for mentees, _ in seen})
    assert shown == [0, 5, 10, 15, 20, 25, 31, 38]
    assert len({repr(figures) for _, figures in seen}) == len(shown)
    assert batch_sizes(service) == [5, 5, 5, 5, 5, 6, 7]


def test_what_a_batch_adds_depends_on_that_batch_alone(service: Service) -> None:
    alike = outcomes(0.3, 0.31, 0.32, 0.33, 0.9)
    programme(service, alike)
    first = next(c for c in only_section(service).competencies if c.id == FIRST)
    assert (first.changes.spread, first.changes.left_out) == (None, (5,))
    assert only_section(service).goal is None
    with service.database.writing() as session:
        for number, one in enumerate(outcomes(*SPREAD_OUT)):
            released(service, session, mentor(session, f"later-{number}"), one)
    section = only_section(service)
    first = next(c for c in section.competencies if c.id == FIRST)
    assert section.mentees == 10
    assert first.changes.spread is not None
    assert first.changes.spread.n == 5
    assert first.changes.spread.mean == pytest.approx(0.32)
    assert first.mentees_left_out == 5
    assert first.clear_rises is not None
    assert first.clear_rises.count.of == 10


@pytest.mark.parametrize("per_mentor", [[5], [2, 2, 1], [3, 3]])
def test_no_mentor_has_more_than_a_third(service: Service, per_mentor: Sequence[int]) -> None:
    with service.database.writing() as session:
        for number, mentees in enumerate(per_mentor):
            person = mentor(session, f"mentor-{number}")
            for difference in SPREAD_OUT[:mentees]:
                released(service, session, person, outcome(difference))
    assert view_of(service) == ProgrammeView((), sum(per_mentor))
    with service.database.writing() as session:
        for number in range(10):
            released(service, session, mentor(session, f"more-{number}"), outcome(0.1 * number))
    first, *_ = batch_sizes(service)
    assert first >= 3 * max(per_mentor)


def test_a_mentee_counts_once_for_each_kind_and_for_good(service: Service) -> None:
    """A newer figure in place of the older one would be this mentee's own in the difference."""
    programme(service, outcomes(*SPREAD_OUT[:4]))
    with service.database.writing() as session:
        one, two, three = (mentor(session, f"mentor-of-the-same-{n}") for n in range(3))
        mentee = mentor(session, "mentee-of-three")
        released(service, session, one, outcome(0.9), mentee=mentee, kind=RoundKind.INTERIM)
        released(service, session, two, outcome(0.9), mentee=mentee)
    before = only_section(service)
    assert before.mentees == 5
    with service.database.writing() as session:
        released(service, session, three, outcome(-2.0), mentee=mentee)
    assert only_section(service) == before
    assert view_of(service).waiting == 1  # the interim round


def test_frameworks_and_kinds_stand_apart(service: Service) -> None:
    with service.database.writing() as session:
        for number, difference in enumerate(SPREAD_OUT):
            for kind in (RoundKind.INTERIM, RoundKind.AFTER):
                released(
                    service,
                    session,
                    mentor(session, f"{kind.value}-{number}"),
                    outcome(difference),
                    kind=kind,
                )
        for number in range(4):
            released(
                service,
                session,
                mentor(session, f"other-{number}"),
                outcome(0.1),
                framework_id="customer-facing",
            )
    view = view_of(service)
    assert [(s.framework_id, s.kind, s.mentees) for s in view.sections] == [
        ("leadership", "after", 5),
        ("leadership", "interim", 5),
    ]
    assert view.waiting == 4


def test_a_batch_leaves_as_a_whole(service: Service) -> None:
    programme(service, outcomes(*SPREAD_OUT))
    with service.database.writing() as session:
        for number in range(5):
            released(service, session, mentor(session, f"b-{number}"), outcome(0.4 * number))
    assert only_section(service).mentees == 10
    with service.database.writing() as session:
        batch = session.scalars(select(ProgrammeBatch).where(ProgrammeBatch.number == 1)).one()
        gone = session.scalars(
            select(ProgrammeEntry.round_id).where(ProgrammeEntry.batch_id == batch.id)
        ).first()
        session.delete(session.get_one(Round, gone))
    section = only_section(service)
    assert section.mentees == 5
    first = next(c for c in section.competencies if c.id == FIRST)
    assert first.changes.spread is not None
    assert first.changes.spread.mean == pytest.approx(0.8)
    assert all(group.answered.count.of <= 25 for group in section.groups)


def test_a_round_without_comparison_is_not_counted(service: Service) -> None:
    with service.database.writing() as session:
        round_id = released(service, session, mentor(session, "one"), outcome(0.1))
        round_ = session.get_one(Round, round_id)
        session.delete(session.get_one(ProgrammeEntry, round_id))
        session.flush()
        session.delete(session.get_one(RoundOutcome, round_id))
        session.flush()
        enter_programme(session, round_)
        assert session.get(ProgrammeEntry, round_id) is None


def test_a_mentee_without_a_difference_is_not_counted_there(service: Service) -> None:
    missing = Outcome({FIRST: (None, Verdict.TOO_FEW), SECOND: unclear(0.7)}, contrast=None)
    programme(service, [*outcomes(*SPREAD_OUT[:4]), missing])
    section = only_section(service)
    first = next(c for c in section.competencies if c.id == FIRST)
    assert (first.changes.spread, first.clear_rises, first.mentees_left_out) == (None, None, 4)
    assert section.goal is None


def test_no_answer_and_no_report_is_read(service: Service) -> None:
    programme(service, outcomes(*SPREAD_OUT))
    statements: list[str] = []
    event.listen(
        service.database.engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_: statements.append(statement),
    )
    view_of(service)
    assert 5 < len(statements) < 15
    for statement in statements:
        for table in ("responses", "comments", "released_aggregates", "invitations", "people"):
            assert table not in statement
