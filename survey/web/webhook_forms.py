"""The form for a new webhook."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import SelectMultipleField, URLField, widgets
from wtforms.validators import InputRequired, Length

from survey.storage.models import WebhookEvent
from survey.web.choices import offered
from survey.webhooks.destinations import LONGEST_ADDRESS
from survey.webhooks.registering import CHOICES

EVENT_TEXTS = {
    WebhookEvent.ROUND_LAUNCHED: "A round was launched",
    WebhookEvent.ROUND_CLOSED: "A round was closed",
    WebhookEvent.REPORT_RELEASED: "A report was released to the mentee",
    WebhookEvent.TEST: "A test",
}


class WebhookForm(FlaskForm):
    """Where to, and what about."""

    address = URLField(
        "Address",
        validators=[InputRequired("Enter an address."), Length(max=LONGEST_ADDRESS)],
        description="Of your program, such as https://hr.example.org/mentoring. It has to be "
        "reachable from outside.",
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    events = SelectMultipleField(
        "What is it told of?",
        choices=offered(
            (event.value, f"{EVENT_TEXTS[event]} – {event.value}") for event in CHOICES
        ),
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
        default=[event.value for event in CHOICES],
    )

    def chosen(self) -> list[WebhookEvent]:
        """What is ticked."""
        return [WebhookEvent(value) for value in self.events.data or []]
