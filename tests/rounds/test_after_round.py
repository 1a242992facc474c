"""The after round in one step: what it takes over, who is left out, and why."""

from __future__ import annotations

import datetime as dt

import pytest

from survey.privacy.erasure import erase_invitation
from survey.rounds.after_round import after_round_of, draft_after_round, left_out
from survey.rounds.errors import WrongStateError
from survey.rounds.manage import revoke_invitation
from survey.rounds.rater_guidance import usual_deadline
from survey.rounds.submit import decline
from survey.service import Service
from survey.storage.models import Delivery, Round, RoundKind
from tests.support.cases import NOW, close, invitation_of, launch, launched_case, tokens

TODAY = NOW.date()


def test_everything_is_taken_over_but_who_can_not_or_should_not_be_asked(service: Service) -> None:
    case = launched_case(
        service, {"manager": 1, "peers": 5}, purpose="Why we ask", threshold=4, reminds_itself=True
    )
    declining = tokens(service, case.round_id)["peers4@example.org"]
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        invitation_of(round_, "peers1@example.org").delivery = Delivery.FAILED
        revoke_invitation(session, round_, invitation_of(round_, "peers2@example.org"))
        erase_invitation(session, service.keys, invitation_of(round_, "peers3@example.org"), TODAY)
        decline(session, service.rater_links, declining, TODAY)
    close(service, case.round_id)
    with service.database.writing() as session:
        earlier = session.get_one(Round, case.round_id)
        draft = draft_after_round(session, earlier, TODAY)
        assert draft.kind is RoundKind.AFTER
        assert draft.framework_id == earlier.framework_id
        assert draft.goal is earlier.goal
        assert draft.purpose == "Why we ask"
        assert draft.deadline == usual_deadline(TODAY)
        assert draft.reminds_itself
        assert [(g.key, g.threshold) for g in draft.groups] == [
            (g.key, g.threshold) for g in earlier.groups
        ]
        # Whether somebody declined plays no part: nobody may find out so.
        assert {i.email for i in draft.invitations} == {
            "mia.mentee@example.org",
            "manager1@example.org",
            "peers4@example.org",
            "peers5@example.org",
        }
        assert {(one.why, tuple(one.names), one.number) for one in left_out(draft)} == {
            ("the invitation came back", ("peers 1",), 1),
            ("you withdrew the invitation", ("peers 2",), 1),
            ("name and address are no longer kept, after a while or at their own request", (), 1),
        }
        assert after_round_of(session, earlier) is draft
        assert left_out(earlier) == []


def test_it_follows_a_closed_round_with_a_result_alone(service: Service) -> None:
    case = launched_case(service, {"peers": 3})
    refused = pytest.raises(WrongStateError, match="closed and has a result")
    with service.database.writing() as session, refused:
        draft_after_round(session, session.get_one(Round, case.round_id), TODAY)
    close(service, case.round_id)
    with service.database.writing() as session:
        earlier = session.get_one(Round, case.round_id)
        deadline = TODAY + dt.timedelta(days=30)
        after = draft_after_round(session, earlier, TODAY, deadline)
        assert after.deadline == deadline
        after_id = after.id
    launch(service, after_id)
    close(service, after_id)
    with service.database.writing() as session, pytest.raises(WrongStateError):
        draft_after_round(session, session.get_one(Round, after_id), TODAY)
