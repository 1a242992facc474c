"""What a questionnaire of another program comes to, before it is written as a framework."""

from __future__ import annotations

from dataclasses import dataclass, field

from survey.frameworks.problems import quoted

Words = dict[str, str]
"""A text by language code. A language may be missing; the draft fills it up."""

MOST_NOTES = 100


class LeftOut:
    """What could not be carried over, in words and in the order in which it was met."""

    def __init__(self) -> None:
        self._notes: dict[str, dict[str, None]] = {}

    def note(self, what: str, where: str = "") -> None:
        """Say something once; the places that it holds for are listed behind it."""
        places = self._notes.setdefault(what, {})
        if where:
            places[where] = None

    def listed(self) -> list[str]:
        """One line each; the rest is counted when there are very many."""
        lines = [_with_places(what, list(places)) for what, places in self._notes.items()]
        if len(lines) > MOST_NOTES:
            more = f"and {len(lines) - MOST_NOTES} more"
            return [*lines[:MOST_NOTES], more]
        return lines


def _with_places(what: str, places: list[str]) -> str:
    if not places:
        return what
    shown = ", ".join(quoted(place) for place in places[:12])
    more = f" and {len(places) - 12} more" if len(places) > 12 else ""
    return f"{what}: {shown}{more}"


@dataclass
class Item:
    """A statement or an open question, with other words for some rater groups."""

    words: Words
    id: str = ""
    wording: dict[str, Words] = field(default_factory=dict)


@dataclass
class Section:
    """What becomes a competency."""

    title: Words
    description: Words = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    id: str = ""
    kind: str = "behaviour"


@dataclass
class ImportedScale:
    """Labels from low to high; the first point has the value `lowest`."""

    labels: list[Words]
    lowest: int = 1
    not_observed: Words = field(default_factory=dict)
    question: Words = field(default_factory=dict)


@dataclass
class Outline:
    """A questionnaire, in the parts that a framework has. The first language is the default."""

    languages: list[str]
    title: Words
    scale: ImportedScale
    sections: list[Section]
    open_questions: list[Item]
    left_out: LeftOut
    id: str = ""
    description: Words = field(default_factory=dict)
