"""Start, mid-way and end reviews: each writes alone, then both read."""

from __future__ import annotations

import uuid

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from survey.accounts.policy import Action, Resource
from survey.mentoring.errors import MentoringError
from survey.mentoring.reflection_timeline import REVIEW_TITLES
from survey.mentoring.reviews import review_for, reviews_for, submit_review
from survey.storage.models import ReviewKind, Side
from survey.web.access import as_either, relation_to
from survey.web.current import current_person, may, request_session, service, signed_in
from survey.web.form_errors import show_problem
from survey.web.question_forms import QuestionForm, filled_in, question_form

blueprint = Blueprint("reviews", __name__, url_prefix="/mentoring/<uuid:mentorship_id>/reviews")


@blueprint.get("")
@signed_in
def index(mentorship_id: uuid.UUID) -> ResponseReturnValue:
    """All three reviews, as far as this person may see them."""
    with service().database.reading() as session:
        mentorship, side = as_either(session, mentorship_id, Resource.REVIEW, Action.READ)
        return render_template(
            "reviews/index.html",
            mentorship=mentorship,
            partner=mentorship.mentee if side is Side.MENTOR else mentorship.mentor,
            is_mentor=side is Side.MENTOR,
            reviews=reviews_for(session, mentorship, side),
            titles=REVIEW_TITLES,
        )


@blueprint.route("/<kind>", methods=["GET", "POST"])
@signed_in
def write(mentorship_id: uuid.UUID, kind: str) -> ResponseReturnValue:
    """Write one's own part of a review."""
    with request_session() as session:
        mentorship, side = as_either(session, mentorship_id, Resource.REVIEW, Action.WRITE)
        if kind not in set(ReviewKind):
            abort(404)
        chosen = ReviewKind(kind)
        review = review_for(session, mentorship, chosen, side)
        resource = Resource.COMPLETE_REVIEW if review.is_complete else Resource.REVIEW
        if not may(resource, Action.WRITE, relation_to(mentorship)):
            return redirect(url_for("reviews.index", mentorship_id=mentorship_id))
        questions = service().question_sets.review(chosen)
        made = question_form(QuestionForm, questions, side, current_person().language)
        form = made(data=filled_in(review.own.answers if review.own else []))
        if form.validate_on_submit():
            try:
                submit_review(
                    session,
                    mentorship,
                    chosen,
                    side,
                    form.answers(),
                    service().question_sets,
                    service().today(),
                )
            except MentoringError as error:
                show_problem(form, str(error), form.fields_by_question())
            else:
                flash(
                    gettext("You have both written, so you can both read now.")
                    if review_for(session, mentorship, chosen, side).is_complete
                    else gettext(
                        "What you wrote is kept. You can both read once you have both written."
                    ),
                    "success",
                )
                return redirect(url_for("reviews.index", mentorship_id=mentorship_id))
        return render_template(
            "reviews/write.html",
            form=form,
            mentorship=mentorship,
            partner=mentorship.mentee if side is Side.MENTOR else mentorship.mentor,
            is_mentor=side is Side.MENTOR,
            heading=REVIEW_TITLES[chosen],
        )
