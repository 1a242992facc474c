"""The forms of a round: details, raters, deadline, address."""

from __future__ import annotations

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
from survey.storage.models import ReleaseMode, RoundKind
from survey.web.choices import offered


class RoundForm(FlaskForm):
    """The details of a round."""

    kind = RadioField(
        "Which round is it?",
        choices=offered(
            [
                (RoundKind.BEFORE.value, "Before: at the start of the mentoring"),
                (RoundKind.INTERIM.value, "Interim: on the way"),
                (RoundKind.AFTER.value, "After: at the end"),
            ]
        ),
        default=RoundKind.BEFORE.value,
    )
    compared_with = SelectField(
        "Compare with",
        description="An earlier round: the same questionnaire is asked again, or the framework's "
        "new version if you choose so, and its raters are proposed. The report then shows what has "
        "changed.",
    )
    goal = SelectField("Goal", description="The report shows the competencies linked to it apart.")
    framework = SelectField("Competency framework")
    groups = SelectMultipleField(
        "Who is asked?",
        choices=offered((group.key, group.label) for group in STANDARD_GROUPS),
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
        default=[group.key for group in STANDARD_GROUPS],
        description="Self and manager are openly named. All other groups are anonymous.",
    )
    own_groups = StringField(
        "Further groups",
        validators=[Optional(), Length(max=300)],
        description="Separate names with commas: “Board, Project team”. They are anonymous.",
    )
    deadline = DateField(
        "Open until",
        validators=[InputRequired("Choose the last day for answers.")],
        description="The round closes by itself at the end of this day (UTC). Two weeks suit "
        "most rounds.",
    )
    threshold = IntegerField(
        "Show an anonymous group from how many answers on?",
        validators=[
            InputRequired("Enter a number."),
            NumberRange(
                min=LEAST_THRESHOLD,
                max=20,
                message=f"At least {LEAST_THRESHOLD}, at most 20; {DEFAULT_THRESHOLD} is usual.",
            ),
        ],
        default=DEFAULT_THRESHOLD,
        description="Smaller groups are pooled as “other raters”, or hidden. Raters are told this "
        "number, so it is fixed at launch.",
    )
    reminds_itself = BooleanField(
        "Remind by itself",
        default=True,
        description="Halfway and two days before the end, and never at a weekend, everybody who "
        "has not answered gets a reminder. Nobody is told who that is.",
    )
    release_mode = RadioField(
        "When may the mentee read the report?",
        choices=offered(
            [
                (
                    ReleaseMode.AFTER_DEBRIEF.value,
                    "When I release it, after we have talked about it (recommended)",
                ),
                (ReleaseMode.AT_ONCE.value, "At once, when the round closes"),
            ]
        ),
        default=ReleaseMode.AFTER_DEBRIEF.value,
    )
    retrospective = BooleanField(
        "Ask each statement twice: now, and looking back",
        description="For interim and after rounds: raters also say how it was back then, as they "
        "see it today. It shows change even where there was no before round, and whether raters' "
        "yardstick has moved. The form takes a little longer.",
    )
    label_comments = BooleanField(
        "Show comments by group",
        description="Otherwise the comments of all anonymous groups stand together, which protects "
        "their authors better.",
    )
    purpose = TextAreaField(
        "Why are raters asked?",
        validators=[Optional(), Length(max=600)],
        description="Two or three sentences that raters read first.",
    )


class RatersForm(FlaskForm):
    """Raters, typed, pasted or uploaded."""

    group = SelectField("Which group are they in?")
    pasted = TextAreaField(
        "Type or paste raters",
        validators=[Optional()],
        description="One per line: “Name <address>”, or columns copied from a spreadsheet (name, "
        "address, group).",
    )
    file = FileField(
        "Or upload a list",
        description="CSV or Excel (.xlsx) with columns for name, e-mail and group. Or contacts "
        "from an address book (.vcf) or a directory (.ldif): choose their group above.",
    )


class DeadlineForm(FlaskForm):
    """Another last day."""

    deadline = DateField("New last day", validators=[InputRequired("Choose a day.")])


class AddressForm(FlaskForm):
    """A corrected address."""

    email = EmailField("Correct address", validators=[InputRequired("Enter the address.")])
