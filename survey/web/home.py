"""The start page: what waits for the person who signed in."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from survey.mentoring.attainment import attainment_of
from survey.mentoring.mentoring_feedback import feedback_is_due
from survey.rounds.attention import status_of_open_rounds, what_waits
from survey.rounds.proposals import takes_proposals
from survey.storage.models import RoundState
from survey.storage.queries import people as people_queries
from survey.storage.queries import proposed_raters as proposal_queries
from survey.storage.queries import rounds as round_queries
from survey.web.current import current_person, person_or_none, service

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """Mentors see their mentees; mentees see their rounds and reports; strangers sign in."""
    if person_or_none() is None:
        return redirect(url_for("accounts.request_link"))
    person = current_person()
    with service().database.reading() as session:
        mentoring = [
            (mentorship, round_queries.in_mentorship(session, mentorship.id))
            for mentorship in people_queries.mentorships_of_mentor(session, person.id)
        ]
        statuses = status_of_open_rounds(
            session, (round_ for _, rounds in mentoring for round_ in rounds)
        )
        being_mentored = [
            (
                mentorship,
                [
                    (round_, round_queries.self_invitation(session, round_.id))
                    for round_ in round_queries.in_mentorship(session, mentorship.id)
                    if round_.state is not RoundState.DRAFT
                ],
            )
            for mentorship in people_queries.mentorships_of_mentee(session, person.id)
        ]
        return render_template(
            "home.html",
            person=person,
            mentoring=mentoring,
            statuses=statuses,
            waiting=what_waits(mentoring, statuses, service().today()),
            being_mentored=being_mentored,
            attainments={
                goal.id: attainment_of(goal)
                for mentorship, _ in being_mentored
                for goal in mentorship.goals
            },
            proposing=[
                (round_, len(round_.proposals))
                for round_ in proposal_queries.asked_of(session, person.id)
                if takes_proposals(round_, service().today())
            ],
            feedback_due={
                mentorship.id
                for mentorship, _ in being_mentored
                if feedback_is_due(session, mentorship, service().today())
            },
        )
