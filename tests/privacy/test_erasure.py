"""Erasing mentorships, people and raters: what goes, what stays, and what nobody can tell."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path

import pytest
from sqlalchemy import func, select

from config import load_config
from survey.accounts.errors import AccountError
from survey.accounts.people import find_person
from survey.accounts.roles import add_administrator
from survey.mentoring.mentees import add_mentee
from survey.mentoring.next_session import SessionPlan, plan_session, send_appointment
from survey.privacy.erasure import (
    erase_invitation,
    erase_mentorship,
    erase_person,
    is_erased,
    plan_for_mentorship,
    plan_for_person,
    reapply_erasures,
    rectify_person,
)
from survey.privacy.errors import PrivacyError
from survey.privacy.retention import dispose_daily
from survey.rounds.errors import RoundClosedError, RoundError
from survey.rounds.manage import add_late_raters, correct_address, resend_link
from survey.rounds.rater_list import RaterEntry
from survey.rounds.status import GroupStatus, round_status
from survey.rounds.submit import submit_feedback
from survey.service import Service
from survey.storage.key_store import KeyDestroyedError
from survey.storage.models import (
    Invitation,
    Letter,
    LetterKind,
    Mentorship,
    Person,
    PlannedSession,
    Response,
    Round,
    RoundGroup,
    RoundState,
)
from tests.conftest import service_environment
from tests.privacy.people import Mentoring, actions, analyse, answer, everything, raw, rows
from tests.support.cases import NOW, close, draft_case, invitation_of, launched_case, tokens

TODAY = NOW.date()
MENTEE, MENTOR = "mia.mentee@example.org", "max.mentor@example.org"
# What an erased mentorship leaves: people, the trail, and what belongs to nobody.
LEFT = {
    "alembic_version",
    "audit_entries",
    "people",
    "questionnaires",
    "reflective_log_entries",  # the entry of the mentor's log that is about no mentorship
}


def erase_it(service: Service, mentoring: Mentoring) -> None:
    with service.database.writing() as session:
        mentorship = session.get_one(Mentorship, mentoring.mentorship_id)
        erase_mentorship(session, service.keys, mentorship, None, NOW)


def test_an_erased_mentorship_leaves_nothing(service: Service) -> None:
    mentoring = everything(service)
    before = rows(service)
    for table in ("goals", "rounds", "invitations", "responses", "self_reflections", "outbox"):
        assert before[table] > 0, table
    erase_it(service, mentoring)
    left = {table: number for table, number in rows(service).items() if number}
    assert set(left) <= LEFT
    assert left["reflective_log_entries"] == 1
    assert left["people"] == 2
    with pytest.raises(KeyDestroyedError):
        service.keys.key(mentoring.mentorship_id)
    assert service.keys.is_erased(mentoring.mentorship_id)
    assert actions(service)[-1] == "mentorship.erased"
    assert left.get("erasures_due", 0) == 0


def test_no_file_keeps_who_was_invited(service: Service) -> None:
    mentoring = everything(service)
    analyse(service.database.engine)
    assert b"peers1@example.org" in raw(service)
    erase_it(service, mentoring)
    assert b"peers1@example.org" not in raw(service)
    assert b"peers 1" not in raw(service)


def test_other_mentorships_stay(service: Service) -> None:
    mentoring = everything(service)
    with service.database.writing() as session:
        mentor = session.get_one(Person, mentoring.case.mentor_id)
        other = add_mentee(session, mentor, "Otto Other", "otto@example.org", NOW).id
    erase_it(service, mentoring)
    with service.database.reading() as session:
        assert session.scalars(select(Mentorship.id)).all() == [other]


def test_the_plan_names_what_goes_and_what_stays_and_why(service: Service) -> None:
    mentoring = everything(service)
    with service.database.reading() as session:
        plan = plan_for_mentorship(session, session.get_one(Mentorship, mentoring.mentorship_id))
        assert "2 rounds with invitations, answers and reports" in [line.what for line in plan.goes]
        assert all(line.why for line in plan.stays)
        person = session.get_one(Person, mentoring.case.mentor_id)
        with pytest.raises(PrivacyError, match=r"runs 1 open round\. Close it first"):
            plan_for_person(session, person)


def plan_next(service: Service, mentorship_id: uuid.UUID) -> None:
    with service.database.writing() as session:
        mentorship = session.get_one(Mentorship, mentorship_id)
        plan = SessionPlan(TODAY + dt.timedelta(days=3), dt.time(10))
        planned = plan_session(session, mentorship, plan, service.zone, NOW)
        send_appointment(session, planned, NOW)


def cancelled_for(service: Service) -> set[uuid.UUID | None]:
    """To whom a letter goes that takes a session out of calendars."""
    with service.database.reading() as session:
        assert session.scalars(select(PlannedSession)).all() == []
        letters = session.scalars(select(Letter).where(Letter.recipient_id.is_not(None))).all()
        assert {letter.kind for letter in letters} == {LetterKind.SESSION_CANCELLED}
        return {letter.recipient_id for letter in letters}


def test_a_planned_session_is_cancelled_when_the_mentorship_is_erased(service: Service) -> None:
    case = draft_case(service, {"peers": 3})
    plan_next(service, case.mentorship_id)
    with service.database.writing() as session:
        mentorship = session.get_one(Mentorship, case.mentorship_id)
        planned = plan_for_mentorship(session, mentorship)
        assert "The session that is planned" in [line.what for line in planned.goes]
        both = {mentorship.mentor_id, mentorship.mentee_id}
        erase_mentorship(session, service.keys, mentorship, None, NOW)
    assert cancelled_for(service) == both


def test_a_planned_session_with_an_erased_mentee_is_cancelled_for_the_mentor(
    service: Service,
) -> None:
    case = draft_case(service, {"peers": 3})
    plan_next(service, case.mentorship_id)
    with service.database.writing() as session:
        mentee = find_person(session, MENTEE)
        assert mentee is not None
        erase_person(session, service.keys, mentee, None, NOW)
    assert cancelled_for(service) == {case.mentor_id}


def test_an_erased_mentee_is_gone_with_their_mentorships(service: Service) -> None:
    mentoring = everything(service)
    with service.database.writing() as session:
        mentee = find_person(session, MENTEE)
        assert mentee is not None
        mentee_id = mentee.id
        service.sign_in_links.create(session, mentee, NOW)
        erase_person(session, service.keys, mentee, None, NOW)
    with service.database.reading() as session:
        mentee = session.get_one(Person, mentee_id)
        assert is_erased(mentee)
        assert (mentee.name, mentee.is_mentor) == ("Erased person", False)
        assert mentee.deactivated_on == TODAY
        assert find_person(session, MENTEE) is None
        with pytest.raises(PrivacyError, match="erased already"):
            plan_for_person(session, mentee)
    assert {table for table, number in rows(service).items() if number} <= LEFT
    assert service.keys.is_erased(mentee_id)
    assert service.keys.is_erased(mentoring.mentorship_id)
    assert MENTEE.encode() not in raw(service)
    assert b"Mia Mentee" not in raw(service)
    # The address is free again.
    with service.database.writing() as session:
        mentor = session.get_one(Person, mentoring.case.mentor_id)
        add_mentee(session, mentor, "Mia Mentee", MENTEE, NOW)


def test_an_erased_mentor_leaves_the_mentees_theirs(service: Service) -> None:
    mentoring = everything(service)
    close(service, mentoring.open_round_id)
    with service.database.writing() as session:
        mentor = session.get_one(Person, mentoring.case.mentor_id)
        stays = [line.what for line in plan_for_person(session, mentor).stays]
        assert any("The mentorships as a mentor (1)" in what for what in stays)
        erase_person(session, service.keys, mentor, None, NOW)
    left = rows(service)
    assert left["reflective_log_entries"] == 0
    assert (left["mentorships"], left["released_aggregates"]) == (1, 2)
    with service.database.reading() as session:
        mentorship = session.get_one(Mentorship, mentoring.mentorship_id)
        assert mentorship.mentor.name == "Erased person"
        assert mentorship.goals[0].statement.startswith("Lead")


def test_the_last_administrator_stays(service: Service) -> None:
    with service.database.writing() as session:
        only = add_administrator(session, "Ada", "ada@example.org")
        with pytest.raises(PrivacyError, match="last administrator"):
            erase_person(session, service.keys, only, None, NOW)
        add_administrator(session, "Ben", "ben@example.org")
        erase_person(session, service.keys, only, None, NOW)
        assert is_erased(only)


def counts(service: Service, mentoring_round: object) -> list[tuple[object, ...]]:
    def numbers(group: GroupStatus) -> tuple[object, ...]:
        return (group.key, group.invited, group.done, group.declined, group.failed)

    with service.database.reading() as session:
        round_ = session.get_one(Round, mentoring_round)
        return [numbers(group) for group in round_status(session, round_)]


@pytest.mark.parametrize("answered", [True, False])
def test_erasing_a_rater_of_an_open_round_tells_nobody_whether_they_answered(
    service: Service, answered: bool
) -> None:
    case = launched_case(service, {"peers": 4})
    # In both worlds three of the five have answered; in one of them it is also the erased one.
    silent = ["peers2@example.org"] if answered else ["peers1@example.org"]
    for but in silent:
        answer(service, case.round_id, but=but)
    before = counts(service, case.round_id)
    trail = actions(service)
    with service.database.writing() as session:
        invitation = invitation_of(session.get_one(Round, case.round_id), "peers1@example.org")
        invitation_id = invitation.id
        erase_invitation(session, service.keys, invitation, TODAY)
    assert counts(service, case.round_id) == before
    assert actions(service) == trail  # raters leave no entry
    with service.database.reading() as session:
        erased = session.get_one(Invitation, invitation_id)
        assert (erased.name, erased.email, erased.link_hash) == ("", "", None)
        assert erased.revoked
        # What the mentor's page and the database show is alike in both worlds, save for `done`.
        assert erased.delivery_problem == ""
        assert "peers1" not in erased.normalised_email
    close(service, case.round_id)
    with service.database.reading() as session:
        assert session.get_one(Invitation, invitation_id).normalised_email == ""
        total = session.scalar(select(func.count()).select_from(Response))
        assert total == 4  # the mentee and three peers: an answer that was given stays


def test_an_erased_rater_cannot_be_counted_twice(service: Service) -> None:
    case = launched_case(service, {"peers": 4})
    answer(service, case.round_id)
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        invitation = invitation_of(round_, "peers1@example.org")
        erase_invitation(session, service.keys, invitation, TODAY)
    again = [RaterEntry("Somebody", "Peers1+x@example.org", "peers", None)]
    other = [RaterEntry("Somebody", "peers9@example.org", "peers", None)]
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        late = {"links": service.rater_links, "now": NOW}
        assert len(add_late_raters(session, round_, again, **late)) == 1  # type: ignore[arg-type]
        assert add_late_raters(session, round_, other, **late) == []  # type: ignore[arg-type]
        erased = next(i for i in round_.invitations if not i.email)
        for change in (
            lambda: resend_link(session, round_, erased, **late),  # type: ignore[arg-type]
            lambda: correct_address(session, round_, erased, "x@example.org", **late),  # type: ignore[arg-type]
        ):
            with pytest.raises(RoundError, match="erased at their request"):
                change()


def test_what_was_erased_is_erased_again(service: Service) -> None:
    """As after a restored backup, or an erasure that was interrupted half-way."""
    mentoring = everything(service)
    with service.database.reading() as session:
        round_ = session.get_one(Round, mentoring.open_round_id)
        invitation_id = invitation_of(round_, "peers1@example.org").id
    service.keys.note_erased(invitation_id, TODAY)
    with service.database.writing() as session:
        assert reapply_erasures(session, service.keys, NOW) == 1
    service.keys.destroy(mentoring.mentorship_id, TODAY)
    service.keys.note_erased(mentoring.case.mentor_id, TODAY)
    with service.database.writing() as session:
        assert reapply_erasures(session, service.keys, NOW) == 2
    with service.database.reading() as session:
        assert session.scalars(select(Mentorship)).all() == []
        assert is_erased(session.get_one(Person, mentoring.case.mentor_id))
    with service.database.writing() as session:
        assert reapply_erasures(session, service.keys, NOW) == 0


class _CommitFailsError(Exception):
    """The database goes away just before it has committed."""


def test_an_answer_after_an_erasure_that_failed_shares_the_fate_of_all_others(
    database_url: str, tmp_path: Path
) -> None:
    """The keys went before the commit, and another process remembers for seconds that they were.

    An answer that it takes meanwhile is erased with the earlier ones when the erasure is repeated,
    as if it had come just before.
    """
    config = load_config(service_environment(database_url, tmp_path))
    service, remembers, fresh = Service(config), Service(config), Service(config)
    mentoring = everything(service)
    token = tokens(service, mentoring.open_round_id)["peers1@example.org"]
    assert remembers.keys.opens(mentoring.open_round_id)
    with pytest.raises(_CommitFailsError), service.database.writing() as session:
        mentorship = session.get_one(Mentorship, mentoring.mentorship_id)
        erase_mentorship(session, service.keys, mentorship, None, NOW)
        raise _CommitFailsError
    before = rows(service)["sealed_ballots"]
    with pytest.raises(RoundClosedError), fresh.database.writing() as session:
        submit_feedback(session, fresh.rater_links, token, {"c-start": "Late"}, TODAY)
    with remembers.database.writing() as session:
        submit_feedback(session, remembers.rater_links, token, {"c-start": "Late"}, TODAY)
    assert rows(service)["sealed_ballots"] == before + 1
    assert dispose_daily(service.database, service.keys, service.retention, NOW) is not None
    left = {table for table, count in rows(service).items() if count}
    assert left == LEFT | {"disposal_runs"}
    for process in (service, remembers, fresh):
        process.database.dispose()
        process.keys.dispose()


def test_name_and_address_are_put_right_where_they_are_still_used(service: Service) -> None:
    mentoring = everything(service)
    with service.database.writing() as session:
        mentee = find_person(session, MENTEE)
        assert mentee is not None
        rectify_person(session, mentee, "Mia Married", "mia@example.net", actor=None, now=NOW)
    with service.database.writing() as session:
        mentee = find_person(session, "mia@example.net")
        assert mentee is not None
        assert mentee.name == "Mia Married"
        open_round = session.get_one(Round, mentoring.open_round_id)
        assert invitation_of(open_round, "mia@example.net").name == "Mia Married"
        with pytest.raises(AccountError, match="E-mail"):
            rectify_person(session, mentee, "Mia", "nonsense", actor=None, now=NOW)
        with pytest.raises(PrivacyError, match="somebody else"):
            rectify_person(session, mentee, "Mia", MENTOR, actor=None, now=NOW)
    assert "person.rectified" in actions(service)


def test_a_draft_loses_an_erased_rater(service: Service) -> None:
    case = launched_case(service, {"peers": 3})
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        round_.state = RoundState.DRAFT
        invitation = invitation_of(round_, "peers1@example.org")
        erase_invitation(session, service.keys, invitation, TODAY)
    with service.database.reading() as session:
        round_ = session.get_one(Round, case.round_id)
        assert "peers1@example.org" not in [i.email for i in round_.invitations]
        assert session.scalar(select(func.count()).select_from(RoundGroup)) == 5
