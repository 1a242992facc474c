"""A mentor's drafts of rounds: details, raters, preview and launch."""

from __future__ import annotations

import uuid

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from survey.accounts.policy import Action, Resource
from survey.languages.catalogues import spoken
from survey.mail.letters import LetterWriter
from survey.privacy.audit_trail import Action as Deed
from survey.rounds.after_round import after_round_of, draft_after_round, left_out
from survey.rounds.briefing import group_briefing
from survey.rounds.draft import (
    add_raters,
    all_problems,
    create_draft,
    discard_draft,
    remove_rater,
    update_draft,
)
from survey.rounds.duration import minutes_to_answer
from survey.rounds.errors import InvalidRoundError, RoundError
from survey.rounds.launch import launch_problems, launch_round, launch_warnings
from survey.rounds.new_version import version_problems
from survey.rounds.proposals import is_listed
from survey.rounds.questionnaires import (
    comparison_plan_of,
    proposed_questionnaire,
    questionnaire_of,
)
from survey.rounds.rater_guidance import number_advice, outlook, usual_day_for_proposals
from survey.rounds.rater_list import RaterProblem
from survey.rounds.usual_purpose import purpose_in_words
from survey.storage.models import RoundState
from survey.storage.queries import rounds as round_queries
from survey.web.access import as_mentor, rater_list_for, require_round, round_for
from survey.web.confirmation import confirmation_page, is_sure
from survey.web.current import mentors_only, request_session, service
from survey.web.deeds import note_deed
from survey.web.languages import current_language, in_words
from survey.web.proposal_forms import AskForm
from survey.web.rate_limits import limit_letters
from survey.web.round_details import (
    defaults,
    details_in,
    offer_choices,
    show_problems,
    values_of,
)
from survey.web.round_forms import RoundForm
from survey.web.round_pages import (
    blueprint,
    framework_of,
    raters_form,
    read_raters,
)
from survey.web.round_versions import decided, has_newer_version, next_step_of
from survey.web.wording import framework_text


@blueprint.route("/mentees/<uuid:mentorship_id>/rounds/new", methods=["GET", "POST"])
@mentors_only
def new(mentorship_id: uuid.UUID) -> ResponseReturnValue:
    """Step 1 of a new round: its details."""
    with request_session() as session:
        mentorship = as_mentor(session, mentorship_id, Resource.DRAFT_ROUND, Action.CREATE)
        earlier = list(round_queries.earlier_closed(session, mentorship.id))
        form = RoundForm(data=defaults(mentorship, earlier))
        offer_choices(session, form, mentorship, earlier)
        if form.validate_on_submit():
            details = details_in(form, mentorship, earlier)
            if details is not None:
                try:
                    draft = create_draft(session, mentorship, details, service().today())
                except InvalidRoundError as error:
                    show_problems(form, error)
                else:
                    return redirect(next_step_of(session, draft))
        return render_template("rounds/details.html", form=form, mentorship=mentorship, round=None)


@blueprint.post("/rounds/<uuid:round_id>/after")
@mentors_only
def start_after(round_id: uuid.UUID) -> ResponseReturnValue:
    """Draft the after round of a closed round in one step, or go on with the one that is there."""
    try:
        with service().database.writing() as session:
            earlier = round_for(session, round_id, Action.WRITE)
            as_mentor(session, earlier.mentorship_id, Resource.DRAFT_ROUND, Action.CREATE)
            draft = after_round_of(session, earlier)
            is_new = draft is None
            if draft is None:
                draft = draft_after_round(session, earlier, service().today())
            next_step = (
                next_step_of(session, draft)
                if is_new
                else url_for("rounds.show", round_id=draft.id)
            )
    except RoundError as error:
        flash(in_words(error), "error")
        return redirect(url_for("rounds.show", round_id=round_id))
    if is_new:
        flash(gettext("The after round is drafted. Nobody has been written to."), "success")
    return redirect(next_step)


@blueprint.route("/rounds/<uuid:round_id>/details", methods=["GET", "POST"])
@mentors_only
def details(round_id: uuid.UUID) -> ResponseReturnValue:
    """Step 1 again, for a draft."""
    with request_session() as session:
        round_ = round_for(session, round_id, Action.WRITE)
        if round_.state is not RoundState.DRAFT:
            return redirect(url_for("rounds.show", round_id=round_id))
        mentorship = round_.mentorship
        earlier = list(round_queries.earlier_closed(session, mentorship.id))
        form = RoundForm(data=values_of(round_))
        offer_choices(session, form, mentorship, earlier)
        if form.validate_on_submit():
            changed = details_in(form, mentorship, earlier)
            if changed is not None:
                try:
                    update_draft(session, round_, changed, service().today())
                except InvalidRoundError as error:
                    show_problems(form, error)
                else:
                    return redirect(next_step_of(session, round_))
        return render_template(
            "rounds/details.html", form=form, mentorship=mentorship, round=round_
        )


