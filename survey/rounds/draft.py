"""Preparing a round: details, groups and raters, before anything is sent."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session, object_session

from survey.anonymity.addresses import normalise_address
from survey.anonymity.thresholds import DEFAULT_THRESHOLD, LEAST_THRESHOLD
from survey.frameworks.rater_groups import SELF, RaterGroup
from survey.languages.message import Message
from survey.mentoring.answers import tidy
from survey.privacy.rater_marks import erased_among
from survey.rounds.errors import InvalidRoundError, WrongStateError
from survey.rounds.rater_links import LONGEST_LINK_LIFE
from survey.rounds.rater_list import RaterEntry, RaterList, RaterProblem, check_raters
from survey.storage.models import (
    Delivery,
    Goal,
    Invitation,
    Mentorship,
    ProposalState,
    ReleaseMode,
    Round,
    RoundGroup,
    RoundKind,
    RoundState,
)


@dataclass(frozen=True)
class RoundDetails:
    """What a mentor decides about a round before launch."""

    kind: RoundKind
    framework_id: str
    groups: Sequence[RaterGroup]
    deadline: dt.date
    goal: Goal | None = None
    purpose: str = ""
    release_mode: ReleaseMode = ReleaseMode.AFTER_DEBRIEF
    threshold: int = DEFAULT_THRESHOLD
    compared_with: Round | None = None
    label_comments: bool = False
    retrospective: bool = False
    reminds_itself: bool = False


def create_draft(
    session: Session, mentorship: Mentorship, details: RoundDetails, today: dt.date
) -> Round:
    """Start a draft. Raises InvalidRoundError listing everything that is wrong.

    With `compared_with`, the raters of that earlier round are taken over as a first proposal,
    for the groups that are asked again.
    """
    _check(mentorship, details, today)
    draft = Round(mentorship=mentorship, state=RoundState.DRAFT)
    _apply(draft, details)
    session.add(draft)
    if details.compared_with is not None:
        keys = {group.key for group in details.groups} - {SELF.key}
        for earlier in details.compared_with.invitations:
            if earlier.group_key in keys and is_asked_again(earlier):
                _invite(
                    draft,
                    RaterEntry(earlier.name, earlier.email, earlier.group_key, earlier.language),
                )
    session.flush()
    return draft


def is_asked_again(earlier: Invitation) -> bool:
    """Whether a rater of an earlier round is proposed for the next.

    Not one who was withdrawn, whose letter came back, or without an address: that was erased at the
    rater's request, or disposed of after a while. Whether they answered plays no part.
    """
    return not earlier.revoked and earlier.email != "" and earlier.delivery is not Delivery.FAILED


def update_draft(session: Session, draft: Round, details: RoundDetails, today: dt.date) -> None:
    """Change a draft's details; raters of groups that are no longer asked are taken off.

    Raises WrongStateError or InvalidRoundError; then nothing is changed.
    """
    require_state(draft, RoundState.DRAFT, Message("A launched round keeps its details."))
    _check(draft.mentorship, details, today)
    _apply(draft, details)
    session.flush()


def _apply(draft: Round, details: RoundDetails) -> None:
    if (draft.framework_id, draft.compared_with) != (details.framework_id, details.compared_with):
        # It was decided about two questionnaires, and they are others now.
        draft.comparison_plan = None
    draft.kind = details.kind
    draft.framework_id = details.framework_id
    draft.deadline = details.deadline
    draft.goal = details.goal
    draft.purpose = tidy(details.purpose)
    draft.release_mode = details.release_mode
    draft.compared_with = details.compared_with
    draft.label_comments = details.label_comments
    draft.retrospective = details.retrospective
    draft.reminds_itself = details.reminds_itself
    kept = {group.key: group for group in draft.groups}
    draft.groups = [
        _apply_group(kept.get(group.key) or RoundGroup(key=group.key), group, position, details)
        for position, group in enumerate(details.groups)
    ]
    asked = {group.key for group in details.groups}
    taken_off = [i for i in draft.invitations if i.group_key not in asked]
    for invitation in taken_off:
        draft.invitations.remove(invitation)
    _note_taken_off(draft, taken_off)
    mentee = draft.mentorship.mentee
    if SELF.key in asked and all(i.group_key != SELF.key for i in draft.invitations):
        _invite(draft, RaterEntry(mentee.name, mentee.email, SELF.key, mentee.language))


def _apply_group(
    stored: RoundGroup, group: RaterGroup, position: int, details: RoundDetails
) -> RoundGroup:
    stored.label = group.label
    stored.anonymous = group.anonymous
    stored.threshold = details.threshold if group.anonymous else 1
    stored.position = position
    return stored


def rater_groups_of(round_: Round) -> list[RaterGroup]:
    """The round's groups as the domain knows them."""
    return [RaterGroup(group.key, group.label, group.anonymous) for group in round_.groups]


def add_raters(
    session: Session, round_: Round, entries: Sequence[RaterEntry]
) -> list[RaterProblem]:
    """Add raters to a draft: all of them, or none when any has a problem (returned by row)."""
    require_state(
        round_, RoundState.DRAFT, Message("Raters can be added here only before the launch.")
    )
    problems = rater_problems(round_, entries)
    if not problems:
        for entry in entries:
            _invite(round_, entry)
        session.flush()
    return problems


