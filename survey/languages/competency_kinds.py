"""The kinds of competencies in a reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from survey.languages.marks import N_

_WORDS: Mapping[str, str] = {
    "knowledge": N_("Knowledge"),
    "skill": N_("Skill"),
    "behaviour": N_("Behaviour"),
}


def competency_kind(kind: str, gettext: Callable[[str], str]) -> str:
    """How a competency's kind reads to whoever `gettext` translates for."""
    return gettext(_WORDS[kind])
