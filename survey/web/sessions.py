"""Sessions: the mentor's records, the actions of both, and the next appointment."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Resource
from survey.languages.message import Message
from survey.mentoring.agreed_actions import MOST_ACTIONS, agenda, set_done
from survey.mentoring.errors import MentoringError
from survey.mentoring.next_session import (
    next_session,
    plan_session,
    remove_plan,
    send_appointment,
)
from survey.mentoring.session_records import (
    records_of,
    remove_record,
    save_record,
    share_note,
)
from survey.storage.models import Mentorship, SessionRecord, Side
from survey.web.access import as_either, as_mentor
from survey.web.confirmation import confirmation_page, is_sure
from survey.web.current import current_person, mentors_only, request_session, service, signed_in
from survey.web.form_errors import show_problem
from survey.web.rate_limits import limit_letters
from survey.web.record_access import agreed_action_for, planned_session_for, session_record_for
from survey.web.session_forms import PlanForm, RecordForm, plan_as_entered, record_form
from survey.web.wording import day

blueprint = Blueprint("sessions", __name__)
_OF_MENTOR = "/mentees/<uuid:mentorship_id>/sessions"
_ONE = f"{_OF_MENTOR}/<uuid:record_id>"
_OF_BOTH = "/mentoring/<uuid:mentorship_id>"


@blueprint.route(f"{_OF_MENTOR}/new", methods=["GET", "POST"])
@mentors_only
def new(mentorship_id: uuid.UUID) -> ResponseReturnValue:
    """Record a session; what is open from earlier ones is its agenda."""
    with request_session() as session:
        mentorship = as_mentor(session, mentorship_id, Resource.SESSION_RECORD, Action.CREATE)
        return _edit(session, mentorship, None)


@blueprint.route(_ONE, methods=["GET", "POST"])
@mentors_only
def edit(mentorship_id: uuid.UUID, record_id: uuid.UUID) -> ResponseReturnValue:
    """Change a record."""
    with request_session() as session:
        record = session_record_for(session, mentorship_id, record_id, Action.WRITE)
        return _edit(session, record.mentorship, record)


@blueprint.post(f"{_ONE}/share")
@mentors_only
def share(mentorship_id: uuid.UUID, record_id: uuid.UUID) -> ResponseReturnValue:
    """Share one of the texts with the mentee, or keep it private again."""
    with service().database.writing() as session:
        record = session_record_for(session, mentorship_id, record_id, Action.WRITE)
        shared = request.form.get("shared") == "yes"
        try:
            share_note(session, record, request.form.get("part", ""), shared=shared)
        except MentoringError:
            abort(404)
        first_name = record.mentorship.mentee.first_name
        flash(
            gettext("%(first_name)s can read this part now.", first_name=first_name)
            if shared
            else gettext(
                "This part is private again; %(first_name)s does not see it any more.",
                first_name=first_name,
            ),
            "success",
        )
    return _to_mentee(mentorship_id, f"session-{record_id}")


@blueprint.post(f"{_ONE}/remove")
@mentors_only
def remove(mentorship_id: uuid.UUID, record_id: uuid.UUID) -> ResponseReturnValue:
    """Delete a record."""
    with service().database.writing() as session:
        record = session_record_for(session, mentorship_id, record_id, Action.DELETE)
        if not is_sure():
            return confirmation_page(
                gettext("Delete the record of %(day)s?", day=day(record.held_on)),
                gettext(
                    "The actions that were agreed in this session go with it, done or not. It "
                    "cannot be brought back."
                ),
                gettext("Delete"),
                url_for("mentees.show", mentorship_id=mentorship_id),
            )
        remove_record(session, record, service().now())
        flash(gettext("The record is deleted."), "success")
    return _to_mentee(mentorship_id, "sessions")


@blueprint.post(f"{_OF_BOTH}/actions/<uuid:action_id>")
@signed_in
def tick_off(mentorship_id: uuid.UUID, action_id: uuid.UUID) -> ResponseReturnValue:
    """Tick an action off, or take that back: the mentor any, the mentee their own."""
    with service().database.writing() as session:
        action = agreed_action_for(session, mentorship_id, action_id, Action.WRITE)
        _, side = as_either(session, mentorship_id, Resource.MENTEES_ACTION, Action.READ)
        done = request.form.get("done") == "yes"
        set_done(session, action, service().today() if done else None)
        flash(
            gettext("The action is done.") if done else gettext("The action is open again."),
            "success",
        )
    if side is Side.MENTOR:
        return _to_mentee(mentorship_id, "sessions")
    return redirect(url_for("relationship.show", mentorship_id=mentorship_id))


@blueprint.route(f"{_OF_MENTOR}/next", methods=["GET", "POST"])
@mentors_only
def plan(mentorship_id: uuid.UUID) -> ResponseReturnValue:
    """Plan the next session, or move it."""
    with request_session() as session:
        mentorship = as_mentor(session, mentorship_id, Resource.PLANNED_SESSION, Action.WRITE)
        planned = next_session(session, mentorship, service().now())
        form = PlanForm(data=plan_as_entered(planned, service().zone))
        if form.validate_on_submit():
            try:
                if not _plan(session, mentorship, form):
                    raise MentoringError(Message("Enter the day of the next session.", at="Day"))
            except MentoringError as error:
                show_problem(form, str(error), form.PLAN_FIELDS)
            else:
                flash(gettext("The next session is planned."), "success")
                return _to_mentee(mentorship_id, "sessions")
        return render_template(
            "sessions/plan.html",
            form=form,
            mentorship=mentorship,
            planned=planned,
            zone=service().zone,
        )


@blueprint.post(f"{_OF_MENTOR}/next/send")
@mentors_only
@limit_letters
def send(mentorship_id: uuid.UUID) -> ResponseReturnValue:
    """Send the appointment to both."""
    with service().database.writing() as session:
        planned = planned_session_for(session, mentorship_id, Action.WRITE)
        send_appointment(session, planned, service().now())
        flash(gettext("The appointment is on its way to both of you."), "success")
    return _to_mentee(mentorship_id, "sessions")


@blueprint.post(f"{_OF_MENTOR}/next/remove")
@mentors_only
def unplan(mentorship_id: uuid.UUID) -> ResponseReturnValue:
    """Take the next session off."""
    with service().database.writing() as session:
        planned = planned_session_for(session, mentorship_id, Action.DELETE)
        if not is_sure():
            return confirmation_page(
                gettext("Take the next session off?"),
                gettext(
                    "Both of you get a letter that takes the appointment out of your calendars."
                ),
                gettext("Take it off"),
                url_for("mentees.show", mentorship_id=mentorship_id),
            )
        remove_plan(session, planned, service().now())
        flash(gettext("The next session is taken off. A letter to both of you says so."), "success")
    return _to_mentee(mentorship_id, "sessions")


@blueprint.get(f"{_OF_BOTH}/next-session.ics")
@signed_in
def appointment(mentorship_id: uuid.UUID) -> ResponseReturnValue:
    """The next session for a calendar."""
    with service().database.reading() as session:
        planned = planned_session_for(session, mentorship_id, Action.READ)
        file = service().appointment(planned, current_person())
    response = Response(file, mimetype="text/calendar")
    response.headers["Content-Disposition"] = 'attachment; filename="mentoring-session.ics"'
    return response


def _edit(
    session: Session, mentorship: Mentorship, record: SessionRecord | None
) -> ResponseReturnValue:
    now, zone = service().now(), service().zone
    carried = agenda(records_of(session, mentorship), record)
    planned = next_session(session, mentorship, now)
    if planned is not None and planned.starts_at <= now:
        # This is the session that is being written about.
        planned = None
    form = record_form(
        mentorship, record, carried, plan_as_entered(planned, zone), service().today()
    )
    if form.validate_on_submit():
        try:
            # A record whose next session cannot be planned is not kept either: sent again, it
            # would be there twice.
            with session.begin_nested():
                saved = save_record(session, mentorship, form.details(), service().today(), record)
                _plan(session, mentorship, form)
        except MentoringError as error:
            show_problem(form, str(error), form.fields_by_problem())
        else:
            flash(gettext("The session record is saved."), "success")
            return _to_mentee(mentorship.id, f"session-{saved.id}")
    return render_template(
        "sessions/edit.html",
        form=form,
        mentorship=mentorship,
        record=record,
        agenda=carried,
        numbers=range(1, MOST_ACTIONS + 1),
        zone=zone,
        today=service().today(),
    )


def _plan(session: Session, mentorship: Mentorship, form: PlanForm | RecordForm) -> bool:
    """Plan the next session as entered, and send it if wanted; False when nothing was entered."""
    wanted = form.plan()
    if wanted is None:
        return False
    now = service().now()
    planned = plan_session(session, mentorship, wanted, service().zone, now)
    if form.next_send.data:
        send_appointment(session, planned, now)
    return True


def _to_mentee(mentorship_id: uuid.UUID, anchor: str) -> ResponseReturnValue:
    return redirect(url_for("mentees.show", mentorship_id=mentorship_id, _anchor=anchor))
