"""An after round that asks a newer version: decided in the draft, frozen, counted and told."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from itertools import combinations

import pytest
from scipy import stats
from sqlalchemy import select

from survey.anonymity.change_figures import ChangeFigures
from survey.anonymity.released_aggregate import ReleasedAggregate
from survey.report.of_round import report_of_round
from survey.rounds.draft import create_draft, update_draft
from survey.rounds.errors import InvalidRoundError, WrongStateError
from survey.rounds.launch import launch_round
from survey.rounds.new_version import (
    ask_new_version,
    ask_the_same_again,
    newer_version,
    version_problems,
)
from survey.rounds.questionnaires import comparison_plan_of, questionnaire_of
from survey.service import Service
from survey.storage.models import (
    AuditEntry,
    CompetencyOutcome,
    Round,
    RoundKind,
)
from survey.storage.queries import rounds as round_queries
from tests.support.cases import NOW, close, launch
from tests.support.two_versions import (
    AFTER,
    BEFORE,
    PEERS_ALONE,
    SECOND,
    STATEMENTS,
    answer,
    closed_before_round,
    details,
    framework,
    upload,
)


@pytest.fixture
def before(service: Service) -> uuid.UUID:
    """A closed before round on the first version; then the second takes its place."""
    return closed_before_round(service)


def draft_after(service: Service, before: uuid.UUID) -> uuid.UUID:
    with service.database.writing() as session:
        earlier = session.get_one(Round, before)
        return create_draft(
            session, earlier.mentorship, details(earlier.mentorship, earlier), NOW.date()
        ).id


def choose(service: Service, draft: uuid.UUID, *same_meaning: str) -> None:
    with service.database.writing() as session:
        round_ = session.get_one(Round, draft)
        found = service.catalogue.get(session, round_.mentorship.mentor, "mine")
        ask_new_version(session, round_, found, same_meaning)


def after_round(service: Service, before: uuid.UUID) -> uuid.UUID:
    after = draft_after(service, before)
    choose(service, after, "judged")
    launch(service, after)
    answer(service, after, AFTER)
    close(service, after)
    return after


def change_of(service: Service, round_id: uuid.UUID) -> ChangeFigures:
    with service.database.reading() as session:
        stored = round_queries.aggregate(session, round_id)
        assert stored is not None
        change = ReleasedAggregate.from_json(stored.document).change
        assert change is not None
        return change


def test_a_draft_asks_the_same_again_unless_its_mentor_chooses_otherwise(
    service: Service, before: uuid.UUID
) -> None:
    after = draft_after(service, before)
    with service.database.reading() as session:
        round_ = session.get_one(Round, after)
        mentor = round_.mentorship.mentor
        newer = newer_version(round_, service.catalogue.get(session, mentor, "mine"))
        assert newer is not None
        assert {one.competency.id: str(one.standing) for one in newer.versions.competencies} == {
            "same": "same",
            "worded": "reworded",
            "judged": "reworded",
            "longer": "recomposed",
            "more": "new",
        }
    launch(service, after)
    with service.database.reading() as session:
        earlier, later = (session.get_one(Round, one) for one in (before, after))
        assert comparison_plan_of(later) is None
        assert later.questionnaire_id == earlier.questionnaire_id


def test_the_decision_is_frozen_and_noted_at_the_launch(
    service: Service, before: uuid.UUID
) -> None:
    after = draft_after(service, before)
    choose(service, after, "judged")
    launch(service, after)
    # Later versions change nothing of it.
    upload(service, framework("3.0.0", {"same": "never "}, {}))
    with service.database.reading() as session:
        round_ = session.get_one(Round, after)
        plan = comparison_plan_of(round_)
        assert plan is not None
        assert plan.left_out == {"worded", "longer", "more"}
        assert plan.judged_the_same == {"judged"}
        assert questionnaire_of(round_).framework_version == "2.0.0"
        deeds = session.scalars(
            select(AuditEntry.action).where(AuditEntry.object_id == after)
        ).all()
        assert set(deeds) == {"round.launched", "round.new_version_compared"}
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "round.new_version_compared")
        ).one()
        assert entry.actor_id == round_.mentorship.mentor_id
    with service.database.writing() as session, pytest.raises(WrongStateError):
        ask_the_same_again(session, session.get_one(Round, after))
    with pytest.raises(WrongStateError):
        choose(service, after)


def test_a_decision_about_other_texts_does_not_count(service: Service, before: uuid.UUID) -> None:
    after = draft_after(service, before)
    choose(service, after, "judged")
    upload(service, framework("3.0.0", {"worded": "often ", "judged": "hardly "}, {"longer": 3}))
    with service.database.writing() as session:
        round_ = session.get_one(Round, after)
        found = service.catalogue.get(session, round_.mentorship.mentor, "mine")
        assert len(version_problems(round_, found)) == 1
        with pytest.raises(InvalidRoundError, match="has changed since you decided"):
            launch_round(
                session,
                round_,
                found,
                links=service.rater_links,
                master_key=service.master_key,
                now=NOW,
            )
    choose(service, after, "judged")
    launch(service, after)


def test_what_a_decision_was_about_takes_it_along(service: Service, before: uuid.UUID) -> None:
    after = draft_after(service, before)
    choose(service, after, "judged")
    with service.database.writing() as session:
        round_ = session.get_one(Round, after)
        earlier, mentorship = round_.compared_with, round_.mentorship
        # Other groups and another day are no other questionnaire.
        changed = details(mentorship, earlier, groups=PEERS_ALONE, label_comments=True)
        update_draft(session, round_, changed, NOW.date())
        assert comparison_plan_of(round_) is not None
        framework_now = service.catalogue.get(session, mentorship.mentor, "mine")
        assert version_problems(round_, framework_now) == []
        update_draft(session, round_, details(mentorship, kind=RoundKind.AFTER), NOW.date())
        assert round_.comparison_plan is None
        update_draft(session, round_, details(mentorship, earlier), NOW.date())
        assert comparison_plan_of(round_) is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (SECOND.replace(b"label: Point 5", b"label: Always"), "rating scale is another one"),
        (framework("2.0.0", dict.fromkeys(STATEMENTS, "often "), {}), "No competency would"),
    ],
)
def test_what_cannot_be_compared_is_refused_as_a_whole(
    service: Service, before: uuid.UUID, content: bytes, said: str
) -> None:
    after = draft_after(service, before)
    upload(service, content)
    with pytest.raises(InvalidRoundError, match=said):
        choose(service, after)
    launch(service, after)
    with service.database.reading() as session:
        round_ = session.get_one(Round, after)
        assert questionnaire_of(round_).framework_version == "1.0.0"


def test_only_what_is_compared_enters_the_change_and_each_figure_is_right(
    service: Service, before: uuid.UUID
) -> None:
    """Worked out anew from what was ticked: a score is what the rater ticked throughout."""
    change = change_of(service, after_round(service, before))
    figures = {one.id: one for one in change.competencies}
    assert list(figures) == ["same", "judged"]
    p_values = []
    for name, one in figures.items():
        then, now = ([int(tick) for tick in ticked[name]] for ticked in (BEFORE, AFTER))
        # The manager and four peers, each group with one voice.
        expected = (now[0] - then[0] + sum(now[1:]) / 4 - sum(then[1:]) / 4) / 2
        assert one.tested is not None
        assert one.tested.difference == pytest.approx(expected)
        p_values.append(permuted(then, now))
        assert one.tested.p == pytest.approx(p_values[-1])
    # The family has two members, not five.
    smaller, larger = sorted(p_values)
    adjusted = {smaller: min(1.0, 2 * smaller), larger: min(1.0, max(2 * smaller, larger))}
    assert [one.holm_p for one in figures.values()] == pytest.approx(
        [adjusted[p] for p in p_values]
    )
    bh = stats.false_discovery_control(p_values, method="bh")
    assert [one.bh_p for one in figures.values()] == pytest.approx(list(bh))
    # Of the goal's two competencies one is compared; of the others too.
    same, judged = (one.tested for one in figures.values())
    assert change.goal_competencies == ("same", "worded")
    assert change.linked == same
    assert change.others == judged
    assert change.contrast is not None
    assert same is not None
    assert judged is not None
    assert change.contrast.difference == pytest.approx(same.difference - judged.difference)


def permuted(then: Sequence[int], now: Sequence[int]) -> float:
    """Two-sided p over all ways to deal the scores of each group to before and after."""
    found = []
    for manager in ((then[0], now[0]), (now[0], then[0])):
        scores = [*then[1:], *now[1:]]
        for chosen in combinations(range(8), 4):
            later = [scores[place] for place in chosen]
            rest = [scores[place] for place in range(8) if place not in chosen]
            found.append((manager[1] - manager[0] + sum(later) / 4 - sum(rest) / 4) / 2)
    seen = (now[0] - then[0] + sum(now[1:]) / 4 - sum(then[1:]) / 4) / 2
    above = sum(one >= seen - 1e-9 for one in found)
    below = sum(one <= seen + 1e-9 for one in found)
    return min(1.0, 2 * min(above, below) / len(found))


def test_the_report_shows_the_others_for_the_after_round_alone(
    service: Service, before: uuid.UUID
) -> None:
    after = after_round(service, before)
    with service.database.reading() as session:
        report = report_of_round(session, session.get_one(Round, after), "en")
        outcomes = session.scalars(select(CompetencyOutcome.competency_id)).all()
    # Nothing of what is not compared goes on to the programme view.
    assert sorted(outcomes) == ["judged", "same"]
    told = {c.id: c for c in report.competencies}
    assert {name: str(c.not_compared) for name, c in told.items() if c.not_compared} == {
        "worded": "reworded",
        "longer": "recomposed",
        "more": "new",
    }
    assert [name for name, c in told.items() if c.judged_the_same] == ["judged"]
    for name, c in told.items():
        compared = name in ("same", "judged")
        assert (c.movement.value is not None) is compared
        assert (c.all_before is not None) is compared
        assert (c.finding is not None) is compared
        assert c.all_after is not None
        for row in (*c.rows, *(row for statement in c.statements for row in statement.rows)):
            assert (row.before.mean is not None) is (compared and row.after.mean is not None)
            assert compared or row.change is None
    assert [c.id for c in report.by_movement if c.not_compared] == []


def test_the_first_report_stays_what_it_was(service: Service, before: uuid.UUID) -> None:
    def of_before() -> str:
        with service.database.reading() as session:
            return repr(report_of_round(session, session.get_one(Round, before), "en"))

    earlier = of_before()
    after_round(service, before)
    assert of_before() == earlier