@blueprint.route("/rounds/<uuid:round_id>/raters", methods=["GET", "POST"])
@mentors_only
def raters(round_id: uuid.UUID) -> ResponseReturnValue:
    """Step 2: who is asked."""
    with request_session() as session:
        round_ = rater_list_for(session, round_id, Action.CREATE)
        if round_.state is not RoundState.DRAFT:
            return redirect(url_for("rounds.show", round_id=round_id))
        form = raters_form(round_)
        problems: list[RaterProblem] = []
        if form.validate_on_submit():
            read = read_raters(form, round_)
            problems = (
                add_raters(session, round_, read.entries) if read.ok else all_problems(round_, read)
            )
            if not problems:
                flash(
                    ngettext("Added %(num)s rater.", "Added %(num)s raters.", len(read.entries)),
                    "success",
                )
                return redirect(url_for("rounds.raters", round_id=round_id))
        groups = outlook(round_)
        page = render_template(
            "rounds/raters.html",
            form=form,
            round=round_,
            problems=problems,
            warnings=launch_warnings(round_),
            outlook=groups,
            left_out=left_out(round_),
            newer=has_newer_version(session, round_),
            asks_new_version=comparison_plan_of(round_) is not None,
            advice=number_advice(groups),
            labels={group.key: group.label for group in round_.groups},
            is_listed=is_listed,
            today=service().today(),
            ask_form=AskForm(
                formdata=None,
                data={"until": usual_day_for_proposals(service().today(), round_.deadline)},
            ),
        )
        return (page, 422) if problems else page


@blueprint.post("/rounds/<uuid:round_id>/raters/<uuid:invitation_id>/remove")
@mentors_only
def remove(round_id: uuid.UUID, invitation_id: uuid.UUID) -> ResponseReturnValue:
    """Take a rater off the draft."""
    try:
        with service().database.writing() as session:
            round_ = rater_list_for(session, round_id, Action.DELETE)
            remove_rater(session, round_, invitation_id)
    except RoundError as error:
        flash(in_words(error), "error")
    return redirect(url_for("rounds.raters", round_id=round_id))


@blueprint.get("/rounds/<uuid:round_id>/preview")
@mentors_only
def preview(round_id: uuid.UUID) -> ResponseReturnValue:
    """Step 3: the questionnaire as each group will see it, and the launch."""
    with service().database.reading() as session:
        round_ = round_for(session, round_id, Action.WRITE)
        questionnaire = (
            questionnaire_of(round_)
            if round_.state is not RoundState.DRAFT
            else proposed_questionnaire(round_, framework_of(session, round_))
        )
        problems = launch_problems(round_, service().today())
        if comparison_plan_of(round_) is not None and round_.state is RoundState.DRAFT:
            problems += version_problems(round_, framework_of(session, round_))
        keys = [group.key for group in round_.groups]
        key = request.args.get("group", "")
        group = round_.group(key if key in keys else keys[0])
        # Raters read the mentor's language, where the list names no other.
        language = request.args.get("language", current_language())
        form = questionnaire.form_for(
            group.key, language, round_.mentorship.mentee.first_name, round_.kind.value
        )
        return render_template(
            "rounds/preview.html",
            round=round_,
            group=group,
            form=form,
            framework_title=framework_text(framework_of(session, round_), "title")
            if round_.state is RoundState.DRAFT
            else "",
            purpose=purpose_in_words(
                round_.purpose,
                round_.mentorship.mentee.first_name,
                round_.mentorship.mentor.name,
                language,
            ),
            languages=questionnaire.languages,
            letter_language=spoken(language),
            minutes=minutes_to_answer(form, retrospective=round_.retrospective),
            letter=LetterWriter(
                service(), current_app.config["TEMPLATE_FOLDER"]
            ).preview_invitation(group_briefing(round_, group, form), language),
            problems=problems,
            warnings=launch_warnings(round_),
            newer=has_newer_version(session, round_),
            decided=decided(round_, questionnaire),
        )


@blueprint.post("/rounds/<uuid:round_id>/launch")
@mentors_only
@limit_letters
def launch(round_id: uuid.UUID) -> ResponseReturnValue:
    """Send the invitations."""
    try:
        with service().database.writing() as session:
            round_ = round_for(session, round_id, Action.WRITE)
            launch_round(
                session,
                round_,
                framework_of(session, round_),
                links=service().rater_links,
                master_key=service().master_key,
                now=service().now(),
            )
    except RoundError as error:
        flash(in_words(error), "error")
        return redirect(url_for("rounds.preview", round_id=round_id))
    flash(gettext("The round is open. Invitations are on their way."), "success")
    return redirect(url_for("rounds.show", round_id=round_id))


@blueprint.post("/rounds/<uuid:round_id>/discard")
@mentors_only
def discard(round_id: uuid.UUID) -> ResponseReturnValue:
    """Delete a draft."""
    require_round(round_id, Action.WRITE)
    if not is_sure():
        return confirmation_page(
            gettext("Discard this draft?"),
            gettext(
                "Its details and all its raters are deleted. Nothing has been sent to anybody."
            ),
            gettext("Discard the draft"),
            url_for("rounds.show", round_id=round_id),
        )
    with service().database.writing() as session:
        round_ = round_for(session, round_id, Action.WRITE)
        mentorship_id = round_.mentorship_id
        try:
            note_deed(session, Deed.DRAFT_DISCARDED, round_.id)
            discard_draft(session, round_)
        except RoundError as error:
            flash(in_words(error), "error")
            return redirect(url_for("rounds.show", round_id=round_id))
    flash(gettext("The draft is discarded."), "success")
    return redirect(url_for("mentees.show", mentorship_id=mentorship_id))
