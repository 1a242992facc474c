"""The forms about raters whom the mentee proposes."""

from __future__ import annotations

import unicodedata

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, EmailField, SelectField, StringField, SubmitField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from survey.languages.catalogues import LANGUAGES, language_name
from survey.rounds.proposals import LONGEST_WORD, groups_to_propose_for
from survey.rounds.rater_list import MAX_NAME_LENGTH, RaterEntry
from survey.storage.models import Round
from survey.web.choices import offered
from survey.web.languages import current_language
from survey.web.wording import words


class AskForm(FlaskForm):
    """Until when the mentee may propose raters."""

    until = DateField(_l("Propose until"), validators=[InputRequired(_l("Choose a day."))])


class ProposalForm(FlaskForm):
    """Somebody to ask."""

    name = StringField(
        _l("Name"),
        validators=[InputRequired(_l("Enter the name.")), Length(max=MAX_NAME_LENGTH)],
    )
    email = EmailField(
        _l("E-mail address"),
        validators=[InputRequired(_l("Enter the e-mail address.")), Length(max=320)],
        description=_l("The address at which they read their work mail."),
    )
    group = SelectField(
        _l("How do they work with you?"), validators=[InputRequired(_l("Choose a group."))]
    )
    language = SelectField(
        _l("Language of their invitation"),
        validators=[Optional()],
        description=_l("If you know it."),
    )


class DecisionForm(ProposalForm):
    """What the mentor makes of a proposal."""

    word = TextAreaField(
        _l("A word to the mentee"),
        validators=[Optional(), Length(max=LONGEST_WORD)],
        description=_l("Why you changed it, or why not this person."),
    )
    turn_down = SubmitField(_l("Turn down"))


def offer_groups_and_languages(form: ProposalForm, round_: Round) -> None:
    """Let the form choose among the round's groups and the languages of pages and letters."""
    groups = [(group.key, words().group(group.label)) for group in groups_to_propose_for(round_)]
    if len(groups) > 1:
        groups.insert(0, ("", gettext("(choose)")))
    form.group.choices = offered(groups)
    here = current_language()
    form.language.choices = offered(
        [
            ("", gettext("(not known)")),
            *((code, language_name(code, here)) for code in LANGUAGES),
        ]
    )
    kept = form.language.data
    if kept and kept not in LANGUAGES:
        # One that came out of a list before.
        form.language.choices.append(*offered([(kept, language_name(kept, here))]))


def entry_in(form: ProposalForm) -> RaterEntry:
    """The rater that the form holds."""
    return RaterEntry(
        name=unicodedata.normalize("NFC", " ".join((form.name.data or "").split())),
        email=(form.email.data or "").strip(),
        group_key=form.group.data,
        language=form.language.data or None,
    )
