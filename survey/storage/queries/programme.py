"""Queries of the programme view: flat rows and sums over many rounds, and no object per round.

The figures of a section are those of its whole batches: of a batch that has lost a round, nothing
is read. `number` is the batch's, from 1.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from survey.change.verdict import Verdict
from survey.storage.models import (
    AnswerDelay,
    CompetencyOutcome,
    GroupParticipation,
    Mentorship,
    ProgrammeBatch,
    ProgrammeEntry,
    Round,
    RoundGroup,
    RoundKind,
    RoundOutcome,
    StoredQuestionnaire,
)

Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Section:
    """What is shown together: rounds of one kind on one framework."""

    framework_id: str
    kind: RoundKind


# Entering the view


def has_outcome(session: Session, round_id: uuid.UUID) -> bool:
    """Whether a round left something to be counted."""
    return session.get(RoundOutcome, round_id) is not None


def mentee_counts(session: Session, section: Section, mentee_id: uuid.UUID) -> bool:
    """Whether a round of this mentee, with whatever mentor, has entered the section already."""
    found = session.scalars(
        select(ProgrammeEntry.round_id)
        .join(Round, Round.id == ProgrammeEntry.round_id)
        .join(Mentorship, Mentorship.id == Round.mentorship_id)
        .where(
            Mentorship.mentee_id == mentee_id,
            Round.framework_id == section.framework_id,
            Round.kind == section.kind,
        )
        .limit(1)
    )
    return found.first() is not None


def lock_waiting(session: Session, section: Section) -> Sequence[uuid.UUID]:
    """The rounds that wait for a batch, held against another release at the same instant."""
    return session.scalars(
        select(ProgrammeEntry.round_id)
        .join(Round, Round.id == ProgrammeEntry.round_id)
        .where(
            ProgrammeEntry.batch_id.is_(None),
            Round.framework_id == section.framework_id,
            Round.kind == section.kind,
        )
        .order_by(ProgrammeEntry.round_id)
        .with_for_update(of=ProgrammeEntry)
    ).all()


def mentees_per_mentor(session: Session, round_ids: Sequence[uuid.UUID]) -> Sequence[int]:
    """How many of these rounds each of their mentors has."""
    return session.scalars(
        select(func.count())
        .select_from(Round)
        .join(Mentorship, Mentorship.id == Round.mentorship_id)
        .where(Round.id.in_(round_ids))
        .group_by(Mentorship.mentor_id)
    ).all()


def formed_batches(session: Session, section: Section) -> tuple[int, int]:
    """The newest batch's number, and how many mentees all batches had."""
    row = session.execute(
        select(
            func.coalesce(func.max(ProgrammeBatch.number), 0),
            func.coalesce(func.sum(ProgrammeBatch.size), 0),
        ).where(_is_of(section))
    ).one()
    return int(row[0]), int(row[1])


def put_into_batch(session: Session, round_ids: Sequence[uuid.UUID], batch_id: uuid.UUID) -> None:
    """Let these rounds make up the batch."""
    session.execute(
        update(ProgrammeEntry)
        .where(ProgrammeEntry.round_id.in_(round_ids))
        .values(batch_id=batch_id)
        .execution_options(synchronize_session=False)
    )


# Reading the view


def sections(session: Session) -> Rows:
    """What there is to show: (framework id, kind, mentees), of whole batches."""
    whole = _whole_batches().subquery()
    return session.execute(
        select(ProgrammeBatch.framework_id, ProgrammeBatch.kind, func.sum(ProgrammeBatch.size))
        .where(ProgrammeBatch.id.in_(select(whole.c.id)))
        .group_by(ProgrammeBatch.framework_id, ProgrammeBatch.kind)
        .order_by(ProgrammeBatch.framework_id, ProgrammeBatch.kind)
    ).all()


def waiting(session: Session) -> Rows:
    """Who waits for a batch: (framework id, kind, mentees)."""
    return session.execute(
        select(Round.framework_id, Round.kind, func.count())
        .join(ProgrammeEntry, ProgrammeEntry.round_id == Round.id)
        .where(ProgrammeEntry.batch_id.is_(None))
        .group_by(Round.framework_id, Round.kind)
    ).all()


def questionnaire(session: Session, section: Section) -> str | None:
    """The newest questionnaire that the section's rounds asked, as it is stored."""
    return session.scalars(
        select(StoredQuestionnaire.document)
        .join(Round, Round.questionnaire_id == StoredQuestionnaire.id)
        .join(ProgrammeEntry, ProgrammeEntry.round_id == Round.id)
        .join(ProgrammeBatch, ProgrammeBatch.id == ProgrammeEntry.batch_id)
        .where(_is_of(section))
        .order_by(ProgrammeBatch.number.desc(), Round.id)
        .limit(1)
    ).first()


