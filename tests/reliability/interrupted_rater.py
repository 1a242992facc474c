"""A rater in the middle of sending when a fault comes, and again when it is over."""

from __future__ import annotations

import html
import re

from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from survey.storage.models import Invitation, SealedBallot
from tests.support.cases import Case, launched_case, tokens
from tests.support.web import Surfer, field_values, service_of

PEER = "peers1@example.org"
COMMENT = 'She <listens> & says "no" when it is time.'


class InterruptedRater:
    """Has the form open, filled in."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.case: Case = launched_case(service_of(app), {"peers": 4}, purpose="How it goes.")
        self.token = tokens(service_of(app), self.case.round_id)[PEER]
        self._surfer = Surfer(app)
        self.address = self._surfer.get(f"/r/{self.token}").headers["Location"]
        self.page = self._surfer.get(self.address)
        assert self.page.status_code == 200
        self._fields = {"c-start": COMMENT, "step": "submit"}

    def look(self) -> TestResponse:
        """Open the form again."""
        return self._surfer.get(self.address)

    def send(self) -> TestResponse:
        """Press the button: of the review page, or of the page that a fault left."""
        return self._surfer.post(self.address, self._fields)

    def is_put_off(self) -> None:
        """Send and be asked, kindly, to try again; the page holds everything to do so."""
        answer = self.send()
        self._fields = {name: field_values(answer.text, name)[0] for name in ("c-start", "step")}
        assert_calm(answer)
        assert "Your answers are not lost" in answer.text
        assert self._fields == {"c-start": COMMENT, "step": "submit"}
        assert self.token not in answer.text

    def is_thanked(self) -> None:
        """Send, and it counts."""
        assert self.send().headers["Location"].endswith("/thank-you")
        assert self.counts() == (1, 1)

    def is_told_that_it_counted(self) -> None:
        """Send, and learn that it had counted already."""
        assert self.send().headers["Location"].endswith("/already-used")
        assert self.counts() == (1, 1)

    def counts(self) -> tuple[int, int]:
        """How many invitations are used and how many ballots there are."""
        with service_of(self.app).database.reading() as session:
            used = session.scalar(select(func.count()).where(Invitation.done)) or 0
            return used, session.scalar(select(func.count()).select_from(SealedBallot)) or 0


def assert_calm(answer: TestResponse) -> None:
    """A page for a fault that passes: no alarm, no detail, and when to come back."""
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    found = re.search(r"<h1>(.*?)</h1>", answer.text)
    assert found is not None
    assert html.unescape(found.group(1)) == "Please try again in a moment"
    for detail in ("sqlite", "psycopg", "INSERT", "Traceback", "database"):
        assert detail not in answer.text
