"""The timeline of a relationship: what happened when, seen by the mentor or by the mentee.

A topic that has something to show adds a source: a function that gives the entries of its own
records. What the mentee may not know is left out by the source, not by the page.
"""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey.languages.message import Message, counted_message
from survey.mentoring.reflection_timeline import reflection_timeline
from survey.storage.models import GoalOutcome, Mentorship, RoundKind, RoundState, Side
from survey.storage.queries import rounds as round_queries
from survey.storage.queries import session_records as record_queries

# What an entry leads to: the name of a kind of record, with its id where there are several.
TimelineLink = tuple[str, uuid.UUID | None]

_OUTCOMES = {
    GoalOutcome.ACHIEVED: Message("achieved"),
    GoalOutcome.PARTLY: Message("partly achieved"),
    GoalOutcome.NOT_ACHIEVED: Message("not achieved"),
}


_ROUNDS = {
    RoundKind.BEFORE: Message("Before round"),
    RoundKind.INTERIM: Message("Interim round"),
    RoundKind.AFTER: Message("After round"),
}


@dataclass(frozen=True)
class TimelineEntry:
    """One thing on the timeline. A day that is still to come makes it a plan."""

    on: dt.date
    kind: str
    title: str
    link: TimelineLink | None = None
    note: str = ""


@dataclass(frozen=True)
class Month:
    """A month with what happened in it."""

    first_day: dt.date
    entries: Sequence[TimelineEntry]


@dataclass(frozen=True)
class View:
    """Whose timeline is looked at, on which day, and from which side."""

    mentorship: Mentorship
    today: dt.date
    for_mentee: bool

    @property
    def side(self) -> Side:
        """The side that looks."""
        return Side.MENTEE if self.for_mentee else Side.MENTOR


# Gives a topic's entries, in any order; for the mentee, only what the mentee may know.
TimelineSource = Callable[[Session, View], Iterable[TimelineEntry]]


def timeline(
    session: Session, mentorship: Mentorship, today: dt.date, *, for_mentee: bool
) -> list[TimelineEntry]:
    """Everything that this side may know of, the oldest first."""
    view = View(mentorship, today, for_mentee)
    entries = [entry for source in SOURCES for entry in source(session, view)]
    return sorted(entries, key=lambda entry: entry.on)


def by_month(entries: Iterable[TimelineEntry]) -> list[Month]:
    """The entries, in their order, month by month."""
    months = itertools.groupby(entries, key=lambda entry: entry.on.replace(day=1))
    return [Month(first_day, list(found)) for first_day, found in months]


def _beginning(_session: Session, view: View) -> Iterator[TimelineEntry]:
    yield TimelineEntry(view.mentorship.started_on, "relationship", Message("The mentoring begins"))


def _end(_session: Session, view: View) -> Iterator[TimelineEntry]:
    if view.mentorship.ended_on is not None:
        yield TimelineEntry(view.mentorship.ended_on, "relationship", Message("The mentoring ends"))


def _sessions(session: Session, view: View) -> Iterator[TimelineEntry]:
    records = list(reversed(record_queries.records(session, view.mentorship.id)))
    for number, record in enumerate(records, 1):
        agreed = len(record.actions)
        done = sum(action.done_on is not None for action in record.actions)
        note = counted_message(
            "%(done)s of %(num)s agreed action done",
            "%(done)s of %(num)s agreed actions done",
            agreed,
            done=done,
        )
        yield TimelineEntry(
            record.held_on,
            "session",
            Message("Session %(number)s", number=number),
            ("session", record.id),
            note if agreed else "",
        )


def _rounds(session: Session, view: View) -> Iterator[TimelineEntry]:
    for round_ in round_queries.in_mentorship(session, view.mentorship.id):
        name = _ROUNDS[round_.kind]
        readable = round_.state is RoundState.RELEASED or not view.for_mentee
        report = ("report", round_.id) if readable else None
        page = None if view.for_mentee else ("round", round_.id)
        days = (
            (round_.launched_on, Message("%(round)s: launched", round=name), page),
            (round_.closed_on, Message("%(round)s: closed", round=name), report),
            (round_.released_on, Message("%(round)s: report released", round=name), report),
        )
        for on, title, link in days:
            if on is not None:
                yield TimelineEntry(on, "round", title, link)


def _milestones(_session: Session, view: View) -> Iterator[TimelineEntry]:
    for goal in view.mentorship.goals:
        for milestone in goal.milestones:
            title = Message("Milestone: %(milestone)s", milestone=milestone.text)
            if milestone.reached_on is not None:
                yield TimelineEntry(
                    milestone.reached_on, "milestone", title, None, Message("reached")
                )
            elif milestone.due_on is not None:
                ahead = milestone.due_on >= view.today
                note = Message("due") if ahead else Message("due, not reached yet")
                yield TimelineEntry(milestone.due_on, "milestone", title, None, note)


def _evaluations(_session: Session, view: View) -> Iterator[TimelineEntry]:
    for goal in view.mentorship.goals:
        if goal.evaluation is not None:
            yield TimelineEntry(
                goal.evaluation.evaluated_on,
                "evaluation",
                Message("Goal evaluated: %(goal)s", goal=goal.statement),
                None,
                _OUTCOMES[goal.evaluation.outcome],
            )


def _reflections(session: Session, view: View) -> Iterator[TimelineEntry]:
    for on, kind, title, link in reflection_timeline(
        session, view.mentorship, view.side, view.today
    ):
        yield TimelineEntry(on, kind, title, link)


# In this order where several things happened on one day.
SOURCES: Sequence[TimelineSource] = (
    _beginning,
    _sessions,
    _rounds,
    _reflections,
    _milestones,
    _evaluations,
    _end,
)
