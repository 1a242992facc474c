"""The form of a goal's milestones."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, Field, HiddenField, StringField
from wtforms.validators import Length, Optional

from survey.mentoring.milestones import LONGEST_MILESTONE, MOST_MILESTONES, MilestoneDetails
from survey.storage.models import Goal
from survey.web.session_forms import known_or_new

_PARTS = {"what": "text", "due on": "due_on", "reached on": "reached_on"}


class MilestonesForm(FlaskForm):
    """Places for all milestones, each with fields such as `m1_text`."""

    @classmethod
    def of(cls, goal: Goal) -> MilestonesForm:
        """The form, filled with the goal's milestones."""
        filled: dict[str, object] = {}
        for number, milestone in enumerate(goal.milestones, 1):
            filled |= {
                f"m{number}_id": str(milestone.id),
                f"m{number}_text": milestone.text,
                f"m{number}_due_on": milestone.due_on,
                f"m{number}_reached_on": milestone.reached_on,
            }
        return cls(data=filled)

    def milestones(self) -> dict[int, MilestoneDetails]:
        """The milestones by the number of their place; an emptied one is left out."""
        return {
            number: MilestoneDetails(
                text=self.part(number, "text").data,
                due_on=self.part(number, "due_on").data,
                reached_on=self.part(number, "reached_on").data,
                id=known_or_new(self.part(number, "id").data),
            )
            for number in range(1, MOST_MILESTONES + 1)
            if (self.part(number, "text").data or "").strip()
        }

    def part(self, number: int, name: str) -> Field:
        """A field of one place."""
        field: Field = self[f"m{number}_{name}"]
        return field

    def has_errors(self, number: int) -> bool:
        """Whether something in this place is wrong."""
        return any(self.part(number, part).errors for part in _PARTS.values())

    def fields_by_problem(self) -> dict[str, str]:
        """Where a use case's problem belongs. It counts milestones, the form counts places."""
        return {
            f"Milestone {count}, {name}": f"m{number}_{part}"
            for count, number in enumerate(self.milestones(), 1)
            for name, part in _PARTS.items()
        }


for _number in range(1, MOST_MILESTONES + 1):
    for _name, _field in {
        "id": HiddenField(),
        "text": StringField(
            _l("Milestone %(number)s, what", number=_number),
            validators=[
                Optional(),
                Length(
                    max=LONGEST_MILESTONE,
                    message=_l("At most %(most)s characters.", most=LONGEST_MILESTONE),
                ),
            ],
        ),
        "due_on": DateField(
            _l("Milestone %(number)s, due on", number=_number), validators=[Optional()]
        ),
        "reached_on": DateField(
            _l("Milestone %(number)s, reached on", number=_number), validators=[Optional()]
        ),
    }.items():
        setattr(MilestonesForm, f"m{_number}_{_name}", _field)
