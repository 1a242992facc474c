"""Erasing a mentorship, a person, or what is held about a rater; and putting things right.

What is erased is noted by id in the key database too, and the keys are destroyed there: so that a
restored backup of the main database is cleaned again, and what lies sealed in it stays unreadable.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from survey.accounts.people import checked_address, checked_name, find_person
from survey.anonymity.addresses import normalise_address
from survey.frameworks.rater_groups import SELF
from survey.languages.marks import plural
from survey.languages.message import Message, counted_message
from survey.mentoring.next_session import remove_plan
from survey.privacy.audit_trail import Action, record
from survey.privacy.errors import PrivacyError
from survey.privacy.rater_marks import address_mark, mark_of
from survey.storage.database import erase_traces_after_commit
from survey.storage.dependents import delete_with_dependents
from survey.storage.key_store import KeyStore
from survey.storage.models import (
    Base,
    Invitation,
    Mentorship,
    Person,
    ProposedRater,
    RequestState,
    RoundState,
)
from survey.storage.queries import audit as audit_queries
from survey.storage.queries import erasure as erasure_queries
from survey.storage.queries import people as people_queries
from survey.storage.queries import proposed_raters as proposal_queries
from survey.storage.queries import session_records as record_queries

_ERASED_NAME = "Erased person"
_ERASED_HOST = "erased.invalid"
# What belongs to an account alone, by table and the column that names the person.
_OF_ACCOUNT = (
    ("sign_in_links", "person_id"),
    ("sign_in_sessions", "person_id"),
    ("passkeys", "person_id"),
    ("external_identities", "person_id"),
    ("api_tokens", "person_id"),
    ("webhooks", "person_id"),
)
# How the plan names the records of each table: one of them, and several.
_WORDS = {
    "goals": plural(
        "%(num)s goal with measures of success and evaluation",
        "%(num)s goals with measures of success and evaluations",
    ),
    "rounds": plural(
        "%(num)s round with invitations, answers and report",
        "%(num)s rounds with invitations, answers and reports",
    ),
    "session_records": plural(
        "%(num)s session record with agreed actions",
        "%(num)s session records with agreed actions",
    ),
    "self_reflections": plural("%(num)s self-reflection", "%(num)s self-reflections"),
    "mentoring_feedbacks": plural(
        "%(num)s feedback on the mentoring", "%(num)s feedbacks on the mentoring"
    ),
    "review_contributions": plural(
        "%(num)s contribution to a review", "%(num)s contributions to reviews"
    ),
    "reflective_log_entries": plural(
        "%(num)s entry of the mentor's reflective log about it",
        "%(num)s entries of the mentor's reflective log about it",
    ),
}


@dataclass(frozen=True)
class Line:
    """One line of what goes or stays: what it is, and why."""

    what: str
    why: str = ""


@dataclass(frozen=True)
class ErasurePlan:
    """What an erasure takes away, and what stays and why; shown before it is done, and after."""

    goes: Sequence[Line]
    stays: Sequence[Line]


@dataclass(frozen=True)
class Erased:
    """How many rows went, by table."""

    counts: dict[str, int] = field(default_factory=dict)

    @property
    def tables(self) -> list[str]:
        """The tables that were changed."""
        return sorted(self.counts)

    def add(self, counts: dict[str, int]) -> None:
        """Count these too."""
        for table, number in counts.items():
            self.counts[table] = self.counts.get(table, 0) + number


_TRAIL_STAYS = Line(
    Message("The audit trail: that this was done and on which day, by ids alone, without names"),
    Message("to show that it was done; until its own time is over"),
)
_TOMBSTONE_STAYS = Line(
    Message("The bare id in the key database"),
    Message("so that a restored backup is cleaned of it again"),
)
_QUESTIONNAIRES_STAY = Line(
    Message("Frozen questionnaires and competency frameworks"),
    Message("they say nothing about anybody"),
)
_LETTERS_STAY = Line(
    Message("Letters that were sent, and reports that were downloaded"),
    Message("they are out of the service's reach"),
)


def plan_for_mentorship(session: Session, mentorship: Mentorship) -> ErasurePlan:
    """What erasing a mentorship means."""
    return ErasurePlan(
        _lines_of(session, mentorship),
        [
            Line(
                Message("The accounts of mentor and mentee"),
                Message("erasing a mentorship erases neither person"),
            ),
            _TRAIL_STAYS,
            _TOMBSTONE_STAYS,
            _QUESTIONNAIRES_STAY,
            _LETTERS_STAY,
        ],
    )


def erase_mentorship(
    session: Session, keys: KeyStore, mentorship: Mentorship, actor: Person | None, now: dt.datetime
) -> Erased:
    """Erase a mentorship with all that belongs to it, and destroy its key."""
    return erase_mentorships(session, keys, [mentorship.id], actor, now)


def erase_mentorships(
    session: Session,
    keys: KeyStore,
    mentorship_ids: Sequence[uuid.UUID],
    actor: Person | None,
    now: dt.datetime,
) -> Erased:
    """The same for several."""
    erased = Erased()
    for mentorship_id in mentorship_ids:
        planned = record_queries.planned_session(session, mentorship_id)
        if planned is not None:
            remove_plan(session, planned, now)
    rounds = erasure_queries.rounds_of_mentorships(session, mentorship_ids)
    table = Base.metadata.tables[Mentorship.__tablename__]
    erased.add(delete_with_dependents(session, table, mentorship_ids))
    for mentorship_id in mentorship_ids:
        record(session, actor, Action.MENTORSHIP_ERASED, mentorship_id, now)
        # Last of all and before the commit: should that fail, the rows are unreadable and the
        # note leads to their deletion by the next daily run; the other way round, a key would be
        # left that opens every backup.
        keys.destroy(mentorship_id, now.date())
    if rounds:
        keys.end_rounds(dict.fromkeys(rounds, now.date()))
    erase_traces_after_commit(session, erased.tables)
    return erased


def plan_for_person(session: Session, person: Person) -> ErasurePlan:
    """What erasing a person means. Raises PrivacyError when it is not possible yet."""
    _check_erasable(session, person)
    goes = [
        Line(
            Message(
                "Name, address, roles, passkeys, tokens, sessions and sign-in links of the account"
            )
        )
    ]
    for mentorship in people_queries.mentorships_of_mentee(session, person.id):
        goes += [
            Line(
                Message(
                    "Mentorship with %(mentor)s: %(what)s",
                    mentor=mentorship.mentor.name,
                    what=line.what,
                ),
                line.why,
            )
            for line in _lines_of(session, mentorship)
        ]
    if log := erasure_queries.own_log_entries(session, person.id):
        goes.append(Line(Message("The whole reflective log (%(number)s)", number=len(log))))
    if frameworks := erasure_queries.own_frameworks(session, person.id):
        goes.append(Line(Message("Uploaded frameworks (%(number)s)", number=len(frameworks))))
    if drafts := erasure_queries.own_framework_drafts(session, person.id):
        goes.append(Line(Message("Drafts of frameworks (%(number)s)", number=len(drafts))))
    invitations = erasure_queries.invitations_of(session, person.normalised_email)
    others = [i for i in invitations if i.round.mentorship.mentee_id != person.id]
    if others:
        goes.append(
            Line(Message("Name and address as a rater of others (%(number)s)", number=len(others)))
        )
    stays = [
        Line(
            Message("The account's row with its id, without name and address"),
            Message("mentorships of others and the audit trail refer to the id"),
        ),
        Line(
            Message("That this was asked for, and when it was done"),
            Message("to show that it was done in time"),
        ),
        _TRAIL_STAYS,
        _TOMBSTONE_STAYS,
        _LETTERS_STAY,
    ]
    if mentees := people_queries.mentorships_of_mentor(session, person.id):
        stays.insert(
            0,
            Line(
                Message(
                    "The mentorships as a mentor (%(number)s), with “%(name)s” as mentor",
                    number=len(mentees),
                    name=_ERASED_NAME,
                ),
                Message("they are about the mentees, and theirs to keep or to erase"),
            ),
        )
    if others:
        stays.append(
            Line(
                Message("Answers given as a rater"),
                Message("nothing ties them to a person, so nobody can tell which they are"),
            )
        )
    return ErasurePlan(goes, stays)


def erase_person(
    session: Session, keys: KeyStore, person: Person, actor: Person | None, now: dt.datetime
) -> Erased:
    """Erase a person: their mentorships as a mentee, and all that says who they are.

    Raises PrivacyError when it is not possible yet.
    """
    _check_erasable(session, person)
    erased = Erased()
    person_id = person.id
    mentorships = [m.id for m in people_queries.mentorships_of_mentee(session, person_id)]
    for invitation in erasure_queries.invitations_of(session, person.normalised_email):
        erase_invitation(session, keys, invitation, now.date())
    erase_proposals(session, keys, person.normalised_email, now.date())
    if mentorships:
        erased.add(erase_mentorships(session, keys, mentorships, actor, now).counts)
    erased.add(_erase_account(session, keys, person, now.date()))
    record(session, actor, Action.PERSON_ERASED, person_id, now)
    erase_traces_after_commit(session, [*erased.tables, "people", "sign_in_requests"])
    return erased


def erase_proposals(session: Session, keys: KeyStore, email: str, today: dt.date) -> int:
    """Erase that mentees proposed somebody with this normalised address; returns how many did."""
    if not email:
        return 0
    found = proposal_queries.with_mark(session, address_mark(session, email))
    for proposal in found:
        erase_proposal(session, keys, proposal, today)
    return len(found)


def erase_proposal(
    session: Session, keys: KeyStore, proposal: ProposedRater, today: dt.date
) -> None:
    """Erase one proposal of a mentee's."""
    session.delete(proposal)
    session.flush()
    keys.note_erased(proposal.id, today)
    erase_traces_after_commit(session, [ProposedRater.__tablename__])


