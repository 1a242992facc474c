"""What the pages of a round share: its rater list as a form, the blueprint."""

from __future__ import annotations

from flask import Blueprint
from flask_babel import gettext
from sqlalchemy.orm import Session

from survey.frameworks.model import Framework
from survey.rounds.draft import rater_groups_of
from survey.rounds.rater_list import RaterList, parse_text, parse_upload
from survey.storage.models import Round
from survey.web.choices import offered
from survey.web.current import service
from survey.web.round_forms import RatersForm
from survey.web.wording import words

blueprint = Blueprint("rounds", __name__)

_NONE = ""


def raters_form(round_: Round) -> RatersForm:
    """The form that takes raters of the round."""
    form = RatersForm()
    form.group.choices = offered(group_choices(round_))
    return form


def group_choices(round_: Round) -> list[tuple[str, str]]:
    """The groups that raters may be put into; the mentee's own is none of them."""
    groups = [
        (group.key, words().group(group.label)) for group in round_.groups if group.key != "self"
    ]
    return [(_NONE, gettext("(each row names its group)")), *groups]


def read_raters(form: RatersForm, round_: Round) -> RaterList:
    """The raters that were uploaded or typed."""
    groups = rater_groups_of(round_)
    default = form.group.data or None
    upload = form.file.data
    if upload:
        return parse_upload(upload.read(), upload.filename or "list", groups, default)
    return parse_text(form.pasted.data or "", groups, default)


def framework_of(session: Session, round_: Round) -> Framework:
    """The framework that the round asks about. Raises UnknownFrameworkError."""
    return service().catalogue.get(session, round_.mentorship.mentor, round_.framework_id)
