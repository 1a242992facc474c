"""Raters whom the mentee proposes: what each side sees and may do, and the end at the launch."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.privacy.access_export import Access, collect
from survey.privacy.erasure import reapply_erasures
from survey.privacy.rater_data import erase_rater, held_about_rater
from survey.rounds.draft import remove_rater
from survey.rounds.errors import InvalidRoundError, RoundError, WrongStateError
from survey.rounds.proposals import (
    ask_for_proposals,
    is_listed,
    proposal_in,
    propose,
    put_on_the_list,
    take_back,
    turn_down,
    waiting_proposals,
)
from survey.rounds.rater_list import RaterEntry
from survey.service import Service
from survey.storage.models import (
    Invitation,
    Letter,
    LetterKind,
    ProposalState,
    ProposedRater,
    Round,
)
from tests.privacy.people import raw
from tests.support.cases import NOW, Case, draft_case, invitation_of, launch

TODAY = NOW.date()
UNTIL = TODAY + dt.timedelta(days=5)
ANA = RaterEntry("Ana Silva", "ana@example.org", "peers", "es")


@pytest.fixture
def case(service: Service) -> Case:
    """A draft with two peers, of which the mentee was asked to propose more."""
    case = draft_case(service, {"peers": 2})
    with service.database.writing() as session:
        ask_for_proposals(session, session.get_one(Round, case.round_id), UNTIL, NOW)
    return case


def proposed(session: Session, case: Case, entry: RaterEntry = ANA) -> ProposedRater:
    round_ = session.get_one(Round, case.round_id)
    assert propose(session, round_, entry, TODAY) == []
    session.expire(round_, ["proposals"])
    return round_.proposals[-1]


def addresses(session: Session, case: Case) -> set[str]:
    return {i.email for i in session.get_one(Round, case.round_id).invitations}


def test_a_proposal_comes_on_the_list_by_the_mentor_alone(service: Service, case: Case) -> None:
    with service.database.writing() as session:
        kinds = sorted(session.scalars(select(Letter.kind)))
        assert kinds == [LetterKind.MENTEE_WELCOME, LetterKind.RATERS_WANTED]
        before = addresses(session, case)
        proposal = proposed(session, case)
        assert addresses(session, case) == before
        round_ = session.get_one(Round, case.round_id)
        assert put_on_the_list(session, round_, proposal) == []
        assert addresses(session, case) == before | {"ana@example.org"}
        invitation = invitation_of(round_, "ana@example.org")
        assert (invitation.name, invitation.group_key, invitation.language) == (
            "Ana Silva",
            "peers",
            "es",
        )
        assert proposal.state is ProposalState.ON_THE_LIST
        assert not proposal.changed
        assert waiting_proposals(round_) == []


def test_what_the_mentor_changes_is_what_comes_on_the_list(service: Service, case: Case) -> None:
    with service.database.writing() as session:
        proposal = proposed(session, case)
        round_ = session.get_one(Round, case.round_id)
        wanted = RaterEntry("Ana Silva", "ana.silva@example.org", "customers", "es")
        assert put_on_the_list(session, round_, proposal, wanted, " She buys  from us ") == []
        assert invitation_of(round_, "ana.silva@example.org").group_key == "customers"
        assert proposal.changed
        assert proposal.word == "She buys from us"
        assert proposal.email == "ana.silva@example.org"


def test_turned_down_and_taken_off_are_told_to_the_mentee(service: Service, case: Case) -> None:
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        proposal = proposed(session, case)
        assert put_on_the_list(session, round_, proposal) == []
        remove_rater(session, round_, invitation_of(round_, "ana@example.org").id)
        assert proposal.state is ProposalState.TURNED_DOWN
        assert put_on_the_list(session, round_, proposal) == []
        turn_down(session, round_, proposal, "She is leaving")
        assert proposal.state is ProposalState.TURNED_DOWN
        assert "ana@example.org" not in addresses(session, case)


def test_the_mentee_can_not_find_out_whom_the_mentor_has_listed(
    service: Service, case: Case
) -> None:
    """An address on the mentor's list is taken like any other, and is there once in the end."""
    with service.database.writing() as session:
        known = RaterEntry("Somebody", "PEERS1@example.org", "peers", None)
        proposal = proposed(session, case, known)
        round_ = session.get_one(Round, case.round_id)
        before = len(round_.invitations)
        assert is_listed(round_, proposal)
        assert put_on_the_list(session, round_, proposal) == []
        assert len(round_.invitations) == before
        assert invitation_of(round_, "peers1@example.org").name == "peers 1"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (RaterEntry("Mia", "mia.mentee@example.org", "peers", None), "mentee's own address"),
        (RaterEntry("Mia", "mia.mentee@example.org", "self", None), "not a rater group"),
        (RaterEntry("Max", "max.mentor@example.org", "peers", None), "mentor's own address"),
        (RaterEntry("Ana", "nonsense", "peers", None), "not an address"),
        (RaterEntry("Ana", "ANA@example.org", "peers", None), "somebody with this address"),
        (RaterEntry("Ana\r\nBcc: x@y.z", "b@example.org", "peers", None), "line break"),
    ],
)
def test_what_speaks_against_a_proposal_is_said_at_once(
    service: Service, case: Case, entry: RaterEntry, said: str
) -> None:
    with service.database.writing() as session:
        proposed(session, case)
        round_ = session.get_one(Round, case.round_id)
        problems = propose(session, round_, entry, TODAY)
        assert len(problems) == 1
        assert said in problems[0].what
        assert len(round_.proposals) == 1


