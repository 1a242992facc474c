"""The demo: one believable case, filled in once, by the rules that hold for everybody."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from config import load_config
from survey.accounts.people import add_mentor
from survey.anonymity.thresholds import DEFAULT_THRESHOLD
from survey.confidentiality.master_key import MasterKey
from survey.demo.cast import read_cast
from survey.demo.fill import DemoError, DemoSummary, fill_demo
from survey.frameworks.rater_groups import STANDARD_KEYS
from survey.mentoring.agreed_actions import agenda
from survey.mentoring.attainment import attainment_of
from survey.mentoring.next_session import next_session
from survey.mentoring.session_records import records_of, shared_records
from survey.report.feedback_report import CompetencyReport, FeedbackReport
from survey.report.next_steps import newest_proposals
from survey.report.of_round import report_of_round
from survey.rounds.launch import launch_warnings
from survey.rounds.status import GroupStatus, round_status
from survey.service import Service
from survey.storage.migrate import migrate
from survey.storage.models import (
    Base,
    Comment,
    Delivery,
    GoalOutcome,
    Invitation,
    Letter,
    LetterKind,
    Mentorship,
    Person,
    Response,
    Round,
    RoundKind,
    RoundState,
)

ROOT = Path(__file__).parent.parent
NOW = dt.datetime(2026, 11, 24, 9, 30, tzinfo=dt.UTC)
GOAL_COMPETENCIES = {"giving-direction", "making-decisions", "influence-across-teams"}


def make_service(folder: Path) -> Service:
    service = Service(
        load_config(
            {
                "INSTANCE_FOLDER": str(folder),
                "SECRET_KEY": "a secret for tests alone",
                "MASTER_KEY": MasterKey.generate(),
            }
        )
    )
    migrate(service.database)
    return service


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Service]:
    """The service on a database without anybody in it."""
    service = make_service(tmp_path)
    yield service
    service.database.dispose()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, DemoSummary]]:
    """The demo, filled once for all tests that only look."""
    service = make_service(tmp_path_factory.mktemp("demo"))
    yield service, fill_demo(service, NOW)
    service.database.dispose()


@pytest.fixture
def session(filled: tuple[Service, DemoSummary]) -> Iterator[Session]:
    """A session on the filled demo, for looking only."""
    with filled[0].database.reading() as reading:
        yield reading


@pytest.fixture
def summary(filled: tuple[Service, DemoSummary]) -> DemoSummary:
    """Who and what is in the demo."""
    return filled[1]


@pytest.fixture
def report(session: Session, summary: DemoSummary) -> FeedbackReport:
    """The change report."""
    return report_of_round(session, session.get_one(Round, summary.change_report_id), "en")


def everything(service: Service) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with service.database.reading() as session:
        return {
            table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
            if inspect(service.database.engine).has_table(table.name)
        }


def mean_change(report: FeedbackReport, wanted: Callable[[CompetencyReport], bool]) -> float:
    changes = [
        c.movement.value for c in report.competencies if wanted(c) and c.movement.value is not None
    ]
    return sum(changes) / len(changes)


def competency(report: FeedbackReport, id_: str) -> CompetencyReport:
    return next(c for c in report.competencies if c.id == id_)


def figures_of(report: FeedbackReport) -> list[tuple[object, ...]]:
    # Means are added up in the order of the shuffled ballots: their last digits may differ.
    return [
        (found.id, row.group, figures.n, figures.counts, round(figures.mean or 0, 9))
        for found in report.competencies
        for row in found.rows
        for figures in (row.before, row.after)
    ]


def gap_before(report: FeedbackReport, id_: str) -> float:
    found = competency(report, id_)
    assert found.self_before is not None
    assert found.all_before is not None
    return found.self_before - found.all_before


def groups_of(session: Session, round_: Round) -> dict[str, GroupStatus]:
    return {group.key: group for group in round_status(session, round_)}


def test_the_mentor_has_one_finished_one_running_and_one_new_mentee(
    session: Session, summary: DemoSummary
) -> None:
    mentorships = session.scalars(
        select(Mentorship).where(Mentorship.mentor_id == summary.mentor_id)
    ).all()
    seen = {}
    for mentorship in mentorships:
        rounds = session.scalars(select(Round).where(Round.mentorship_id == mentorship.id)).all()
        assert len(mentorship.goals) == 1
        assert mentorship.goals[0].success_measures
        assert mentorship.goals[0].baseline
        assert mentorship.goals[0].target
        seen[mentorship.mentee.name] = {(r.kind, r.state) for r in rounds}
    assert seen == {
        "Samira Okafor": {
            (RoundKind.BEFORE, RoundState.RELEASED),
            (RoundKind.AFTER, RoundState.RELEASED),
        },
        "Tomasz Wierzbicki": {(RoundKind.BEFORE, RoundState.OPEN)},
        "Leila Haddad": set(),
    }


def test_the_before_round_lies_seven_months_back_and_the_after_round_ended_last_week(
    session: Session, summary: DemoSummary
) -> None:
    after = session.get_one(Round, summary.change_report_id)
    before = after.compared_with
    assert before is not None
    assert before.questionnaire_id == after.questionnaire_id
    assert before.launched_on is not None
    assert 200 <= (NOW.date() - before.launched_on).days <= 230
    assert after.closed_on is not None
    assert 1 <= (NOW.date() - after.closed_on).days <= 10
    assert after.released_on is not None
    assert after.closed_on <= after.released_on <= NOW.date()
    for round_ in (before, after):
        assert round_.launched_on is not None
        assert round_.closed_on is not None
        assert round_.launched_on < round_.deadline < round_.closed_on


def test_every_group_keeps_above_its_threshold_though_some_do_not_answer(
    session: Session, summary: DemoSummary, report: FeedbackReport
) -> None:
    after = session.get_one(Round, summary.change_report_id)
    for round_ in (after.compared_with, after):
        assert round_ is not None
        groups = groups_of(session, round_)
        assert {key: group.invited for key, group in groups.items()} == {
            "self": 1,
            "manager": 1,
            "peers": 5,
            "direct_reports": 4,
            "customers": 6,
        }
        assert all(group.reaches_threshold for group in groups.values())
        assert any(group.declined for group in groups.values())
        answered = [group.answered or 0 for group in groups.values()]
        assert sum(answered) < len(round_.invitations)
        assert all(group.threshold == DEFAULT_THRESHOLD for group in round_.groups[2:])
    assert report.hidden_groups == ()
    for group in report.groups:
        assert len(group.members) == 1
        needed = DEFAULT_THRESHOLD if group.anonymous else 1
        assert min(group.n_before or 0, group.n_after or 0) >= needed


def test_the_report_shows_change_for_all_groups(report: FeedbackReport) -> None:
    assert report.has_change
    for found in report.competencies:
        without = {row.group for row in found.rows if row.change is None}
        # Customers hardly see how she delegates: too few of them to be shown.
        assert without == ({"customers"} if found.id == "delegating-and-developing" else set())
        for row in found.rows:
            for figures in (row.before, row.after):
                if figures.shown and row.group not in ("self", "manager"):
                    assert (figures.n or 0) >= DEFAULT_THRESHOLD


def test_what_the_goal_draws_on_rose_clearly_more_than_the_rest(report: FeedbackReport) -> None:
    linked = [c for c in report.competencies if c.goal_linked]
    assert {c.id for c in linked} == GOAL_COMPETENCIES
    assert all(0.6 <= (c.movement.value or 0) <= 1.0 for c in linked)
    goal = mean_change(report, lambda c: c.goal_linked)
    rest = mean_change(report, lambda c: not c.goal_linked)
    assert goal > rest + 0.5
    fallen = competency(report, "delegating-and-developing").movement.value
    assert fallen is not None
    assert -0.4 <= fallen <= -0.15
    others = [
        c.movement.value
        for c in report.competencies
        if not c.goal_linked and c.id != "delegating-and-developing"
    ]
    assert all(change is not None and -0.1 <= change <= 0.35 for change in others)


def test_the_finished_goal_is_measured_and_evaluated(
    session: Session, summary: DemoSummary
) -> None:
    after = session.get_one(Round, summary.change_report_id)
    assert after.released_on is not None
    goals = {
        mentorship.mentee_id == summary.mentee_id: mentorship.goals[0]
        for mentorship in session.scalars(select(Mentorship))
    }
    goal = goals[True]
    assert [all(measure.level_texts) for measure in goal.measures] == [True] * 3
    found = attainment_of(goal)
    assert found is not None
    assert found.counted == found.measures
    # Weights 2, 1, 3: sqrt(0.7 * 14 + 0.3 * 36) = sqrt(20.6); sums of weight times level.
    assert found.t_baseline == pytest.approx(50 - 110 / 20.6**0.5)
    assert found.t_now == pytest.approx(50 + 30 / 20.6**0.5)
    assert goal.evaluation is not None
    assert goal.evaluation.outcome is GoalOutcome.ACHIEVED
    assert goal.evaluation.hindered
    assert goal.evaluation.also_achieved
    assert goal.evaluation.lessons
    assert len(goal.evaluation.next_steps.splitlines()) == 3
    assert after.released_on <= goal.evaluation.evaluated_on <= NOW.date()
    # The others have not come that far.
    assert (goals[False].measures, goals[False].evaluation) == ([], None)


def test_the_report_proposes_next_steps(session: Session, summary: DemoSummary) -> None:
    mentorship = session.get_one(Round, summary.change_report_id).mentorship
    found = newest_proposals(session, mentorship, "en")
    assert found is not None
    assert found.round.id == summary.change_report_id
    first, second = found.proposals
    # What fell is also what is rated lowest; what the goal draws on has risen, and is still low.
    assert first.competency == "Delegating and developing people"
    assert first.reason.startswith("rated lowest: 3.")
    assert ", fell by 0." in first.reason
    assert second.reason.startswith("rated among the lowest: 3.")


def test_it_has_a_blind_spot_and_a_hidden_strength_at_the_start(report: FeedbackReport) -> None:
    assert gap_before(report, "giving-direction") > 0.7
    assert gap_before(report, "safe-to-speak-up") < -0.5


def test_some_ratings_are_missing(session: Session) -> None:
    items = 31  # indicators of the leadership framework
    missing: dict[str, list[int]] = {}
    for response in session.scalars(select(Response)):
        rated = sum(value is not None for value in json.loads(response.ratings).values())
        missing.setdefault(response.group_key, []).append(items - rated)
    assert sum(missing["self"]) == 0
    share = {key: sum(counts) / len(counts) for key, counts in missing.items()}
    assert 0 < share["peers"] < share["customers"]
    assert share["direct_reports"] > 0


def test_comments_are_many_differ_and_name_nobody(session: Session) -> None:
    texts = [comment.text for comment in session.scalars(select(Comment))]
    assert len(texts) == len(set(texts)) >= 30
    invited = session.scalars(select(Invitation.name)).all()
    people = session.scalars(select(Person.name)).all()
    names = {part for name in (*invited, *people) for part in name.split() if len(part) > 2}
    for text in texts:
        assert not names & set(text.replace(".", " ").replace(",", " ").split()), text
    assert set(session.scalars(select(Comment.question_id))) == {
        "start",
        "stop",
        "continue",
        "noticed-change",
    }
    assert set(session.scalars(select(Comment.group_key))) == set(STANDARD_KEYS)


def test_about_half_of_the_raters_comment() -> None:
    answers = [
        rater.answer_in(kind)
        for rater in read_cast().finished.raters
        for kind in (RoundKind.BEFORE, RoundKind.AFTER)
        if isinstance(rater.answer_in(kind), dict) and rater.group != "self"
    ]
    commented = sum(1 for answer in answers if answer)
    assert 0.4 <= commented / len(answers) <= 0.75


def test_in_the_open_round_one_group_can_not_reach_its_threshold(
    session: Session, summary: DemoSummary
) -> None:
    round_ = session.get_one(Round, summary.open_round_id)
    assert round_.deadline > NOW.date()
    groups = groups_of(session, round_)
    assert [key for key, g in groups.items() if g.anonymous and g.invited < g.threshold] == [
        "customers"
    ]
    assert any(warning.startswith("Customers") for warning in launch_warnings(round_))
    assert groups["customers"].done == 1
    assert groups["peers"].reaches_threshold
    assert 0 < sum(group.done for group in groups.values()) < len(round_.invitations)


def test_only_letters_that_one_can_try_are_waiting(session: Session, summary: DemoSummary) -> None:
    letters = session.scalars(select(Letter)).all()
    invitations = [
        session.get_one(Invitation, letter.invitation_id)
        for letter in letters
        if letter.kind is LetterKind.INVITATION
    ]
    assert {i.round_id for i in invitations} == {summary.open_round_id}
    assert not any(i.done for i in invitations)
    # One of each kind of form is there to be tried.
    assert {i.group_key for i in invitations} == set(STANDARD_KEYS)
    others = [letter for letter in letters if letter.kind is not LetterKind.INVITATION]
    assert {letter.kind for letter in others} == {LetterKind.MENTEE_WELCOME}
    welcomed = {session.get_one(Mentorship, letter.mentorship_id).mentee_id for letter in others}
    assert summary.mentee_id not in welcomed
    for invitation in session.scalars(select(Invitation)):
        waits = invitation in invitations
        assert invitation.delivery is (Delivery.QUEUED if waits else Delivery.SENT)


def test_filling_again_changes_nothing(empty: Service) -> None:
    first = fill_demo(empty, NOW)
    before = everything(empty)
    second = fill_demo(empty, NOW + dt.timedelta(days=40))
    assert everything(empty) == before
    assert first.filled_now
    assert not second.filled_now
    assert second.change_report_id == first.change_report_id
    assert second.open_round_id == first.open_round_id
    assert (second.mentor_id, second.mentee_id) == (first.mentor_id, first.mentee_id)


def test_a_newcomer_may_add_people_and_start_the_demo_again(empty: Service) -> None:
    first = fill_demo(empty, NOW)
    with empty.database.writing() as session:
        add_mentor(session, "New Comer", "new.comer@example.com")
    assert fill_demo(empty, NOW).change_report_id == first.change_report_id


def test_it_fills_sqlite_and_postgresql(service: Service, report: FeedbackReport) -> None:
    summary = fill_demo(service, NOW)
    with service.database.reading() as session:
        round_ = session.get_one(Round, summary.change_report_id)
        assert figures_of(report_of_round(session, round_, "en")) == figures_of(report)
    assert fill_demo(service, NOW).filled_now is False


def test_two_fillings_tell_the_same_figures(empty: Service, report: FeedbackReport) -> None:
    summary = fill_demo(empty, NOW + dt.timedelta(days=3))
    with empty.database.reading() as session:
        round_ = session.get_one(Round, summary.change_report_id)
        again = report_of_round(session, round_, "en")
    assert figures_of(again) == figures_of(report)


def test_it_refuses_a_database_that_holds_somebody(empty: Service) -> None:
    with empty.database.writing() as session:
        add_mentor(session, "Real Person", "real.person@example.com")
    before = everything(empty)
    with pytest.raises(DemoError, match="1 account"):
        fill_demo(empty, NOW)
    assert everything(empty) == before


def test_a_filling_that_fails_leaves_nothing_behind(
    empty: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("the power went out")

    monkeypatch.setattr("survey.demo.fill.release_round", fail)
    with pytest.raises(RuntimeError):
        fill_demo(empty, NOW)
    with empty.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 0
    monkeypatch.undo()
    assert fill_demo(empty, NOW).filled_now


def run_demo(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MAIL", "DATABASE_", "BASE_URL", "SECRET_", "MASTER_"))
    }
    return subprocess.run(
        [sys.executable, "-m", "survey", "demo"],
        cwd=ROOT,
        env=kept | {"INSTANCE_FOLDER": str(folder)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_command_prints_where_to_look(tmp_path: Path) -> None:
    for _ in range(2):
        done = run_demo(tmp_path / "new", BASE_URL="http://127.0.0.1:8765")
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("http://127.0.0.1:8765/sign-in/") == 2
        assert "http://127.0.0.1:8765/reports/" in done.stdout
        assert "http://127.0.0.1:8765/mailbox/" in done.stdout
        assert "Samira Okafor" in done.stdout
        assert "Helena Brandt" in done.stdout


def test_the_command_sends_no_mail_to_people_who_do_not_exist(tmp_path: Path) -> None:
    done = run_demo(tmp_path / "new", MAIL_SERVER="mail.example.org")
    assert done.returncode == 1
    assert "MAIL_SERVER" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "new" / "survey.db").exists()


def test_the_finished_mentoring_has_six_sessions_and_an_end(
    session: Session, summary: DemoSummary
) -> None:
    mentorship = session.get_one(Round, summary.change_report_id).mentorship
    records = records_of(session, mentorship)
    assert len(records) == mentorship.agreed_sessions == 6
    assert mentorship.ended_on is not None
    assert records[0].held_on <= mentorship.ended_on
    # Something is private, something is shared, and not everything was done.
    assert any(record.notes and not record.notes_shared for record in records)
    shown = shared_records(session, mentorship)
    assert all(record.notes for record in shown)
    private = {record.notes for record in records if not record.notes_shared}
    assert not private & {text for record in shown for _, text in record.notes}
    assert len(agenda(records)) == 2
    goal = mentorship.goals[0]
    assert all(milestone.reached_on for milestone in goal.milestones)
    running = session.get_one(Round, summary.open_round_id).mentorship
    assert next_session(session, running, NOW) is not None
    assert agenda(records_of(session, running))
