"""How far a round is: numbers per group, and never who."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey.storage.models import Round
from survey.storage.queries import invitations as invitation_queries
from survey.storage.queries.invitations import InvitationCounts


@dataclass(frozen=True)
class GroupStatus:
    """One rater group of a round. `invited` counts revoked invitations too.

    (Leaving them out would tell whether a revoked rater had answered before.)
    """

    key: str
    label: str
    anonymous: bool
    threshold: int
    invited: int
    revoked: int
    answered: int
    declined: int
    failed: int

    @property
    def reaches_threshold(self) -> bool:
        """Whether the group has enough answers to be shown by itself."""
        return self.answered >= (self.threshold if self.anonymous else 1)


def round_status(session: Session, round_: Round) -> list[GroupStatus]:
    """The status of every group, in the round's order."""
    counts = invitation_queries.counts_by_group(session, round_.id)
    nobody = InvitationCounts(0, 0, 0, 0)
    return [
        GroupStatus(
            key=group.key,
            label=group.label,
            anonymous=group.anonymous,
            threshold=group.threshold,
            invited=(count := counts.get(group.key, nobody)).total,
            revoked=count.revoked,
            answered=count.done - group.declined,
            declined=group.declined,
            failed=count.failed,
        )
        for group in round_.groups
    ]
