"""What waits for a mentor: rounds and mentees that need something, the most urgent first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from sqlalchemy.orm import Session

from survey.rounds.proposals import waiting_proposals
from survey.rounds.status import GroupStatus, round_status
from survey.storage.models import Mentorship, Round, RoundState

# So many days before its end, a group that is too small is worth a word.
SOON = dt.timedelta(days=4)


class Need(IntEnum):
    """What is needed; a smaller number is more urgent."""

    UNDELIVERABLE = 1
    OUT_OF_REACH = 2
    ENDS_SOON = 3
    REPORT_WAITS = 4
    PROPOSALS_WAIT = 5
    DRAFT_WAITS = 6
    NO_ROUND_YET = 7
    NO_GOAL_YET = 8


@dataclass(frozen=True)
class Waiting:
    """One thing that waits. `round_` is None where it is about the mentee.

    `groups` are the groups it is about, and `letters` how many invitations came back.
    """

    need: Need
    mentorship: Mentorship
    round_: Round | None = None
    groups: Sequence[GroupStatus] = ()
    letters: int = 0


def status_of_open_rounds(
    session: Session, rounds: Iterable[Round]
) -> dict[Round, list[GroupStatus]]:
    """How far each of these rounds is that is open."""
    return {
        round_: round_status(session, round_)
        for round_ in rounds
        if round_.state is RoundState.OPEN
    }


def what_waits(
    mentoring: Sequence[tuple[Mentorship, Sequence[Round]]],
    statuses: Mapping[Round, Sequence[GroupStatus]],
    today: dt.date,
) -> list[Waiting]:
    """What needs the mentor of these mentees; numbers per group at most, and never a rater.

    A mentorship that has ended needs nothing but the release of its last report.
    """
    found = []
    for mentorship, rounds in mentoring:
        for round_ in rounds:
            if round_.state is RoundState.OPEN:
                found += _of_open(mentorship, round_, statuses[round_], today)
            elif round_.state is RoundState.CLOSED and not round_.without_result:
                found.append(Waiting(Need.REPORT_WAITS, mentorship, round_))
            elif round_.state is RoundState.DRAFT and mentorship.ended_on is None:
                wait = waiting_proposals(round_)
                need = Need.PROPOSALS_WAIT if wait else Need.DRAFT_WAITS
                found.append(Waiting(need, mentorship, round_))
        if mentorship.ended_on is None and not mentorship.goals:
            found.append(Waiting(Need.NO_GOAL_YET, mentorship))
        elif mentorship.ended_on is None and not rounds:
            found.append(Waiting(Need.NO_ROUND_YET, mentorship))
    return sorted(found, key=lambda waiting: (waiting.need, _end(waiting.round_)))


def _of_open(
    mentorship: Mentorship, round_: Round, status: Sequence[GroupStatus], today: dt.date
) -> list[Waiting]:
    found = []
    letters = sum(group.failed for group in status)
    if letters:
        found.append(Waiting(Need.UNDELIVERABLE, mentorship, round_, letters=letters))
    small = [group for group in status if group.anonymous and group.invited]
    lost = [group for group in small if group.invited - group.revoked < group.threshold]
    if lost:
        found.append(Waiting(Need.OUT_OF_REACH, mentorship, round_, lost))
    late = [group for group in small if not group.reaches_threshold and group not in lost]
    if late and round_.deadline - today <= SOON:
        found.append(Waiting(Need.ENDS_SOON, mentorship, round_, late))
    return found


def _end(round_: Round | None) -> dt.date:
    return dt.date.max if round_ is None else round_.deadline
