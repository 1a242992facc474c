"""Frameworks: look at them, check and upload one's own."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Resource
from survey.frameworks.importing import import_draft
from survey.frameworks.importing.template import template_as_csv, template_as_xlsx
from survey.frameworks.problems import FrameworkError, Problem
from survey.privacy.audit_trail import Action as Deed
from survey.rounds.errors import FrameworkNameTakenError, TooManyFrameworksError
from survey.web.access import framework_for
from survey.web.current import current_person, permitted, request_session, service
from survey.web.deeds import note_deed
from survey.web.rate_limits import limit_files

blueprint = Blueprint("frameworks", __name__, url_prefix="/frameworks")

_TEMPLATES = {
    "csv": (template_as_csv, "text/csv; charset=utf-8"),
    "xlsx": (
        template_as_xlsx,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
}


class UploadForm(FlaskForm):
    """A framework file."""

    file = FileField(
        "Framework file (YAML)",
        validators=[FileRequired("Choose a YAML file.")],
        description="It is checked before it is kept. Uploading the same id again replaces your "
        "earlier upload; rounds that are launched already keep their questionnaire.",
    )


class DraftForm(FlaskForm):
    """A questionnaire of another program, or a table."""

    questionnaire = FileField(
        "Questionnaire or table",
        validators=[FileRequired("Choose a file.")],
        description="LimeSurvey (.lss), Qualtrics (.qsf), or the table below (.xlsx, .csv). "
        "Nothing is kept: you get a framework file to finish, and upload it then.",
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
        page = _index_page(session, form, DraftForm(), problems)
        return (page, 422) if problems or form.errors else page


@blueprint.post("/import")
@permitted(Resource.FRAMEWORK, Action.READ)
@limit_files
def draft() -> ResponseReturnValue:
    """Hand back a questionnaire of another program as a framework file."""
    form = DraftForm()
    problems: list[Problem] = []
    if form.validate_on_submit():
        upload = form.questionnaire.data
        try:
            made = import_draft(upload.read(), upload.filename or "questionnaire")
        except FrameworkError as error:
            problems = error.problems
        else:
            response = Response(made.yaml, content_type="application/yaml; charset=utf-8")
            response.headers.set("Content-Disposition", "attachment", filename=made.file_name)
            return response
    with service().database.reading() as session:
        return _index_page(session, UploadForm(), form, draft_problems=problems), 422


@blueprint.get("/import/template.<any(csv, xlsx):format_>")
@permitted(Resource.FRAMEWORK, Action.READ)
def template(format_: str) -> ResponseReturnValue:
    """The table to start a framework from."""
    made, content_type = _TEMPLATES[format_]
    response = Response(made(), content_type=content_type)
    name = f"framework-template.{format_}"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _index_page(
    session: Session,
    form: UploadForm,
    draft_form: DraftForm,
    problems: list[Problem] | None = None,
    draft_problems: list[Problem] | None = None,
) -> str:
    return render_template(
        "frameworks/index.html",
        form=form,
        draft_form=draft_form,
        problems=problems or [],
        draft_problems=draft_problems or [],
        shipped=set(service().catalogue.shipped),
        frameworks=service().catalogue.for_mentor(session, current_person()).values(),
    )


@blueprint.get("/<framework_id>")
@permitted(Resource.FRAMEWORK, Action.READ)
def show(framework_id: str) -> ResponseReturnValue:
    """One framework in full."""
    with service().database.reading() as session:
        framework = framework_for(session, framework_id)
        return render_template("frameworks/show.html", framework=framework)
