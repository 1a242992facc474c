"""A mentor's rounds: details, raters, preview and launch, and looking after an open round."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Resource
from survey.anonymity.ballot_box import SpoiltBallotError
from survey.anonymity.thresholds import DEFAULT_THRESHOLD
from survey.confidentiality.master_key import MasterKeyError
from survey.frameworks.model import Framework
from survey.frameworks.rater_groups import STANDARD_GROUPS, RaterGroup, custom_group
from survey.mail.letters import LetterWriter
from survey.privacy.audit_trail import Action as Deed
from survey.rounds.briefing import group_briefing
from survey.rounds.close import close_round
from survey.rounds.draft import (
    RoundDetails,
    add_raters,
    all_problems,
    create_draft,
    discard_draft,
    rater_groups_of,
    remove_rater,
    update_draft,
)
from survey.rounds.duration import minutes_to_answer
from survey.rounds.errors import InvalidRoundError, RoundError
from survey.rounds.framework_editing import compared_with_round
from survey.rounds.launch import launch_problems, launch_round, launch_warnings
from survey.rounds.manage import (
    add_late_raters,
    correct_address,
    extend_deadline,
    invitation_in,
    is_correctable,
    resend_link,
    revoke_invitation,
)
from survey.rounds.questionnaires import proposed_questionnaire, questionnaire_of
from survey.rounds.rater_list import RaterList, RaterProblem, parse_text, parse_upload
from survey.rounds.release import release_round
from survey.rounds.remind import coming_reminder_days, remind_all
from survey.rounds.status import round_status
from survey.storage.models import (
    Mentorship,
    ReleaseMode,
    Round,
    RoundKind,
    RoundState,
)
from survey.storage.queries import rounds as round_queries
from survey.web.access import as_mentor, round_for
from survey.web.confirmation import confirmation_page, is_sure
from survey.web.current import mentors_only, request_session, service
from survey.web.deeds import note_deed
from survey.web.form_errors import show_problem
from survey.web.mentees import in_default_language
from survey.web.rate_limits import limit_letters
from survey.web.round_forms import AddressForm, DeadlineForm, RatersForm, RoundForm
from survey.web.wording import day, round_name

blueprint = Blueprint("rounds", __name__)

_DEFAULT_LENGTH = dt.timedelta(days=14)
_NONE = ""
_Step = Callable[[Session, Round], None]
_FIELDS = {
    "Deadline": "deadline",
    "Rater groups": "groups",
    "Anonymity threshold": "threshold",
    "Compared round": "compared_with",
    "Framework": "framework",
    "Goal": "goal",
    "Looking back": "retrospective",
    "Further groups": "own_groups",
}


@blueprint.route("/mentees/<uuid:mentorship_id>/rounds/new", methods=["GET", "POST"])
@mentors_only
def new(mentorship_id: uuid.UUID) -> ResponseReturnValue:
    """Step 1 of a new round: its details."""
    with request_session() as session:
        mentorship = as_mentor(session, mentorship_id, Resource.DRAFT_ROUND, Action.CREATE)
        earlier = list(round_queries.earlier_closed(session, mentorship.id))
        form = RoundForm(data=_defaults(mentorship, earlier))
        _offer_choices(session, form, mentorship, earlier)
        if form.validate_on_submit():
            details = _details(form, mentorship, earlier)
            if details is not None:
                try:
                    draft = create_draft(session, mentorship, details, service().today())
                except InvalidRoundError as error:
                    _show_problems(form, error)
                else:
                    return redirect(url_for("rounds.raters", round_id=draft.id))
        return render_template("rounds/details.html", form=form, mentorship=mentorship, round=None)


@blueprint.route("/rounds/<uuid:round_id>/details", methods=["GET", "POST"])
@mentors_only
def details(round_id: uuid.UUID) -> ResponseReturnValue:
    """Step 1 again, for a draft."""
    with request_session() as session:
        round_ = _own_round(session, round_id)
        if round_.state is not RoundState.DRAFT:
            return redirect(url_for("rounds.show", round_id=round_id))
        mentorship = round_.mentorship
        earlier = list(round_queries.earlier_closed(session, mentorship.id))
        form = RoundForm(data=_values_of(round_))
        _offer_choices(session, form, mentorship, earlier)
        if form.validate_on_submit():
            changed = _details(form, mentorship, earlier)
            if changed is not None:
                try:
                    update_draft(session, round_, changed, service().today())
                except InvalidRoundError as error:
                    _show_problems(form, error)
                else:
                    return redirect(url_for("rounds.raters", round_id=round_id))
        return render_template(
            "rounds/details.html", form=form, mentorship=mentorship, round=round_
        )


@blueprint.get("/rounds/<uuid:round_id>")
@mentors_only
def show(round_id: uuid.UUID) -> ResponseReturnValue:
    """How a round stands; a draft goes on where it was left."""
    with service().database.reading() as session:
        round_ = _own_rater_list(session, round_id, Action.READ)
        if round_.state is RoundState.DRAFT:
            return redirect(url_for("rounds.raters", round_id=round_id))
        return _render_round(session, round_, RatersForm(), DeadlineForm(obj=round_))


@blueprint.route("/rounds/<uuid:round_id>/raters", methods=["GET", "POST"])
@mentors_only
def raters(round_id: uuid.UUID) -> ResponseReturnValue:
    """Step 2: who is asked."""
    with request_session() as session:
        round_ = _own_rater_list(session, round_id, Action.CREATE)
        if round_.state is not RoundState.DRAFT:
            return redirect(url_for("rounds.show", round_id=round_id))
        form = _raters_form(round_)
        problems: list[RaterProblem] = []
        if form.validate_on_submit():
            read = _read_raters(form, round_)
            problems = (
                add_raters(session, round_, read.entries) if read.ok else all_problems(round_, read)
            )
            if not problems:
                flash(f"Added {_people(len(read.entries))}.", "success")
                return redirect(url_for("rounds.raters", round_id=round_id))
        page = render_template(
            "rounds/raters.html",
            form=form,
            round=round_,
            problems=problems,
            warnings=launch_warnings(round_),
        )
        return (page, 422) if problems else page


@blueprint.post("/rounds/<uuid:round_id>/raters/<uuid:invitation_id>/remove")
@mentors_only
def remove(round_id: uuid.UUID, invitation_id: uuid.UUID) -> ResponseReturnValue:
    """Take a rater off the draft."""
    try:
        with service().database.writing() as session:
            round_ = _own_rater_list(session, round_id, Action.DELETE)
            remove_rater(session, round_, invitation_id)
    except RoundError as error:
        flash(str(error), "error")
    return redirect(url_for("rounds.raters", round_id=round_id))


@blueprint.get("/rounds/<uuid:round_id>/preview")
@mentors_only
def preview(round_id: uuid.UUID) -> ResponseReturnValue:
    """Step 3: the questionnaire as each group will see it, and the launch."""
    with service().database.reading() as session:
        round_ = _own_round(session, round_id)
        questionnaire = (
            questionnaire_of(round_)
            if round_.state is not RoundState.DRAFT
            else proposed_questionnaire(round_, _framework(session, round_))
        )
        drifted = None
        if round_.state is RoundState.DRAFT and round_.compared_with is not None:
            today = compared_with_round(_framework(session, round_), questionnaire)
            drifted = None if today.complete else today
        keys = [group.key for group in round_.groups]
        key = request.args.get("group", "")
        group = round_.group(key if key in keys else keys[0])
        language = request.args.get("language", questionnaire.default_language)
        form = questionnaire.form_for(
            group.key, language, round_.mentorship.mentee.first_name, round_.kind.value
        )
        return render_template(
            "rounds/preview.html",
            round=round_,
            group=group,
            form=form,
            languages=questionnaire.languages,
            minutes=minutes_to_answer(form, retrospective=round_.retrospective),
            letter=LetterWriter(
                service(), current_app.config["TEMPLATE_FOLDER"]
            ).preview_invitation(group_briefing(round_, group, form), language),
            problems=launch_problems(round_, service().today()),
            warnings=launch_warnings(round_),
            drifted=drifted,
        )


@blueprint.post("/rounds/<uuid:round_id>/launch")
@mentors_only
@limit_letters
def launch(round_id: uuid.UUID) -> ResponseReturnValue:
    """Send the invitations."""
    try:
        with service().database.writing() as session:
            round_ = _own_round(session, round_id)
            launch_round(
                session,
                round_,
                _framework(session, round_),
                links=service().rater_links,
                master_key=service().master_key,
                now=service().now(),
            )
    except RoundError as error:
        flash(str(error), "error")
        return redirect(url_for("rounds.preview", round_id=round_id))
    flash("The round is open. Invitations are on their way.", "success")
    return redirect(url_for("rounds.show", round_id=round_id))


@blueprint.post("/rounds/<uuid:round_id>/discard")
@mentors_only
def discard(round_id: uuid.UUID) -> ResponseReturnValue:
    """Delete a draft."""
    _own_round_or_404(round_id, Action.WRITE)
    if not is_sure():
        return confirmation_page(
            "Discard this draft?",
            "Its details and all its raters are deleted. Nothing has been sent to anybody.",
            "Discard the draft",
            url_for("rounds.show", round_id=round_id),
        )
    with service().database.writing() as session:
        round_ = _own_round(session, round_id)
        mentorship_id = round_.mentorship_id
        try:
            note_deed(session, Deed.DRAFT_DISCARDED, round_.id)
            discard_draft(session, round_)
        except RoundError as error:
            flash(str(error), "error")
            return redirect(url_for("rounds.show", round_id=round_id))
    flash("The draft is discarded.", "success")
    return redirect(url_for("mentees.show", mentorship_id=mentorship_id))


@blueprint.post("/rounds/<uuid:round_id>/remind")
@mentors_only
@limit_letters
def remind(round_id: uuid.UUID) -> ResponseReturnValue:
    """Remind everybody who has not answered."""

    def step(session: Session, round_: Round) -> None:
        mentor = round_.mentorship.mentor
        remind_all(session, round_, service().now(), reminded_by=mentor)

    return _do(round_id, step, "A reminder is on its way to everybody who has not answered yet.")


@blueprint.post("/rounds/<uuid:round_id>/deadline")
@mentors_only
def set_deadline(round_id: uuid.UUID) -> ResponseReturnValue:
    """Move the last day."""
    form = DeadlineForm()
    with service().database.writing() as session:
        round_ = _own_round(session, round_id)
        if form.validate_on_submit() and form.deadline.data is not None:
            try:
                extend_deadline(round_, form.deadline.data, service().today())
                note_deed(session, Deed.DEADLINE_MOVED, round_.id)
            except InvalidRoundError as error:
                for problem in error.problems:
                    show_problem(form, problem, {"Deadline": "deadline"})
            except RoundError as error:
                form.form_errors.append(str(error))
        if form.errors:
            return _render_round(session, round_, _raters_form(round_), form), 422
    flash(f"The round is open until {day(form.deadline.data)} now.", "success")
    return redirect(url_for("rounds.show", round_id=round_id))


@blueprint.post("/rounds/<uuid:round_id>/late-raters")
@mentors_only
@limit_letters
def add_late(round_id: uuid.UUID) -> ResponseReturnValue:
    """Invite further raters to an open round."""
    with service().database.writing() as session:
        round_ = _own_rater_list(session, round_id, Action.CREATE)
        form = _raters_form(round_)
        if not form.validate_on_submit():
            return _render_round(session, round_, form, DeadlineForm(obj=round_)), 422
        read = _read_raters(form, round_)
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
                flash(str(error), "error")
                return redirect(url_for("rounds.show", round_id=round_id))
        if problems:
            return _render_round(session, round_, form, DeadlineForm(obj=round_), problems), 422
    flash(f"Invited {_people(len(read.entries))}.", "success")
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
        "A fresh link is on its way. Earlier links stop working.",
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
        "The invitation is withdrawn. If this rater had answered already, the answer counts.",
    )


@blueprint.route(
    "/rounds/<uuid:round_id>/invitations/<uuid:invitation_id>/address", methods=["GET", "POST"]
)
@mentors_only
@limit_letters
def address(round_id: uuid.UUID, invitation_id: uuid.UUID) -> ResponseReturnValue:
    """Correct a rater's address and send the link there."""
    with request_session() as session:
        round_ = _own_rater_list(session, round_id, Action.WRITE)
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
                form.form_errors.append(str(error))
            if not problems and not form.form_errors:
                flash("The address is corrected, and a fresh link is on its way.", "success")
                return redirect(url_for("rounds.show", round_id=round_id))
            for problem in problems:
                form.email.errors = [*form.email.errors, f"{problem.what}; {problem.hint}."]
        return render_template(
            "rounds/address.html", form=form, round=round_, invitation=invitation
        )


