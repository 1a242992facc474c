"""The forms about raters whom the mentee proposes."""

from __future__ import annotations

import unicodedata

from babel import Locale
from flask_wtf import FlaskForm
from wtforms import DateField, EmailField, SelectField, StringField, SubmitField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from survey.languages.catalogues import LANGUAGES
from survey.rounds.proposals import LONGEST_WORD, groups_to_propose_for
from survey.rounds.rater_list import MAX_NAME_LENGTH, RaterEntry
from survey.storage.models import Round
from survey.web.choices import offered


class AskForm(FlaskForm):
    """Until when the mentee may propose raters."""

    until = DateField("Propose until", validators=[InputRequired("Choose a day.")])


class ProposalForm(FlaskForm):
    """Somebody to ask."""

    name = StringField(
        "Name", validators=[InputRequired("Enter the name."), Length(max=MAX_NAME_LENGTH)]
    )
    email = EmailField(
        "E-mail address",
        validators=[InputRequired("Enter the e-mail address."), Length(max=320)],
        description="The address at which they read their work mail.",
    )
    group = SelectField("How do they work with you?", validators=[InputRequired("Choose a group.")])
    language = SelectField(
        "Language of their invitation", validators=[Optional()], description="If you know it."
    )


class DecisionForm(ProposalForm):
    """What the mentor makes of a proposal."""

    word = TextAreaField(
        "A word to the mentee",
        validators=[Optional(), Length(max=LONGEST_WORD)],
        description="Why you changed it, or why not this person.",
    )
    turn_down = SubmitField("Turn down")


def offer_groups_and_languages(form: ProposalForm, round_: Round) -> None:
    """Let the form choose among the round's groups and the languages of pages and letters."""
    groups = [(group.key, group.label) for group in groups_to_propose_for(round_)]
    form.group.choices = offered(groups if len(groups) == 1 else [("", "(choose)"), *groups])
    english = Locale("en")
    form.language.choices = offered(
        [
            ("", "(not known)"),
            *((code, english.languages.get(code, code)) for code in LANGUAGES),
        ]
    )
    kept = form.language.data
    if kept and kept not in LANGUAGES:
        # One that came out of a list before.
        form.language.choices.append((kept, english.languages.get(kept, kept)))


def entry_in(form: ProposalForm) -> RaterEntry:
    """The rater that the form holds."""
    return RaterEntry(
        name=unicodedata.normalize("NFC", " ".join((form.name.data or "").split())),
        email=(form.email.data or "").strip(),
        group_key=form.group.data,
        language=form.language.data or None,
    )
