"""Reports for mentors and mentees, and the mentee's way to the own questionnaire."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markupsafe import Markup
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Relation, Resource
from survey.privacy.audit_trail import Action as Deed
from survey.report.comparison_words import comparison_note, comparison_summary
from survey.report.feedback_report import FeedbackReport
from survey.report.files import FileFormat, report_file
from survey.report.of_round import report_of_round
from survey.report.pictures import overview_picture, radar_picture, trend_picture
from survey.report.story import tell
from survey.report.wording import Wording, wording_in
from survey.rounds.errors import LinkError
from survey.storage.models import Round, RoundState
from survey.storage.queries import rounds as round_queries
from survey.web.access import relation_to, reported_round_for, round_for
from survey.web.current import current_person, fresh_sign_in_for_file, service, signed_in
from survey.web.deeds import note_reading
from survey.web.languages import in_language
from survey.web.rate_limits import limit_files

blueprint = Blueprint("reports", __name__)


@blueprint.get("/reports/<uuid:round_id>")
@signed_in
def show(round_id: uuid.UUID) -> ResponseReturnValue:
    """The report of a round: for its mentor once it is closed, for its mentee once released."""
    with service().database.reading() as session:
        round_, is_mentor = _readable_round(session, round_id)
        language = current_person().language
        report = report_of_round(session, round_, language)
        words = wording_in(language)
        with in_language(language):
            page = render_template(
                "reports/show.html",
                round=round_,
                is_mentor=is_mentor,
                report=report,
                story=tell(report, words),
                pictures=_pictures(report, words),
                comparison_summary=comparison_summary(report, words),
                comparison_notes={
                    c.id: comparison_note(report, c, words) for c in report.competencies
                },
            )
    note_reading(Deed.REPORT_READ, round_.id)
    return page


@blueprint.get("/reports/<uuid:round_id>.<any(pdf, xlsx, csv, parquet):format_>")
@fresh_sign_in_for_file("reports.show")
@limit_files
def download(round_id: uuid.UUID, format_: FileFormat) -> ResponseReturnValue:
    """The same report as a file to take away, for the same people."""
    with service().database.reading() as session:
        round_, _ = _readable_round(session, round_id)
        file = report_file(
            report_of_round(session, round_, current_person().language),
            format_,
            language=current_person().language,
            mentee_name=round_.mentorship.mentee.name,
            mentor_name=round_.mentorship.mentor.name,
            created_on=service().today(),
            brand=service().brand,
        )
    note_reading(Deed.REPORT_EXPORTED, round_.id)
    response = Response(file.content, content_type=file.media_type)
    response.headers.set("Content-Disposition", "attachment", filename=file.name)
    return response


@blueprint.post("/self-assessment/<uuid:round_id>")
@signed_in
def self_assessment(round_id: uuid.UUID) -> ResponseReturnValue:
    """Take the mentee to the own questionnaire without going through the mailbox."""
    with service().database.reading() as session:
        round_ = round_for(session, round_id, Action.WRITE, Resource.SELF_ASSESSMENT)
        if round_.state is RoundState.DRAFT:
            abort(404)
        invitation = round_queries.self_invitation(session, round_.id)
        if invitation is None:
            abort(404)
        token = service().rater_links.token(invitation)
        try:
            service().rater_links.find(session, token, service().today())
        except LinkError:
            flash(gettext("This questionnaire is answered already, or the round is over."), "info")
            return redirect(url_for("home.index"))
        return redirect(url_for("rater.open_link", token=token), 303)


def _pictures(report: FeedbackReport, words: Wording) -> dict[str, list[Markup]]:
    """Each picture wide and narrow; the page shows the one that there is room for."""
    drawn = {
        "overview": overview_picture,
        "radar": radar_picture,
        "trend": trend_picture,
    }
    return {
        # Made by the chart library with every label escaped.
        name: [
            Markup(svg)  # noqa: S704
            for narrow in (False, True)
            if (svg := draw(report, words, narrow=narrow))
        ]
        for name, draw in drawn.items()
    }


def _readable_round(session: Session, round_id: uuid.UUID) -> tuple[Round, bool]:
    round_ = reported_round_for(session, round_id, Action.READ)
    return round_, relation_to(round_.mentorship) is Relation.OWN_AS_MENTOR
