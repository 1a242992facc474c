"""Taking a third person's name out of a comment, before the report is released."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired, Length

from survey.accounts.policy import Action
from survey.anonymity.redaction import LONGEST_REDACTION
from survey.privacy.audit_trail import Action as Deed
from survey.report.of_round import report_of_round
from survey.rounds.errors import RoundError
from survey.rounds.redact import redact_comment
from survey.web.access import reported_round_for
from survey.web.current import current_person, mentors_only, request_session, service
from survey.web.deeds import note_reading
from survey.web.languages import in_words

blueprint = Blueprint("comments", __name__)


class RedactionForm(FlaskForm):
    """The words to take out of one comment."""

    question = HiddenField(validators=[InputRequired()])
    group = HiddenField()
    position = IntegerField(validators=[InputRequired()])
    words = StringField(
        _l("Words to take out"),
        validators=[InputRequired(_l("Enter the words.")), Length(max=LONGEST_REDACTION)],
    )


@blueprint.route("/rounds/<uuid:round_id>/comments", methods=["GET", "POST"])
@mentors_only
def redact(round_id: uuid.UUID) -> ResponseReturnValue:
    """All comments, each with a field for words that name a third person."""
    with request_session() as session:
        round_ = reported_round_for(session, round_id, Action.WRITE)
        form = RedactionForm()
        if form.validate_on_submit():
            try:
                redact_comment(
                    session,
                    round_,
                    round_.mentorship.mentor,
                    question_id=form.question.data or "",
                    group_key=form.group.data or None,
                    position=form.position.data or 0,
                    words=form.words.data or "",
                    now=service().now(),
                )
            except RoundError as error:
                flash(in_words(error), "error")
            else:
                flash(gettext("The words are taken out. The place stays marked."), "success")
            return redirect(url_for("comments.redact", round_id=round_id))
        page = render_template(
            "rounds/comments.html",
            round=round_,
            form=form,
            report=report_of_round(session, round_, current_person().language),
        )
    note_reading(Deed.COMMENTS_READ, round_.id)
    return page
