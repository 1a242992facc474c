"""Frameworks: look at them, check and upload one's own."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired

from survey.accounts.policy import Action, Resource
from survey.frameworks.problems import FrameworkError, Problem
from survey.privacy.audit_trail import Action as Deed
from survey.rounds.errors import FrameworkNameTakenError, TooManyFrameworksError
from survey.web.access import framework_for
from survey.web.current import current_person, permitted, request_session, service
from survey.web.deeds import note_deed

blueprint = Blueprint("frameworks", __name__, url_prefix="/frameworks")


class UploadForm(FlaskForm):
    """A framework file."""

    file = FileField(
        "Framework file (YAML)",
        validators=[FileRequired("Choose a YAML file.")],
        description="It is checked before it is kept. Uploading the same id again replaces your "
        "earlier upload; rounds that are launched already keep their questionnaire.",
    )


@blueprint.route("/", methods=["GET", "POST"])
@permitted(Resource.FRAMEWORK, Action.READ)
def index() -> ResponseReturnValue:
    """All frameworks, and the place to upload one."""
    form = UploadForm()
    problems: list[Problem] = []
    with request_session() as session:
        mentor = current_person()
        if form.validate_on_submit():
            upload = form.file.data
            try:
                framework = service().catalogue.store_upload(
                    session, mentor, upload.read(), upload.filename or "framework.yaml"
                )
            except FrameworkError as error:
                problems = error.problems
            except (FrameworkNameTakenError, TooManyFrameworksError) as error:
                form.file.errors = [*form.file.errors, str(error)]
            else:
                note_deed(session, Deed.FRAMEWORK_UPLOADED, mentor.id)
                flash(f"The framework “{framework.id}” is checked and kept.", "success")
                return redirect(url_for("frameworks.show", framework_id=framework.id))
        page = render_template(
            "frameworks/index.html",
            form=form,
            problems=problems,
            shipped=set(service().catalogue.shipped),
            frameworks=service().catalogue.for_mentor(session, mentor).values(),
        )
        return (page, 422) if problems or form.errors else page


@blueprint.get("/<framework_id>")
@permitted(Resource.FRAMEWORK, Action.READ)
def show(framework_id: str) -> ResponseReturnValue:
    """One framework in full."""
    with service().database.reading() as session:
        framework = framework_for(session, framework_id)
        return render_template("frameworks/show.html", framework=framework)
