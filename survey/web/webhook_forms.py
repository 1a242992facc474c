"""The form for a new webhook."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from flask_wtf import FlaskForm
from wtforms import SelectMultipleField, URLField, widgets
from wtforms.validators import InputRequired, Length

from survey.languages.message import Message
from survey.storage.models import WebhookEvent
from survey.web.choices import offered
from survey.web.languages import in_words
from survey.webhooks.destinations import LONGEST_ADDRESS
from survey.webhooks.registering import CHOICES

EVENT_TEXTS = {
    WebhookEvent.ROUND_LAUNCHED: Message("A round was launched"),
    WebhookEvent.ROUND_CLOSED: Message("A round was closed"),
    WebhookEvent.REPORT_RELEASED: Message("A report was released to the mentee"),
    WebhookEvent.TEST: Message("A test"),
}


def _choice(event: WebhookEvent) -> str:
    return f"{in_words(EVENT_TEXTS[event])} – {event.value}"


class WebhookForm(FlaskForm):
    """Where to, and what about."""

    address = URLField(
        _l("Address"),
        validators=[InputRequired(_l("Enter an address.")), Length(max=LONGEST_ADDRESS)],
        description=_l(
            "Of your program, such as %(example)s. It has to be reachable from outside.",
            example="https://hr.example.org/mentoring",
        ),
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    events = SelectMultipleField(
        _l("What is it told of?"),
        choices=offered(
            (
                event.value,
                LazyString(_choice, event),
            )
            for event in CHOICES
        ),
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
        default=[event.value for event in CHOICES],
    )

    def chosen(self) -> list[WebhookEvent]:
        """What is ticked."""
        return [WebhookEvent(value) for value in self.events.data or []]
