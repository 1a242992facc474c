"""The text of a framework, edited as it is: of one that is kept, and of one in the making."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from survey.accounts.policy import Action, Resource
from survey.frameworks.comparison import marked_words
from survey.frameworks.lint import PlacedAdvice
from survey.frameworks.model import Framework
from survey.frameworks.problems import Problem
from survey.frameworks.yaml_text import MAX_BYTES
from survey.privacy.audit_trail import Action as Deed
from survey.rounds.errors import FrameworkNameTakenError, TooManyFrameworksError
from survey.rounds.framework_drafts import keep_draft
from survey.rounds.framework_editing import Looked, as_copy, look_at, with_version
from survey.storage.models import FrameworkDraft
from survey.web.access import framework_draft_for, framework_for
from survey.web.current import current_person, permitted, request_session, service
from survey.web.deeds import note_deed
from survey.web.framework_pages import begun, blueprint, drafts_blueprint, own_frameworks
from survey.web.rate_limits import limit_files
from survey.web.wording import framework_text

_MOST_LINES = 100


class EditForm(FlaskForm):
    """The text of a framework."""

    text = TextAreaField(
        _l("Framework (YAML)"),
        validators=[InputRequired(_l("Write the framework.")), Length(max=MAX_BYTES)],
    )


@dataclass
class NotedLine:
    """A line of the text, and what there is to say about it."""

    number: int
    words: str
    problems: list[Problem] = field(default_factory=list)
    advice: list[PlacedAdvice] = field(default_factory=list)


@blueprint.route("/<framework_id>/edit", methods=["GET", "POST"])
@permitted(Resource.FRAMEWORK, Action.CREATE)
@limit_files
def edit(framework_id: str) -> ResponseReturnValue:
    """The text of a framework, or of a copy of one that ships with the service."""
    with request_session() as session:
        original = framework_for(session, framework_id)
        mentor, catalogue = current_person(), service().catalogue
        form = EditForm()
        if request.method == "GET":
            text = catalogue.yaml_of(session, mentor, framework_id)
            if framework_id in catalogue.shipped:
                known = set(catalogue.for_mentor(session, mentor))
                text = as_copy(text, known, framework_id)
            form.text.data = text
            return _edit_page(original, None, form, look_at(text, {}))
        if request.form.get("step") == "draft" and form.validate():
            # Never into a draft that is there already: it may hold other work.
            changes = "" if framework_id in catalogue.shipped else framework_id
            return begun(session, _sent(form), changes)
        return _edited(session, original, None, form)


@drafts_blueprint.route("/<uuid:draft_id>/text", methods=["GET", "POST"])
@permitted(Resource.FRAMEWORK, Action.CREATE)
@limit_files
def text(draft_id: uuid.UUID) -> ResponseReturnValue:
    """The text of a framework in the making."""
    with request_session() as session:
        draft = framework_draft_for(session, draft_id)
        form = EditForm()
        if request.method == "GET":
            form.text.data = draft.yaml
            return _edit_page(None, draft, form, look_at(draft.yaml, own_frameworks(session)))
        if request.form.get("step") == "draft" and form.validate():
            try:
                keep_draft(session, draft, _sent(form), service().today())
            except TooManyFrameworksError as error:
                form.text.errors = [*form.text.errors, str(error)]
                return _edit_page(None, draft, form, Looked()), 422
            flash(_("Kept in the draft."), "success")
            return redirect(url_for("framework_drafts.show", draft_id=draft.id))
        return _edited(session, None, draft, form)


def _edited(
    session: Session, original: Framework | None, draft: FrameworkDraft | None, form: EditForm
) -> ResponseReturnValue:
    """Check or save what was sent; a draft that is saved is gone then."""
    if not form.validate():
        return _edit_page(original, draft, form, Looked()), 422
    own = own_frameworks(session)
    written = _sent(form)
    looked = look_at(written, own)
    if request.form.get("version") == "proposed" and looked.proposed_version:
        written = with_version(written, looked.proposed_version)
        form.text.data = written
        looked = look_at(written, own)
    if request.form.get("step") == "check":
        return _edit_page(original, draft, form, looked)
    if looked.problems or looked.needs_version:
        return _edit_page(original, draft, form, looked), 422
    try:
        kept = service().catalogue.store_upload(
            session, current_person(), written.encode(), "framework.yaml", service().today()
        )
    except (FrameworkNameTakenError, TooManyFrameworksError) as error:
        form.text.errors = [*form.text.errors, str(error)]
        return _edit_page(original, draft, form, looked), 422
    if draft is not None:
        session.delete(draft)
    note_deed(session, Deed.FRAMEWORK_UPLOADED, current_person().id)
    saved = _(
        "Version %(version)s of “%(id)s” is saved.",
        version=kept.version,
        id=framework_text(kept, "title"),
    )
    flash(saved, "success")
    return redirect(url_for("frameworks.show", framework_id=kept.id))


def _sent(form: EditForm) -> str:
    # Browsers send lines as CR LF.
    return (form.text.data or "").replace("\r\n", "\n")


def _edit_page(
    original: Framework | None, draft: FrameworkDraft | None, form: EditForm, looked: Looked
) -> str:
    return render_template(
        "frameworks/edit.html",
        original=original,
        draft=draft,
        copying=original is not None and original.id in service().catalogue.shipped,
        form=form,
        looked=looked,
        lines=_noted(form.text.data or "", looked),
        marked=marked_words,
    )


def _noted(written: str, looked: Looked) -> list[NotedLine]:
    """The lines that there is something to say about, in their order."""
    lines = written.replace("\r\n", "\n").split("\n")
    noted: dict[int, NotedLine] = {}

    def line(number: int) -> NotedLine:
        words = lines[number - 1] if 0 < number <= len(lines) else ""
        return noted.setdefault(number, NotedLine(number, words))

    for problem in looked.problems:
        line(problem.line).problems.append(problem)
    for advice in looked.advice:
        line(advice.line).advice.append(advice)
    return [noted[number] for number in sorted(noted)][:_MOST_LINES]
