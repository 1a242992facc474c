"""Why a letter did not leave, by whose trouble it is."""

from __future__ import annotations


class TemporaryDeliveryError(Exception):
    """The letter was not accepted now, but may be later."""

    def __init__(self, problem: str, *, by_domain: bool = False) -> None:
        """`by_domain`: the server put off this recipient, and perhaps others at the same domain."""
        super().__init__(problem)
        self.by_domain = by_domain


class PermanentDeliveryError(Exception):
    """The mail server refuses this letter for good; the text is its answer."""


class MailServerError(Exception):
    """No letter can leave: the server is away, not to be trusted, or does not accept us.

    This is our own trouble. All letters wait for it to be mended; none of them has failed.
    """
