"""The forms of a mentor's reflective log."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import cast

from flask import Request
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from survey.mentoring.question_set_model import QuestionSet
from survey.mentoring.reflective_log import (
    LONGEST_AREA,
    LONGEST_TAG,
    MOST_AREAS,
    MOST_TAGS,
    LogDetails,
    LogEntry,
    LogFilter,
)
from survey.storage.models import Mentorship, Side
from survey.web.choices import offered
from survey.web.question_forms import QuestionForm, filled_in, question_form

_NOBODY = ("", _l("No mentee in particular"))
# What a text of tags or areas may have at most, separators included.
_TAGS_LENGTH = MOST_TAGS * (LONGEST_TAG + 2)
_AREAS_LENGTH = MOST_AREAS * (LONGEST_AREA + 2)


class LogForm(QuestionForm):
    """An entry of the reflective log."""

    on = DateField(_l("Date"), validators=[InputRequired(_l("Enter the day."))])
    about = SelectField(_l("About"), default="")
    development_areas = TextAreaField(
        _l("Own development areas"),
        validators=[Optional(), Length(max=_AREAS_LENGTH)],
        description=_l(
            "One per line, in few words, such as “Keeping silent longer”. The same words again "
            "show as a pattern."
        ),
    )
    tags = StringField(
        _l("Tags"),
        validators=[Optional(), Length(max=_TAGS_LENGTH)],
        description=_l("Separated by commas, such as: contracting, boundaries"),
    )
    for_supervision = BooleanField(_l("Take this to supervision"))

    def details(self) -> LogDetails:
        """What was entered."""
        return LogDetails(
            on=cast(dt.date, self.on.data),
            answers=self.answers(),
            mentorship_id=uuid.UUID(self.about.data) if self.about.data else None,
            development_areas=self.development_areas.data or "",
            tags=self.tags.data or "",
            for_supervision=self.for_supervision.data,
        )


def log_form(
    questions: QuestionSet,
    mentorships: Sequence[Mentorship],
    language: str,
    today: dt.date,
    entry: LogEntry | None,
    about: str = "",
) -> LogForm:
    """The form, filled with what the entry holds already; a new one is `about` a mentorship."""
    made = question_form(LogForm, questions, Side.MENTOR, language)
    filled: dict[str, object] = {"on": today, "about": about}
    if entry is not None:
        filled = {
            "on": entry.on,
            "about": str(entry.mentorship.id) if entry.mentorship else "",
            "development_areas": "\n".join(entry.development_areas),
            "tags": ", ".join(entry.tags),
            "for_supervision": entry.for_supervision,
            **filled_in(entry.answers),
        }
    form = cast(LogForm, made(data=filled))
    form.about.choices = offered([_NOBODY, *((str(m.id), m.mentee.name) for m in mentorships)])
    return form


def filter_from(request: Request) -> LogFilter:
    """Which entries the address asks for."""
    return LogFilter(
        tag=request.args.get("tag", ""),
        words=request.args.get("q", ""),
        supervision_only=request.args.get("supervision") == "yes",
    )
