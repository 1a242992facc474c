"""How far a mentee's goal was reached: measures of success, levels reached, evaluation."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf import FlaskForm
from wtforms import Field

from survey.accounts.policy import Action
from survey.mentoring.attainment import MeasureAttainment, attainment_of
from survey.mentoring.errors import MentoringError
from survey.mentoring.goal_evaluation import (
    EVALUATION_TEXTS,
    EvaluationDetails,
    save_evaluation,
    with_lines,
)
from survey.mentoring.success_measures import (
    MOST_MEASURES,
    TEXT_NAMES,
    rate_attained,
    save_measures,
)
from survey.report.next_steps import newest_proposals
from survey.storage.models import Goal
from survey.web.choices import offered
from survey.web.current import current_person, mentors_only, request_session, service
from survey.web.form_errors import show_problem
from survey.web.goal_forms import EvaluationForm, MeasuresForm, attained_field, attained_form
from survey.web.record_access import goal_for

blueprint = Blueprint(
    "goals", __name__, url_prefix="/mentees/<uuid:mentorship_id>/goals/<uuid:goal_id>"
)


@blueprint.route("/measures", methods=["GET", "POST"])
@mentors_only
def measures(mentorship_id: uuid.UUID, goal_id: uuid.UUID) -> ResponseReturnValue:
    """Write the goal's measures of success."""
    with request_session() as session:
        goal = goal_for(session, mentorship_id, goal_id, Action.WRITE)
        form = MeasuresForm.of(goal)
        if form.validate_on_submit():
            entered = form.measures()
            try:
                save_measures(session, goal, list(entered.values()))
            except MentoringError as error:
                _show_at_measure(form, str(error), list(entered))
            else:
                flash(gettext("The measures of success are saved."), "success")
                return _to_mentee(goal)
        return render_template(
            "goals/measures.html", form=form, goal=goal, numbers=range(1, MOST_MEASURES + 1)
        )


@blueprint.route("/attainment", methods=["GET", "POST"])
@mentors_only
def attainment(mentorship_id: uuid.UUID, goal_id: uuid.UUID) -> ResponseReturnValue:
    """Say how far the goal was reached, measure by measure."""
    with request_session() as session:
        goal = goal_for(session, mentorship_id, goal_id, Action.WRITE)
        form = attained_form(goal)
        if form.validate_on_submit():
            rate_attained(session, goal, _levels(goal, form))
            flash(gettext("The levels reached are saved."), "success")
            return _to_mentee(goal)
        return render_template(
            "goals/attainment.html",
            form=form,
            goal=goal,
            measures=_fields_with_measures(goal, form),
        )


@blueprint.route("/evaluation", methods=["GET", "POST"])
@mentors_only
def evaluation(mentorship_id: uuid.UUID, goal_id: uuid.UUID) -> ResponseReturnValue:
    """Evaluate the goal."""
    with request_session() as session:
        goal = goal_for(session, mentorship_id, goal_id, Action.WRITE)
        source = newest_proposals(session, goal.mentorship, current_person().language)
        form = EvaluationForm(obj=goal.evaluation)
        proposed = [str(proposal) for proposal in source.proposals] if source else []
        form.proposals.choices = offered((line, line) for line in proposed)
        if form.validate_on_submit():
            try:
                save_evaluation(session, goal, _evaluation(form), service().today())
            except MentoringError as error:
                fields = {name: field for field, name in EVALUATION_TEXTS.items()}
                show_problem(form, str(error), {"Outcome": "outcome", **fields})
            else:
                flash(gettext("The evaluation is saved."), "success")
                return _to_mentee(goal)
        return render_template(
            "goals/evaluation.html",
            form=form,
            goal=goal,
            attainment=attainment_of(goal),
            source=source,
            offered=_not_taken_up(goal, proposed),
        )


def _to_mentee(goal: Goal) -> ResponseReturnValue:
    return redirect(url_for("mentees.show", mentorship_id=goal.mentorship_id))


def _show_at_measure(form: MeasuresForm, message: str, numbers: list[int]) -> None:
    """Show a problem at its field. The use case counts measures, the form counts places."""
    names = {**TEXT_NAMES, "weight": "importance", "baseline": "at the start"}
    for count, number in enumerate(numbers, 1):
        fields = {f"Measure {count}, {name}": f"m{number}_{key}" for key, name in names.items()}
        if message.partition(": ")[0] in fields:
            show_problem(form, message, fields)
            return
    show_problem(form, message, {})


def _fields_with_measures(goal: Goal, form: FlaskForm) -> list[tuple[Field, MeasureAttainment]]:
    rated = attainment_of(goal)
    fields = [form[attained_field(measure)] for measure in goal.measures]
    return list(zip(fields, rated.measures, strict=True)) if rated else []


def _levels(goal: Goal, form: FlaskForm) -> dict[uuid.UUID, int | None]:
    chosen = {measure.id: form[attained_field(measure)].data for measure in goal.measures}
    return {id_: int(level) if level else None for id_, level in chosen.items()}


def _not_taken_up(goal: Goal, proposed: list[str]) -> list[str]:
    """The proposals that are no next step yet."""
    there = goal.evaluation.next_steps.splitlines() if goal.evaluation else []
    return [line for line in proposed if line not in there]


def _evaluation(form: EvaluationForm) -> EvaluationDetails:
    return EvaluationDetails(
        outcome=form.outcome.data,
        hindered=form.hindered.data or "",
        also_achieved=form.also_achieved.data or "",
        lessons=form.lessons.data or "",
        next_steps=with_lines(form.next_steps.data or "", form.proposals.data or []),
    )
