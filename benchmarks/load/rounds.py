"""Open rounds with many raters, and years of earlier answers, in a fresh database."""

from __future__ import annotations

import datetime as dt
import json
import secrets
import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from benchmarks.load.databases import Place
from config import load_config
from survey.accounts.people import add_mentor
from survey.frameworks.loader import parse_framework
from survey.frameworks.model import Framework
from survey.frameworks.rater_groups import STANDARD_GROUPS
from survey.mentoring.mentees import add_mentee
from survey.rounds.draft import RoundDetails, add_raters, create_draft
from survey.rounds.launch import launch_round
from survey.rounds.rater_list import RaterEntry
from survey.service import Service
from survey.storage.migrate import migrate
from survey.storage.models import (
    Base,
    Invitation,
    Response,
    Round,
    RoundGroup,
    RoundKind,
    RoundState,
    SealedBallot,
)

COMPETENCIES, INDICATORS = 6, 5
_CHUNK = 10_000


def framework() -> Framework:
    """Thirty indicators on a scale of five points, and two open questions."""
    lines = [
        "format: 1",
        "id: load",
        "version: 1.0.0",
        "title: {en: Under load}",
        "description: {en: Thirty statements to measure with.}",
        "languages: [en]",
        "scale:",
        "  points:",
        *(f"    - {{value: {n}, label: {{en: {label}}}}}" for n, label in enumerate(_LABELS, 1)),
        "  not_observed: {en: No chance to see this}",
        "competencies:",
    ]
    for number in range(1, COMPETENCIES + 1):
        lines += [
            f"  - id: competency-{number}",
            f"    kind: {('knowledge', 'skill', 'behaviour')[number % 3]}",
            f"    title: {{en: Working with others in field {number}}}",
            f"    description: {{en: Brings people together around the work of field {number}.}}",
            "    indicators:",
        ]
        for place in range(1, INDICATORS + 1):
            lines += [
                f"      - id: statement-{number}-{place}",
                f"        text: {{en: Says early what stands in the way of work {number}-{place}}}",
                f"        wording: {{self: {{en: I say early what hinders {number}-{place}}}}}",
            ]
    lines += [
        "open_questions:",
        "  - {id: keep, text: {en: What should this person keep doing?}}",
        "  - {id: change, text: {en: What should this person do differently?}}",
    ]
    return parse_framework("\n".join(lines).encode(), "load.yaml")


_LABELS = ("Almost never", "Sometimes", "Half the time", "Nearly every time", "Every time")


def prepare(place: Place) -> Service:
    """The service on its migrated database."""
    (place.folder / "instance").mkdir(exist_ok=True)
    service = Service(load_config(place.environment))
    migrate(service.database)
    return service


def draft_round(session: Session, service: Service, raters: int) -> Round:
    """A draft about a new mentee with so many raters in four groups."""
    today, name = service.today(), secrets.token_hex(4)
    mentor = add_mentor(session, "Max Mentor", f"mentor-{name}@example.org")
    mentorship = add_mentee(session, mentor, "Mia Mentee", f"{name}@example.org", service.now())
    details = RoundDetails(
        kind=RoundKind.BEFORE,
        framework_id="load",
        groups=STANDARD_GROUPS,
        deadline=today + dt.timedelta(days=30),
        purpose="Where you have seen me work well, and where I could do better.",
    )
    draft = create_draft(session, mentorship, details, today)
    groups = [group.key for group in STANDARD_GROUPS if group.anonymous]
    entries = [
        RaterEntry(f"Rater {n}", f"rater{n}-{name}@example.org", groups[n % len(groups)], "en")
        for n in range(raters)
    ]
    if problems := add_raters(session, draft, entries):
        raise SystemExit(f"raters: {problems[0]}")
    return draft


def launch(session: Session, service: Service, draft: Round, asked: Framework) -> None:
    """Open the round."""
    launch_round(
        session,
        draft,
        asked,
        links=service.rater_links,
        master_key=service.master_key,
        now=service.now(),
    )


def open_rounds(service: Service, rounds: int, raters: int) -> list[str]:
    """Tokens of so many raters of each of so many open rounds, mixed."""
    asked = framework()
    tokens: list[str] = []
    for _ in range(rounds):
        with service.database.writing() as session:
            draft = draft_round(session, service, raters)
            launch(session, service, draft, asked)
            tokens += [
                service.rater_links.token(invitation)
                for invitation in draft.invitations
                if invitation.group_key != "self"
            ]
    # Letters are delivered by the worker, which does not run here.
    with service.database.writing() as session:
        session.execute(sa.text("DELETE FROM outbox"))
    secrets.SystemRandom().shuffle(tokens)
    return tokens


def fill(service: Service, responses: int) -> None:
    """Add closed rounds of thirty raters until so many responses are stored."""
    with service.database.reading() as session:
        there = session.scalar(sa.select(sa.func.count()).select_from(Response)) or 0
        template = session.scalars(sa.select(Round)).first()
    if template is None:
        raise SystemExit("fill after rounds were opened")
    ratings = json.dumps({f"statement-{c}-{i}": 4 for c in range(1, 7) for i in range(1, 6)})
    for start in range(there, responses, _CHUNK):
        with service.database.writing() as session:
            _closed_rounds(session, template, min(_CHUNK, responses - start), ratings)
    settle(service)


def _closed_rounds(session: Session, template: Round, responses: int, ratings: str) -> None:
    today = dt.datetime.now(dt.UTC).date()
    for start in range(0, responses, 30):
        round_id = uuid.uuid4()
        many = range(min(30, responses - start))
        session.execute(
            sa.insert(Round.__table__).values(
                id=round_id,
                mentorship_id=template.mentorship_id,
                questionnaire_id=template.questionnaire_id,
                kind=RoundKind.BEFORE,
                state=RoundState.RELEASED,
                framework_id="load",
                deadline=today,
                launched_on=today,
                closed_on=today,
            )
        )
        _insert(
            session,
            RoundGroup,
            [
                {
                    "round_id": round_id,
                    "key": "peers",
                    "label": "Peers",
                    "anonymous": True,
                    "threshold": 3,
                    "position": 0,
                }
            ],
        )
        addresses = [f"{uuid.uuid4().hex}@example.org" for _ in many]
        _insert(
            session,
            Invitation,
            [
                {
                    "id": uuid.uuid4(),
                    "round_id": round_id,
                    "group_key": "peers",
                    "name": "Some Rater",
                    "email": address,
                    "normalised_email": address,
                    "link_hash": secrets.token_hex(32),
                    "link_version": 1,
                    "link_expires_on": today,
                    "done": True,
                }
                for address in addresses
            ],
        )
        _insert(
            session,
            Response,
            [
                {
                    "key": secrets.token_bytes(16),
                    "round_id": round_id,
                    "group_key": "peers",
                    "ratings": ratings,
                }
                for _ in many
            ],
        )


def _insert(session: Session, model: type[Base], rows: Sequence[dict[str, object]]) -> None:
    session.execute(sa.insert(model.__table__), rows)


def settle(service: Service) -> None:
    """What a database does by itself when it is left alone for a while."""
    autocommit = service.database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as connection:
        if service.database.is_sqlite:
            connection.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)"))
        else:
            connection.execute(sa.text("VACUUM (ANALYZE)"))
            connection.execute(sa.text("CHECKPOINT"))


def stored_ballots(service: Service) -> int:
    """How many sealed ballots the database really holds."""
    with service.database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(SealedBallot)) or 0
