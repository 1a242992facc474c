"""What can go wrong with privacy; the text is for the person who reads it."""

from __future__ import annotations


class PrivacyError(Exception):
    """Something about personal data cannot be done as asked; the text says what to do."""


class RetentionError(PrivacyError):
    """The retention schedule cannot be used; the text names file and entry."""