def most_of_one_mentor(session: Session, section: Section) -> Rows:
    """(number, mentees of the mentor who has most of them in the batch)."""
    per_mentor = (
        _of_entries(section, ProgrammeBatch.number.label("number"), func.count().label("mentees"))
        .join(Round, Round.id == ProgrammeEntry.round_id)
        .join(Mentorship, Mentorship.id == Round.mentorship_id)
        .group_by(ProgrammeBatch.number, Mentorship.mentor_id)
        .subquery()
    )
    return session.execute(
        select(per_mentor.c.number, func.max(per_mentor.c.mentees)).group_by(per_mentor.c.number)
    ).all()


def differences(session: Session, section: Section) -> Rows:
    """(number, competency id, difference): one row for each mentee and competency that has one."""
    return session.execute(
        _of_entries(
            section,
            ProgrammeBatch.number,
            CompetencyOutcome.competency_id,
            CompetencyOutcome.difference,
        )
        .join(CompetencyOutcome, CompetencyOutcome.round_id == ProgrammeEntry.round_id)
        .where(CompetencyOutcome.difference.is_not(None))
    ).all()


def rises(session: Session, section: Section) -> Rows:
    """(number, competency id, mentees with a difference, clear rises, clear or likely rises)."""
    clear = CompetencyOutcome.verdict == Verdict.CLEAR_RISE.value
    likely = CompetencyOutcome.verdict == Verdict.LIKELY_RISE.value
    return session.execute(
        _of_entries(
            section,
            ProgrammeBatch.number,
            CompetencyOutcome.competency_id,
            func.count(),
            func.count().filter(clear),
            func.count().filter(clear | likely),
        )
        .join(CompetencyOutcome, CompetencyOutcome.round_id == ProgrammeEntry.round_id)
        .where(CompetencyOutcome.difference.is_not(None))
        .group_by(ProgrammeBatch.number, CompetencyOutcome.competency_id)
    ).all()


def contrasts(session: Session, section: Section) -> Rows:
    """(number, mentees with a contrast, of these with one above 0)."""
    return session.execute(
        _of_entries(
            section,
            ProgrammeBatch.number,
            func.count(),
            func.count().filter(RoundOutcome.contrast > 0),
        )
        .join(RoundOutcome, RoundOutcome.round_id == ProgrammeEntry.round_id)
        .where(RoundOutcome.contrast.is_not(None))
        .group_by(ProgrammeBatch.number)
    ).all()


def participation(session: Session, section: Section) -> Rows:
    """(number, group key, label, mentees, invited, answered, declined)."""
    return session.execute(
        _of_entries(
            section,
            ProgrammeBatch.number,
            GroupParticipation.group_key,
            func.min(RoundGroup.label),
            func.count(),
            func.sum(GroupParticipation.invited),
            func.sum(GroupParticipation.answered),
            func.sum(GroupParticipation.declined),
        )
        .join(GroupParticipation, GroupParticipation.round_id == ProgrammeEntry.round_id)
        .join(
            RoundGroup,
            (RoundGroup.round_id == ProgrammeEntry.round_id)
            & (RoundGroup.key == GroupParticipation.group_key),
        )
        .where(GroupParticipation.invited > 0)
        .group_by(ProgrammeBatch.number, GroupParticipation.group_key)
    ).all()


def delays(session: Session, section: Section) -> Rows:
    """(step, answers)."""
    return session.execute(
        _of_entries(section, AnswerDelay.step, func.sum(AnswerDelay.count))
        .join(AnswerDelay, AnswerDelay.round_id == ProgrammeEntry.round_id)
        .group_by(AnswerDelay.step)
    ).all()


def _is_of(section: Section) -> Any:
    return (ProgrammeBatch.framework_id == section.framework_id) & (
        ProgrammeBatch.kind == section.kind
    )


def _whole_batches() -> Select[Any]:
    """Ids of the batches that have all their rounds still."""
    return (
        select(ProgrammeBatch.id)
        .join(ProgrammeEntry, ProgrammeEntry.batch_id == ProgrammeBatch.id)
        .group_by(ProgrammeBatch.id, ProgrammeBatch.size)
        .having(func.count() == ProgrammeBatch.size)
    )


def _of_entries(section: Section, *columns: Any) -> Select[Any]:
    """Columns of the entries in the section's whole batches, before further joins."""
    return (
        select(*columns)
        .select_from(ProgrammeBatch)
        .join(ProgrammeEntry, ProgrammeEntry.batch_id == ProgrammeBatch.id)
        .where(ProgrammeBatch.id.in_(_whole_batches().where(_is_of(section))))
    )
