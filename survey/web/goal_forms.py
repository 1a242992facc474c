"""The forms of a goal: measures of success, level reached, evaluation."""

from __future__ import annotations

import uuid

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    widgets,
)
from wtforms.validators import InputRequired, Length, Optional

from survey.languages.message import Message
from survey.mentoring.attainment import LEVEL_NAMES
from survey.mentoring.goal_evaluation import LONGEST_EVALUATION_TEXT
from survey.mentoring.success_measures import (
    LONGEST_TEXT,
    MOST_MEASURES,
    TEXT_NAMES,
    MeasureDetails,
)
from survey.storage.models import Goal, GoalOutcome, SuccessMeasure
from survey.web.choices import offered
from survey.web.languages import in_words

# One measure, worked through.
_EXAMPLES = {
    "statement": _l("Leading cross-team projects"),
    "expected": _l("Leads one cross-team project alone"),
    "less": _l("Leads one with the manager at her side"),
    "much_less": _l("Takes part in one, and waits to be asked"),
    "more": _l("Leads one alone, and it is done on the agreed day"),
    "much_more": _l("Leads two alone, and other leads ask her how she does it"),
}
_WEIGHTS = [
    ("1", _l("Normal")),
    ("2", _l("High: counts twice")),
    ("3", _l("Very high: counts three times")),
]
_LEVELS = [(str(level), _l(name)) for level, name in LEVEL_NAMES.items()]
_OUTCOMES = [
    (GoalOutcome.ACHIEVED.value, _l("Yes, it is achieved")),
    (GoalOutcome.PARTLY.value, _l("Partly")),
    (GoalOutcome.NOT_ACHIEVED.value, _l("No, it is not achieved")),
]


class MeasuresForm(FlaskForm):
    """Places for all measures of success, each with fields such as `m1_statement`."""

    @classmethod
    def of(cls, goal: Goal) -> MeasuresForm:
        """The form, filled with the goal's measures."""
        filled: dict[str, object] = {}
        for number, measure in enumerate(goal.measures, 1):
            level = measure.baseline_level
            filled |= {f"m{number}_{field}": getattr(measure, field) for field in TEXT_NAMES}
            filled |= {
                f"m{number}_id": str(measure.id),
                f"m{number}_weight": str(measure.weight),
                f"m{number}_baseline": "" if level is None else str(level),
            }
        return cls(data=filled)

    def part(self, number: int, name: str) -> Field:
        """A field of the measure with this number."""
        field: Field = self[f"m{number}_{name}"]
        return field

    def is_stored(self, number: int) -> bool:
        """Whether the place holds a measure that the goal has already."""
        return bool(self.part(number, "id").data)

    def has_errors(self, number: int) -> bool:
        """Whether anything is wrong with the measure."""
        return any(name.startswith(f"m{number}_") for name in self.errors if name)

    def measures(self) -> dict[int, MeasureDetails]:
        """What was entered, by number: without empty places and measures to be removed."""
        return {
            number: self._details(number)
            for number in range(1, MOST_MEASURES + 1)
            if not self.part(number, "remove").data
            and any((self.part(number, field).data or "").strip() for field in TEXT_NAMES)
        }

    def _details(self, number: int) -> MeasureDetails:
        texts = {field: self.part(number, field).data or "" for field in TEXT_NAMES}
        baseline = self.part(number, "baseline").data
        stored = self.part(number, "id").data
        return MeasureDetails(
            **texts,
            weight=int(self.part(number, "weight").data),
            baseline=int(baseline) if baseline else None,
            id=_known_or_new(stored),
        )


def _known_or_new(stored: str | None) -> uuid.UUID | None:
    if not stored:
        return None
    try:
        return uuid.UUID(stored)
    except ValueError:
        # No measure has this id, and the use case says so.
        return uuid.UUID(int=0)


def _measure_label(number: int, name: Message) -> str:
    return str(gettext("Measure %(number)s, %(name)s", number=number, name=in_words(name)))


def _measure_fields(number: int) -> dict[str, Field]:
    texts: dict[str, Field] = {
        field: (StringField if field == "statement" else TextAreaField)(
            LazyString(_measure_label, number, name),
            validators=[
                Optional(),
                Length(
                    max=LONGEST_TEXT, message=_l("At most %(most)s characters.", most=LONGEST_TEXT)
                ),
            ],
            description=_l("For example: %(example)s", example=_EXAMPLES[field]),
        )
        for field, name in TEXT_NAMES.items()
    }
    return texts | {
        "id": HiddenField(),
        "weight": SelectField(
            _l("Measure %(number)s, importance", number=number),
            choices=offered(_WEIGHTS),
            default="1",
        ),
        "baseline": SelectField(
            _l("Measure %(number)s, at the start", number=number),
            choices=offered([("", _l("Not rated")), *_LEVELS]),
            default="",
        ),
        "remove": BooleanField(_l("Remove measure %(number)s", number=number)),
    }


for _number in range(1, MOST_MEASURES + 1):
    for _name, _field in _measure_fields(_number).items():
        setattr(MeasuresForm, f"m{_number}_{_name}", _field)


def attained_form(goal: Goal) -> FlaskForm:
    """A form with one field per measure of the goal, filled with the levels reached."""

    class AttainedForm(FlaskForm):
        """The level reached per measure."""

    filled = {}
    for measure in goal.measures:
        level = measure.attained_level
        setattr(
            AttainedForm,
            attained_field(measure),
            RadioField(
                measure.statement,
                choices=offered([*_LEVELS, ("", _l("Not rated yet"))]),
                default="",
            ),
        )
        filled[attained_field(measure)] = "" if level is None else str(level)
    return AttainedForm(data=filled)


def attained_field(measure: SuccessMeasure) -> str:
    """The name of a measure's field."""
    return f"level_{measure.id.hex}"


class EvaluationForm(FlaskForm):
    """The evaluation of a goal."""

    outcome = RadioField(
        _l("Outcome"),
        choices=offered(_OUTCOMES),
        validators=[InputRequired(_l("Say whether the goal is achieved."))],
    )
    hindered = TextAreaField(
        _l("What stopped it"),
        validators=[Optional(), Length(max=LONGEST_EVALUATION_TEXT)],
    )
    also_achieved = TextAreaField(
        _l("What else was achieved"),
        validators=[Optional(), Length(max=LONGEST_EVALUATION_TEXT)],
        description=_l("What nobody had planned, or what goes beyond the goal."),
    )
    lessons = TextAreaField(
        _l("Lessons"),
        validators=[Optional(), Length(max=LONGEST_EVALUATION_TEXT)],
        description=_l("What helped, and what you would do differently next time."),
    )
    next_steps = TextAreaField(
        _l("Next steps"),
        validators=[Optional(), Length(max=LONGEST_EVALUATION_TEXT)],
        description=_l("One per line: what comes next, and until when."),
    )
    proposals = SelectMultipleField(
        _l("Proposals from the newest report"),
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
        choices=[],
    )
