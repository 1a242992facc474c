"""Whom to ask, how many, and what becomes of a rater group that stays small; before the launch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from survey.frameworks.rater_groups import SELF
from survey.languages.group_names import group_in_message
from survey.languages.message import Listed, Message, counted_message
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
    warnings: list[str] = []
    for group in groups:
        name = group_in_message(group.label)
        if not group.listed:
            warnings.append(Message("%(group)s: nobody is invited.", group=name))
        elif group in small:
            warnings.append(
                counted_message(
                    "%(group)s: %(invited)s invited, but answers are shown only from "
                    "%(threshold)s on. %(fate)s Invite %(num)s more to have the group shown.",
                    "%(group)s: %(invited)s invited, but answers are shown only from "
                    "%(threshold)s on. %(fate)s Invite %(num)s more to have the group shown.",
                    group.lacking,
                    group=name,
                    invited=group.listed,
                    threshold=group.threshold,
                    fate=_fate(group, small),
                )
            )
        elif group.anonymous and group.listed == group.threshold:
            warnings.append(
                Message(
                    "%(group)s: everybody has to answer for the group to be shown. Invite one or "
                    "two more to be safe.",
                    group=name,
                )
            )
    return warnings


def _fate(group: GroupOutlook, small: Sequence[GroupOutlook]) -> Message:
    """What becomes of a group that is too small, together with the others that are."""
    others = Listed(group_in_message(other.label) for other in small if other is not group)
    needed = max(one.threshold for one in small)
    together = sum(one.listed for one in small)
    if not others:
        return Message(
            "It is the only small group, so there is nothing to pool it with: its answers stay "
            "hidden, and count in no figure."
        )
    if together < needed:
        return Message(
            "Even pooled with %(groups)s that is too few: the answers stay hidden, and count in "
            "no figure.",
            groups=others,
        )
    return Message(
        "Pooled with %(groups)s they are shown as “other raters” once %(needed)s of them have "
        "answered; otherwise they stay hidden.",
        groups=others,
        needed=needed,
    )


def number_advice(groups: Sequence[GroupOutlook]) -> str:
    """One sentence about how many people are on the list; empty where the number is right."""
    listed = sum(group.listed for group in groups)
    if listed < FEWEST_RATERS:
        return Message(
            "%(fewest)s to %(most)s raters give a full picture.",
            fewest=FEWEST_RATERS,
            most=MOST_RATERS,
        )
    if listed > MOST_RATERS:
        return Message(
            "More than %(most)s raters add little to the picture, and much to what is asked of "
            "people. It is allowed.",
            most=MOST_RATERS,
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
