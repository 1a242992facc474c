"""Which version of the framework a draft asks that is compared with an earlier round."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import RadioField, SelectMultipleField, widgets

from survey.accounts.policy import Action
from survey.frameworks.comparable import CompetencyVersions, Standing
from survey.frameworks.comparison import Difference, marked_words
from survey.frameworks.questionnaire import Questionnaire
from survey.frameworks.rater_groups import STANDARD_GROUPS
from survey.rounds.errors import InvalidRoundError, UnknownFrameworkError
from survey.rounds.new_version import (
    NewerVersion,
    ask_new_version,
    ask_the_same_again,
    newer_version,
)
from survey.rounds.questionnaires import comparison_plan_of
from survey.storage.models import Round, RoundState
from survey.web.access import round_for
from survey.web.choices import offered
from survey.web.current import mentors_only, request_session
from survey.web.form_errors import show_problem
from survey.web.round_pages import blueprint, framework_of

SAME, NEW = "same", "new"
_FIELDS = {"Questionnaire": "questionnaire", "Same meaning": "same_meaning"}


class VersionForm(FlaskForm):
    """Which questionnaire is asked, and which reworded competencies mean the same."""

    questionnaire = RadioField(
        _l("Which questionnaire is asked?"),
        choices=offered(
            [
                (SAME, _l("The same again: everything can be compared (recommended)")),
                (NEW, _l("The new version: only what still measures the same is compared")),
            ]
        ),
        default=SAME,
    )
    same_meaning = SelectMultipleField(
        _l("Reworded, and they mean the same"),
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
    )


@dataclass(frozen=True)
class CompetencyShown:
    """A competency of the new version beside the earlier one, in words."""

    id: str
    title: str
    standing: Standing
    reworded: tuple[Difference, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True)
class DecidedCompetency:
    """What was decided about a competency, for the pages of the round."""

    title: str
    standing: Standing
    compared: bool


@blueprint.route("/rounds/<uuid:round_id>/version", methods=["GET", "POST"])
@mentors_only
def version(round_id: uuid.UUID) -> ResponseReturnValue:
    """The questionnaire of the compared round again, or the framework of today."""
    with request_session() as session:
        round_ = round_for(session, round_id, Action.WRITE)
        if round_.state is not RoundState.DRAFT:
            return redirect(url_for("rounds.show", round_id=round_id))
        newer = newer_version(round_, framework_of(session, round_))
        if newer is None:
            return redirect(url_for("rounds.raters", round_id=round_id))
        plan = comparison_plan_of(round_)
        form = VersionForm(
            data={
                "questionnaire": NEW if plan else SAME,
                "same_meaning": sorted(plan.judged_the_same) if plan else [],
            }
        )
        form.same_meaning.choices = offered(
            (
                one.competency.id,
                newer.today.text(one.competency.title, newer.today.default_language),
            )
            for one in newer.versions.competencies
            if one.standing is Standing.REWORDED
        )
        if form.validate_on_submit() and _decide(session, round_, form):
            return redirect(url_for("rounds.raters", round_id=round_id))
        page = render_template(
            "rounds/version.html",
            round=round_,
            form=form,
            newer=newer,
            competencies=[_shown(one, newer) for one in newer.versions.competencies],
            gone=[
                newer.earlier.text(one.title, newer.earlier.default_language)
                for one in newer.versions.gone
            ],
            boxes={box.data: box for box in form.same_meaning},
            marked=marked_words,
            group_labels={group.key: group.label for group in STANDARD_GROUPS},
        )
        return (page, 422) if form.errors else page


def _decide(session: Session, round_: Round, form: VersionForm) -> bool:
    """Keep the decision; or show on the form why it cannot be kept."""
    if form.questionnaire.data == SAME:
        ask_the_same_again(session, round_)
        flash(gettext("The round asks the same questionnaire again."), "success")
        return True
    try:
        plan = ask_new_version(
            session, round_, framework_of(session, round_), form.same_meaning.data or []
        )
    except InvalidRoundError as error:
        for problem in error.problems:
            show_problem(form, problem, _FIELDS)
        return False
    flash(
        gettext(
            "The round asks the new version. Compared: %(compared)s of %(all)s competencies.",
            compared=len(plan.competencies) - len(plan.left_out),
            all=len(plan.competencies),
        ),
        "success",
    )
    return True


def next_step_of(session: Session, draft: Round) -> str:
    """Where a draft goes on after its details: to the raters, or first to what it asks."""
    step = "rounds.version" if has_newer_version(session, draft) else "rounds.raters"
    return url_for(step, round_id=draft.id)


def has_newer_version(session: Session, round_: Round) -> bool:
    """Whether a draft could ask something else than the round that it is compared with."""
    if round_.state is not RoundState.DRAFT or round_.compared_with is None:
        return False
    try:
        return newer_version(round_, framework_of(session, round_)) is not None
    except UnknownFrameworkError:
        # The questionnaire of the compared round is frozen, and does not need it.
        return False


def decided(round_: Round, questionnaire: Questionnaire) -> list[DecidedCompetency]:
    """What is compared, by competency, where the round asks another version; else nothing."""
    plan = comparison_plan_of(round_)
    if plan is None:
        return []
    language = questionnaire.default_language
    titles = {one.id: questionnaire.text(one.title, language) for one in questionnaire.competencies}
    return [
        DecidedCompetency(titles.get(one.id, one.id), one.standing, one.compared)
        for one in plan.competencies
    ]


def _shown(one: CompetencyVersions, newer: NewerVersion) -> CompetencyShown:
    def texts(found: Questionnaire, *, added: bool) -> Iterator[str]:
        for statement in one.added if added else one.removed:
            yield found.text(statement.text, found.default_language)

    return CompetencyShown(
        id=one.competency.id,
        title=newer.today.text(one.competency.title, newer.today.default_language),
        standing=one.standing,
        reworded=one.reworded,
        added=tuple(texts(newer.today, added=True)),
        removed=tuple(texts(newer.earlier, added=False)),
    )