def rater_problems(
    round_: Round, entries: Sequence[RaterEntry], *, among: Sequence[Invitation] | None = None
) -> list[RaterProblem]:
    """What the rules say against these raters, beside the round's others (or only `among`)."""
    others = round_.invitations if among is None else among
    return check_raters(
        entries,
        groups=rater_groups_of(round_),
        mentee_email=round_.mentorship.mentee.email,
        mentor_email=round_.mentorship.mentor.email,
        already_invited=[
            # Withdrawn ones too: a rater who had answered would count twice if invited anew.
            *(invitation.normalised_email for invitation in others),
            # Erased ones too, for the same reason.
            *erased_among(object_session(round_), round_.id, others, _normalised(entries)),
        ],
    )


def _normalised(entries: Sequence[RaterEntry]) -> list[str]:
    """The addresses that can be read."""
    found = []
    for entry in entries:
        try:
            found.append(normalise_address(entry.email))
        except ValueError:
            # The check itself names it.
            continue
    return found


def all_problems(round_: Round, read: RaterList) -> list[RaterProblem]:
    """Everything wrong with a list that was read, in its writing and by the rules, by row."""
    found = [*read.problems, *rater_problems(round_, read.readable)]
    return sorted(found, key=lambda problem: problem.row)


def remove_rater(session: Session, round_: Round, invitation_id: uuid.UUID) -> None:
    """Take a rater off a draft; nothing happens when they are gone already."""
    require_state(
        round_, RoundState.DRAFT, Message("A launched round's invitations are revoked instead.")
    )
    for invitation in round_.invitations:
        if invitation.id == invitation_id and invitation.group_key != SELF.key:
            round_.invitations.remove(invitation)
            _note_taken_off(round_, [invitation])
            break
    session.flush()


def _note_taken_off(round_: Round, taken_off: Sequence[Invitation]) -> None:
    """What the mentee is told of their proposals stays true."""
    addresses = {invitation.normalised_email for invitation in taken_off}
    for proposal in round_.proposals:
        if (
            proposal.state is ProposalState.ON_THE_LIST
            and normalise_address(proposal.email) in addresses
        ):
            proposal.state = ProposalState.TURNED_DOWN


def discard_draft(session: Session, round_: Round) -> None:
    """Delete a draft with all its entries."""
    require_state(round_, RoundState.DRAFT, Message("A launched round cannot be discarded."))
    session.delete(round_)


_STATES = {
    RoundState.DRAFT: Message("The round is draft."),
    RoundState.OPEN: Message("The round is open."),
    RoundState.CLOSED: Message("The round is closed."),
    RoundState.RELEASED: Message("The round is released."),
}


def require_state(round_: Round, state: RoundState, advice: Message) -> None:
    """Raise WrongStateError unless the round is in this state."""
    if round_.state is not state:
        raise WrongStateError(
            Message("%(state)s %(advice)s", state=_STATES[round_.state], advice=advice)
        )


def new_invitation(round_: Round, entry: RaterEntry) -> Invitation:
    """An invitation for the entry; the caller puts it into the round."""
    return Invitation(
        round_id=round_.id,
        group_key=entry.group_key,
        name=entry.name,
        email=entry.email,
        normalised_email=normalise_address(entry.email),
        language=entry.language or round_.mentorship.mentor.language,
    )


def _invite(round_: Round, entry: RaterEntry) -> None:
    round_.invitations.append(new_invitation(round_, entry))


def restriction_problems(mentorship: Mentorship) -> list[str]:
    """What stands in the way where the use of what is held about the mentee is restricted."""
    mentee = mentorship.mentee
    if mentee.restricted_on is None:
        return []
    return [
        Message(
            "What is held about %(mentee)s may not be used at present: the processing is "
            "restricted. Ask an administrator.",
            mentee=mentee.name,
        )
    ]


def _check(mentorship: Mentorship, details: RoundDetails, today: dt.date) -> None:
    problems = restriction_problems(mentorship)
    if not details.groups:
        problems.append(Message("Choose at least one group.", at="Rater groups"))
    if len({group.key for group in details.groups}) != len(details.groups):
        problems.append(Message("Two groups have the same name.", at="Rater groups"))
    if details.threshold < LEAST_THRESHOLD:
        problems.append(
            Message(
                "%(threshold)s would show a single person's answers; use %(least)s or more "
                "(%(usual)s is usual).",
                threshold=details.threshold,
                least=LEAST_THRESHOLD,
                usual=DEFAULT_THRESHOLD,
                at="Anonymity threshold",
            )
        )
    if details.deadline < today:
        problems.append(Message("That day is over; choose today or later.", at="Deadline"))
    if details.deadline > today + LONGEST_LINK_LIFE:
        problems.append(
            Message(
                "Links live %(days)s days at most; choose an earlier day.",
                days=LONGEST_LINK_LIFE.days,
                at="Deadline",
            )
        )
    if details.goal is not None and details.goal.mentorship is not mentorship:
        problems.append(Message("It belongs to another mentorship.", at="Goal"))
    if details.retrospective and details.kind is RoundKind.BEFORE:
        problems.append(Message("A before round has nothing to look back on.", at="Looking back"))
    compared = details.compared_with
    if compared is not None:
        if compared.mentorship_id != mentorship.id:
            problems.append(Message("It belongs to another mentorship.", at="Compared round"))
        elif details.kind is RoundKind.BEFORE:
            problems.append(
                Message("A before round has nothing to be compared with.", at="Compared round")
            )
        elif compared.framework_id != details.framework_id:
            problems.append(
                Message(
                    "It must be the one of the compared round (%(framework)s), so that both ask "
                    "the same.",
                    framework=compared.framework_id,
                    at="Framework",
                )
            )
        elif compared.state in (RoundState.DRAFT, RoundState.OPEN):
            # Closing it later would change a report that has been released.
            problems.append(Message("It is not closed yet; close it first.", at="Compared round"))
    if problems:
        raise InvalidRoundError(problems)
