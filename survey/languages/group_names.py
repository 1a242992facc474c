"""The names of rater groups in a reader's language; a group that a mentor named keeps its name."""

from __future__ import annotations

from collections.abc import Callable

from survey.languages.marks import N_
from survey.languages.message import Message

_STANDARD_LABELS = frozenset(
    (N_("Self"), N_("Manager"), N_("Peers"), N_("Direct reports"), N_("Customers"))
)
# What a report calls groups that were put together.
_TOGETHER = frozenset((N_("Other raters"), N_("Anonymous raters together"), N_("All raters")))


def group_name(label: str, gettext: Callable[[str], str]) -> str:
    """How a group's label reads to whoever `gettext` translates for."""
    return gettext(label) if label in _STANDARD_LABELS | _TOGETHER else label


def group_in_message(label: str) -> str:
    """The label as a value of a message, which says it in its reader's language."""
    return group_name(label, Message)
