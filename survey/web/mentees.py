"""A mentor's mentees and their goals."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import EmailField, SelectMultipleField, StringField, TextAreaField, widgets
from wtforms.validators import InputRequired, Length, Optional

from survey.accounts.errors import AccountError
from survey.accounts.policy import Action, Resource
from survey.frameworks.model import Framework
from survey.languages.message import Message
from survey.mentoring.attainment import attainment_of
from survey.mentoring.errors import MentoringError
from survey.mentoring.goals import GoalDetails, save_goal
from survey.mentoring.mentees import add_mentee
from survey.privacy.audit_trail import Action as Deed
from survey.storage.models import Goal, Mentorship
from survey.storage.queries import rounds as round_queries
from survey.web.access import as_mentor, own_account
from survey.web.choices import offered
from survey.web.current import current_person, mentors_only, request_session, service
from survey.web.deeds import note_deed
from survey.web.form_errors import show_problem
from survey.web.rate_limits import limit_letters
from survey.web.record_access import goal_for
from survey.web.relationship_pages import mentor_context
from survey.web.wording import framework_text

blueprint = Blueprint("mentees", __name__, url_prefix="/mentees")


class MenteeForm(FlaskForm):
    """A new mentee."""

    name = StringField(
        _l("Name"),
        validators=[InputRequired(_l("Enter the mentee's name.")), Length(max=120)],
        description=_l("As it should stand in letters to raters."),
    )
    email = EmailField(
        _l("E-mail address"), validators=[InputRequired(_l("Enter the mentee's e-mail address."))]
    )


class GoalForm(FlaskForm):
    """A goal of a mentee."""

    statement = StringField(
        _l("Goal"),
        validators=[
            InputRequired(_l("Say in one sentence what the mentee wants to reach.")),
            Length(max=400),
        ],
        description=_l(
            "One sentence, in the mentee's own words: “Lead cross-team projects with confidence”."
        ),
    )
    success_measures = TextAreaField(
        _l("How will you both know that it is reached?"),
        validators=[Optional(), Length(max=2000)],
    )
    baseline = TextAreaField(
        _l("Where things stand now"), validators=[Optional(), Length(max=2000)]
    )
    target = TextAreaField(
        _l("What will be different at the end"), validators=[Optional(), Length(max=2000)]
    )
    competencies = SelectMultipleField(
        _l("Linked competencies"),
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
        description=_l(
            "The competencies that the goal draws on. The report shows their change apart from "
            "the others. Choose from one framework."
        ),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@mentors_only
@limit_letters
def new() -> ResponseReturnValue:
    """Take on a mentee."""
    form = MenteeForm()
    if form.validate_on_submit():
        try:
            with service().database.writing() as session:
                mentor = own_account(session)
                mentorship = add_mentee(
                    session, mentor, form.name.data or "", form.email.data or "", service().now()
                )
                note_deed(session, Deed.MENTORSHIP_STARTED, mentorship.id)
        except (AccountError, MentoringError) as error:
            show_problem(form, str(error), {"Name": "name", "E-mail": "email"})
        else:
            flash(
                gettext(
                    "%(name)s is now your mentee. A welcome e-mail is on its way.",
                    name=form.name.data,
                ),
                "success",
            )
            return redirect(url_for("mentees.show", mentorship_id=mentorship.id))
    return render_template("mentees/new.html", form=form)


@blueprint.get("/<uuid:mentorship_id>")
@mentors_only
def show(mentorship_id: uuid.UUID) -> ResponseReturnValue:
    """One mentee: goals, sessions, rounds and timeline."""
    with service().database.reading() as session:
        mentorship = as_mentor(session, mentorship_id, Resource.MENTORSHIP, Action.WRITE)
        return render_template(
            "mentees/show.html",
            mentorship=mentorship,
            rounds=round_queries.in_mentorship(session, mentorship.id),
            competency_titles=_titles(session),
            attainments={goal.id: attainment_of(goal) for goal in mentorship.goals},
            **mentor_context(session, mentorship),
        )


@blueprint.route("/<uuid:mentorship_id>/goals/new", methods=["GET", "POST"])
@mentors_only
def new_goal(mentorship_id: uuid.UUID) -> ResponseReturnValue:
    """Write a goal."""
    return _edit_goal(mentorship_id, None)


@blueprint.route("/<uuid:mentorship_id>/goals/<uuid:goal_id>", methods=["GET", "POST"])
@mentors_only
def edit_goal(mentorship_id: uuid.UUID, goal_id: uuid.UUID) -> ResponseReturnValue:
    """Change a goal."""
    return _edit_goal(mentorship_id, goal_id)


def _edit_goal(mentorship_id: uuid.UUID, goal_id: uuid.UUID | None) -> ResponseReturnValue:
    with request_session() as session:
        action = Action.WRITE if goal_id else Action.CREATE
        mentorship = as_mentor(session, mentorship_id, Resource.GOAL, action)
        goal = goal_for(session, mentorship_id, goal_id, action) if goal_id else None
        frameworks = service().catalogue.for_mentor(session, mentorship.mentor)
        form = GoalForm(obj=goal, competencies=_links(goal))
        form.competencies.choices = offered(_choices(frameworks))
        if form.validate_on_submit():
            try:
                _save(session, mentorship, form, frameworks, goal)
            except MentoringError as error:
                show_problem(
                    form, str(error), {"Goal": "statement", "Competencies": "competencies"}
                )
            else:
                flash(gettext("The goal is saved."), "success")
                return redirect(url_for("mentees.show", mentorship_id=mentorship.id))
        return render_template(
            "mentees/goal.html",
            form=form,
            mentorship=mentorship,
            goal=goal,
            frameworks=frameworks.values(),
            chosen=set(form.competencies.data or []),
        )


def _save(
    session: Session,
    mentorship: Mentorship,
    form: GoalForm,
    frameworks: dict[str, Framework],
    goal: Goal | None,
) -> None:
    links = [link.split("/", 1) for link in form.competencies.data or []]
    framework_ids = {framework_id for framework_id, _ in links}
    if len(framework_ids) > 1:
        raise MentoringError(Message("Choose from one framework only.", at="Competencies"))
    framework = frameworks[framework_ids.pop()] if framework_ids else None
    details = GoalDetails(
        statement=form.statement.data or "",
        success_measures=form.success_measures.data or "",
        baseline=form.baseline.data or "",
        target=form.target.data or "",
        competency_ids=[competency_id for _, competency_id in links],
    )
    save_goal(session, mentorship, details, framework, goal)


def _links(goal: Goal | None) -> list[str]:
    if goal is None:
        return []
    return [f"{goal.framework_id}/{competency_id}" for competency_id in goal.competency_ids]


def _choices(frameworks: dict[str, Framework]) -> list[tuple[str, str]]:
    return [
        (f"{framework.id}/{competency.id}", framework_text(framework, "title", competency))
        for framework in frameworks.values()
        for competency in framework.competencies
    ]


def _titles(session: Session) -> dict[tuple[str, str], str]:
    frameworks = service().catalogue.for_mentor(session, current_person())
    return {
        (framework.id, competency.id): framework_text(framework, "title", competency)
        for framework in frameworks.values()
        for competency in framework.competencies
    }
