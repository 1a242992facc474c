"""The timeline, as mentor and mentee see it."""

from __future__ import annotations

import datetime as dt

from survey.mentoring.agreed_actions import ActionDetails, set_done
from survey.mentoring.goal_evaluation import EvaluationDetails, save_evaluation
from survey.mentoring.milestones import MilestoneDetails, save_milestones
from survey.mentoring.relationship import end_relationship
from survey.mentoring.self_reflection import ReflectionDetails, save_reflection
from survey.mentoring.session_records import Note, RecordDetails, save_record
from survey.mentoring.timeline import by_month, timeline
from survey.rounds.release import release_round
from survey.service import Service
from survey.storage.models import Mentorship, ReflectionMoment, Round
from tests.support.cases import NOW, close, launched_case

TODAY = (NOW + dt.timedelta(days=40)).date()


def test_everything_stands_in_the_order_of_the_days(service: Service) -> None:
    case = launched_case(service, {"peers": 3})
    close(service, case.round_id, now=NOW + dt.timedelta(days=10))
    with service.database.writing() as session:
        mentorship = session.get_one(Mentorship, case.mentorship_id)
        goal = mentorship.goals[0]
        start = NOW.date()
        record = save_record(
            session,
            mentorship,
            RecordDetails(
                start + dt.timedelta(5),
                notes=Note("A private remark"),
                actions=[ActionDetails("One"), ActionDetails("Two")],
            ),
            TODAY,
        )
        set_done(session, record.actions[0], TODAY)
        save_record(session, mentorship, RecordDetails(start + dt.timedelta(31)), TODAY)
        save_milestones(
            session,
            goal,
            [
                MilestoneDetails("First", start, start + dt.timedelta(12)),
                MilestoneDetails("Second", TODAY + dt.timedelta(5)),
                MilestoneDetails("Third", start + dt.timedelta(20)),
                MilestoneDetails("No day"),
            ],
            TODAY,
        )
        save_evaluation(session, goal, EvaluationDetails("partly"), start + dt.timedelta(35))
        for shared in (True, False):
            save_reflection(
                session,
                mentorship,
                ReflectionDetails(
                    ReflectionMoment.MIDWAY,
                    start + dt.timedelta(15),
                    confidence={goal.id: 5},
                    shared=shared,
                ),
                service.question_sets,
                TODAY,
            )

        def titles(*, for_mentee: bool) -> list[tuple[int, str, str]]:
            entries = timeline(session, mentorship, TODAY, for_mentee=for_mentee)
            return [((e.on - start).days, e.title, e.note) for e in entries]

        for_mentor = [
            (0, "The mentoring begins", ""),
            (0, "Before round: launched", ""),
            (5, "Session 1", "1 of 2 agreed actions done"),
            (10, "Before round: closed", ""),
            (12, "Milestone: First", "reached"),
            (15, "Reflection half-way", ""),
            (20, "Milestone: Third", "due, not reached yet"),
            (31, "Session 2", ""),
            (35, "Goal evaluated: Lead cross-team projects with confidence", "partly achieved"),
            (45, "Milestone: Second", "due"),
        ]
        assert titles(for_mentee=False) == for_mentor
        assert titles(for_mentee=True) == [
            *for_mentor[:6],
            # The mentee's own, shared or not.
            for_mentor[5],
            *for_mentor[6:],
        ]
        links = {
            entry.title: entry.link
            for entry in timeline(session, mentorship, TODAY, for_mentee=True)
        }
        # The report is not released: nothing leads there yet.
        assert links["Before round: closed"] is None
        assert links["Before round: launched"] is None
        assert links["Session 1"] == ("session", record.id)
        release_round(session, session.get_one(Round, case.round_id), NOW + dt.timedelta(days=11))
        end_relationship(session, mentorship, TODAY, NOW + dt.timedelta(days=40))
        entries = timeline(session, mentorship, TODAY, for_mentee=True)
        released = next(e for e in entries if e.title == "Before round: report released")
        assert released.link == ("report", case.round_id)
        assert entries[-2].title == "The mentoring ends"
        months = by_month(entries)
        assert [month.first_day for month in months] == [
            dt.date(2026, 11, 1),
            dt.date(2026, 12, 1),
        ]
        assert [e for month in months for e in month.entries] == entries