@blueprint.post("/rounds/<uuid:round_id>/close")
@mentors_only
def close(round_id: uuid.UUID) -> ResponseReturnValue:
    """Close the round."""
    _own_round_or_404(round_id, Action.WRITE)
    if not is_sure():
        return confirmation_page(
            "Close the round?",
            "Nobody can answer afterwards, and it cannot be opened again.",
            "Close the round",
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

    return _do(round_id, step, "The round is closed.")


@blueprint.post("/rounds/<uuid:round_id>/release")
@mentors_only
def release(round_id: uuid.UUID) -> ResponseReturnValue:
    """Let the mentee read the report."""
    _own_round_or_404(round_id, Action.RELEASE)
    if not is_sure():
        return confirmation_page(
            "Release the report?",
            "The mentee can read it from then on, with the earlier round that it is compared with, "
            "and is told by e-mail. This cannot be taken back.",
            "Release the report",
            url_for("rounds.show", round_id=round_id),
        )

    def step(session: Session, round_: Round) -> None:
        release_round(session, round_, service().now(), released_by=round_.mentorship.mentor)

    return _do(round_id, step, "The report is released. The mentee is told by e-mail.")


def _do(round_id: uuid.UUID, step: _Step, done: str) -> ResponseReturnValue:
    """Take one step on an own round, say what came of it, and show the round."""
    try:
        with service().database.writing() as session:
            step(session, _own_round(session, round_id))
    except (RoundError, MasterKeyError, SpoiltBallotError) as error:
        flash(str(error), "error")
    else:
        flash(done, "success")
    return redirect(url_for("rounds.show", round_id=round_id))


def _own_round(session: Session, round_id: uuid.UUID, action: Action = Action.WRITE) -> Round:
    return round_for(session, round_id, action)


def _own_rater_list(session: Session, round_id: uuid.UUID, action: Action) -> Round:
    return round_for(session, round_id, action, Resource.RATER_LIST)


def _own_round_or_404(round_id: uuid.UUID, action: Action) -> None:
    """Answer with the page for what does not exist, before anything is asked or done."""
    with service().database.reading() as session:
        _own_round(session, round_id, action)


def _render_round(
    session: Session,
    round_: Round,
    raters_form: RatersForm,
    deadline_form: DeadlineForm,
    problems: list[RaterProblem] | None = None,
) -> str:
    raters_form.group.choices = _group_choices(round_)
    return render_template(
        "rounds/show.html",
        round=round_,
        status=round_status(session, round_),
        reminder_days=coming_reminder_days(round_, service().today()),
        raters_form=raters_form,
        deadline_form=deadline_form,
        problems=problems or [],
        is_correctable=is_correctable,
    )


def _raters_form(round_: Round) -> RatersForm:
    form = RatersForm()
    form.group.choices = _group_choices(round_)
    return form


def _group_choices(round_: Round) -> list[tuple[str, str]]:
    groups = [(group.key, group.label) for group in round_.groups if group.key != "self"]
    return [(_NONE, "(each row names its group)"), *groups]


def _read_raters(form: RatersForm, round_: Round) -> RaterList:
    groups = rater_groups_of(round_)
    default = form.group.data or None
    upload = form.file.data
    if upload:
        return parse_upload(upload.read(), upload.filename or "list", groups, default)
    return parse_text(form.pasted.data or "", groups, default)


def _defaults(mentorship: Mentorship, earlier: list[Round]) -> dict[str, object]:
    first = mentorship.mentee.first_name
    values: dict[str, object] = {
        "deadline": service().today() + _DEFAULT_LENGTH,
        "goal": str(mentorship.goals[0].id) if mentorship.goals else _NONE,
        "framework": (mentorship.goals[0].framework_id if mentorship.goals else "") or "leadership",
        "purpose": f"{first} is working on their development with {mentorship.mentor.name}. Your "
        f"honest view helps {first} see what works well and what to work on next.",
    }
    if earlier:
        last = earlier[0]
        values |= {
            "kind": RoundKind.AFTER.value,
            "compared_with": str(last.id),
            "framework": last.framework_id,
            "groups": [g.key for g in last.groups if g.key in _STANDARD],
            "own_groups": ", ".join(g.label for g in last.groups if g.key not in _STANDARD),
            "threshold": _threshold(last),
            "purpose": last.purpose,
        }
    return values


_STANDARD = {group.key: group for group in STANDARD_GROUPS}


def _values_of(round_: Round) -> dict[str, object]:
    """A draft's details as the form shows them."""
    return {
        "kind": round_.kind.value,
        "compared_with": str(round_.compared_with_id or _NONE),
        "goal": str(round_.goal_id or _NONE),
        "framework": round_.framework_id,
        "groups": [group.key for group in round_.groups if group.key in _STANDARD],
        "own_groups": ", ".join(g.label for g in round_.groups if g.key not in _STANDARD),
        "deadline": round_.deadline,
        "threshold": _threshold(round_),
        "release_mode": round_.release_mode.value,
        "label_comments": round_.label_comments,
        "retrospective": round_.retrospective,
        "reminds_itself": round_.reminds_itself,
        "purpose": round_.purpose,
    }


def _threshold(round_: Round) -> int:
    """The threshold of its anonymous groups; the usual one when it has none."""
    return max((g.threshold for g in round_.groups if g.anonymous), default=DEFAULT_THRESHOLD)


def _offer_choices(
    session: Session, form: RoundForm, mentorship: Mentorship, earlier: list[Round]
) -> None:
    frameworks = service().catalogue.for_mentor(session, mentorship.mentor)
    form.framework.choices = [
        (framework.id, in_default_language(framework, framework.title))
        for framework in frameworks.values()
    ]
    form.goal.choices = [
        (_NONE, "(no goal)"),
        *((str(goal.id), goal.statement) for goal in mentorship.goals),
    ]
    form.compared_with.choices = [
        (_NONE, "(nothing: this is the first)"),
        *((str(r.id), f"{round_name(r.kind)} of {day(r.launched_on)}") for r in earlier),
    ]


def _details(form: RoundForm, mentorship: Mentorship, earlier: list[Round]) -> RoundDetails | None:
    """The details that the form holds; None, with the problem shown, when they make no sense."""
    groups = [_STANDARD[key] for key in form.groups.data or []]
    try:
        groups += _own_groups(form.own_groups.data or "")
    except ValueError as error:
        form.own_groups.errors = [*form.own_groups.errors, str(error)]
        return None
    if form.deadline.data is None or form.threshold.data is None:
        return None
    return RoundDetails(
        kind=RoundKind(form.kind.data),
        framework_id=form.framework.data,
        groups=groups,
        deadline=form.deadline.data,
        goal=next((g for g in mentorship.goals if str(g.id) == form.goal.data), None),
        purpose=form.purpose.data or "",
        release_mode=ReleaseMode(form.release_mode.data),
        threshold=form.threshold.data,
        label_comments=form.label_comments.data,
        retrospective=form.retrospective.data,
        reminds_itself=form.reminds_itself.data,
        compared_with=next((r for r in earlier if str(r.id) == form.compared_with.data), None),
    )


def _own_groups(text: str) -> list[RaterGroup]:
    return [custom_group(label.strip()) for label in text.split(",") if label.strip()]


def _show_problems(form: RoundForm, error: InvalidRoundError) -> None:
    for problem in error.problems:
        show_problem(form, problem, _FIELDS)


def _framework(session: Session, round_: Round) -> Framework:
    return service().catalogue.get(session, round_.mentorship.mentor, round_.framework_id)


def _people(count: int) -> str:
    return "1 rater" if count == 1 else f"{count} raters"
