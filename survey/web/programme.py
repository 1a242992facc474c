"""The programme view: figures over many mentees, for whoever runs the mentoring."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from survey.anonymity.programme import FEWEST_MENTEES
from survey.programme import wording
from survey.programme.view import programme_view
from survey.web.current import current_person, programme_leads_only, service

blueprint = Blueprint("programme", __name__)


@blueprint.get("/programme")
@programme_leads_only
def show() -> ResponseReturnValue:
    """All sections on one page. No name of a mentee, and no way to a round."""
    with service().database.reading() as session:
        view = programme_view(session, current_person().language)
    return render_template(
        "programme/show.html", view=view, words=wording, fewest_mentees=FEWEST_MENTEES
    )
