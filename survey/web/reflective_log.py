"""A mentor's reflective log. Every page is about the log of the person who is signed in."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from survey.accounts.policy import Action
from survey.mentoring.errors import MentoringError
from survey.mentoring.log_patterns import log_patterns
from survey.mentoring.reflective_log import (
    LogEntry,
    filtered,
    read_log,
    remove_log_entry,
    save_log_entry,
    tags_in,
)
from survey.storage.queries import people as people_queries
from survey.web.confirmation import confirmation_page, is_sure
from survey.web.current import current_person, mentors_only, request_session, service
from survey.web.form_errors import show_problem
from survey.web.record_access import log_entry_for
from survey.web.reflective_log_forms import filter_from, log_form

blueprint = Blueprint("reflective_log", __name__, url_prefix="/reflective-log")
_FIELDS = {
    "Date": "on",
    "About": "about",
    "Own development areas": "development_areas",
    "Tags": "tags",
}


@blueprint.get("/")
@mentors_only
def index() -> ResponseReturnValue:
    """The log, or the entries of it that were asked for."""
    with service().database.reading() as session:
        entries = read_log(session, current_person())
        wanted = filter_from(request)
        return render_template(
            "reflective_log/index.html",
            entries=filtered(entries, wanted),
            total=len(entries),
            wanted=wanted,
            tags=tags_in(entries),
        )


@blueprint.get("/patterns")
@mentors_only
def patterns() -> ResponseReturnValue:
    """How often tags and development areas come up, month by month."""
    with service().database.reading() as session:
        entries = read_log(session, current_person())
        return render_template(
            "reflective_log/patterns.html", patterns=log_patterns(entries, service().today())
        )


@blueprint.route("/new", methods=["GET", "POST"])
@mentors_only
def new() -> ResponseReturnValue:
    """Write an entry."""
    with request_session() as session:
        return _edit(session, None)


@blueprint.route("/<uuid:entry_id>", methods=["GET", "POST"])
@mentors_only
def edit(entry_id: uuid.UUID) -> ResponseReturnValue:
    """Change an entry."""
    with request_session() as session:
        return _edit(session, log_entry_for(session, entry_id, Action.WRITE))


@blueprint.post("/<uuid:entry_id>/remove")
@mentors_only
def remove(entry_id: uuid.UUID) -> ResponseReturnValue:
    """Delete an entry."""
    with service().database.writing() as session:
        entry = log_entry_for(session, entry_id, Action.DELETE)
        if not is_sure():
            return confirmation_page(
                gettext("Delete this entry?"),
                gettext("It cannot be brought back."),
                gettext("Delete"),
                url_for("reflective_log.edit", entry_id=entry_id),
            )
        remove_log_entry(session, current_person(), entry.id, service().now())
    flash(gettext("The entry is deleted."), "success")
    return redirect(url_for("reflective_log.index"))


def _edit(session: Session, entry: LogEntry | None) -> ResponseReturnValue:
    mentor = current_person()
    questions = service().question_sets.reflective_log
    form = log_form(
        questions,
        people_queries.mentorships_of_mentor(session, mentor.id),
        mentor.language,
        service().today(),
        entry,
        request.args.get("about", ""),
    )
    if form.validate_on_submit():
        try:
            save_log_entry(
                session,
                mentor,
                form.details(),
                questions,
                service().today(),
                entry.id if entry else None,
            )
        except MentoringError as error:
            show_problem(form, str(error), {**_FIELDS, **form.fields_by_question()})
        else:
            flash(gettext("The entry is saved."), "success")
            return redirect(url_for("reflective_log.index"))
    return render_template("reflective_log/edit.html", form=form, entry=entry)
