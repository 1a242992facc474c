"""What the mentor's pages tell of a round by day: of the round alone, and never of a rater."""

from __future__ import annotations

import datetime as dt

from survey.rounds.after_round import draft_after_round
from survey.rounds.proposals import ask_for_proposals
from survey.rounds.release import release_round
from survey.rounds.remind import remind_all
from survey.rounds.submit import decline
from survey.rounds.way import after_round_due, way_of, what_comes
from survey.service import Service
from survey.storage.models import Milestone, Round
from survey.storage.queries import rounds as round_queries
from tests.support.cases import NOW, close, draft_case, launch, tokens

TODAY = NOW.date()


def in_days(days: int) -> dt.date:
    return TODAY + dt.timedelta(days=days)


def test_from_the_draft_to_the_after_round(service: Service) -> None:
    case = draft_case(service, {"peers": 3}, reminds_itself=True)

    def told(today: dt.date) -> list[tuple[int, str]]:
        with service.database.reading() as session:
            round_ = session.get_one(Round, case.round_id)
            rounds = round_queries.in_mentorship(session, case.mentorship_id)
            return [((e.on - TODAY).days, e.title) for e in way_of(round_, rounds, today)]

    assert told(TODAY) == []
    with service.database.writing() as session:
        ask_for_proposals(session, session.get_one(Round, case.round_id), in_days(4), NOW)
    assert told(TODAY) == [(4, "Last day for proposals of Mia")]
    assert told(in_days(5)) == []
    launch(service, case.round_id)
    opened = [
        (0, "Launched; the invitations go out"),
        (7, "Reminder to everybody who has not answered"),
        # Two days before the end is a Saturday, and the Monday after it is the end.
        (11, "Reminder to everybody who has not answered"),
        (14, "Last day for answers"),
    ]
    assert told(TODAY) == opened
    # An answer or a decline changes nothing of it, on whatever day.
    with service.database.writing() as session:
        token = tokens(service, case.round_id)["peers1@example.org"]
        decline(session, service.rater_links, token, in_days(1))
    assert told(TODAY) == opened
    with service.database.writing() as session:
        remind_all(session, session.get_one(Round, case.round_id), NOW + dt.timedelta(days=7))
    assert told(in_days(8))[1:] == [
        (7, "Last reminder to everybody who has not answered"),
        (11, "Reminder to everybody who has not answered"),
        (14, "Last day for answers"),
    ]
    close(service, case.round_id, now=NOW + dt.timedelta(days=15))
    with service.database.writing() as session:
        release_round(session, session.get_one(Round, case.round_id), NOW + dt.timedelta(days=16))
    assert told(in_days(20))[2:] == [
        (15, "Closed"),
        (16, "Report released"),
        ((dt.date(2027, 5, 17) - TODAY).days, "After round"),
    ]


def test_the_after_round_is_due_at_the_last_milestone_and_once(service: Service) -> None:
    case = draft_case(service, {"peers": 3})
    launch(service, case.round_id)
    close(service, case.round_id)
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        assert after_round_due(round_) == dt.date(2027, 5, 2)
        assert round_.goal is not None
        milestone = Milestone(position=0, due_on=in_days(90))
        round_.goal.milestones.append(milestone)
        session.flush()
        milestone.text = "Lead a project"
        session.flush()
        assert after_round_due(round_) == in_days(90)
        (entry,) = what_comes(round_.mentorship, [round_], TODAY)
        assert (entry.on, entry.title) == (in_days(90), "After round")
        (late,) = what_comes(round_.mentorship, [round_], in_days(100))
        assert late.on == in_days(100)
        assert "the usual time has come" in late.note
        after = draft_after_round(session, round_, TODAY)
        assert what_comes(round_.mentorship, [round_, after], TODAY) == []
        round_.mentorship.ended_on = in_days(1)
        assert what_comes(round_.mentorship, [round_], TODAY) == []
