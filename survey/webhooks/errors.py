"""What can be wrong with a webhook."""

from __future__ import annotations


class WebhookError(Exception):
    """What was asked for is not possible as things stand; the text says why."""


class DestinationError(WebhookError):
    """An address that nothing is sent to; the text says why, and what to do."""


class NotDeliveredError(WebhookError):
    """What was sent did not arrive, or was not taken; the text says why, for the owner."""


class GoneError(NotDeliveredError):
    """The receiver says that it is gone for good: nothing more is to be sent."""
