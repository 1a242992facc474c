"""A mentor's rounds once they are launched: looking after them, their close and release."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from survey.accounts.policy import Action
from survey.anonymity.ballot_box import SpoiltBallotError
from survey.confidentiality.master_key import MasterKeyError
from survey.mentoring.timeline import TimelineEntry, by_month
from survey.privacy.audit_trail import Action as Deed
from survey.rounds.after_round import after_round_of, may_have_after_round
from survey.rounds.close import close_round
from survey.rounds.draft import all_problems
from survey.rounds.errors import InvalidRoundError, RoundError
from survey.rounds.manage import (
    add_late_raters,
    correct_address,
    extend_deadline,
    invitation_in,
    is_correctable,
    resend_link,
    revoke_invitation,
)
from survey.rounds.questionnaires import questionnaire_of
from survey.rounds.rater_list import RaterProblem
from survey.rounds.release import release_round
from survey.rounds.remind import coming_reminder_days, remind_all
from survey.rounds.status import round_status
from survey.rounds.way import way_of
from survey.storage.models import Round, RoundState
from survey.storage.queries import rounds as round_queries

# Its pages are part of the blueprint too.
from survey.web import round_drafts  # noqa: F401
from survey.web.access import rater_list_for, require_round, round_for
from survey.web.choices import offered
from survey.web.confirmation import confirmation_page, is_sure
from survey.web.current import mentors_only, request_session, service
from survey.web.deeds import note_deed
from survey.web.form_errors import show_problem
from survey.web.languages import in_words
from survey.web.rate_limits import limit_letters
from survey.web.round_forms import AddressForm, DeadlineForm, RatersForm
from survey.web.round_pages import (
    blueprint,
    group_choices,
    raters_form,
    read_raters,
)
from survey.web.round_versions import decided
from survey.web.wording import day

_Step = Callable[[Session, Round], None]


@blueprint.get("/rounds/<uuid:round_id>")
@mentors_only
def show(round_id: uuid.UUID) -> ResponseReturnValue:
    """How a round stands; a draft goes on where it was left."""
    with service().database.reading() as session:
        round_ = rater_list_for(session, round_id, Action.READ)
        if round_.state is RoundState.DRAFT:
            return redirect(url_for("rounds.raters", round_id=round_id))
        return _render_round(session, round_, RatersForm(), DeadlineForm(obj=round_))


@blueprint.post("/rounds/<uuid:round_id>/remind")
@mentors_only
@limit_letters
def remind(round_id: uuid.UUID) -> ResponseReturnValue:
    """Remind everybody who has not answered."""

    def step(session: Session, round_: Round) -> None:
        mentor = round_.mentorship.mentor
        remind_all(session, round_, service().now(), reminded_by=mentor)

    return _do(
        round_id,
        step,
        gettext("A reminder is on its way to everybody who has not answered yet."),
    )


@blueprint.post("/rounds/<uuid:round_id>/deadline")
@mentors_only
def set_deadline(round_id: uuid.UUID) -> ResponseReturnValue:
    """Move the last day."""
    form = DeadlineForm()
    with service().database.writing() as session:
        round_ = round_for(session, round_id, Action.WRITE)
        if form.validate_on_submit() and form.deadline.data is not None:
            try:
                extend_deadline(round_, form.deadline.data, service().today())
                note_deed(session, Deed.DEADLINE_MOVED, round_.id)
            except InvalidRoundError as error:
                for problem in error.problems:
                    show_problem(form, problem, {"Deadline": "deadline"})
            except RoundError as error:
                form.form_errors.append(in_words(error))
        if form.errors:
            return _render_round(session, round_, raters_form(round_), form), 422
    flash(gettext("The round is open until %(day)s now.", day=day(form.deadline.data)), "success")
    return redirect(url_for("rounds.show", round_id=round_id))


@blueprint.post("/rounds/<uuid:round_id>/late-raters")
@mentors_only
@limit_letters
def add_late(round_id: uuid.UUID) -> ResponseReturnValue:
    """Invite further raters to an open round."""
    with service().database.writing() as session:
        round_ = rater_list_for(session, round_id, Action.CREATE)
        form = raters_form(round_)
        if not form.validate_on_submit():
            return _render_round(session, round_, form, DeadlineForm(obj=round_)), 422
        read = read_raters(form, round_)
        problems = all_problems(round_, read)
        if not problems:
            try:
                problems = add_late_raters(
                    session,
                    round_,
                    read.entries,
                    links=service().rater_links,
                    now=service().now(),
                )
            except RoundError as error:
                flash(in_words(error), "error")
                return redirect(url_for("rounds.show", round_id=round_id))
        if problems:
            return _render_round(session, round_, form, DeadlineForm(obj=round_), problems), 422
    flash(
        ngettext("Invited %(num)s rater.", "Invited %(num)s raters.", len(read.entries)), "success"
    )
    return redirect(url_for("rounds.show", round_id=round_id))


@blueprint.post("/rounds/<uuid:round_id>/invitations/<uuid:invitation_id>/resend")
@mentors_only
@limit_letters
def resend(round_id: uuid.UUID, invitation_id: uuid.UUID) -> ResponseReturnValue:
    """Send a rater a fresh link."""

    def step(session: Session, round_: Round) -> None:
        resend_link(
            session,
            round_,
            invitation_in(round_, invitation_id),
            links=service().rater_links,
            now=service().now(),
        )

    return _do(
        round_id,
        step,
        gettext("A fresh link is on its way. Earlier links stop working."),
    )


@blueprint.post("/rounds/<uuid:round_id>/invitations/<uuid:invitation_id>/revoke")
@mentors_only
def revoke(round_id: uuid.UUID, invitation_id: uuid.UUID) -> ResponseReturnValue:
    """Withdraw an invitation."""

    def step(session: Session, round_: Round) -> None:
        revoke_invitation(session, round_, invitation_in(round_, invitation_id))

    return _do(
        round_id,
        step,
        gettext(
            "The invitation is withdrawn. If this rater had answered already, the answer counts."
        ),
    )


@blueprint.route(
    "/rounds/<uuid:round_id>/invitations/<uuid:invitation_id>/address", methods=["GET", "POST"]
)
@mentors_only
@limit_letters
def address(round_id: uuid.UUID, invitation_id: uuid.UUID) -> ResponseReturnValue:
    """Correct a rater's address and send the link there."""
    with request_session() as session:
        round_ = rater_list_for(session, round_id, Action.WRITE)
        try:
            invitation = invitation_in(round_, invitation_id)
        except RoundError:
            abort(404)
        form = AddressForm(obj=invitation)
        if form.validate_on_submit():
            try:
                problems = correct_address(
                    session,
                    round_,
                    invitation,
                    (form.email.data or "").strip(),
                    links=service().rater_links,
                    now=service().now(),
                )
            except RoundError as error:
                problems = []
                form.form_errors.append(in_words(error))
            if not problems and not form.form_errors:
                flash(
                    gettext("The address is corrected, and a fresh link is on its way."), "success"
                )
                return redirect(url_for("rounds.show", round_id=round_id))
            for problem in problems:
                form.email.errors = [*form.email.errors, in_words(problem.in_place)]
        return render_template(
            "rounds/address.html", form=form, round=round_, invitation=invitation
        )