def erase_invitation(
    session: Session, keys: KeyStore, invitation: Invitation, today: dt.date
) -> None:
    """Erase who a rater is. An answer stays, since nothing ties it to them.

    The row stays too, with what is counted: were it deleted, the numbers of answers and
    invitations would tell whether this rater had answered. An open link is withdrawn; no entry
    goes to the audit trail, since raters leave none.
    """
    round_ = invitation.round
    erasure_queries.delete_letters_about(session, invitation.id)
    is_open = round_.state is RoundState.OPEN
    if round_.state is RoundState.DRAFT:
        session.delete(invitation)
    else:
        if is_open:
            invitation.revoked = True
        invitation.normalised_email = (
            mark_of(session, round_.id, invitation.normalised_email) if is_open else ""
        )
        invitation.name = invitation.email = invitation.delivery_problem = ""
        invitation.link_hash = None
        invitation.link_expires_on = None
    session.flush()
    keys.note_erased(invitation.id, today)
    erase_traces_after_commit(session)


def is_erased(person: Person) -> bool:
    """Whether the account is but a row without a person."""
    return person.email.endswith("@" + _ERASED_HOST)


def erase_what_the_trail_tells(session: Session, keys: KeyStore, now: dt.datetime) -> int:
    """Destroy keys that came back with a restored key database; returns how many.

    For a trail that has been verified only: a forged entry could destroy a key for good.
    """
    known = set(keys.erased())
    told = [
        object_id
        for action in (Action.MENTORSHIP_ERASED, Action.PERSON_ERASED)
        for object_id in audit_queries.objects_of(session, action)
        if object_id not in known
    ]
    for object_id in told:
        keys.destroy(object_id, now.date())
    return len(told)


