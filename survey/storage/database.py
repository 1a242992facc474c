"""The connection to SQLite or PostgreSQL, and the two ways to use it: reading and writing."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, delete, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from survey.storage.ended_rounds import end_closed_rounds
from survey.storage.engines import WRITING, create_engine_for, is_sqlite
from survey.storage.faults import DatabaseFaultError, Fault
from survey.storage.key_store import KeyStore
from survey.storage.models import ErasureDue
from survey.storage.queries.sealed import holds_sealed_texts
from survey.storage.sealed_columns import give_keys
from survey.storage.traces import erase_traces

_log = logging.getLogger(__name__)
_ERASE_TRACES = "survey_erase_traces"
_TABLES_WITH_TRACES = ("sealed_ballots", "invitations", "rounds", "round_groups", "outbox")


class Database:
    """A database that use cases read from and write to, one transaction at a time."""

    def __init__(self, url: str, keys: KeyStore | None = None, *, pool_size: int = 5) -> None:
        """Prepare the engine; nothing is opened yet. Raises DatabaseUrlError.

        Without `keys` sealed texts can be neither read nor written.
        """
        self.keys = keys
        self._keys_are_there = False
        self.engine = create_engine_for(url, setting="DATABASE_URL", pool_size=pool_size)
        self._writing_engine = self.engine.execution_options(**{WRITING: True})
        self._glancing_engine = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded default."""
        return is_sqlite(self.engine)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for looking only; whatever it did is dropped. What was read stays readable."""
        with Session(self.engine, expire_on_commit=False, autoflush=False) as session:
            self._give_keys(session)
            yield session

    @contextmanager
    def glancing(self) -> Iterator[Connection]:
        """A connection for one statement that only looks: on PostgreSQL without a transaction."""
        self._require_keys()
        with self._glancing_engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that commits as a whole at the end, or not at all when an error passes."""
        with Session(self._writing_engine, expire_on_commit=False) as session:
            self._give_keys(session)
            with session.begin():
                yield session
            if session.info.get(_ERASE_TRACES):
                self.erase_due_traces()

    def _give_keys(self, session: Session) -> None:
        if self.keys is not None:
            self._require_keys()
            give_keys(session, self.keys)

    def lacks_its_keys(self) -> bool:
        """Whether there are no keys although texts here are sealed with some.

        Nothing is created by asking.
        """
        if self.keys is None or self.keys.is_there():
            return False
        with self.engine.connect() as connection:
            return holds_sealed_texts(connection)

    def _require_keys(self) -> None:
        """Refuse to begin with an empty key database where there was another.

        The keys made in it would be gone when the right one is put back, and with them what was
        written meanwhile. Raises DatabaseFaultError.
        """
        if self.keys is None or self._keys_are_there:
            return
        if self.lacks_its_keys():
            nothing_there = OperationalError(None, None, LookupError("no tables"))
            raise DatabaseFaultError(Fault.EMPTY, "KEY_DATABASE_URL", nothing_there)
        self._keys_are_there = True

    def erase_traces(self, tables: Sequence[str] = ()) -> bool:
        """Erase what the files still hold of deleted and changed rows; tells whether it succeeded.

        `tables` are those concerned beside the ones that a round's close concerns.

        After a round's close neither the order in which transactions came nor a dead row must
        outlive the shuffling of the ballots. Somebody who reads meanwhile can hinder it; then it
        has to be tried again.
        """
        return erase_traces(self.engine, (*_TABLES_WITH_TRACES, *tables), ErasureDue.__tablename__)

    def rewrite(self, tables: Sequence[str]) -> None:
        """Write these tables anew, so that their files keep nothing of changed rows.

        SQLite overwrites what is deleted by itself; only its log is to be emptied.
        """
        autocommit = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        with autocommit.connect() as connection:
            if self.is_sqlite:
                connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
                return
            for table in tables:
                connection.execute(text(f"VACUUM (FULL) {table}"))

    def erase_due_traces(self) -> None:
        """Erase if a close, an erasure or a disposal asks for it and has not been served yet."""
        with self.reading() as session:
            due = session.scalars(select(ErasureDue)).all()
        tables = sorted({table for one in due for table in (one.tables or "").split()})
        # What is due stays until both are done; neither waits for the other.
        ended = not due or self._clean_the_keys()
        if due and self.erase_traces(tables) and ended:
            with self.writing() as session:
                session.execute(
                    delete(ErasureDue).where(ErasureDue.id.in_([one.id for one in due]))
                )
            if self.is_sqlite:
                # The removal itself went through the log.
                self.erase_traces()

    def _clean_the_keys(self) -> bool:
        """Destroy the keys of rounds whose close is committed, and traces of destroyed keys.

        After the commit, and never before: a close that fails must find its key again. Whoever
        closed the round has succeeded either way, and the worker does what could not be done.
        Tells whether it succeeded.
        """
        try:
            with self.reading() as session:
                end_closed_rounds(session)
            if self.keys is not None:
                self.keys.erase_due_traces()
        except OperationalError as error:
            _log.warning("The key database is not available: %s", error.orig)
            return False
        return True

    def dispose(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()


def erase_traces_after_commit(session: Session, tables: Iterable[str] = ()) -> None:
    """Ask that traces of deleted rows are erased once this session's transaction is committed.

    `tables` are those concerned beside the ones that a round's close concerns.
    """
    session.add(ErasureDue(tables=" ".join(sorted(tables)) or None))
    session.info[_ERASE_TRACES] = True
