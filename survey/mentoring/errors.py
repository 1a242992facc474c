"""What can go wrong in the mentoring records; the text is for the person who reads it."""

from __future__ import annotations


class MentoringError(Exception):
    """A mentee or goal cannot be saved as asked."""
