"""Frameworks: look at them, check and upload one's own."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from sqlalchemy.orm import Session
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from survey.accounts.policy import Action, Resource
from survey.anonymity.thresholds import DEFAULT_THRESHOLD
from survey.frameworks.comparison import marked_words
from survey.frameworks.importing import import_draft
from survey.frameworks.importing.template import template_as_csv, template_as_xlsx
from survey.frameworks.lint import english_grade
from survey.frameworks.model import ROUND_KINDS, Framework
from survey.frameworks.problems import FrameworkError, Problem
from survey.frameworks.questionnaire import build_questionnaire
from survey.frameworks.rater_groups import SELF, STANDARD_GROUPS, STANDARD_KEYS
from survey.frameworks.yaml_text import MAX_BYTES
from survey.privacy.audit_trail import Action as Deed
from survey.rounds.duration import minutes_to_answer
from survey.rounds.errors import (
    FrameworkInUseError,
    FrameworkNameTakenError,
    TooManyFrameworksError,
    UnknownFrameworkError,
)
from survey.rounds.framework_editing import Looked, as_copy, look_at, with_version
from survey.web.access import framework_for
from survey.web.confirmation import confirmation_page, is_sure
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


class EditForm(FlaskForm):
    """The text of a framework."""

    text = TextAreaField(
        "Framework (YAML)",
        validators=[InputRequired("Write the framework."), Length(max=MAX_BYTES)],
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
        minutes=_minutes,
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
            minutes=_minutes(framework),
            grade=english_grade(framework),
        )


@blueprint.get("/<framework_id>/preview")
@permitted(Resource.FRAMEWORK, Action.READ)
def preview(framework_id: str) -> ResponseReturnValue:
    """What each rater group reads, in each language and kind of round."""
    with service().database.reading() as session:
        framework = framework_for(session, framework_id)
    groups = {group.key: group for group in STANDARD_GROUPS}
    group = groups.get(request.args.get("group", ""), STANDARD_GROUPS[1])
    kind = request.args.get("round", "")
    kind = kind if kind in ROUND_KINDS else ROUND_KINDS[0]
    form = build_questionnaire(framework, STANDARD_KEYS).form_for(
        group.key, request.args.get("language", framework.default_language), "Robin", kind
    )
    return render_template(
        "frameworks/preview.html",
        framework=framework,
        group=group,
        groups=STANDARD_GROUPS,
        kind=kind,
        kinds=ROUND_KINDS,
        form=form,
        is_self=group.key == SELF.key,
        threshold=DEFAULT_THRESHOLD,
        minutes=minutes_to_answer(form),
    )


@blueprint.route("/<framework_id>/edit", methods=["GET", "POST"])
@permitted(Resource.FRAMEWORK, Action.CREATE)
@limit_files
def edit(framework_id: str) -> ResponseReturnValue:
    """The text of a framework, or of a copy of one that ships with the service."""
    with request_session() as session:
        original = framework_for(session, framework_id)
        mentor, catalogue = current_person(), service().catalogue
        known = catalogue.for_mentor(session, mentor)
        form = EditForm()
        if request.method == "GET":
            text = catalogue.yaml_of(session, mentor, framework_id)
            if framework_id in catalogue.shipped:
                text = as_copy(text, set(known), framework_id)
            form.text.data = text
            return _edit_page(original, form, look_at(text, None))
        if not form.validate():
            return _edit_page(original, form, Looked()), 422
        # Browsers send lines as CR LF.
        text = (form.text.data or "").replace("\r\n", "\n")
        looked = _looked(text, known)
        if request.form.get("version") == "proposed" and looked.proposed_version:
            text = with_version(text, looked.proposed_version)
            form.text.data = text
            looked = _looked(text, known)
        if request.form.get("step") == "check":
            return _edit_page(original, form, looked)
        if looked.problems or looked.needs_version:
            return _edit_page(original, form, looked), 422
        try:
            kept = catalogue.store_upload(session, mentor, text.encode(), "framework.yaml")
        except (FrameworkNameTakenError, TooManyFrameworksError) as error:
            form.text.errors = [*form.text.errors, str(error)]
            return _edit_page(original, form, looked), 422
        note_deed(session, Deed.FRAMEWORK_UPLOADED, mentor.id)
        flash(f"Version {kept.version} of “{kept.id}” is kept.", "success")
        return redirect(url_for("frameworks.show", framework_id=kept.id))


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
                "Delete this framework?",
                "It can be used for no further round. Rounds that are launched keep their "
                "questionnaire, and their reports stay.",
                "Delete the framework",
                back,
            )
        mentor = current_person()
        try:
            service().catalogue.delete_upload(session, mentor, framework_id)
        except UnknownFrameworkError:
            abort(404)
        except FrameworkInUseError as error:
            flash(str(error), "error")
            return redirect(back)
        note_deed(session, Deed.FRAMEWORK_DELETED, mentor.id)
    flash("The framework is deleted.", "success")
    return redirect(url_for("frameworks.index"))


def _looked(text: str, known: dict[str, Framework]) -> Looked:
    """Compare with the framework of the same id that the text would replace."""
    looked = look_at(text, None)
    if looked.framework is None or looked.framework.id in service().catalogue.shipped:
        return looked
    return look_at(text, known.get(looked.framework.id))


def _edit_page(original: Framework, form: EditForm, looked: Looked) -> str:
    return render_template(
        "frameworks/edit.html",
        original=original,
        copying=original.id in service().catalogue.shipped,
        form=form,
        looked=looked,
        marked=marked_words,
    )


def _minutes(framework: Framework) -> int:
    """How long the longest form takes: of all groups and kinds of round."""
    questionnaire = build_questionnaire(framework, STANDARD_KEYS)
    return max(
        minutes_to_answer(questionnaire.form_for(key, framework.default_language, "Robin", kind))
        for key in STANDARD_KEYS
        for kind in ROUND_KINDS
    )