@blueprint.post("/rounds/<uuid:round_id>/close")
@mentors_only
def close(round_id: uuid.UUID) -> ResponseReturnValue:
    """Close the round."""
    require_round(round_id, Action.WRITE)
    if not is_sure():
        return confirmation_page(
            gettext("Close the round?"),
            gettext("Nobody can answer afterwards, and it cannot be opened again."),
            gettext("Close the round"),
            url_for("rounds.show", round_id=round_id),
        )

    def step(session: Session, round_: Round) -> None:
        close_round(
            session,
            round_,
            master_key=service().master_key,
            now=service().now(),
            closed_by=round_.mentorship.mentor,
        )

    return _do(round_id, step, gettext("The round is closed."))


@blueprint.post("/rounds/<uuid:round_id>/release")
@mentors_only
def release(round_id: uuid.UUID) -> ResponseReturnValue:
    """Let the mentee read the report."""
    require_round(round_id, Action.RELEASE)
    if not is_sure():
        return confirmation_page(
            gettext("Release the report?"),
            gettext(
                "The mentee can read it from then on, with the earlier round that it is compared "
                "with, and is told by e-mail. This cannot be taken back."
            ),
            gettext("Release the report"),
            url_for("rounds.show", round_id=round_id),
        )

    def step(session: Session, round_: Round) -> None:
        release_round(session, round_, service().now(), released_by=round_.mentorship.mentor)

    return _do(round_id, step, gettext("The report is released. The mentee is told by e-mail."))


def _do(round_id: uuid.UUID, step: _Step, done: str) -> ResponseReturnValue:
    """Take one step on an own round, say what came of it, and show the round."""
    try:
        with service().database.writing() as session:
            step(session, round_for(session, round_id, Action.WRITE))
    except (RoundError, MasterKeyError, SpoiltBallotError) as error:
        flash(in_words(error), "error")
    else:
        flash(done, "success")
    return redirect(url_for("rounds.show", round_id=round_id))


def _render_round(
    session: Session,
    round_: Round,
    raters_form: RatersForm,
    deadline_form: DeadlineForm,
    problems: list[RaterProblem] | None = None,
) -> str:
    raters_form.group.choices = offered(group_choices(round_))
    return render_template(
        "rounds/show.html",
        round=round_,
        status=round_status(session, round_),
        reminder_days=coming_reminder_days(round_, service().today()),
        raters_form=raters_form,
        deadline_form=deadline_form,
        problems=problems or [],
        is_correctable=is_correctable,
        can_follow=may_have_after_round(session, round_),
        after=after_round_of(session, round_),
        decided=decided(round_, questionnaire_of(round_)),
        months=by_month(
            way_of(
                round_,
                round_queries.in_mentorship(session, round_.mentorship_id),
                service().today(),
            )
        ),
        today=service().today(),
        entry_url=_no_link,
    )


def _no_link(_entry: TimelineEntry) -> None:
    """The round's own page has nothing further to lead to."""
