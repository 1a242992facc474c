"""Frameworks: look at them, check and upload one's own."""

from __future__ import annotations

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Resource
from survey.frameworks.importing import import_draft
from survey.frameworks.importing.template import template_as_csv, template_as_xlsx
from survey.frameworks.lint import english_grade
from survey.frameworks.problems import FrameworkError, Problem
from survey.privacy.audit_trail import Action as Deed
from survey.rounds.errors import (
    FrameworkInUseError,
    FrameworkNameTakenError,
    TooManyFrameworksError,
    UnknownFrameworkError,
)
from survey.storage.queries.frameworks import drafts_of

# Their pages are part of the blueprint too.
from survey.web import framework_texts, framework_versions  # noqa: F401
from survey.web.access import framework_for
from survey.web.confirmation import confirmation_page, is_sure
from survey.web.current import current_person, permitted, request_session, service
from survey.web.deeds import note_deed
from survey.web.framework_pages import begun, blueprint, longest_minutes, preview_page
from survey.web.languages import in_words
from survey.web.rate_limits import limit_files

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
        _l("Framework file (YAML)"),
        validators=[FileRequired(_l("Choose a YAML file."))],
        description=_l(
            "It is checked before it is kept. An upload with the id of a framework of yours makes "
            "a new version of it; rounds that are launched already keep their questionnaire."
        ),
    )


class DraftForm(FlaskForm):
    """A questionnaire of another program, or a table."""

    questionnaire = FileField(
        _l("Questionnaire or table"),
        validators=[FileRequired(_l("Choose a file."))],
        description=_l("LimeSurvey (.lss), Qualtrics (.qsf), or the table below (.xlsx, .csv)."),
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
            content, name = upload.read(), upload.filename or "framework.yaml"
            try:
                framework = service().catalogue.store_upload(
                    session, mentor, content, name, service().today()
                )
            except FrameworkError as error:
                if request.form.get("step") == "draft":
                    return begun(session, _readable(content), "")
                problems = error.problems
            except (FrameworkNameTakenError, TooManyFrameworksError) as error:
                form.file.errors = [*form.file.errors, str(error)]
            else:
                note_deed(session, Deed.FRAMEWORK_UPLOADED, mentor.id)
                flash(_("The framework “%(id)s” is checked and kept.", id=framework.id), "success")
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
            if request.form.get("step") == "draft":
                with request_session() as session:
                    return begun(session, made.yaml, "")
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
        drafts=drafts_of(session, current_person().id),
        frameworks=service().catalogue.for_mentor(session, current_person()).values(),
        minutes=longest_minutes,
    )


@blueprint.get("/<framework_id>")
@permitted(Resource.FRAMEWORK, Action.READ)
def show(framework_id: str) -> ResponseReturnValue:
    """One framework in full."""
    with service().database.reading() as session:
        framework = framework_for(session, framework_id)
        return render_template(
            "frameworks/show.html",
            framework=framework,
            own=framework_id not in service().catalogue.shipped,
            minutes=longest_minutes(framework),
            grade=english_grade(framework),
        )


@blueprint.get("/<framework_id>/preview")
@permitted(Resource.FRAMEWORK, Action.READ)
def preview(framework_id: str) -> ResponseReturnValue:
    """What each rater group reads, in each language and kind of round."""
    with service().database.reading() as session:
        framework = framework_for(session, framework_id)
    back = url_for("frameworks.show", framework_id=framework_id)
    return preview_page(framework, "frameworks.preview", {"framework_id": framework_id}, back)


@blueprint.post("/<framework_id>/delete")
@permitted(Resource.FRAMEWORK, Action.CREATE)
def delete(framework_id: str) -> ResponseReturnValue:
    """Delete an uploaded framework."""
    back = url_for("frameworks.show", framework_id=framework_id)
    with request_session() as session:
        framework_for(session, framework_id)
        if framework_id in service().catalogue.shipped:
            abort(404)
        if not is_sure():
            return confirmation_page(
                _("Delete this framework?"),
                _(
                    "It can be used for no further round, and its versions go too. Rounds that are "
                    "launched keep their questionnaire, and their reports stay."
                ),
                _("Delete the framework"),
                back,
            )
        mentor = current_person()
        try:
            service().catalogue.delete_upload(session, mentor, framework_id)
        except UnknownFrameworkError:
            abort(404)
        except FrameworkInUseError as error:
            flash(in_words(error), "error")
            return redirect(back)
        note_deed(session, Deed.FRAMEWORK_DELETED, mentor.id)
    flash(_("The framework is deleted."), "success")
    return redirect(url_for("frameworks.index"))


def _readable(content: bytes) -> str:
    """A file's text for a draft, whatever was in it; no database keeps a NUL character."""
    return content.decode("utf-8-sig", "replace").replace("\0", "").replace("\r\n", "\n")
