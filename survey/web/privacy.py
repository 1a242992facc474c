"""Requests about personal data, for administrators: what waits, until when, and doing it."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from survey.accounts.errors import AccountError
from survey.accounts.policy import Action, Resource
from survey.languages.marks import N_
from survey.privacy.audit_anchors import Anchor, anchors_in
from survey.privacy.audit_trail import Action as Deed
from survey.privacy.audit_verification import verify_trail
from survey.privacy.erasure import (
    ErasurePlan,
    erase_mentorship,
    erase_person,
    plan_for_mentorship,
    plan_for_person,
    rectify_person,
)
from survey.privacy.errors import PrivacyError
from survey.privacy.requests import finish
from survey.privacy.restriction import lift_restriction, note_objection, restrict
from survey.privacy.retention import due_now
from survey.storage.models import RequestKind, RequestState
from survey.storage.queries import people as people_queries
from survey.storage.queries import requests as request_queries
from survey.storage.queries import retention as retention_queries
from survey.web.access import (
    erasable_mentorship_for,
    open_request_for,
    own_account,
    person_for,
)
from survey.web.current import fresh_sign_in_required, permitted, service
from survey.web.deeds import note_deed
from survey.web.languages import in_words

blueprint = Blueprint("privacy", __name__, url_prefix="/privacy")
_RESTRICTIONS = {
    "restrict": (restrict, N_("What is held about %(name)s is stored from now on, and not used.")),
    "lift": (lift_restriction, N_("What is held about %(name)s may be used again.")),
    "objection": (note_objection, N_("The objection of %(name)s is noted among the requests.")),
}


@blueprint.get("")
@permitted(Resource.RETENTION, Action.READ)
def index() -> ResponseReturnValue:
    """Requests with the days they are due, the retention schedule, and the audit trail's state."""
    today = service().today()
    with service().database.reading() as session:
        return render_template(
            "privacy/index.html",
            requests=request_queries.all_requests(session),
            due=due_now(session, service().retention, today),
            last_run=retention_queries.last_run(session),
            trail=verify_trail(session, _anchors(), today),
            today=today,
        )


@blueprint.get("/people/<uuid:person_id>")
@permitted(Resource.PERSON, Action.DELETE)
@fresh_sign_in_required
def person(person_id: uuid.UUID) -> ResponseReturnValue:
    """One person: their mentorships, each to erase alone, and everything about them."""
    with service().database.reading() as session:
        found = person_for(session, person_id, Action.DELETE)
        return render_template(
            "privacy/person.html",
            person=found,
            mentorships=[
                *people_queries.mentorships_of_mentee(session, found.id),
                *people_queries.mentorships_of_mentor(session, found.id),
            ],
        )


@blueprint.post("/people/<uuid:person_id>/<any(restrict, lift, objection):deed>")
@permitted(Resource.PERSON, Action.WRITE)
@fresh_sign_in_required
def restriction(person_id: uuid.UUID, deed: str) -> ResponseReturnValue:
    """Restrict the processing of somebody's data, use it again, or note an objection."""
    do, done = _RESTRICTIONS[deed]
    try:
        with service().database.writing() as session:
            found = person_for(session, person_id, Action.WRITE)
            do(session, found, own_account(session), service().now())
    except PrivacyError as error:
        flash(in_words(error), "error")
    else:
        flash(gettext(done, name=found.name), "success")
    return redirect(url_for("privacy.person", person_id=person_id))


@blueprint.route("/people/<uuid:person_id>/erase", methods=["GET", "POST"])
@permitted(Resource.PERSON, Action.DELETE)
@fresh_sign_in_required
def erase(person_id: uuid.UUID) -> ResponseReturnValue:
    """Erase somebody, once their name has been typed."""

    def plan(session: Session) -> tuple[str, ErasurePlan]:
        found = person_for(session, person_id, Action.DELETE)
        return found.name, plan_for_person(session, found)

    def do(session: Session) -> None:
        erase_person(
            session,
            service().keys,
            person_for(session, person_id, Action.DELETE),
            own_account(session),
            service().now(),
        )

    return _erase(
        plan, do, url_for("privacy.person", person_id=person_id), url_for("privacy.index")
    )


@blueprint.route("/mentorships/<uuid:mentorship_id>/erase", methods=["GET", "POST"])
@permitted(Resource.PERSON, Action.DELETE)
@fresh_sign_in_required
def erase_one_mentorship(mentorship_id: uuid.UUID) -> ResponseReturnValue:
    """Erase a mentorship, once the mentee's name has been typed."""

    def plan(session: Session) -> tuple[str, ErasurePlan]:
        found = erasable_mentorship_for(session, mentorship_id)
        return found.mentee.name, plan_for_mentorship(session, found)

    def do(session: Session) -> None:
        found = erasable_mentorship_for(session, mentorship_id)
        erase_mentorship(session, service().keys, found, own_account(session), service().now())

    return _erase(plan, do, url_for("privacy.index"), url_for("privacy.index"))


@blueprint.post("/requests/<uuid:request_id>/rectify")
@permitted(Resource.PERSON, Action.WRITE)
@fresh_sign_in_required
def rectify(request_id: uuid.UUID) -> ResponseReturnValue:
    """Put name or address right as it was asked for."""
    try:
        with service().database.writing() as session:
            asked = open_request_for(session, request_id)
            if asked.kind is not RequestKind.RECTIFICATION:
                abort(404)
            rectify_person(
                session,
                asked.person,
                asked.wanted_name or asked.person.name,
                asked.wanted_email or asked.person.email,
                actor=own_account(session),
                now=service().now(),
            )
            finish(asked, RequestState.DONE, service().today())
    except (AccountError, PrivacyError) as error:
        flash(in_words(error), "error")
    else:
        flash(gettext("It is put right."), "success")
    return redirect(url_for("privacy.index"))


@blueprint.post("/requests/<uuid:request_id>/<any(done, refused):outcome>")
@permitted(Resource.PERSON, Action.WRITE)
@fresh_sign_in_required
def close_request(request_id: uuid.UUID, outcome: str) -> ResponseReturnValue:
    """Note that a request was answered or refused."""
    with service().database.writing() as session:
        asked = open_request_for(session, request_id)
        finish(asked, RequestState(outcome), service().today())
        done = outcome == RequestState.DONE
        note_deed(session, Deed.REQUEST_DONE if done else Deed.REQUEST_REFUSED, asked.id)
    flash(gettext("Noted. Tell the person, with the reason if you refused."), "success")
    return redirect(url_for("privacy.index"))


def _erase(
    plan: Callable[[Session], tuple[str, ErasurePlan]],
    do: Callable[[Session], None],
    back_url: str,
    after_url: str,
) -> ResponseReturnValue:
    typed = request.form.get("typed", "") if request.method == "POST" else None
    try:
        with service().database.writing() as session:
            name, planned = plan(session)
            wanted = " ".join(name.split())
            is_typed = typed is not None and " ".join(typed.split()) == wanted
            if is_typed:
                do(session)
    except PrivacyError as error:
        flash(in_words(error), "error")
        return redirect(back_url)
    if is_typed:
        return render_template("privacy/erased.html", plan=planned, back_url=after_url)
    page = render_template(
        "privacy/erase.html",
        name=wanted,
        plan=planned,
        back_url=back_url,
        mistyped=typed is not None,
    )
    return (page, 422) if typed is not None else page


def _anchors() -> list[Anchor]:
    return anchors_in(service().anchor_file)
