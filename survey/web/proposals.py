"""Raters whom the mentee proposes: the mentee's page, and what the mentor makes of them."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from survey.accounts.policy import Action
from survey.languages.message import Message
from survey.privacy.audit_trail import Action as Deed
from survey.rounds.errors import InvalidRoundError, RoundError
from survey.rounds.proposals import (
    ask_for_proposals,
    entry_of,
    groups_to_propose_for,
    propose,
    put_on_the_list,
    take_back,
    takes_proposals,
    turn_down,
    waiting_proposals,
)
from survey.rounds.rater_list import RaterEntry, RaterProblem
from survey.storage.models import ProposalState, Round, RoundState
from survey.web.access import proposal_for, round_to_propose_for, rounds_proposals_for
from survey.web.current import mentors_only, request_session, service, signed_in
from survey.web.deeds import note_deed
from survey.web.languages import in_words
from survey.web.proposal_forms import (
    AskForm,
    DecisionForm,
    ProposalForm,
    entry_in,
    offer_groups_and_languages,
)
from survey.web.rate_limits import limit_letters
from survey.web.wording import capitalize_first

blueprint = Blueprint("proposals", __name__)
_FIELDS = {"name": "name", "e-mail": "email", "group": "group", "language": "language"}


@blueprint.route("/rounds/<uuid:round_id>/propose", methods=["GET", "POST"])
@signed_in
def new(round_id: uuid.UUID) -> ResponseReturnValue:
    """The mentee's page: whom to propose, whom they proposed, and what became of it."""
    with request_session() as session:
        round_ = round_to_propose_for(session, round_id, Action.CREATE)
        form = ProposalForm()
        offer_groups_and_languages(form, round_)
        if form.validate_on_submit():
            try:
                problems = propose(session, round_, entry_in(form), service().today())
            except RoundError as error:
                problems = []
                form.form_errors.append(in_words(error))
            _show(form, problems)
            if not form.errors:
                who = form.name.data or form.email.data
                flash(gettext("%(rater)s is proposed.", rater=who), "success")
                return redirect(url_for("proposals.new", round_id=round_id))
        page = render_template(
            "rounds/propose.html",
            form=form,
            round=round_,
            mentor=round_.mentorship.mentor,
            proposals=_in_order(round_) if round_.state is RoundState.DRAFT else [],
            groups=groups_to_propose_for(round_),
            is_open=takes_proposals(round_, service().today()),
        )
        return (page, 422) if form.errors else page


