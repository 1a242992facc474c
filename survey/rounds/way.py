"""The way of a round, for its mentor: what happened and what comes next, by day.

Nothing here is tied to a rater: launch, reminders to everybody who has not answered, the last day,
close and release are of the round. When an answer came is known to nobody.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from survey.languages.message import Message
from survey.mentoring.timeline import TimelineEntry
from survey.rounds.proposals import takes_proposals
from survey.rounds.remind import coming_reminder_days
from survey.storage.models import Mentorship, Round, RoundKind, RoundState

# The after round is usual so long after the first, where the goal's milestones name no day.
USUAL_MONTHS = 6

_ROUNDS = {
    RoundKind.BEFORE: Message("Before round"),
    RoundKind.INTERIM: Message("Interim round"),
    RoundKind.AFTER: Message("After round"),
}


def way_of(round_: Round, rounds: Sequence[Round], today: dt.date) -> list[TimelineEntry]:
    """A round from its launch to the after round that follows; `rounds` are the mentorship's."""
    return sorted(
        [*_happened(round_), *_comes(round_, today), *_after_round(round_, rounds, today)],
        key=lambda entry: entry.on,
    )


def what_comes(
    mentorship: Mentorship, rounds: Sequence[Round], today: dt.date
) -> list[TimelineEntry]:
    """What is still to come of a mentorship's rounds, beside what its timeline tells already."""
    if mentorship.ended_on is not None:
        return []
    found = []
    for round_ in rounds:
        page = ("round", round_.id)
        found += [
            TimelineEntry(entry.on, entry.kind, entry.title, page, entry.note)
            for entry in _comes(round_, today, _ROUNDS[round_.kind])
        ]
        found += _after_round(round_, rounds, today)
    return found


def after_round_due(round_: Round) -> dt.date | None:
    """When an after round is due: at the last milestone of the goal, or half a year after."""
    if round_.closed_on is None or round_.without_result or round_.kind is not RoundKind.BEFORE:
        return None
    milestones = round_.goal.milestones if round_.goal else []
    days = [one.due_on for one in milestones if one.due_on and one.due_on > round_.closed_on]
    return max(days, default=_months_later(round_.closed_on, USUAL_MONTHS))


def _happened(round_: Round) -> Iterator[TimelineEntry]:
    for on, title in (
        (round_.launched_on, Message("Launched; the invitations go out")),
        (round_.reminded_on, Message("Last reminder to everybody who has not answered")),
        (round_.closed_on, Message("Closed")),
        (round_.released_on, Message("Report released")),
    ):
        if on is not None:
            yield TimelineEntry(on, "round", title)


def _comes(round_: Round, today: dt.date, name: Message | None = None) -> Iterator[TimelineEntry]:
    """What is to come of a round; `name` is that of the round, where the page is of several."""
    if takes_proposals(round_, today) and round_.proposals_until is not None:
        first = round_.mentorship.mentee.first_name
        yield TimelineEntry(
            round_.proposals_until,
            "round",
            Message("Last day for proposals of %(mentee)s", mentee=first)
            if name is None
            else Message(
                "%(round)s: last day for proposals of %(mentee)s", round=name, mentee=first
            ),
        )
    if round_.state is not RoundState.OPEN:
        return
    for day in coming_reminder_days(round_, today):
        yield TimelineEntry(
            day,
            "round",
            Message("Reminder to everybody who has not answered")
            if name is None
            else Message("%(round)s: reminder to everybody who has not answered", round=name),
        )
    yield TimelineEntry(
        round_.deadline,
        "round",
        Message("Last day for answers")
        if name is None
        else Message("%(round)s: last day for answers", round=name),
        None,
        Message("then it closes by itself"),
    )


def _after_round(round_: Round, rounds: Sequence[Round], today: dt.date) -> Iterator[TimelineEntry]:
    due = after_round_due(round_)
    if due is None or round_.mentorship.ended_on is not None:
        return
    if any(other.kind is RoundKind.AFTER for other in rounds):
        return
    if any((after_round_due(other) or due) > due for other in rounds):
        # Another before round came later; the hint is about that one.
        return
    note = (
        Message("draft it on the page of the before round")
        if due >= today
        else Message("the usual time has come; draft it on the page of the before round")
    )
    yield TimelineEntry(
        max(due, today), "round", _ROUNDS[RoundKind.AFTER], ("round", round_.id), note
    )


def _months_later(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    # A day that every month has.
    return dt.date(year, month + 1, min(day.day, 28))
