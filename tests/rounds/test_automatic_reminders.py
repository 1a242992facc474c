"""Rounds remind by themselves: when, whom, and never twice."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from survey.rounds.manage import extend_deadline
from survey.rounds.remind import coming_reminder_days, remind_all, remind_if_due, rounds_to_remind
from survey.rounds.reminder_days import coming_days, is_due, reminder_days
from survey.rounds.submit import submit_feedback
from survey.service import Service
from survey.storage.models import (
    AuditEntry,
    Delivery,
    Invitation,
    Letter,
    LetterKind,
    Round,
)
from tests.support.cases import NOW, Case, close, launched_case, tokens

BERLIN = ZoneInfo("Europe/Berlin")
LAUNCH = dt.date(2026, 11, 2)


def days(length: int) -> list[int]:
    """After how many days a round of this length reminds."""
    found = reminder_days(LAUNCH, LAUNCH + dt.timedelta(days=length))
    return [(day - LAUNCH).days for day in found]


@pytest.mark.parametrize(
    ("length", "wanted"),
    [
        *((0, []), (1, []), (2, []), (3, [1]), (4, [2]), (5, [3])),
        # Three and four would follow each other at once: the later one stays.
        (6, [4]),
        # Saturday goes to the Monday, or to the Friday where the Monday is the last day.
        *((7, [4]), (8, [4, 7]), (14, [7, 11]), (15, [7, 14])),
        *((16, [8, 14]), (30, [15, 28])),
    ],
)
def test_halfway_and_two_days_before_the_end(length: int, wanted: list[int]) -> None:
    assert days(length) == wanted


EVERY_ROUND = [
    (LAUNCH + dt.timedelta(days=first), LAUNCH + dt.timedelta(days=first + length))
    for first in range(7)
    for length in range(60)
]


def test_never_at_a_weekend_and_always_within_the_round() -> None:
    for launched_on, deadline in EVERY_ROUND:
        found = reminder_days(launched_on, deadline)
        assert all(day.weekday() < 5 for day in found)
        assert all(launched_on < day < deadline for day in found)
        assert found == sorted(set(found))
        length = (deadline - launched_on).days
        if length >= 5:
            assert found, f"no reminder from {launched_on} to {deadline}"


def test_a_round_over_the_weekend_alone_reminds_nobody() -> None:
    friday = LAUNCH + dt.timedelta(days=4)
    assert reminder_days(friday, friday + dt.timedelta(days=3)) == []
    assert reminder_days(friday, friday + dt.timedelta(days=4)) == [friday + dt.timedelta(days=3)]


def test_whatever_happened_before_what_is_announced_is_what_comes() -> None:
    """Also after a reminder of the mentor's, and where the worker missed a day."""
    for launched_on, deadline in EVERY_ROUND:
        length = (deadline - launched_on).days
        for reminded_after, today_after in ((None, 0), (1, 1), (2, 4), (length // 2, length - 3)):
            reminded = (
                None
                if reminded_after is None
                else min(launched_on + dt.timedelta(days=reminded_after), deadline)
            )
            today = launched_on + dt.timedelta(days=max(today_after, reminded_after or 0))
            said = coming_days(launched_on, deadline, reminded, today)
            came = []
            day = today
            while day <= deadline + dt.timedelta(days=3):
                noon = dt.datetime.combine(day, dt.time(12), BERLIN)
                if is_due(launched_on, deadline, reminded, noon, BERLIN):
                    came.append(day)
                    reminded = day
                day += dt.timedelta(days=1)
            assert came == said
            assert all(one.weekday() < 5 for one in came)


def at(day: int, hour: int = 9) -> dt.datetime:
    return dt.datetime.combine(LAUNCH + dt.timedelta(days=day), dt.time(hour), BERLIN)


@pytest.mark.parametrize(
    ("now", "reminded", "due"),
    [
        (at(6, 23), None, False),
        (at(7, 7), None, False),
        (at(7, 8), None, True),
        # The worker did not run that day.
        (at(9), None, True),
        (at(8), 7, False),
        # The mentor reminded the day before.
        (at(7), 6, False),
        (at(8), 6, True),
        (at(10), 7, False),
        (at(11), 7, True),
        # Missed on the Friday: nobody is reminded on Saturday or Sunday, but on the Monday.
        (at(12), 7, False),
        (at(13), 7, False),
        (at(14), 7, True),
        (at(14), 11, False),
        (at(15), None, False),
    ],
)
def test_due_once_by_day_and_with_a_rest(now: dt.datetime, reminded: int | None, due: bool) -> None:
    last = None if reminded is None else LAUNCH + dt.timedelta(days=reminded)
    found = is_due(LAUNCH, LAUNCH + dt.timedelta(days=14), last, now, BERLIN)
    assert found is due


@pytest.fixture
def case(service: Service) -> Case:
    case = launched_case(service, {"peers": 4}, reminds_itself=True)
    deliver(service)
    return case


def deliver(service: Service) -> None:
    """All letters have gone out."""
    with service.database.writing() as session:
        for letter in session.scalars(select(Letter)):
            session.delete(letter)
        for invitation in session.scalars(select(Invitation)):
            invitation.delivery = Delivery.SENT


def reminded(service: Service) -> list[str]:
    """Who has a reminder in the outbox."""
    with service.database.reading() as session:
        return sorted(
            session.scalars(
                select(Invitation.email)
                .join(Letter, Letter.invitation_id == Invitation.id)
                .where(Letter.kind == LetterKind.REMINDER)
            )
        )


def go_round(service: Service, now: dt.datetime) -> None:
    """What the worker does."""
    with service.database.reading() as session:
        due = rounds_to_remind(session, now, service.zone)
    for round_id in due:
        with service.database.writing() as session:
            remind_if_due(session, round_id, now, service.zone)


def after(number: int) -> dt.datetime:
    return NOW + dt.timedelta(days=number)


def test_those_who_have_answered_are_left_in_peace(service: Service, case: Case) -> None:
    token = tokens(service, case.round_id)["peers1@example.org"]
    with service.database.writing() as session:
        submit_feedback(session, service.rater_links, token, {"c-start": "Hm"}, NOW.date())
    go_round(service, after(6))
    assert reminded(service) == []
    go_round(service, after(7))
    waiting = [f"peers{number}@example.org" for number in (2, 3, 4)]
    assert reminded(service) == ["mia.mentee@example.org", *waiting]
    go_round(service, after(8))
    assert len(reminded(service)) == 4
    deliver(service)
    go_round(service, after(11))
    assert len(reminded(service)) == 4


def test_where_the_day_begins_early_nobody_is_reminded_twice(service: Service, case: Case) -> None:
    """At eight in Auckland it is still the day before in UTC."""
    auckland = ZoneInfo("Pacific/Auckland")
    came = []
    for hours in range(24 * 16):
        now = NOW + dt.timedelta(hours=hours)
        with service.database.writing() as session:
            remind_if_due(session, case.round_id, now, auckland)
        if reminded(service):
            came.append((now.astimezone(auckland).date() - NOW.date()).days)
        deliver(service)
    assert came == [7, 11]


def test_two_workers_at_once_remind_nobody_twice(service: Service, case: Case) -> None:
    """Both have seen that it is due; the second finds it done."""
    for _ in range(2):
        with service.database.writing() as session:
            remind_if_due(session, case.round_id, after(7), service.zone)
    assert len(reminded(service)) == 5
    with service.database.reading() as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "round.reminders_sent")
        ).all()
        assert [entry.actor_id for entry in entries] == [None]


