"""Raters whom the mentee proposes: the mentee's page, and what the mentor makes of them."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from survey.accounts.policy import Action
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
from survey.web.proposal_forms import (
    AskForm,
    DecisionForm,
    ProposalForm,
    entry_in,
    offer_groups_and_languages,
)
from survey.web.rate_limits import limit_letters
from survey.web.round_pages import people

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
                form.form_errors.append(str(error))
            _show(form, problems)
            if not form.errors:
                flash(f"{form.name.data or form.email.data} is proposed.", "success")
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
        flash(str(error), "error")
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
                raise InvalidRoundError(["Propose until: choose a day."])
            first = round_.mentorship.mentee.first_name
            ask_for_proposals(session, round_, form.until.data, service().now())
            note_deed(session, Deed.PROPOSALS_ASKED, round_.id)
    except RoundError as error:
        flash(str(error), "error")
    else:
        flash(f"{first} is asked by e-mail to propose raters.", "success")
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
            flash(str(error), "error")
    if put:
        flash(f"{people(put)} put on the list.", "success")
    for problem in problems:
        flash(f"Not put on the list: {problem.what}; {problem.hint}.", "error")
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
        flash(str(error), "error")
    else:
        for problem in problems:
            flash(f"Not put on the list: {problem.what}; {problem.hint}.", "error")
        if not problems:
            flash(f"{who} is on the list.", "success")
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
                    said = "turned down"
                else:
                    wanted: RaterEntry = entry_in(form)
                    _show(form, put_on_the_list(session, round_, proposal, wanted, word))
                    said = "on the list"
            except RoundError as error:
                form.form_errors.append(str(error))
            if not form.errors:
                flash(f"{entry.name or entry.email} is {said}.", "success")
                return redirect(url_for("rounds.raters", round_id=round_id) + "#proposals")
        page = render_template(
            "rounds/proposal.html", form=form, round=round_, proposal=proposal, states=ProposalState
        )
        return (page, 422) if form.errors else page


def _show(form: ProposalForm, problems: list[RaterProblem]) -> None:
    for problem in problems:
        said = f"{problem.what[:1].upper()}{problem.what[1:]}; {problem.hint}."
        name = _FIELDS.get(problem.field)
        if name is None:
            form.form_errors.append(said)
        else:
            form[name].errors = [*form[name].errors, said]


def _in_order(round_: Round) -> list[tuple[str, list[object]]]:
    """The proposals by group, in the round's order; those of groups that are gone come last."""
    labels = {group.key: group.label for group in groups_to_propose_for(round_)}
    found: dict[str, list[object]] = {}
    for key in [*labels, *(p.group_key for p in round_.proposals)]:
        members = [p for p in round_.proposals if p.group_key == key]
        if members:
            found[labels.get(key, "No longer asked")] = list(members)
    return list(found.items())
