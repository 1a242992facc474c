"""How far a round is: numbers per group, and never who."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey.storage.models import Round, RoundState
from survey.storage.queries import invitations as invitation_queries
from survey.storage.queries.invitations import InvitationCounts


@dataclass(frozen=True)
class GroupStatus:
    """One rater group of a round. `invited` counts revoked invitations too.

    (Leaving them out would tell whether a revoked rater had answered before.) `done` are those who
    answered or declined; how many did which is known only once the round is counted: till then,
    `answered` and `declined` are None.
    """

    key: str
    label: str
    anonymous: bool
    threshold: int
    invited: int
    revoked: int
    done: int
    answered: int | None
    declined: int | None
    failed: int

    @property
    def reaches_threshold(self) -> bool:
        """Whether the group has enough answers to be shown by itself.

        While the round is open: whether it would, if nobody had declined.
        """
        came = self.done if self.answered is None else self.answered
        return came >= (self.threshold if self.anonymous else 1)


def round_status(session: Session, round_: Round) -> list[GroupStatus]:
    """The status of every group, in the round's order."""
    counts = invitation_queries.counts_by_group(session, round_.id)
    nobody = InvitationCounts(0, 0, 0, 0)
    counted = round_.state in (RoundState.CLOSED, RoundState.RELEASED) and not round_.without_result
    return [
        GroupStatus(
            key=group.key,
            label=group.label,
            anonymous=group.anonymous,
            threshold=group.threshold,
            invited=(count := counts.get(group.key, nobody)).total,
            revoked=count.revoked,
            done=count.done,
            answered=count.done - group.declined if counted else None,
            declined=group.declined if counted else None,
            failed=count.failed,
        )
        for group in round_.groups
    ]
