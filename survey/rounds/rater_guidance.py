"""Whom to ask, how many, and what becomes of a rater group that stays small; before the launch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from survey.frameworks.rater_groups import SELF
from survey.storage.models import ProposalState, Round

# So many raters, without the mentee, give a full picture and stay a reasonable thing to ask.
FEWEST_RATERS, MOST_RATERS = 8, 12
USUAL_LENGTH = dt.timedelta(days=14)
_SATURDAY = 5


@dataclass(frozen=True)
class GroupOutlook:
    """How many people of a group are on a draft's list, and how many it needs."""

    key: str
    label: str
    anonymous: bool
    threshold: int
    listed: int
    proposed: int

    @property
    def lacking(self) -> int:
        """How many more are needed for the group to be shown, if everybody answers."""
        return max(0, (self.threshold if self.anonymous else 1) - self.listed)


def outlook(round_: Round) -> list[GroupOutlook]:
    """Every group of a draft but the mentee's own."""
    return [
        GroupOutlook(
            key=group.key,
            label=group.label,
            anonymous=group.anonymous,
            threshold=group.threshold,
            listed=sum(i.group_key == group.key for i in round_.invitations),
            proposed=sum(
                p.group_key == group.key and p.state is ProposalState.WAITING
                for p in round_.proposals
            ),
        )
        for group in round_.groups
        if group.key != SELF.key
    ]


def small_groups_warnings(groups: Sequence[GroupOutlook]) -> list[str]:
    """What a mentor should know of groups that cannot, or can hardly, reach their threshold.

    By the rule of `survey.anonymity.thresholds`: groups that stay small are pooled when together
    they reach the largest threshold among them, and otherwise hidden.
    """
    small = [g for g in groups if g.anonymous and 0 < g.listed < g.threshold]
    warnings = []
    for group in groups:
        if not group.listed:
            warnings.append(f"{group.label}: nobody is invited.")
        elif group in small:
            more = "1 more" if group.lacking == 1 else f"{group.lacking} more"
            warnings.append(
                f"{group.label}: {group.listed} invited, but answers are shown only from "
                f"{group.threshold} on. {_fate(group, small)} Invite {more} to have the group "
                "shown."
            )
        elif group.anonymous and group.listed == group.threshold:
            warnings.append(
                f"{group.label}: everybody has to answer for the group to be shown. "
                "Invite one or two more to be safe."
            )
    return warnings


def _fate(group: GroupOutlook, small: Sequence[GroupOutlook]) -> str:
    """What becomes of a group that is too small, together with the others that are."""
    others = [other.label for other in small if other is not group]
    needed = max(one.threshold for one in small)
    together = sum(one.listed for one in small)
    if not others:
        return (
            "It is the only small group, so there is nothing to pool it with: its answers stay "
            "hidden, and count in no figure."
        )
    if together < needed:
        return (
            f"Even pooled with {_listed(others)} that is too few: the answers stay hidden, and "
            "count in no figure."
        )
    return (
        f"Pooled with {_listed(others)} they are shown as “other raters” once {needed} of "
        "them have answered; otherwise they stay hidden."
    )


def number_advice(groups: Sequence[GroupOutlook]) -> str:
    """One sentence about how many people are on the list; empty where the number is right."""
    listed = sum(group.listed for group in groups)
    if listed < FEWEST_RATERS:
        return f"{FEWEST_RATERS} to {MOST_RATERS} raters give a full picture."
    if listed > MOST_RATERS:
        return (
            f"More than {MOST_RATERS} raters add little to the picture, and much to what is asked "
            "of people. It is allowed."
        )
    return ""


def usual_deadline(today: dt.date) -> dt.date:
    """The last day that suits most rounds: in two weeks, and on a working day."""
    return on_a_working_day(today + USUAL_LENGTH)


def on_a_working_day(day: dt.date) -> dt.date:
    """The day, or the Monday after it where it is on a weekend."""
    over = day.weekday() - _SATURDAY
    return day + dt.timedelta(days=2 - over) if over >= 0 else day


def usual_day_for_proposals(today: dt.date, deadline: dt.date) -> dt.date:
    """Until when a mentee proposes raters: five days, but not after the round's end."""
    return min(on_a_working_day(today + dt.timedelta(days=5)), deadline)


def _listed(labels: Sequence[str]) -> str:
    *first, last = labels
    return f"{', '.join(first)} and {last}" if first else last
