"""Rounds with a known course, and what an administrator finds in the database afterwards.

The raters answer one after the other, each in a transaction of its own, in an order that the
attacker has seen on the wire. Copies of the database from before the close tell the attacker which
sealed ballot came with which invitation. What is left to find out is which of the opened
responses belongs to whom; only the test knows that.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import sqlite3
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from config import load_config
from survey.accounts.people import add_mentor
from survey.anonymity.released_aggregate import ReleasedAggregate
from survey.frameworks.rater_groups import PEERS
from survey.mentoring.mentees import add_mentee
from survey.rounds.close import close_round
from survey.rounds.draft import RoundDetails, add_raters, create_draft
from survey.rounds.launch import launch_round
from survey.rounds.rater_list import RaterEntry
from survey.rounds.submit import submit_feedback
from survey.service import Service
from survey.storage.database import Database
from survey.storage.models import Comment, Mentorship, Round, RoundKind
from survey.storage.queries import rounds as round_queries
from tests.conftest import service_environment
from tests.support.cases import NOW

FRAMEWORK = """\
format: 1
id: tiny
version: 1.0.0
title: {en: Tiny}
description: {en: As little as a round can ask.}
languages: [en]
scale:
  points:
    - {value: 1, label: {en: Never}}
    - {value: 2, label: {en: Seldom}}
    - {value: 3, label: {en: At times}}
    - {value: 4, label: {en: Often}}
    - {value: 5, label: {en: Always}}
  question: {en: How often?}
  not_observed: {en: Not seen}
competencies:
  - id: listening
    kind: skill
    title: {en: Listening}
    description: {en: Listens.}
    indicators:
      - {id: lets-finish, text: {en: Lets finish}, wording: {self: {en: I let finish}}}
      - {id: asks-back, text: {en: Asks back}, wording: {self: {en: I ask back}}}
open_questions:
  - {id: more, text: {en: What more}}
"""


@dataclass
class ClosedRound:
    """One round's evidence. An order is a list of raters, each a number from 0."""

    size: int
    # Orders that the attacker can tie to invitations, by what they are an order of.
    known: dict[str, list[int]] = field(default_factory=dict)
    # Orders of what was opened at close: a position in one of these is all the attacker sees.
    responses: dict[str, list[int]] = field(default_factory=dict)
    comments: dict[str, list[int]] = field(default_factory=dict)
    # Bytes that must not outlive the close.
    sealed: list[bytes] = field(default_factory=list)
    wrapped_private_key: bytes = b""
    texts: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    round_id: uuid.UUID = field(default_factory=uuid.uuid4)


def set_on_server(database: Database, change: str) -> None:
    """Change a setting of the test session's own PostgreSQL server."""
    autocommit = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as connection:
        connection.execute(text(f"ALTER SYSTEM {change}"))
        connection.execute(text("SELECT pg_reload_conf()"))


