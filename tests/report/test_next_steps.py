"""Proposals for next steps from a report."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from types import SimpleNamespace
from typing import cast

import pytest

from survey.anonymity.suppression import Bound
from survey.frameworks.rater_groups import STANDARD_GROUPS
from survey.report.feedback_report import Change, FeedbackReport
from survey.report.next_steps import newest_proposals, proposed_next_steps
from survey.report.wording import ENGLISH
from survey.rounds.draft import RoundDetails, add_raters, create_draft
from survey.service import Service
from survey.storage.models import Mentorship, Round, RoundKind
from tests.support.cases import NOW, close, draft_case, entries, launch

# A competency: title, mean of all raters, its bound, change, its bound.
Row = tuple[str, float | None, Bound, float | None, Bound]


def steady(title: str, mean: float | None, change: float | None = None) -> Row:
    return (title, mean, "exact", change, "exact")


def proposals(rows: Iterable[Row]) -> list[str]:
    """As much of a report as proposals are drawn from."""
    competencies = [
        SimpleNamespace(
            id=title.lower(),
            title=title,
            all_after=mean,
            all_after_bound=mean_bound,
            movement=Change(change, change_bound),
        )
        for title, mean, mean_bound, change, change_bound in rows
    ]
    report = cast(FeedbackReport, SimpleNamespace(competencies=competencies))
    return [str(proposal) for proposal in proposed_next_steps(report, ENGLISH)]


def test_the_lowest_come_first_then_those_that_fell_most() -> None:
    assert proposals(
        [
            steady("High", 4.6, 0.3),
            steady("Fell", 4.2, -0.2),
            steady("Low", 3.14, 0.1),
            steady("Lowest", 2.86, 0.0),
            steady("Fell more", 4.0, -0.6),
        ]
    ) == [
        "Lowest (rated lowest: 2.9)",
        "Low (rated among the lowest: 3.1)",
        "Fell more (fell by 0.6)",
        "Fell (fell by 0.2)",
    ]


def test_each_is_proposed_once_with_all_its_reasons_and_at_most_four() -> None:
    rows = [steady(f"C{n}", 3 + n / 10, -n / 10) for n in range(1, 8)]
    assert proposals(rows) == [
        "C1 (rated lowest: 3.1, fell by 0.1)",
        "C2 (rated among the lowest: 3.2, fell by 0.2)",
        "C7 (fell by 0.7)",
        "C6 (fell by 0.6)",
    ]


@pytest.mark.parametrize(
    ("change", "shown"),
    [(-0.04, ""), (-0.049999, ""), (-0.05, "fell by 0.1"), (-0.25, "fell by 0.3"), (0.4, "")],
)
def test_a_fall_is_one_that_is_shown_as_one(change: float, shown: str) -> None:
    rows = [steady("Low", 2.0), steady("Moved", 4.0, change)]
    found = [line for line in proposals(rows) if line.startswith("Moved")]
    assert found == ([f"Moved ({shown})"] if shown else [])


def test_equal_ratings_are_both_the_lowest() -> None:
    rows = [steady("A", 3.0), steady("B", 2.98), steady("C", 4.0), steady("D", 4.0)]
    assert proposals(rows) == ["B (rated lowest: 3.0)", "A (rated lowest: 3.0)"]


def test_the_order_does_not_hang_on_the_last_digits_of_a_mean() -> None:
    rows = [steady("A", 0.1 + 0.2), steady("B", 0.3), steady("C", 4.0), steady("D", 4.0)]
    assert [line[0] for line in proposals(rows)] == ["A", "B"]


def test_of_few_competencies_not_more_than_half_are_lowest() -> None:
    assert proposals([steady("Alone", 2.0)]) == []
    assert proposals([steady("A", 2.0), steady("B", 3.0), steady("C", 4.0)]) == [
        "A (rated lowest: 2.0)"
    ]
    assert proposals([]) == []
    assert proposals([steady("A", None), steady("B", None)]) == []


def test_a_bound_is_called_one_and_a_lower_bound_proposes_nothing() -> None:
    rows: list[Row] = [
        ("Low", 2.0, "at_most", None, "exact"),
        ("Maybe low", 1.5, "at_least", -0.4, "at_least"),
        ("About", 2.5, "about", -0.3, "about"),
        ("Fell", 4.0, "exact", -0.4, "at_most"),
        ("High", 4.5, "exact", None, "exact"),
    ]
    assert proposals(rows) == [
        "Low (rated lowest: at most 2.0)",
        "About (rated among the lowest: about 2.5, fell by about 0.3)",
        "Fell (fell by at least 0.4)",
    ]


def test_they_come_from_the_newest_closed_round_that_shows_change(service: Service) -> None:
    case = draft_case(service)

    def source() -> uuid.UUID | None:
        with service.database.reading() as session:
            mentorship = session.get_one(Mentorship, case.mentorship_id)
            found = newest_proposals(session, mentorship, "en")
            return found.round.id if found else None

    def another(kind: RoundKind, compared_with: uuid.UUID | None, now: dt.datetime) -> uuid.UUID:
        with service.database.writing() as session:
            draft = create_draft(
                session,
                session.get_one(Mentorship, case.mentorship_id),
                RoundDetails(
                    kind=kind,
                    framework_id="leadership",
                    groups=STANDARD_GROUPS,
                    deadline=now.date() + dt.timedelta(14),
                    compared_with=session.get_one(Round, compared_with) if compared_with else None,
                ),
                now.date(),
            )
            if compared_with is None:
                assert add_raters(session, draft, entries({"peers": 3})) == []
            return draft.id

    launch(service, case.round_id)
    assert source() is None
    close(service, case.round_id)
    assert source() == case.round_id
    half_a_year_later = NOW + dt.timedelta(180)
    after = another(RoundKind.AFTER, case.round_id, half_a_year_later)
    launch(service, after, now=half_a_year_later)
    assert source() == case.round_id
    close(service, after, now=half_a_year_later)
    assert source() == after
    # A newer one that is compared with nothing.
    still_later = NOW + dt.timedelta(240)
    single = another(RoundKind.INTERIM, None, still_later)
    launch(service, single, now=still_later)
    close(service, single, now=still_later)
    assert source() == after