def reapply_erasures(session: Session, keys: KeyStore, now: dt.datetime) -> int:
    """Erase again what was erased before and is there all the same; returns how many.

    After a restored backup, or an erasure that was interrupted.
    """
    count = 0
    for ids in _parts(keys.erased()):
        mentorships = [m.id for m in erasure_queries.existing_mentorships(session, ids)]
        if mentorships:
            erase_mentorships(session, keys, mentorships, None, now)
        people = [p for p in erasure_queries.existing_people(session, ids) if not is_erased(p)]
        for person in people:
            _erase_account(session, keys, person, now.date())
            record(session, None, Action.PERSON_ERASED, person.id, now)
            erase_traces_after_commit(session, ["people"])
        invitations = erasure_queries.existing_invitations(session, ids)
        for invitation in invitations:
            erase_invitation(session, keys, invitation, now.date())
        proposals = proposal_queries.existing(session, ids)
        for proposal in proposals:
            erase_proposal(session, keys, proposal, now.date())
        count += len(mentorships) + len(people) + len(invitations) + len(proposals)
    return count


def rectify_person(
    session: Session,
    person: Person,
    name: str,
    email: str,
    *,
    actor: Person | None,
    now: dt.datetime,
) -> None:
    """Put name and address right, in own invitations that are still in use too.

    Raises AccountError naming the field, PrivacyError when the address is somebody else's.
    """
    wanted_name, address = checked_name(name), checked_address(email)
    other = find_person(session, address)
    if other is not None and other.id != person.id:
        raise PrivacyError(Message("Somebody else has an account with this address.", at="E-mail"))
    for mentorship in people_queries.mentorships_of_mentee(session, person.id):
        for invitation in erasure_queries.invitations_of(session, person.normalised_email):
            in_use = invitation.round.state in (RoundState.DRAFT, RoundState.OPEN)
            is_own = invitation.round.mentorship_id == mentorship.id
            if in_use and is_own and invitation.group_key == SELF.key:
                invitation.name, invitation.email = wanted_name, address
                invitation.normalised_email = normalise_address(address)
    person.name = wanted_name
    person.email = address
    person.normalised_email = normalise_address(address)
    record(session, actor, Action.PERSON_RECTIFIED, person.id, now)
    session.flush()
    erase_traces_after_commit(session, ["people"])


