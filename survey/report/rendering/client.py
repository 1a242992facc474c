"""The near side of the process that draws: what may be asked of it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from survey.own_process.client import OwnProcess, OwnProcessError
from survey.report.rendering.messages import MISSING_CHARACTER, PDF, PICTURE

_SERVER = "survey.report.rendering.server"
# A reader who comes back within this time finds the engine warm; afterwards its memory is free.
IDLE_SECONDS = 60
# The largest report takes two seconds; a web process gives up on a request after sixty.
SECONDS_AT_MOST = 40


class RenderingError(Exception):
    """Something could not be drawn; the text is for whoever runs the service."""


class MissingCharacterError(Exception):
    """Some text has a character that no font shows, which an accessible document must not have."""


class Renderer(OwnProcess):
    """One process that draws, for this process. Orders of several threads are served in turn."""

    def __init__(
        self, *, idle_seconds: int = IDLE_SECONDS, seconds_at_most: int = SECONDS_AT_MOST
    ) -> None:
        super().__init__(
            _SERVER, "drawing", idle_seconds=idle_seconds, seconds_at_most=seconds_at_most
        )

    def picture(self, specification: Mapping[str, Any]) -> str:
        """The SVG of a Vega specification. Raises RenderingError."""
        return self._drawn(PICTURE, specification).decode()

    def pdf(self, content: Mapping[str, Any], created_on: dt.date, *, accessible: bool) -> bytes:
        """A PDF file with this content. Raises RenderingError, MissingCharacterError."""
        order = {
            "content": content,
            "created_on": created_on.isoformat(),
            "accessible": accessible,
        }
        return self._drawn(PDF, order)

    def _drawn(self, kind: bytes, order: Mapping[str, Any]) -> bytes:
        try:
            what, result = self.ask(kind, json.dumps(order).encode())
        except OwnProcessError as error:
            raise RenderingError(str(error)) from error
        if what == MISSING_CHARACTER:
            raise MissingCharacterError
        return result


RENDERER = Renderer()
