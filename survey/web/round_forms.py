"""The forms of a round: details, raters, deadline, address."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    widgets,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from survey.anonymity.thresholds import DEFAULT_THRESHOLD, LEAST_THRESHOLD
from survey.frameworks.rater_groups import STANDARD_GROUPS
from survey.languages.message import Message
from survey.storage.models import ReleaseMode, RoundKind
from survey.web.choices import offered

_MOST_THRESHOLD = 20


class RoundForm(FlaskForm):
    """The details of a round."""

    kind = RadioField(
        _l("Which round is it?"),
        choices=offered(
            [
                (RoundKind.BEFORE.value, _l("Before: at the start of the mentoring")),
                (RoundKind.INTERIM.value, _l("Interim: on the way")),
                (RoundKind.AFTER.value, _l("After: at the end")),
            ]
        ),
        default=RoundKind.BEFORE.value,
    )
    compared_with = SelectField(
        _l("Compare with"),
        description=_l(
            "An earlier round: the same questionnaire is asked again, or the framework's new "
            "version if you choose so, and its raters are proposed. The report then shows what has "
            "changed."
        ),
    )
    goal = SelectField(
        _l("Goal"), description=_l("The report shows the competencies linked to it apart.")
    )
    framework = SelectField(_l("Competency framework"))
    groups = SelectMultipleField(
        _l("Who is asked?"),
        choices=offered((group.key, _l(group.label)) for group in STANDARD_GROUPS),
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
        default=[group.key for group in STANDARD_GROUPS],
        description=_l("Self and manager are openly named. All other groups are anonymous."),
    )
    own_groups = StringField(
        _l("Further groups"),
        validators=[Optional(), Length(max=300)],
        description=_l("Separate names with commas: “Board, Project team”. They are anonymous."),
    )
    deadline = DateField(
        _l("Open until"),
        validators=[InputRequired(_l("Choose the last day for answers."))],
        description=_l(
            "The round closes by itself at the end of this day (UTC). Two weeks suit most rounds."
        ),
    )
    threshold = IntegerField(
        _l("Show an anonymous group from how many answers on?"),
        validators=[
            InputRequired(_l("Enter a number.")),
            NumberRange(
                min=LEAST_THRESHOLD,
                max=_MOST_THRESHOLD,
                message=_l(
                    "At least %(least)s, at most %(most)s; %(usual)s is usual.",
                    least=LEAST_THRESHOLD,
                    most=_MOST_THRESHOLD,
                    usual=DEFAULT_THRESHOLD,
                ),
            ),
        ],
        default=DEFAULT_THRESHOLD,
        description=_l(
            "Smaller groups are pooled as “other raters”, or hidden. Raters are told this number, "
            "so it is fixed at launch."
        ),
    )
    reminds_itself = BooleanField(
        _l("Remind by itself"),
        default=True,
        description=_l(
            "Halfway and two days before the end, and never at a weekend, everybody who has not "
            "answered gets a reminder. Nobody is told who that is."
        ),
    )
    release_mode = RadioField(
        _l("When may the mentee read the report?"),
        choices=offered(
            [
                (
                    ReleaseMode.AFTER_DEBRIEF.value,
                    _l("When I release it, after we have talked about it (recommended)"),
                ),
                (ReleaseMode.AT_ONCE.value, _l("At once, when the round closes")),
            ]
        ),
        default=ReleaseMode.AFTER_DEBRIEF.value,
    )
    retrospective = BooleanField(
        _l("Ask each statement twice: now, and looking back"),
        description=_l(
            "For interim and after rounds: raters also say how it was back then, as they see it "
            "today. It shows change even where there was no before round, and whether raters' "
            "yardstick has moved. The form takes a little longer."
        ),
    )
    label_comments = BooleanField(
        _l("Show comments by group"),
        description=_l(
            "Otherwise the comments of all anonymous groups stand together, which protects their "
            "authors better."
        ),
    )
    purpose = TextAreaField(
        _l("Why are raters asked?"),
        validators=[Optional(), Length(max=600)],
        description=_l("Two or three sentences that raters read first."),
        render_kw={"dir": "auto"},
    )


class RatersForm(FlaskForm):
    """Raters, typed, pasted or uploaded."""

    group = SelectField(
        _l("Which group are they in?"),
        description=_l("Of everybody whose row or contact names no group."),
    )
    pasted = TextAreaField(
        _l("Type or paste raters"),
        validators=[Optional()],
        # A message and not a lazy text: what is in pointed brackets must not become markup.
        description=Message(
            "One person per line, as “%(name)s <%(address)s>”, or rows copied from a spreadsheet: "
            "name, address, group, language (such as “de”).",
            name=Message("Name"),
            address=Message("address"),
        ),
        render_kw={"dir": "auto"},
    )
    file = FileField(
        _l("Or upload a list"),
        description=_l(
            "CSV or Excel (.xlsx) with columns for name, e-mail and group. Or contacts from an "
            "address book (.vcf) or a directory (.ldif): choose their group above."
        ),
    )


class DeadlineForm(FlaskForm):
    """Another last day."""

    deadline = DateField(_l("New last day"), validators=[InputRequired(_l("Choose a day."))])


class AddressForm(FlaskForm):
    """A corrected address."""

    email = EmailField(_l("Correct address"), validators=[InputRequired(_l("Enter the address."))])