def _erase_account(
    session: Session, keys: KeyStore, person: Person, today: dt.date
) -> dict[str, int]:
    erased = Erased()
    for table, column in _OF_ACCOUNT:
        erased.add(_delete_where(session, table, column, person.id))
    log = erasure_queries.own_log_entries(session, person.id)
    tables = Base.metadata.tables
    erased.add(delete_with_dependents(session, tables["reflective_log_entries"], log))
    frameworks = erasure_queries.own_frameworks(session, person.id)
    erased.add(delete_with_dependents(session, tables["uploaded_frameworks"], frameworks))
    drafts = erasure_queries.own_framework_drafts(session, person.id)
    erased.add(delete_with_dependents(session, tables["framework_drafts"], drafts))
    erasure_queries.delete_letters_to(session, person.id)
    erasure_queries.delete_sign_in_requests(session, person.email)
    for request in erasure_queries.requests_of(session, person.id):
        # That it was answered, and when, stays: it has to be shown.
        if request.state is RequestState.OPEN:
            request.state, request.finished_on = RequestState.DONE, today
        request.wanted_name = request.wanted_email = ""
    person.name = _ERASED_NAME
    person.email = person.normalised_email = f"{person.id.hex}@{_ERASED_HOST}"
    person.is_mentor = person.is_programme_lead = person.is_administrator = False
    person.deactivated_on = today
    person.restricted_on = person.last_used_month = None
    session.flush()
    # The key of a mentor's log entries about no mentorship lies under the mentor's own id.
    keys.destroy(person.id, today)
    return erased.counts


def _delete_where(
    session: Session, table: str, column: str, person_id: uuid.UUID
) -> dict[str, int]:
    rows = Base.metadata.tables[table]
    ids = erasure_queries.rows_of_person(session, rows, column, person_id)
    return delete_with_dependents(session, rows, ids)


def _check_erasable(session: Session, person: Person) -> None:
    if is_erased(person):
        raise PrivacyError(Message("This person is erased already."))
    if number := erasure_queries.open_rounds_of_mentor(session, person.id):
        raise PrivacyError(
            counted_message(
                "%(person)s runs %(num)s open round. Close it first: raters' answers would stay "
                "unread otherwise.",
                "%(person)s runs %(num)s open rounds. Close them first: raters' answers would stay "
                "unread otherwise.",
                number,
                person=person.name,
            )
        )
    administrators = people_queries.locked_administrators(session)
    if [other.id for other in administrators] == [person.id]:
        raise PrivacyError(
            Message(
                "%(person)s is the last administrator. Make somebody else one first.",
                person=person.name,
            )
        )


def _lines_of(session: Session, mentorship: Mentorship) -> list[Line]:
    counts = erasure_queries.counts_of_mentorship(session, mentorship.id)
    lines = [
        Line(counted_message(*_WORDS[table], number)) for table, number in counts.items() if number
    ]
    if record_queries.planned_session(session, mentorship.id) is not None:
        lines.append(
            Line(
                Message("The session that is planned"),
                Message(
                    "a letter to those who still have an account takes it out of their calendars"
                ),
            )
        )
    return [
        *lines,
        Line(
            Message(
                "The key of the mentorship: nothing of its texts can be read again, in backups "
                "neither"
            )
        ),
    ]


def _parts(ids: Sequence[uuid.UUID], size: int = 500) -> Iterable[Sequence[uuid.UUID]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
