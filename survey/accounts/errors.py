"""What can go wrong with accounts; the text is for the person who reads it."""

from __future__ import annotations


class AccountError(Exception):
    """A person cannot be added or changed as asked."""


class SignInError(Exception):
    """A sign-in link is used, expired, or not one of ours."""
