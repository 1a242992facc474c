"""A mentorship with something of everything in it, to be disposed of, erased and restored."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, inspect, select, text

from survey.frameworks.rater_groups import STANDARD_GROUPS
from survey.mentoring.goal_evaluation import EvaluationDetails, save_evaluation
from survey.mentoring.success_measures import MeasureDetails, save_measures
from survey.rounds.draft import RoundDetails, add_raters, create_draft
from survey.rounds.questionnaires import questionnaire_of
from survey.rounds.release import release_round
from survey.rounds.submit import submit_feedback
from survey.service import Service
from survey.storage.models import (
    AuditEntry,
    MentoringFeedback,
    ReflectionMoment,
    ReflectiveLogEntry,
    ReviewContribution,
    ReviewKind,
    Round,
    RoundKind,
    SelfReflection,
    Side,
)
from tests.support.cases import NOW, Case, close, entries, launch, launched_case, tokens

RATERS = {"manager": 1, "peers": 3}
# Texts that stand in the mentorship and nowhere else.
SECRETS = (
    "Lead cross-team projects",
    "A purpose to hide",
    "Said in private",
    "Too many meetings",
    "Speak up in March",
    "I was impatient",
    "More questions please",
    "We learned a lot",
)


@dataclass(frozen=True)
class Mentoring:
    """A released round and a later open one, by their ids, beside all that was written."""

    case: Case
    open_round_id: uuid.UUID

    @property
    def mentorship_id(self) -> uuid.UUID:
        return self.case.mentorship_id


def everything(service: Service, now: dt.datetime = NOW) -> Mentoring:
    """Mentor, mentee, goal with all that belongs to it, reflections, and two rounds."""
    case = launched_case(service, RATERS, purpose=SECRETS[1], now=now)
    answer(service, case.round_id, now)
    close(service, case.round_id, now=now)
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        release_round(session, round_, now)
        mentorship = round_.mentorship
        goal = mentorship.goals[0]
        save_measures(session, goal, [MeasureDetails(SECRETS[4], "In time", baseline=-1)])
        save_evaluation(session, goal, EvaluationDetails("partly", hindered=SECRETS[3]), now.date())
        day = now.date()
        session.add_all(
            [
                SelfReflection(
                    mentorship_id=mentorship.id,
                    moment=ReflectionMoment.END,
                    reflected_on=day,
                    answers=SECRETS[5],
                    confidence=json.dumps({str(goal.id): 3}),
                ),
                ReflectiveLogEntry(
                    mentor_id=mentorship.mentor_id,
                    mentorship_id=mentorship.id,
                    happened_on=day,
                    answers=SECRETS[5],
                ),
                ReflectiveLogEntry(
                    mentor_id=mentorship.mentor_id, happened_on=day, answers=SECRETS[5]
                ),
                MentoringFeedback(
                    mentorship_id=mentorship.id, given_on=day, held_back=False, answers=SECRETS[6]
                ),
                ReviewContribution(
                    mentorship_id=mentorship.id,
                    kind=ReviewKind.END,
                    side=Side.MENTEE,
                    written_on=day,
                    answers=SECRETS[7],
                ),
            ]
        )
        draft = create_draft(
            session,
            mentorship,
            RoundDetails(
                kind=RoundKind.AFTER,
                framework_id="leadership",
                groups=STANDARD_GROUPS,
                deadline=day + dt.timedelta(days=14),
                goal=goal,
                compared_with=round_,
            ),
            day,
        )
        if not any(invitation.group_key == "peers" for invitation in draft.invitations):
            assert add_raters(session, draft, entries(RATERS)) == []
    launch(service, draft.id, now=now)
    return Mentoring(case, draft.id)


def answer(
    service: Service, round_id: uuid.UUID, now: dt.datetime = NOW, *, but: str = "nobody"
) -> None:
    """Let everybody answer, except one address."""
    with service.database.reading() as session:
        questionnaire = questionnaire_of(session.get_one(Round, round_id))
        items = [i for c in questionnaire.competencies for i in c.indicator_ids]
    for address, token in tokens(service, round_id).items():
        if address != but:
            fields = {f"r-{item}": str(2 + len(address) % 3) for item in items}
            with service.database.writing() as session:
                submit_feedback(
                    session,
                    service.rater_links,
                    token,
                    fields | {"c-start": SECRETS[2]},
                    now.date(),
                )


def rows(service: Service) -> dict[str, int]:
    """How many rows each table has."""
    with service.database.engine.connect() as connection:
        return {
            table: connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one()
            for table in inspect(service.database.engine).get_table_names()
        }


def raw(service: Service) -> bytes:
    """All that lies in the files of the main database, dead rows and planner's samples included."""
    return files_of(service.database.engine)


def files_of(engine: Engine) -> bytes:
    """All that lies in a database's files.

    Of PostgreSQL not its write-ahead log, which all databases of the server share.
    """
    if engine.dialect.name == "sqlite":
        path = Path(str(engine.url.database))
        return b"".join(file.read_bytes() for file in path.parent.glob(path.name + "*"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CHECKPOINT"))
        folder = connection.execute(text("SHOW data_directory")).scalar_one()
        number = connection.execute(
            text("SELECT oid FROM pg_database WHERE datname = current_database()")
        ).scalar_one()
    files = [file for file in Path(folder, "base", str(number)).iterdir() if file.is_file()]
    assert files
    return b"".join(file.read_bytes() for file in files)


def analyse(engine: Engine) -> None:
    """Let PostgreSQL take the samples for its planner now, as it does by itself after a while."""
    if engine.dialect.name != "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))


def actions(service: Service) -> list[str]:
    """What the audit trail tells, in order."""
    with service.database.reading() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.sequence)))
