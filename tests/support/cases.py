"""Cases to test with, made through the use cases themselves."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey.accounts.people import add_mentor
from survey.accounts.sign_in import answer_sign_in_requests, request_sign_in
from survey.frameworks.rater_groups import STANDARD_GROUPS, RaterGroup
from survey.mentoring.goals import GoalDetails, save_goal
from survey.mentoring.mentees import add_mentee
from survey.rounds.close import close_round
from survey.rounds.draft import RoundDetails, add_raters, create_draft
from survey.rounds.launch import launch_round
from survey.rounds.rater_list import RaterEntry
from survey.service import Service
from survey.storage.models import Invitation, Round, RoundKind

NOW = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)
DEFAULT_RATERS: Mapping[str, int] = {
    "manager": 1,
    "peers": 5,
    "direct_reports": 4,
    "customers": 6,
}


@dataclass(frozen=True)
class Case:
    """A launched round, by its ids."""

    mentor_id: uuid.UUID
    mentorship_id: uuid.UUID
    round_id: uuid.UUID


def entries(counts: Mapping[str, int]) -> list[RaterEntry]:
    """So many raters per group key, with addresses such as peers1@example.org."""
    return [
        RaterEntry(f"{key} {number}", f"{key}{number}@example.org", key, None)
        for key, count in counts.items()
        for number in range(1, count + 1)
    ]


def draft_case(
    service: Service,
    raters: Mapping[str, int] = DEFAULT_RATERS,
    *,
    groups: Sequence[RaterGroup] = STANDARD_GROUPS,
    now: dt.datetime = NOW,
    **details: object,
) -> Case:
    """A mentor, a mentee with a goal, and a draft with raters."""
    with service.database.writing() as session:
        mentor = add_mentor(session, "Max Mentor", "max.mentor@example.org")
        mentorship = add_mentee(session, mentor, "Mia Mentee", "mia.mentee@example.org", now)
        framework = service.catalogue.get(session, mentor, "leadership")
        save_goal(
            session,
            mentorship,
            GoalDetails(
                "Lead cross-team projects with confidence",
                competency_ids=[framework.competencies[0].id, framework.competencies[1].id],
            ),
            framework,
        )
        draft = create_draft(
            session,
            mentorship,
            RoundDetails(
                **{
                    "kind": RoundKind.BEFORE,
                    "framework_id": "leadership",
                    "groups": groups,
                    "deadline": now.date() + dt.timedelta(days=14),
                    "goal": mentorship.goals[0],
                    **details,
                }  # type: ignore[arg-type]
            ),
            now.date(),
        )
        assert add_raters(session, draft, entries(raters)) == []
        return Case(mentor.id, mentorship.id, draft.id)


def launched_case(
    service: Service,
    raters: Mapping[str, int] = DEFAULT_RATERS,
    *,
    now: dt.datetime = NOW,
    **details: object,
) -> Case:
    """The same, launched."""
    case = draft_case(service, raters, now=now, **details)  # type: ignore[arg-type]
    launch(service, case.round_id, now=now)
    return case


def launch(service: Service, round_id: uuid.UUID, *, now: dt.datetime = NOW) -> None:
    """Launch a draft."""
    with service.database.writing() as session:
        round_ = session.get_one(Round, round_id)
        framework = service.catalogue.get(session, round_.mentorship.mentor, round_.framework_id)
        launch_round(
            session,
            round_,
            framework,
            links=service.rater_links,
            master_key=service.master_key,
            now=now,
        )


def close(service: Service, round_id: uuid.UUID, *, now: dt.datetime = NOW) -> None:
    """Close an open round."""
    with service.database.writing() as session:
        round_ = session.get_one(Round, round_id)
        close_round(session, round_, master_key=service.master_key, now=now)


def tokens(service: Service, round_id: uuid.UUID) -> dict[str, str]:
    """The tokens of a round's raters, by address."""
    with service.database.reading() as session:
        round_ = session.get_one(Round, round_id)
        return {
            invitation.email: service.rater_links.token(invitation)
            for invitation in round_.invitations
        }


def invitation_of(round_: Round, email: str) -> Invitation:
    """The round's invitation to this address."""
    return next(i for i in round_.invitations if i.email == email)


def ask_for_link(session: Session, service: Service, email: str, now: dt.datetime = NOW) -> None:
    """Ask for a sign-in link, and let the worker's step answer."""
    request_sign_in(session, email)
    session.flush()
    answer_sign_in_requests(session, service.sign_in_links, now)
