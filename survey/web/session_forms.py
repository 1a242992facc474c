"""The forms about sessions: a record with its actions, the next session, the relationship."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, cast
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    Field,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from survey.mentoring.agreed_actions import (
    LONGEST_ACTION,
    MOST_ACTIONS,
    ActionDetails,
    AgendaItem,
)
from survey.mentoring.next_session import (
    LEAST_MINUTES,
    LONGEST_PLACE,
    MOST_MINUTES,
    USUAL_MINUTES,
    SessionPlan,
)
from survey.mentoring.relationship import MOST_SESSIONS
from survey.mentoring.session_records import LONGEST_NOTE, NOTE_NAMES, Note, RecordDetails
from survey.storage.models import Mentorship, PlannedSession, SessionRecord, Side
from survey.web.choices import offered

_ACTION_PARTS = {"what": "text", "who": "owner", "until": "due_on", "goal": "goal"}
_NO_GOAL = ("", _l("No goal in particular"))


class PlanForm(FlaskForm):
    """The next session. In a record's form all of it may stay empty."""

    next_on = DateField(_l("Day"), validators=[Optional()])
    next_at = TimeField(_l("Time"), validators=[Optional()])
    next_minutes = IntegerField(
        _l("Length"),
        default=USUAL_MINUTES,
        validators=[
            Optional(),
            NumberRange(
                LEAST_MINUTES,
                MOST_MINUTES,
                _l(
                    "Enter a number of minutes from %(least)s to %(most)s.",
                    least=LEAST_MINUTES,
                    most=MOST_MINUTES,
                ),
            ),
        ],
    )
    next_place = StringField(_l("Place"), validators=[Optional(), Length(max=LONGEST_PLACE)])
    next_send = BooleanField(_l("Send the appointment to both of us by e-mail"))

    PLAN_FIELDS: Mapping[str, str] = {
        "Day": "next_on",
        "Time": "next_at",
        "Length": "next_minutes",
        "Place": "next_place",
    }

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Day and time belong together."""
        is_valid = super().validate(extra_validators)
        if self.next_on.data and not self.next_at.data and not self.next_at.errors:
            self.next_at.errors = ["Enter the time as well."]
            return False
        if self.next_at.data and not self.next_on.data and not self.next_on.errors:
            self.next_on.errors = ["Enter the day as well."]
            return False
        return bool(is_valid)

    def plan(self) -> SessionPlan | None:
        """What was entered; None when no day was."""
        if not self.next_on.data:
            return None
        return SessionPlan(
            on=self.next_on.data,
            at=cast(dt.time, self.next_at.data),
            minutes=self.next_minutes.data or USUAL_MINUTES,
            place=self.next_place.data or "",
        )


def plan_as_entered(planned: PlannedSession | None, zone: ZoneInfo) -> dict[str, object]:
    """The fields of a planned session, as a clock in the zone shows it."""
    if planned is None:
        return {}
    local = planned.starts_at.astimezone(zone)
    return {
        "next_on": local.date(),
        "next_at": local.time(),
        "next_minutes": planned.minutes,
        "next_place": planned.place,
    }


class RecordForm(PlanForm):
    """A session's record, with places for its actions, in fields such as `a1_text`."""

    held_on = DateField(_l("Date"), validators=[InputRequired(_l("Enter the day of the session."))])
    done = SelectMultipleField(_l("Done since"), choices=[], validate_choice=False)

    def details(self) -> RecordDetails:
        """What was entered."""
        return RecordDetails(
            held_on=cast(dt.date, self.held_on.data),
            **{
                name: Note(self[name].data or "", self[f"{name}_shared"].data)
                for name in NOTE_NAMES
            },
            actions=list(self.actions().values()),
            # One that the other has ticked off meanwhile is no mistake.
            done={chosen for value in self.done.data or [] if (chosen := known_or_new(value))},
        )

    def actions(self) -> dict[int, ActionDetails]:
        """The actions by the number of their place; an emptied one is left out."""
        places = range(1, MOST_ACTIONS + 1)
        return {number: self._action(number) for number in places if self._is_filled(number)}

    def part(self, number: int, name: str) -> Field:
        """A field of one place."""
        field: Field = self[f"a{number}_{name}"]
        return field

    def fields_by_problem(self) -> dict[str, str]:
        """Where a use case's problem belongs. It counts actions, the form counts places."""
        fields: dict[str, str] = {str(name): key for key, name in NOTE_NAMES.items()}
        for count, number in enumerate(self.actions(), 1):
            for name, part in _ACTION_PARTS.items():
                fields[f"Action {count}, {name}"] = f"a{number}_{part}"
        return {"Date": "held_on", **fields, **self.PLAN_FIELDS}

    def has_errors(self, number: int) -> bool:
        """Whether something in this place is wrong."""
        return any(self.part(number, part).errors for part in _ACTION_PARTS.values())

    def _is_filled(self, number: int) -> bool:
        return bool((self.part(number, "text").data or "").strip())

    def _action(self, number: int) -> ActionDetails:
        goal = self.part(number, "goal").data
        stored = self.part(number, "id").data
        return ActionDetails(
            text=self.part(number, "text").data,
            owner=self.part(number, "owner").data,
            due_on=self.part(number, "due_on").data,
            goal_id=uuid.UUID(goal) if goal else None,
            id=known_or_new(stored),
        )