def test_the_mentor_s_own_reminder_counts(service: Service, case: Case) -> None:
    with service.database.writing() as session:
        remind_all(session, session.get_one(Round, case.round_id), after(6))
    deliver(service)
    go_round(service, after(7))
    assert reminded(service) == []


def test_rounds_that_were_not_told_to_remind_nobody(service: Service) -> None:
    launched_case(service, {"peers": 4})
    deliver(service)
    go_round(service, after(7))
    assert reminded(service) == []


def test_a_closed_round_reminds_nobody(service: Service, case: Case) -> None:
    close(service, case.round_id)
    with service.database.writing() as session:
        remind_if_due(session, case.round_id, after(7), service.zone)
    assert reminded(service) == []


def test_a_later_deadline_moves_what_is_still_to_come(service: Service, case: Case) -> None:
    go_round(service, after(7))
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        extend_deadline(round_, NOW.date() + dt.timedelta(days=20), after(8).date())
        coming = coming_reminder_days(round_, after(8).date())
        assert [(day - NOW.date()).days for day in coming] == [10, 18]


def test_what_the_page_says_is_what_comes(service: Service, case: Case) -> None:
    with service.database.reading() as session:
        round_ = session.get_one(Round, case.round_id)
        said = coming_reminder_days(round_, NOW.date())
    came = []
    for number in range(16):
        go_round(service, after(number))
        if reminded(service):
            came.append(after(number).date())
        deliver(service)
    assert came == said