class CrimeScene:
    """One database, and rounds played on it one after the other."""

    def __init__(self, database_url: str, folder: Path, seed: int) -> None:
        frameworks = folder / "frameworks"
        frameworks.mkdir(parents=True, exist_ok=True)
        (frameworks / "tiny.yaml").write_text(FRAMEWORK)
        environment = service_environment(database_url, folder)
        self.service = Service(load_config(environment | {"FRAMEWORK_FOLDER": str(frameworks)}))
        self.database = self.service.database
        # Not to wait for the disk changes nothing in what is written.
        event.listen(self.database.engine, "connect", self._hurry)
        if not self.is_sqlite:
            set_on_server(self.database, "SET fsync = off")
        self.file = Path(database_url.removeprefix("sqlite:///")) if self.is_sqlite else None
        self._draw = random.Random(seed)
        self._played = 0
        with self.database.writing() as session:
            mentor = add_mentor(session, "Max Mentor", "max@example.org")
            mentorship = add_mentee(session, mentor, "Mia Mentee", "mia@example.org", NOW)
            self._mentorship_id = mentorship.id

    @property
    def is_sqlite(self) -> bool:
        return self.database.is_sqlite

    def leave(self) -> None:
        """Leave the server as it was found: other tests rely on its waiting for the disk."""
        if not self.is_sqlite:
            set_on_server(self.database, "RESET fsync")
        self.database.dispose()

    def play(self, size: int) -> ClosedRound:
        """Launch a round with `size` raters, let all answer in a random order, close it."""
        self._played += 1
        scene = ClosedRound(size)
        scene.round_id, scene.tokens, invitation_ids = self._launch(size)
        answering = self._draw.sample(range(size), size)
        # A rater's answers say nothing about their number, so that no order by content helps.
        codes = self._draw.sample(range(25), size)
        scene.texts = [f"Remark {self._draw.getrandbits(96):024x}" for _ in range(size)]
        whose_ballot: dict[bytes, int] = {}
        for rater in answering:
            fields = {
                "r-lets-finish": str(1 + codes[rater] // 5),
                "r-asks-back": str(1 + codes[rater] % 5),
                "c-more": scene.texts[rater],
            }
            with self.database.writing() as session:
                submit_feedback(
                    session, self.service.rater_links, scene.tokens[rater], fields, NOW.date()
                )
            (fresh,) = set(self._keys("sealed_ballots", scene.round_id)) - set(whose_ballot)
            whose_ballot[fresh] = rater
        scene.known = self._known(scene, answering, invitation_ids, whose_ballot)
        with self.database.writing() as session:
            round_ = session.get_one(Round, scene.round_id)
            close_round(session, round_, master_key=self.service.master_key, now=NOW)
        self._look_at_the_opened(scene, codes)
        return scene

    def raw(self) -> bytes:
        """Everything in the SQLite file, its write-ahead log and its shared-memory file."""
        assert self.file is not None
        return b"".join(
            path.read_bytes()
            for ending in ("", "-wal", "-shm")
            if (path := self.file.with_name(self.file.name + ending)).exists()
        )

    def rows(self, sql: str, **values: object) -> Sequence[tuple[object, ...]]:
        """What the administrator reads with SQL of their own."""
        with self.database.engine.connect() as connection:
            result = connection.execute(text(sql), values)
            return [tuple(row) for row in result] if result.returns_rows else []

    def _hurry(self, connection: object, _record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous = OFF")

    def _launch(self, size: int) -> tuple[uuid.UUID, list[str], list[uuid.UUID]]:
        service = self.service
        with self.database.writing() as session:
            mentorship = session.get_one(Mentorship, self._mentorship_id)
            details = RoundDetails(
                kind=RoundKind.INTERIM,
                framework_id="tiny",
                groups=[PEERS],
                deadline=NOW.date() + dt.timedelta(days=14),
            )
            draft = create_draft(session, mentorship, details, NOW.date())
            raters = [
                RaterEntry(f"Rater {n}", f"rater{n}@example.org", PEERS.key, None)
                for n in range(size)
            ]
            assert add_raters(session, draft, raters) == []
            framework = service.catalogue.get(session, mentorship.mentor, "tiny")
            launch_round(
                session,
                draft,
                framework,
                links=service.rater_links,
                master_key=service.master_key,
                now=NOW,
            )
            invitations = sorted(draft.invitations, key=lambda i: i.email)
            return (
                draft.id,
                [service.rater_links.token(invitation) for invitation in invitations],
                [invitation.id for invitation in invitations],
            )

    def _known(
        self,
        scene: ClosedRound,
        answering: list[int],
        invitation_ids: list[uuid.UUID],
        whose_ballot: dict[bytes, int],
    ) -> dict[str, list[int]]:
        """All orders of the invitations that can be had before the close."""
        rater_of = {invitation: rater for rater, invitation in enumerate(invitation_ids)}
        with self.database.reading() as session:
            round_ = session.get_one(Round, scene.round_id)
            by_hash = sorted(round_.invitations, key=lambda i: i.link_hash or "")
            scene.wrapped_private_key = round_.wrapped_private_key or b""
            scene.sealed = list(round_queries.sealed_ballots(session, scene.round_id))
        if self.is_sqlite and self._played % 2:
            # Every other round the ballots have reached the file itself before the close.
            self.rows("PRAGMA wal_checkpoint(PASSIVE)")
        place = "rowid" if self.is_sqlite else "ctid"
        lying = self.rows(
            f"SELECT id FROM invitations WHERE round_id = :id ORDER BY {place}",
            id=self._plain(scene.round_id),
        )
        return {
            "order of answers": answering,
            "invitations as they lie": [rater_of[uuid.UUID(str(id_))] for (id_,) in lying],
            "invitation ids": [rater_of[id_] for id_ in sorted(rater_of)],
            "link hashes": [rater_of[invitation.id] for invitation in by_hash],
            "sealed keys": [whose_ballot[key] for key in sorted(whose_ballot)],
            "sealed ballots as they lay": [
                whose_ballot[key]
                for key in self._as_they_lie("sealed_ballots", scene.round_id, list(whose_ballot))
            ],
        }

    def _look_at_the_opened(self, scene: ClosedRound, codes: list[int]) -> None:
        with self.database.reading() as session:
            rows = round_queries.responses(session, scene.round_id)
            whose_response = {row.key: _rater(json.loads(row.ratings), codes) for row in rows}
            shown = self._published_comments(session, scene.round_id)
            # The attacker has all keys: only the places of the rows may keep a secret.
            written_by_key = {
                comment.key: comment.text
                for comment in session.scalars(
                    select(Comment).where(Comment.round_id == scene.round_id)
                )
            }
        by_text = {written: rater for rater, written in enumerate(scene.texts)}
        whose_comment = {bytes(key): by_text[written] for key, written in written_by_key.items()}
        for table, whose, orders in (
            ("responses", whose_response, scene.responses),
            ("comments", whose_comment, scene.comments),
        ):
            orders["keys"] = [whose[key] for key in sorted(whose)]
            orders["as they lie"] = [
                whose[key] for key in self._as_they_lie(table, scene.round_id, list(whose))
            ]
        scene.comments["as published"] = [by_text[written] for written in shown]

    def _published_comments(self, session: Session, round_id: uuid.UUID) -> tuple[str, ...]:
        stored = round_queries.aggregate(session, round_id)
        assert stored is not None
        (group,) = ReleasedAggregate.from_json(stored.document).comments
        return group.texts

    def _keys(self, table: str, round_id: uuid.UUID) -> list[bytes]:
        rows = self.rows(f"SELECT key FROM {table} WHERE round_id = :id", id=self._plain(round_id))
        return [bytes(key) for (key,) in rows]  # type: ignore[call-overload]

    def _as_they_lie(self, table: str, round_id: uuid.UUID, keys: list[bytes]) -> list[bytes]:
        """The keys by the place of their rows: in the raw file (page, then offset), or by ctid."""
        if not self.is_sqlite:
            rows = self.rows(
                f"SELECT key FROM {table} WHERE round_id = :id ORDER BY ctid", id=round_id
            )
            return [bytes(key) for (key,) in rows]  # type: ignore[call-overload]
        raw = self.raw()
        # In a table's record the round follows the key; in the index it goes before it.
        places = {key: raw.find(key + round_id.hex.encode()) for key in keys}
        assert min(places.values()) >= 0
        return sorted(keys, key=places.__getitem__)

    def _plain(self, id_: uuid.UUID) -> object:
        return id_.hex if self.is_sqlite else id_


def _rater(ratings: dict[str, int], codes: list[int]) -> int:
    return codes.index((ratings["lets-finish"] - 1) * 5 + ratings["asks-back"] - 1)
