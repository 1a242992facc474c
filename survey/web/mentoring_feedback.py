"""Mentee feedback: the mentee gives it, the mentor reads what is not held back."""

from __future__ import annotations

import uuid
from typing import cast

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from survey.accounts.policy import Action, Resource
from survey.mentoring.errors import MentoringError
from survey.mentoring.mentoring_feedback import (
    answers_in,
    feedback_for_mentor,
    give_feedback,
    given_feedback,
    has_ended,
    show_now,
    trend,
)
from survey.storage.models import Side
from survey.web.access import as_mentee, as_mentor
from survey.web.confirmation import confirmation_page, is_sure
from survey.web.current import mentors_only, request_session, service, signed_in
from survey.web.form_errors import show_problem
from survey.web.question_forms import question_form
from survey.web.record_access import feedback_for
from survey.web.reflection_forms import FeedbackForm

blueprint = Blueprint("mentoring_feedback", __name__)
_OF_MENTEE = "/mentoring/<uuid:mentorship_id>/feedback"


@blueprint.get(_OF_MENTEE)
@signed_in
def given(mentorship_id: uuid.UUID) -> ResponseReturnValue:
    """What the mentee has said so far."""
    with service().database.reading() as session:
        mentorship = as_mentee(session, mentorship_id, Resource.HELD_BACK_FEEDBACK, Action.READ)
        feedbacks = given_feedback(session, mentorship)
        return render_template(
            "mentoring_feedback/given.html",
            mentorship=mentorship,
            feedbacks=[(feedback, answers_in(feedback)) for feedback in feedbacks],
            courses=trend(feedbacks),
            ended=has_ended(mentorship, service().today()),
        )


@blueprint.route(f"{_OF_MENTEE}/new", methods=["GET", "POST"])
@signed_in
def give(mentorship_id: uuid.UUID) -> ResponseReturnValue:
    """Give feedback."""
    questions = service().question_sets.mentee_feedback
    with request_session() as session:
        mentorship = as_mentee(session, mentorship_id, Resource.MENTEE_FEEDBACK, Action.CREATE)
        made = question_form(FeedbackForm, questions, Side.MENTEE, mentorship.mentee.language)
        form = cast(FeedbackForm, made())
        if has_ended(mentorship, service().today()):
            # There is nothing left to hold it back until.
            del form.when
        if form.validate_on_submit():
            try:
                feedback = give_feedback(
                    session,
                    mentorship,
                    form.answers(),
                    questions,
                    service().today(),
                    held_back="when" in form and form.when.data != "now",
                )
            except MentoringError as error:
                show_problem(form, str(error), form.fields_by_question())
            else:
                mentor = mentorship.mentor.first_name
                flash(
                    gettext(
                        "Thank you. %(mentor)s can read your feedback once your mentoring has "
                        "ended.",
                        mentor=mentor,
                    )
                    if feedback.held_back
                    else gettext(
                        "Thank you. %(mentor)s can read your feedback from now on.", mentor=mentor
                    ),
                    "success",
                )
                return redirect(url_for("mentoring_feedback.given", mentorship_id=mentorship_id))
        return render_template("mentoring_feedback/give.html", form=form, mentorship=mentorship)


@blueprint.post(f"{_OF_MENTEE}/<uuid:feedback_id>/show-now")
@signed_in
def show(mentorship_id: uuid.UUID, feedback_id: uuid.UUID) -> ResponseReturnValue:
    """Show the mentor what was held back."""
    with service().database.writing() as session:
        feedback = feedback_for(session, mentorship_id, feedback_id, Action.WRITE)
        first_name = feedback.mentorship.mentor.first_name
        back_url = url_for("mentoring_feedback.given", mentorship_id=mentorship_id)
        if not is_sure():
            return confirmation_page(
                gettext("Show this feedback to %(first_name)s now?", first_name=first_name),
                gettext("It cannot be hidden again."),
                gettext("Show it"),
                back_url,
            )
        show_now(session, feedback)
        flash(
            gettext("%(first_name)s can read this feedback now.", first_name=first_name), "success"
        )
    return redirect(back_url)


@blueprint.get("/mentees/<uuid:mentorship_id>/mentoring-feedback")
@mentors_only
def received(mentorship_id: uuid.UUID) -> ResponseReturnValue:
    """What the mentee says about the mentoring, as far as it is the mentor's to read."""
    with service().database.reading() as session:
        mentorship = as_mentor(session, mentorship_id, Resource.MENTEE_FEEDBACK, Action.READ)
        feedbacks = feedback_for_mentor(session, mentorship, service().today())
        return render_template(
            "mentoring_feedback/received.html",
            mentorship=mentorship,
            feedbacks=[(feedback, answers_in(feedback)) for feedback in feedbacks],
            courses=trend(feedbacks),
        )
