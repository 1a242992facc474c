"""A mentee's self-reflections, and those of them that the mentor may read."""

from __future__ import annotations

import uuid

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Resource
from survey.mentoring.errors import MentoringError
from survey.mentoring.reflection_timeline import MOMENT_TITLES
from survey.mentoring.self_reflection import (
    answers_in,
    distance_travelled,
    own_reflections,
    remove_reflection,
    save_reflection,
    share,
    shared_reflections,
)
from survey.storage.models import Mentorship, ReflectionMoment, SelfReflection
from survey.web.access import as_mentee, as_mentor
from survey.web.confirmation import confirmation_page, is_sure
from survey.web.current import mentors_only, request_session, service, signed_in
from survey.web.form_errors import show_problem
from survey.web.record_access import reflection_for
from survey.web.reflection_forms import reflection_form

blueprint = Blueprint("reflections", __name__)
_OF_MENTEE = "/mentoring/<uuid:mentorship_id>/reflections"
_ONE = f"{_OF_MENTEE}/<uuid:reflection_id>"


@blueprint.get(_OF_MENTEE)
@signed_in
def index(mentorship_id: uuid.UUID) -> ResponseReturnValue:
    """The mentee's own reflections, and the distance travelled."""
    with service().database.reading() as session:
        mentorship = as_mentee(session, mentorship_id, Resource.SELF_REFLECTION, Action.READ)
        reflections = own_reflections(session, mentorship)
        return render_template(
            "reflections/index.html",
            mentorship=mentorship,
            reflections=[(reflection, answers_in(reflection)) for reflection in reflections],
            courses=distance_travelled(mentorship.goals, reflections),
            moments=MOMENT_TITLES,
        )


@blueprint.route(f"{_OF_MENTEE}/new/<moment>", methods=["GET", "POST"])
@signed_in
def new(mentorship_id: uuid.UUID, moment: str) -> ResponseReturnValue:
    """Reflect at a moment of the mentoring."""
    with request_session() as session:
        mentorship = as_mentee(session, mentorship_id, Resource.SELF_REFLECTION, Action.CREATE)
        if moment not in set(ReflectionMoment):
            abort(404)
        return _edit(session, mentorship, ReflectionMoment(moment), None)


@blueprint.route(_ONE, methods=["GET", "POST"])
@signed_in
def edit(mentorship_id: uuid.UUID, reflection_id: uuid.UUID) -> ResponseReturnValue:
    """Change a reflection."""
    with request_session() as session:
        reflection = reflection_for(session, mentorship_id, reflection_id, Action.WRITE)
        return _edit(session, reflection.mentorship, reflection.moment, reflection)


@blueprint.post(f"{_ONE}/share")
@signed_in
def set_shared(mentorship_id: uuid.UUID, reflection_id: uuid.UUID) -> ResponseReturnValue:
    """Show a reflection to the mentor, or make it private again."""
    with service().database.writing() as session:
        reflection = reflection_for(session, mentorship_id, reflection_id, Action.WRITE)
        share(session, reflection, shared=request.form.get("shared") == "yes")
        first_name = reflection.mentorship.mentor.first_name
        flash(
            gettext("%(first_name)s can read this reflection now.", first_name=first_name)
            if reflection.shared
            else gettext("This reflection is private again."),
            "success",
        )
    return _to_index(mentorship_id)


@blueprint.post(f"{_ONE}/remove")
@signed_in
def remove(mentorship_id: uuid.UUID, reflection_id: uuid.UUID) -> ResponseReturnValue:
    """Delete a reflection."""
    with service().database.writing() as session:
        reflection = reflection_for(session, mentorship_id, reflection_id, Action.DELETE)
        if not is_sure():
            return confirmation_page(
                gettext("Delete this reflection?"),
                gettext("It cannot be brought back."),
                gettext("Delete"),
                url_for("reflections.index", mentorship_id=mentorship_id),
            )
        remove_reflection(session, reflection, service().now())
        flash(gettext("The reflection is deleted."), "success")
    return _to_index(mentorship_id)


@blueprint.get("/mentees/<uuid:mentorship_id>/reflections")
@mentors_only
def shared(mentorship_id: uuid.UUID) -> ResponseReturnValue:
    """What the mentee shares with the mentor."""
    with service().database.reading() as session:
        mentorship = as_mentor(session, mentorship_id, Resource.SHARED_REFLECTION, Action.READ)
        reflections = shared_reflections(session, mentorship)
        return render_template(
            "reflections/shared.html",
            mentorship=mentorship,
            reflections=[(reflection, answers_in(reflection)) for reflection in reflections],
            courses=distance_travelled(mentorship.goals, reflections),
            moments=MOMENT_TITLES,
        )


def _edit(
    session: Session,
    mentorship: Mentorship,
    moment: ReflectionMoment,
    reflection: SelfReflection | None,
) -> ResponseReturnValue:
    question_sets = service().question_sets
    questions = question_sets.reflection(moment)
    language = mentorship.mentee.language
    form = reflection_form(questions, mentorship.goals, language, service().today(), reflection)
    if form.validate_on_submit():
        try:
            save_reflection(
                session,
                mentorship,
                form.details(moment),
                question_sets,
                service().today(),
                reflection,
            )
        except MentoringError as error:
            show_problem(form, str(error), {"Date": "on", **form.fields_by_question()})
        else:
            flash(gettext("Your reflection is saved."), "success")
            return _to_index(mentorship.id)
    return render_template(
        "reflections/edit.html",
        form=form,
        mentorship=mentorship,
        heading=questions.words(questions.title, language),
    )


def _to_index(mentorship_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(url_for("reflections.index", mentorship_id=mentorship_id))
