"""Small programmes whose every outcome can be published, and larger ones in a database."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from survey.anonymity.delay import DelayStep
from survey.change.verdict import Verdict
from survey.frameworks.questionnaire import build_questionnaire
from survey.frameworks.rater_groups import STANDARD_GROUPS, STANDARD_KEYS
from survey.rounds.programme_batches import enter_programme
from survey.service import Service
from survey.storage.models import (
    AnswerDelay,
    CompetencyOutcome,
    GroupParticipation,
    Mentorship,
    Person,
    Round,
    RoundGroup,
    RoundKind,
    RoundOutcome,
    RoundState,
    StoredQuestionnaire,
)
from survey.storage.queries import rounds as round_queries

DAY = dt.date(2026, 3, 2)
ANSWERED: Mapping[str, tuple[int, int, int]] = {
    "self": (1, 1, 0),
    "manager": (1, 1, 0),
    "peers": (5, 4, 0),
}


@dataclass(frozen=True)
class Outcome:
    """What came of one mentee's round: difference and verdict per competency id."""

    changes: Mapping[str, tuple[float | None, Verdict]]
    contrast: float | None = None
    answered: Mapping[str, tuple[int, int, int]] = field(default_factory=lambda: ANSWERED)
    delays: Mapping[DelayStep, int] = field(
        default_factory=lambda: {DelayStep.WITHIN_TWO_DAYS: 4, DelayStep.LATER: 2}
    )


def rise(difference: float) -> tuple[float, Verdict]:
    """A difference that is called a clear rise."""
    return difference, Verdict.CLEAR_RISE


def unclear(difference: float) -> tuple[float, Verdict]:
    """A difference that is not told from chance."""
    return difference, Verdict.NO_CLEAR_CHANGE


def mentor(session: Session, name: str) -> Person:
    """A mentor."""
    return _person(session, name, is_mentor=True)


def released(
    service: Service,
    session: Session,
    mentor: Person,
    outcome: Outcome,
    *,
    mentee: Person | None = None,
    kind: RoundKind = RoundKind.AFTER,
    framework_id: str = "leadership",
) -> uuid.UUID:
    """A mentee's released round with this outcome, which enters the programme; its id."""
    mentee = mentee or _person(session, f"mentee-{uuid.uuid4().hex}")
    mentorship = Mentorship(mentor_id=mentor.id, mentee_id=mentee.id, started_on=DAY)
    session.add(mentorship)
    session.flush()
    round_ = Round(
        mentorship_id=mentorship.id,
        kind=kind,
        state=RoundState.RELEASED,
        framework_id=framework_id,
        questionnaire_id=_questionnaire(service, session, framework_id),
        deadline=DAY,
        launched_on=DAY,
        closed_on=DAY,
        released_on=DAY,
        groups=[
            RoundGroup(
                key=group.key,
                label=group.label,
                anonymous=group.anonymous,
                threshold=3,
                position=position,
            )
            for position, group in enumerate(STANDARD_GROUPS)
        ],
    )
    session.add(round_)
    session.flush()
    session.add(
        RoundOutcome(
            round_id=round_.id,
            goal_verdict=Verdict.NO_CLEAR_CHANGE.value,
            contrast=outcome.contrast,
        )
    )
    session.add_all(
        CompetencyOutcome(
            round_id=round_.id,
            competency_id=key,
            difference=difference,
            verdict=verdict.value,
            goal_linked=False,
        )
        for key, (difference, verdict) in outcome.changes.items()
    )
    session.add_all(
        GroupParticipation(
            round_id=round_.id, group_key=key, invited=invited, answered=came, declined=declined
        )
        for key, (invited, came, declined) in outcome.answered.items()
    )
    session.add_all(
        AnswerDelay(round_id=round_.id, step=step, count=count)
        for step, count in outcome.delays.items()
    )
    session.flush()
    enter_programme(session, round_)
    session.flush()
    return round_.id


def programme(service: Service, outcomes: Sequence[Outcome]) -> None:
    """One mentee for each outcome, each with a mentor of their own."""
    with service.database.writing() as session:
        for number, outcome in enumerate(outcomes):
            released(service, session, mentor(session, f"mentor-{number}"), outcome)


def _person(session: Session, name: str, *, is_mentor: bool = False) -> Person:
    address = f"{name}@example.org"
    person = Person(name=name, email=address, normalised_email=address, is_mentor=is_mentor)
    session.add(person)
    session.flush()
    return person


def _questionnaire(service: Service, session: Session, framework_id: str) -> uuid.UUID:
    asked = build_questionnaire(service.catalogue.shipped[framework_id], sorted(STANDARD_KEYS))
    stored = round_queries.questionnaire_by_fingerprint(session, asked.fingerprint())
    if stored is None:
        stored = StoredQuestionnaire(fingerprint=asked.fingerprint(), document=asked.to_json())
        session.add(stored)
        session.flush()
    return stored.id
