"""Forms for accounts: one's own, and those that administrators look after."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    EmailField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    widgets,
)
from wtforms.validators import InputRequired, Length

from survey.accounts.api_tokens import LIVES, Scope
from survey.accounts.api_tokens import LONGEST_LABEL as LONGEST_TOKEN_LABEL
from survey.accounts.passkeys import LONGEST_LABEL
from survey.accounts.people import LONGEST_NAME
from survey.accounts.policy import Role
from survey.languages.catalogues import LANGUAGES
from survey.web.choices import offered

LANGUAGE_NAMES = {
    **LANGUAGES,
    "it": "Italiano",
    "nl": "Nederlands",
    "pl": "Polski",
    "pt": "Português",
}
ROLE_NAMES = {
    Role.MENTOR: _l("Mentor"),
    Role.MENTEE: _l("Mentee"),
    Role.PROGRAMME_LEAD: _l("Programme lead"),
    Role.ADMINISTRATOR: _l("Administrator"),
}
ROLE_TEXTS = {
    Role.MENTOR: _l("Mentor: takes on mentees, and launches feedback rounds for them"),
    Role.PROGRAMME_LEAD: _l("Programme lead: reads figures over many mentees, and nobody’s own"),
    Role.ADMINISTRATOR: _l(
        "Administrator: looks after people, frameworks and retention, and reads no content"
    ),
}


SCOPE_TEXTS = {
    Scope.MENTEES_READ: _l("mentees:read – list mentees"),
    Scope.MENTEES_WRITE: _l("mentees:write – take on mentees"),
    Scope.GOALS_READ: _l("goals:read – read goals"),
    Scope.GOALS_WRITE: _l("goals:write – write goals"),
    Scope.FRAMEWORKS_READ: _l("frameworks:read – read frameworks"),
    Scope.FRAMEWORKS_WRITE: _l("frameworks:write – upload frameworks"),
    Scope.ROUNDS_READ: _l("rounds:read – read rounds, and who is invited"),
    Scope.ROUNDS_WRITE: _l("rounds:write – prepare, launch, close and release rounds"),
    Scope.REPORTS_READ: _l("reports:read – read reports"),
    Scope.SESSIONS_READ: _l("sessions:read – read session records"),
    Scope.SESSIONS_WRITE: _l("sessions:write – record and plan sessions"),
    Scope.WEBHOOKS_READ: _l("webhooks:read – list webhooks, and how they fare"),
    Scope.WEBHOOKS_WRITE: _l("webhooks:write – register, try and revoke webhooks"),
}


class DetailsForm(FlaskForm):
    """How somebody is called, and what they read."""

    name = StringField(
        _l("Name"),
        validators=[InputRequired(_l("Enter your name.")), Length(max=LONGEST_NAME)],
        description=_l("As it stands in letters and on forms."),
        render_kw={"autocomplete": "name"},
    )
    language = SelectField(
        _l("Language"), description=_l("Of these pages, your letters and your reports.")
    )

    def offer_languages(self, codes: list[str], current: str) -> None:
        """Offer these languages, and the one chosen before."""
        languages = dict.fromkeys([*codes, current])
        self.language.choices = offered(
            (code, LANGUAGE_NAMES.get(code, code)) for code in languages
        )


class PasskeyForm(FlaskForm):
    """A new passkey: its name, and what the browser has made."""

    label = StringField(
        _l("Name of the passkey"),
        validators=[InputRequired(_l("Enter a name.")), Length(max=LONGEST_LABEL)],
        description=_l("So that you can tell your passkeys apart, such as “Work laptop”."),
        render_kw={"autocomplete": "off"},
    )
    credential = HiddenField()


class TokenForm(FlaskForm):
    """A new token for a program: its name, what it is for, and how long it works."""

    label = StringField(
        _l("Name of the token"),
        validators=[InputRequired(_l("Enter a name.")), Length(max=LONGEST_TOKEN_LABEL)],
        description=_l("So that you can tell your tokens apart, such as “HR system”."),
        render_kw={"autocomplete": "off"},
    )
    scopes = SelectMultipleField(
        _l("What is it for?"),
        choices=offered((scope.value, text) for scope, text in SCOPE_TEXTS.items()),
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
        description=_l("The program can do no more than this, and no more than you."),
    )
    days = SelectField(
        _l("How long does it work?"),
        choices=offered((str(days), _l("%(days)s days", days=days)) for days in LIVES),
        default=str(LIVES[1]),
    )

    def chosen(self) -> list[Scope]:
        """What is ticked."""
        return [Scope(value) for value in self.scopes.data or []]


class RolesForm(FlaskForm):
    """The roles of a person."""

    roles = SelectMultipleField(
        _l("Roles"),
        # Not Optional(): after an empty value it would let any others pass unchecked.
        choices=offered((role.value, text) for role, text in ROLE_TEXTS.items()),
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
        description=_l("Nobody needs a role to be a mentee: mentors add their mentees themselves."),
    )

    def chosen(self) -> list[Role]:
        """The roles that are ticked."""
        return [Role(value) for value in self.roles.data or []]


class PersonForm(RolesForm):
    """A new person."""

    name = StringField(
        _l("Name"),
        validators=[InputRequired(_l("Enter the person's name.")), Length(max=LONGEST_NAME)],
        description=_l("As it should stand in letters."),
    )
    email = EmailField(
        _l("E-mail address"), validators=[InputRequired(_l("Enter the person's e-mail address."))]
    )
