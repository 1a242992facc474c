"""The mentoring relationship: how many sessions were agreed, its end, and the mentee's page."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from survey.accounts.policy import Action, Resource
from survey.mentoring.errors import MentoringError
from survey.mentoring.relationship import agree_sessions, end_relationship
from survey.mentoring.session_records import shared_records
from survey.web.access import as_mentee, as_mentor
from survey.web.current import mentors_only, request_session, service, signed_in
from survey.web.form_errors import show_problem
from survey.web.relationship_pages import shared_context
from survey.web.session_forms import AgreedSessionsForm, EndForm

blueprint = Blueprint("relationship", __name__)
_OF_MENTOR = "/mentees/<uuid:mentorship_id>"


@blueprint.get("/mentoring/<uuid:mentorship_id>")
@signed_in
def show(mentorship_id: uuid.UUID) -> ResponseReturnValue:
    """The mentee's own mentoring: sessions as far as they are shared, actions, timeline."""
    with service().database.reading() as session:
        mentorship = as_mentee(session, mentorship_id, Resource.SHARED_NOTES, Action.READ)
        return render_template(
            "sessions/mentee.html",
            mentorship=mentorship,
            records=shared_records(session, mentorship),
            **shared_context(session, mentorship, for_mentee=True),
        )


@blueprint.route(f"{_OF_MENTOR}/agreed-sessions", methods=["GET", "POST"])
@mentors_only
def agreed_sessions(mentorship_id: uuid.UUID) -> ResponseReturnValue:
    """Say how many sessions were agreed."""
    with request_session() as session:
        mentorship = as_mentor(session, mentorship_id, Resource.MENTORSHIP, Action.WRITE)
        form = AgreedSessionsForm(obj=mentorship)
        if form.validate_on_submit():
            try:
                agree_sessions(session, mentorship, form.agreed_sessions.data)
            except MentoringError as error:
                show_problem(form, str(error), {"Agreed sessions": "agreed_sessions"})
            else:
                flash(gettext("The number of agreed sessions is saved."), "success")
                return _to_mentee(mentorship_id)
        return render_template("sessions/agreed.html", form=form, mentorship=mentorship)


@blueprint.route(f"{_OF_MENTOR}/end", methods=["GET", "POST"])
@mentors_only
def end(mentorship_id: uuid.UUID) -> ResponseReturnValue:
    """End the mentoring: the page says what that means, its button does it."""
    with request_session() as session:
        mentorship = as_mentor(session, mentorship_id, Resource.MENTORSHIP, Action.WRITE)
        today = service().today()
        form = EndForm(data={"on": today})
        if form.validate_on_submit() and form.on.data is not None:
            try:
                end_relationship(session, mentorship, form.on.data, service().now())
            except MentoringError as error:
                show_problem(form, str(error), {"Last day": "on"})
            else:
                flash(gettext("The mentoring has ended. Everything stays here to read."), "success")
                return _to_mentee(mentorship_id)
        return render_template("sessions/end.html", form=form, mentorship=mentorship)


def _to_mentee(mentorship_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(url_for("mentees.show", mentorship_id=mentorship_id))
