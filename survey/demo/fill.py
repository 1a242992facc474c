"""Filling an empty database with the demo, by the same use cases that the pages call."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey.accounts.people import add_mentor, find_person
from survey.demo.cast import Cast, CastMentee, CastRater, CastRound, read_cast
from survey.demo.ratings import ratings_of
from survey.demo.reflections import fill_reflections
from survey.demo.sessions import fill_sessions, read_sessions
from survey.frameworks.rater_groups import SELF, STANDARD_GROUPS
from survey.mentoring.goal_evaluation import EvaluationDetails, save_evaluation
from survey.mentoring.goals import GoalDetails, save_goal
from survey.mentoring.mentees import add_mentee
from survey.mentoring.success_measures import MeasureDetails, rate_attained, save_measures
from survey.rounds.answers import COMMENT_PREFIX
from survey.rounds.close import close_round
from survey.rounds.draft import RoundDetails, add_raters, create_draft
from survey.rounds.errors import InvalidRoundError
from survey.rounds.launch import launch_round
from survey.rounds.rater_list import RaterEntry
from survey.rounds.release import release_round
from survey.rounds.submit import decline, form_of, submit_feedback
from survey.service import Service
from survey.storage.models import Delivery, Invitation, Mentorship, Person, Round, RoundKind
from survey.storage.queries import outbox as outbox_queries
from survey.storage.queries import people as people_queries
from survey.storage.queries import rounds as round_queries


class DemoError(Exception):
    """The demo cannot be filled in here; the text says what to do."""


@dataclass(frozen=True)
class DemoSummary:
    """Who and what to look at, by their ids; `filled_now` is False when it was there before."""

    filled_now: bool
    mentor_id: uuid.UUID
    mentee_id: uuid.UUID
    change_report_id: uuid.UUID
    open_round_id: uuid.UUID


def fill_demo(service: Service, now: dt.datetime) -> DemoSummary:
    """Fill the database, all of it or nothing; one that is filled already is left as it is.

    Raises DemoError when the database holds anybody's data.
    """
    cast = read_cast()
    with service.database.writing() as session:
        found = _find(session, cast)
        if found is not None:
            return found
        people = people_queries.count(session)
        if people:
            raise DemoError(
                f"This database is in use: it holds {people} account{'s' if people > 1 else ''}. "
                "The demo mixes with nobody's data. Set INSTANCE_FOLDER (or DATABASE_URL) to an "
                "empty place, or use `make demo`, which has one of its own."
            )
        return _Filler(service, session, now).fill(cast)


def _find(session: Session, cast: Cast) -> DemoSummary | None:
    """The demo, where it is filled in already."""
    mentor = find_person(session, cast.mentor.email)
    if mentor is None:
        return None
    finished = _mentorship(session, mentor, cast.finished)
    running = _mentorship(session, mentor, cast.running)
    if finished is None or running is None:
        return None
    reports = [
        round_
        for round_ in round_queries.in_mentorship(session, finished.id)
        if round_.kind is RoundKind.AFTER and round_.released_on is not None
    ]
    others = round_queries.in_mentorship(session, running.id)
    if not reports or not others:
        return None
    return DemoSummary(False, mentor.id, finished.mentee_id, reports[0].id, others[0].id)


def _mentorship(session: Session, mentor: Person, case: CastMentee) -> Mentorship | None:
    mentee = find_person(session, case.mentee.email)
    if mentee is None:
        return None
    return people_queries.mentorship_between(session, mentor.id, mentee.id)


class _Filler:
    """Tells the story in one session, seen from one instant."""

    def __init__(self, service: Service, session: Session, now: dt.datetime) -> None:
        self._service = service
        self._session = session
        self._now = now

    def fill(self, cast: Cast) -> DemoSummary:
        """Add everybody and everything."""
        mentor = add_mentor(self._session, cast.mentor.name, cast.mentor.email)
        finished = self._begin(mentor, cast.finished)
        earlier: Round | None = None
        for planned in cast.finished.rounds:
            earlier = self._finished_round(finished, cast.finished, planned, earlier)
        if earlier is None:
            raise ValueError("the finished case has rounds")
        self._evaluate(finished, cast.finished)
        fill_reflections(self._session, finished, self._service.question_sets, self._now.date())
        sessions = read_sessions()
        fill_sessions(self._service, self._session, finished, sessions.finished, self._now)
        # Months-old letters are of no use to anybody who tries the service out.
        outbox_queries.delete_about(self._session, finished.id)
        running = self._begin(mentor, cast.running)
        fill_sessions(self._service, self._session, running, sessions.running, self._now)
        open_round = self._launch(running, cast.running, cast.running.rounds[0], None)
        self._answer(open_round, cast.running, cast.running.rounds[0])
        self._begin(mentor, cast.starting)
        return DemoSummary(True, mentor.id, finished.mentee_id, earlier.id, open_round.id)

    def _evaluate(self, mentorship: Mentorship, case: CastMentee) -> None:
        goal = mentorship.goals[0]
        save_measures(
            self._session,
            goal,
            [
                MeasureDetails(
                    measure.statement,
                    much_less=measure.levels[0],
                    less=measure.levels[1],
                    expected=measure.levels[2],
                    more=measure.levels[3],
                    much_more=measure.levels[4],
                    weight=measure.weight,
                    baseline=measure.baseline,
                )
                for measure in case.goal.measures
            ],
        )
        levels = zip(goal.measures, case.goal.measures, strict=True)
        rate_attained(
            self._session, goal, {stored.id: planned.attained for stored, planned in levels}
        )
        if said := case.goal.evaluation:
            save_evaluation(
                self._session,
                goal,
                EvaluationDetails(
                    outcome=said.outcome,
                    hindered=said.hindered,
                    also_achieved=said.also_achieved,
                    lessons=said.lessons,
                    next_steps=said.next_steps,
                ),
                self._days_ago(said.days_ago).date(),
            )

    def _begin(self, mentor: Person, case: CastMentee) -> Mentorship:
        mentorship = add_mentee(
            self._session,
            mentor,
            case.mentee.name,
            case.mentee.email,
            self._days_ago(case.started_days_ago),
        )
        save_goal(
            self._session,
            mentorship,
            GoalDetails(
                statement=case.goal.statement,
                success_measures=case.goal.success_measures,
                baseline=case.goal.baseline,
                target=case.goal.target,
                competency_ids=case.goal.competencies,
            ),
            self._service.catalogue.get(self._session, mentor, case.framework),
        )
        return mentorship

    def _finished_round(
        self, mentorship: Mentorship, case: CastMentee, planned: CastRound, earlier: Round | None
    ) -> Round:
        round_ = self._launch(mentorship, case, planned, earlier)
        self._note_as_sent(round_.invitations)
        self._answer(round_, case, planned)
        # The worker closes a round on the day after its deadline.
        closed = self._days_ago(planned.launched_days_ago - planned.open_for_days - 1)
        close_round(
            self._session,
            round_,
            master_key=self._service.master_key,
            now=closed,
        )
        release_round(self._session, round_, closed + dt.timedelta(planned.released_after_days))
        return round_

    def _launch(
        self, mentorship: Mentorship, case: CastMentee, planned: CastRound, earlier: Round | None
    ) -> Round:
        launched = self._days_ago(planned.launched_days_ago)
        draft = create_draft(
            self._session,
            mentorship,
            RoundDetails(
                kind=planned.kind,
                framework_id=case.framework,
                groups=STANDARD_GROUPS,
                deadline=launched.date() + dt.timedelta(planned.open_for_days),
                goal=mentorship.goals[0],
                purpose=planned.purpose,
                compared_with=earlier,
            ),
            launched.date(),
        )
        # A later round takes over the raters of the earlier one by itself.
        if earlier is None:
            problems = add_raters(
                self._session,
                draft,
                [
                    RaterEntry(rater.name, rater.email, rater.group, None)
                    for rater in case.raters
                    if rater.group != SELF.key
                ],
            )
            if problems:
                raise InvalidRoundError([str(problem) for problem in problems])
        launch_round(
            self._session,
            draft,
            self._service.catalogue.get(self._session, mentorship.mentor, case.framework),
            links=self._service.rater_links,
            master_key=self._service.master_key,
            now=launched,
        )
        return draft

    def _answer(self, round_: Round, case: CastMentee, planned: CastRound) -> None:
        day = (self._days_ago(planned.launched_days_ago) + dt.timedelta(1)).date()
        invitations = {invitation.email: invitation for invitation in round_.invitations}
        for rater in case.raters:
            if rater.answer_in(planned.kind) != "silent":
                invitation = invitations[rater.email]
                self._note_as_sent([invitation])
                self._use_link(invitation, case, planned, rater, day)

    def _use_link(
        self,
        invitation: Invitation,
        case: CastMentee,
        planned: CastRound,
        rater: CastRater,
        day: dt.date,
    ) -> None:
        links = self._service.rater_links
        token = links.token(invitation)
        answer = rater.answer_in(planned.kind)
        if isinstance(answer, str):
            decline(self._session, links, token, day)
            return
        fields = ratings_of(case, planned, rater, form_of(invitation))
        fields |= {COMMENT_PREFIX + question: text for question, text in answer.items()}
        submit_feedback(self._session, links, token, fields, day)

    def _note_as_sent(self, invitations: list[Invitation]) -> None:
        """Whoever answered has had the letter, so none must wait for them any more."""
        for invitation in invitations:
            invitation.delivery = Delivery.SENT
        round_queries.delete_letters(self._session, [invitation.id for invitation in invitations])

    def _days_ago(self, days: int) -> dt.datetime:
        return self._now - dt.timedelta(days)
