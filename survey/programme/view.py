"""The programme view, read from the database and computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from survey.anonymity.delay import DelayStep
from survey.anonymity.programme import FEWEST_MENTEES, Counts
from survey.frameworks.questionnaire import Questionnaire
from survey.frameworks.rater_groups import STANDARD_GROUPS
from survey.frameworks.texts import in_language
from survey.programme.figures import (
    CompetencyChanges,
    Share,
    competency_changes,
    share,
    wholly_shown,
)
from survey.storage.queries import programme as queries
from survey.storage.queries.programme import Section

# Below, "under 5 %" would mean that nobody took so long.
_FEWEST_ANSWERS = 50
_STEP_OF_PERCENT = 5


@dataclass(frozen=True)
class CompetencyView:
    """One competency across the section's mentees."""

    id: str
    title: str
    changes: CompetencyChanges
    clear_rises: Share | None
    rises: Share | None  # clear or likely

    @property
    def mentees_left_out(self) -> int:
        """How many have a difference that is not shown."""
        return sum(self.changes.left_out)


@dataclass(frozen=True)
class GroupView:
    """How many of those invited in one rater group answered, and how many declined."""

    key: str
    label: str
    answered: Share
    declined: Share


@dataclass(frozen=True)
class SectionView:
    """Rounds of one kind on one framework.

    `goal` is the share of mentees whose goal competencies moved more than the others. `delays` has
    the per cent of answers for each step, rounded to fives; empty for fewer than 50 answers.
    """

    framework_id: str
    title: str
    kind: str
    mentees: int
    waiting: int
    competencies: tuple[CompetencyView, ...]
    goal: Share | None
    groups: tuple[GroupView, ...]
    delays: Mapping[DelayStep, int]


@dataclass(frozen=True)
class ProgrammeView:
    """All that may be shown; `waiting` counts mentees of sections that have no batch yet."""

    sections: tuple[SectionView, ...]
    waiting: int


def programme_view(session: Session, language: str) -> ProgrammeView:
    """The view as it is now, with the texts of frameworks in this language.

    It reads sums and columns over all mentees at once, and no response and no report.
    """
    waiting = {Section(row[0], row[1]): int(row[2]) for row in queries.waiting(session)}
    sections = tuple(
        _section(
            session,
            section := Section(framework_id, kind),
            int(mentees),
            waiting.pop(section, 0),
            language,
        )
        for framework_id, kind, mentees in queries.sections(session)
    )
    return ProgrammeView(sections, sum(waiting.values()))


def _section(
    session: Session, section: Section, mentees: int, waiting: int, language: str
) -> SectionView:
    asked = _Texts(queries.questionnaire(session, section), language)
    batches = _Batches(queries.most_of_one_mentor(session, section))
    competencies = _competencies(session, section, asked, batches)
    return SectionView(
        framework_id=section.framework_id,
        title=asked.title or section.framework_id,
        kind=section.kind.value,
        mentees=mentees,
        waiting=waiting,
        competencies=competencies,
        goal=_goal(session, section, batches, competencies),
        groups=_groups(queries.participation(session, section)),
        delays=_delays(queries.delays(session, section)),
    )


class _Texts:
    """Titles of a framework, and its order."""

    def __init__(self, document: str | None, language: str) -> None:
        asked = Questionnaire.from_json(document) if document else None
        default = asked.languages[0] if asked else language
        self.title = in_language(asked.title, language, default) if asked else ""
        self.competencies = {
            competency.id: in_language(competency.title, language, default)
            for competency in (asked.competencies if asked else ())
        }


class _Batches:
    """A section's batches: places by number, and the mentees of the mentor with most of them."""

    def __init__(self, rows: Sequence[Sequence[Any]]) -> None:
        self.places = {row[0]: place for place, row in enumerate(rows)}
        self.most_of_one_mentor: Counts = np.array([row[1] for row in rows], dtype=np.int64)

    def share(self, rows: Iterable[Sequence[Any]]) -> Share | None:
        """The share of rows (number, of, yes)."""
        numbers, of, yes = _columns(rows, 3)
        return share(yes, of, self.most_of_one_mentor[[self.places[n] for n in numbers]])


def _competencies(
    session: Session, section: Section, asked: _Texts, batches: _Batches
) -> tuple[CompetencyView, ...]:
    numbers, ids, differences = _columns(queries.differences(session, section), 3)
    places = np.array([batches.places[number] for number in numbers], dtype=np.int64)
    values = np.array(differences, dtype=np.float64)
    rises: dict[str, list[Sequence[Any]]] = {}
    for row in queries.rises(session, section):
        rises.setdefault(row[1], []).append(row)
    known = list(asked.competencies)
    codes = {key: code for code, key in enumerate([*known, *sorted(set(rises) - set(known))])}
    code_of = np.array([codes[key] for key in ids], dtype=np.int64)
    views = []
    for key, code in codes.items():
        mine = code_of == code
        rows = rises.get(key, [])
        views.append(
            CompetencyView(
                id=key,
                title=asked.competencies.get(key, key),
                changes=competency_changes(places[mine], values[mine], batches.most_of_one_mentor),
                clear_rises=batches.share((row[0], row[2], row[3]) for row in rows),
                rises=batches.share((row[0], row[2], row[4]) for row in rows),
            )
        )
    return tuple(views)


def _goal(
    session: Session,
    section: Section,
    batches: _Batches,
    competencies: Sequence[CompetencyView],
) -> Share | None:
    """Only of batches that show the changes of every competency.

    How many rose more in one competency than in others whose changes are shown can bracket it.
    """
    shown = wholly_shown([view.changes for view in competencies], len(batches.places))
    rows = queries.contrasts(session, section)
    return batches.share(row for row in rows if shown[batches.places[row[0]]])


def _groups(rows: Iterable[Sequence[Any]]) -> tuple[GroupView, ...]:
    """Standard groups in their order, then those that mentors added.

    The mentor of a round sees its numbers; a batch enters with a group that enough rounds asked.
    """
    order = [group.key for group in STANDARD_GROUPS]
    found: dict[str, list[Sequence[Any]]] = {}
    for row in rows:
        if row[3] >= FEWEST_MENTEES:
            found.setdefault(row[1], []).append(row)
    views = []
    for key in sorted(found, key=lambda k: (order.index(k) if k in order else len(order), k)):
        _, _, labels, _, invited, answered, declined = _columns(found[key], 7)
        nobody = [0] * len(invited)
        if (came := share(answered, invited, nobody)) and (
            refused := share(declined, invited, nobody)
        ):
            views.append(GroupView(key, min(labels), came, refused))
    return tuple(views)


def _delays(rows: Iterable[Sequence[Any]]) -> Mapping[DelayStep, int]:
    counts = {step: int(count) for step, count in rows}
    total = sum(counts.values())
    if total < _FEWEST_ANSWERS:
        return {}
    return {
        step: _STEP_OF_PERCENT * round(100 * counts.get(step, 0) / total / _STEP_OF_PERCENT)
        for step in DelayStep
    }


def _columns(rows: Iterable[Sequence[Any]], width: int) -> Sequence[Sequence[Any]]:
    """Rows turned into columns, also when there are none."""
    return list(zip(*rows, strict=True)) or [()] * width