def known_or_new(stored: str | None) -> uuid.UUID | None:
    """The id in a hidden field; None for a place that was empty."""
    if not stored:
        return None
    try:
        return uuid.UUID(stored)
    except ValueError:
        # Nothing has this id, and the use case says so.
        return uuid.UUID(int=0)


for _name, _title in NOTE_NAMES.items():
    setattr(
        RecordForm,
        _name,
        TextAreaField(
            _l(_title),
            validators=[
                Optional(),
                Length(
                    max=LONGEST_NOTE, message=_l("At most %(most)s characters.", most=LONGEST_NOTE)
                ),
            ],
        ),
    )
    setattr(RecordForm, f"{_name}_shared", BooleanField(_l("Share “%(part)s”", part=_l(_title))))
for _number in range(1, MOST_ACTIONS + 1):
    for _name, _field in {
        "id": HiddenField(),
        "text": StringField(
            _l("Action %(number)s, what", number=_number),
            validators=[
                Optional(),
                Length(
                    max=LONGEST_ACTION,
                    message=_l("At most %(most)s characters.", most=LONGEST_ACTION),
                ),
            ],
        ),
        "owner": SelectField(
            _l("Action %(number)s, who", number=_number), choices=[], default=Side.MENTEE.value
        ),
        "due_on": DateField(
            _l("Action %(number)s, until", number=_number), validators=[Optional()]
        ),
        "goal": SelectField(_l("Action %(number)s, goal", number=_number), choices=[], default=""),
    }.items():
        setattr(RecordForm, f"a{_number}_{_name}", _field)


def record_form(
    mentorship: Mentorship,
    record: SessionRecord | None,
    agenda: Sequence[AgendaItem],
    planned: dict[str, object],
    today: dt.date,
) -> RecordForm:
    """The form of a record, filled with what it holds."""
    goals = mentorship.goals
    usual_goal = str(goals[0].id) if len(goals) == 1 else ""
    filled: dict[str, Any] = {"held_on": today, "topics_shared": True, **planned}
    for number in range(1, MOST_ACTIONS + 1):
        filled[f"a{number}_goal"] = usual_goal
    if record is not None:
        filled["held_on"] = record.held_on
        for name in NOTE_NAMES:
            filled[name] = getattr(record, name)
            filled[f"{name}_shared"] = getattr(record, f"{name}_shared")
        for number, action in enumerate(record.actions, 1):
            filled |= {
                f"a{number}_id": str(action.id),
                f"a{number}_text": action.text,
                f"a{number}_owner": action.owner.value,
                f"a{number}_due_on": action.due_on,
                f"a{number}_goal": str(action.goal_id or ""),
            }
    form = RecordForm(data=filled)
    owners = offered(
        [
            (Side.MENTEE.value, mentorship.mentee.first_name),
            (Side.MENTOR.value, mentorship.mentor.first_name),
        ]
    )
    for number in range(1, MOST_ACTIONS + 1):
        cast(SelectField, form.part(number, "owner")).choices = owners
        cast(SelectField, form.part(number, "goal")).choices = offered(
            [_NO_GOAL, *((str(goal.id), goal.statement) for goal in goals)]
        )
    form.done.choices = offered((str(item.action.id), item.action.text) for item in agenda)
    return form


class AgreedSessionsForm(FlaskForm):
    """How many sessions the two agreed on."""

    agreed_sessions = IntegerField(
        _l("Agreed sessions"),
        validators=[
            Optional(),
            NumberRange(
                1, MOST_SESSIONS, _l("Enter a number from 1 to %(most)s.", most=MOST_SESSIONS)
            ),
        ],
        description=_l("Leave it empty when you have not agreed on a number."),
    )


class EndForm(FlaskForm):
    """The end of the relationship."""

    on = DateField(_l("Last day"), validators=[InputRequired(_l("Enter the last day."))])