@blueprint.post("/rounds/<uuid:round_id>/propose/<uuid:proposal_id>/take-back")
@signed_in
def withdraw(round_id: uuid.UUID, proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Let the mentee take back what the mentor has not decided about."""
    try:
        with service().database.writing() as session:
            round_ = round_to_propose_for(session, round_id, Action.DELETE)
            take_back(session, round_, proposal_for(round_, proposal_id))
    except RoundError as error:
        flash(in_words(error), "error")
    return redirect(url_for("proposals.new", round_id=round_id))


@blueprint.post("/rounds/<uuid:round_id>/proposals/ask")
@mentors_only
@limit_letters
def ask(round_id: uuid.UUID) -> ResponseReturnValue:
    """Ask the mentee to propose raters."""
    form = AskForm()
    try:
        with service().database.writing() as session:
            round_ = rounds_proposals_for(session, round_id, Action.WRITE)
            if not form.validate_on_submit() or form.until.data is None:
                raise InvalidRoundError([Message("Propose until: choose a day.")])
            first = round_.mentorship.mentee.first_name
            ask_for_proposals(session, round_, form.until.data, service().now())
            note_deed(session, Deed.PROPOSALS_ASKED, round_.id)
    except RoundError as error:
        flash(in_words(error), "error")
    else:
        flash(gettext("%(mentee)s is asked by e-mail to propose raters.", mentee=first), "success")
    return redirect(url_for("rounds.raters", round_id=round_id) + "#proposals")


@blueprint.post("/rounds/<uuid:round_id>/proposals/put-all")
@mentors_only
def put_all(round_id: uuid.UUID) -> ResponseReturnValue:
    """Put everybody on the list whom nothing speaks against; the others keep waiting."""
    with service().database.writing() as session:
        round_ = rounds_proposals_for(session, round_id, Action.WRITE)
        put, problems = 0, []
        try:
            for proposal in waiting_proposals(round_):
                found = put_on_the_list(session, round_, proposal)
                problems += found
                put += not found
        except RoundError as error:
            flash(in_words(error), "error")
    if put:
        flash(
            ngettext("%(num)s rater put on the list.", "%(num)s raters put on the list.", put),
            "success",
        )
    for problem in problems:
        flash(_not_put(problem), "error")
    return redirect(url_for("rounds.raters", round_id=round_id) + "#proposals")


@blueprint.post("/rounds/<uuid:round_id>/proposals/<uuid:proposal_id>/put")
@mentors_only
def put(round_id: uuid.UUID, proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Put a proposed rater on the list as they were proposed."""
    try:
        with service().database.writing() as session:
            round_ = rounds_proposals_for(session, round_id, Action.WRITE)
            proposal = proposal_for(round_, proposal_id)
            who = proposal.name or proposal.email
            problems = put_on_the_list(session, round_, proposal)
    except RoundError as error:
        flash(in_words(error), "error")
    else:
        for problem in problems:
            flash(_not_put(problem), "error")
        if not problems:
            flash(gettext("%(rater)s is on the list.", rater=who), "success")
    return redirect(url_for("rounds.raters", round_id=round_id) + "#proposals")


@blueprint.route("/rounds/<uuid:round_id>/proposals/<uuid:proposal_id>", methods=["GET", "POST"])
@mentors_only
def decide(round_id: uuid.UUID, proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Change a proposal and put it on the list, or turn it down, with a word to the mentee."""
    with request_session() as session:
        round_ = rounds_proposals_for(session, round_id, Action.WRITE)
        proposal = proposal_for(round_, proposal_id)
        entry = entry_of(proposal)
        form = DecisionForm(
            data={
                "name": entry.name,
                "email": entry.email,
                "group": entry.group_key,
                "language": entry.language or "",
                "word": proposal.word,
            }
        )
        offer_groups_and_languages(form, round_)
        if form.turn_down.data or form.validate_on_submit():
            word = form.word.data or ""
            try:
                if form.turn_down.data:
                    turn_down(session, round_, proposal, word)
                    done = gettext("%(rater)s is turned down.", rater=entry.name or entry.email)
                else:
                    wanted: RaterEntry = entry_in(form)
                    _show(form, put_on_the_list(session, round_, proposal, wanted, word))
                    done = gettext("%(rater)s is on the list.", rater=entry.name or entry.email)
            except RoundError as error:
                form.form_errors.append(in_words(error))
            if not form.errors:
                flash(done, "success")
                return redirect(url_for("rounds.raters", round_id=round_id) + "#proposals")
        page = render_template(
            "rounds/proposal.html", form=form, round=round_, proposal=proposal, states=ProposalState
        )
        return (page, 422) if form.errors else page


def _not_put(problem: RaterProblem) -> str:
    return str(gettext("Not put on the list: %(problem)s", problem=in_words(problem.in_place)))


def _show(form: ProposalForm, problems: list[RaterProblem]) -> None:
    for problem in problems:
        said = capitalize_first(problem.in_place)
        name = _FIELDS.get(problem.field)
        if name is None:
            form.form_errors.append(said)
        else:
            form[name].errors = [*form[name].errors, said]


def _in_order(round_: Round) -> list[tuple[str, list[object]]]:
    """The proposals by group, in the round's order; those of groups that are gone come last.

    These have no label.
    """
    labels = {group.key: group.label for group in groups_to_propose_for(round_)}
    found: dict[str, list[object]] = {}
    for key in [*labels, *(p.group_key for p in round_.proposals)]:
        members = [p for p in round_.proposals if p.group_key == key]
        if members:
            found[labels.get(key, "")] = list(members)
    return list(found.items())
