"""What a program is told: that something happened to a round, on which day, and where to ask.

No name, no figure and no time of day. Whoever may know more asks the API, which looks at who asks.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass

from survey.storage.models import WebhookEvent


@dataclass(frozen=True)
class Message:
    """One thing to tell. `round_id` is None for a test alone."""

    event_id: uuid.UUID
    event: WebhookEvent
    day: dt.date
    round_id: uuid.UUID | None

    @property
    def id(self) -> str:
        """What a receiver knows it by, however often it comes."""
        return f"evt_{self.event_id.hex}"

    def body(self, base_url: str) -> bytes:
        """The JSON that is sent; always the same for the same message."""
        told: dict[str, object] = {
            "id": self.id,
            "type": self.event.value,
            "day": self.day.isoformat(),
            "data": {},
        }
        if self.round_id is not None:
            url = f"{base_url}/api/v1/rounds/{self.round_id}"
            if self.event is WebhookEvent.REPORT_RELEASED:
                url += "/report"
            told["data"] = {"round_id": str(self.round_id), "url": url}
        return json.dumps(told, separators=(",", ":")).encode()
