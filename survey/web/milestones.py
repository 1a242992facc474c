"""The milestones of a goal."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from survey.accounts.policy import Action
from survey.mentoring.errors import MentoringError
from survey.mentoring.milestones import MOST_MILESTONES, save_milestones
from survey.web.current import mentors_only, request_session, service
from survey.web.form_errors import show_problem
from survey.web.milestone_forms import MilestonesForm
from survey.web.record_access import goal_for

blueprint = Blueprint(
    "milestones", __name__, url_prefix="/mentees/<uuid:mentorship_id>/goals/<uuid:goal_id>"
)


@blueprint.route("/milestones", methods=["GET", "POST"])
@mentors_only
def edit(mentorship_id: uuid.UUID, goal_id: uuid.UUID) -> ResponseReturnValue:
    """Write the goal's milestones, and note which are reached."""
    with request_session() as session:
        goal = goal_for(session, mentorship_id, goal_id, Action.WRITE)
        form = MilestonesForm.of(goal)
        if form.validate_on_submit():
            try:
                save_milestones(session, goal, list(form.milestones().values()), service().today())
            except MentoringError as error:
                show_problem(form, str(error), form.fields_by_problem())
            else:
                flash(gettext("The milestones are saved."), "success")
                return redirect(url_for("mentees.show", mentorship_id=mentorship_id))
        return render_template(
            "sessions/milestones.html", form=form, goal=goal, numbers=range(1, MOST_MILESTONES + 1)
        )