def test_only_for_a_draft_and_until_the_day(service: Service, case: Case) -> None:
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        with pytest.raises(WrongStateError, match="not taken any more"):
            propose(session, round_, ANA, UNTIL + dt.timedelta(days=1))
        for day, said in (
            (TODAY - dt.timedelta(days=1), "that day is over"),
            (round_.deadline + dt.timedelta(days=1), "before the round's deadline"),
        ):
            with pytest.raises(InvalidRoundError, match=said):
                ask_for_proposals(session, round_, day, NOW)
        assert propose(session, round_, ANA, UNTIL) == []
    launch(service, case.round_id)
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        with pytest.raises(WrongStateError):
            propose(session, round_, ANA, TODAY)
        with pytest.raises(WrongStateError):
            ask_for_proposals(session, round_, UNTIL, NOW)


def test_the_mentee_takes_back_only_what_is_not_decided(service: Service, case: Case) -> None:
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        first = proposed(session, case)
        take_back(session, round_, first)
        with pytest.raises(RoundError, match="not there"):
            proposal_in(round_, uuid.uuid4())
        second = proposed(session, case)
        assert put_on_the_list(session, round_, second) == []
        with pytest.raises(RoundError, match="decided"):
            take_back(session, round_, second)


def test_at_the_launch_all_proposals_are_gone(service: Service, case: Case) -> None:
    with service.database.writing() as session:
        proposal = proposed(session, case)
        assert put_on_the_list(session, session.get_one(Round, case.round_id), proposal) == []
        proposed(session, case, RaterEntry("Bo", "bo@example.org", "customers", None))
    launch(service, case.round_id)
    with service.database.reading() as session:
        assert session.scalars(select(ProposedRater)).all() == []
        assert "ana@example.org" in addresses(session, case)
        assert "bo@example.org" not in addresses(session, case)
        # Nothing on the invitation tells a proposed rater from another.
        assert not {"proposed", "proposal"} & {c.key for c in Invitation.__table__.columns}


def test_names_and_addresses_lie_sealed(service: Service, case: Case) -> None:
    with service.database.writing() as session:
        proposal = proposed(session, case)
        turn_down(session, session.get_one(Round, case.round_id), proposal, "A word of the mentor")
    content = raw(service)
    assert b"peers1@example.org" in content
    for secret in (b"Ana Silva", b"ana@example.org", b"A word of the mentor"):
        assert secret not in content


def test_a_proposed_rater_can_see_and_erase_it(service: Service, case: Case) -> None:
    with service.database.writing() as session:
        kept = proposed(session, case).id
    with service.database.writing() as session:
        (record,) = held_about_rater(session, "Ana@Example.org")
        assert (record.name, record.mentee) == ("Ana Silva", "Mia Mentee")
        assert erase_rater(session, service.keys, "ana@example.org", TODAY) == 1
        assert held_about_rater(session, "ana@example.org") == []
    assert kept in service.keys.erased()
    with service.database.writing() as session:
        # A restored backup brings it back.
        round_ = session.get_one(Round, case.round_id)
        session.add(ProposedRater(id=kept, round=round_, group_key="peers", address_mark="x"))
        session.flush()
        assert reapply_erasures(session, service.keys, NOW) == 1
    with service.database.reading() as session:
        assert session.scalars(select(ProposedRater)).all() == []


def test_the_mentee_s_copy_of_their_data_has_their_proposals(service: Service, case: Case) -> None:
    with service.database.writing() as session:
        proposed(session, case)
    with service.database.reading() as session:
        mentee = session.get_one(Round, case.round_id).mentorship.mentee
        sections = {s.key: s.records for s in collect(Access(session, mentee, TODAY))}
    assert sections["proposed_raters"] == [
        {
            "name": "Ana Silva",
            "e mail": "ana@example.org",
            "group": "peers",
            "language": "es",
            "state": "waiting",
        }
    ]
