"""Where the keys of mentorships lie: a small database of its own, apart from the texts.

Apart, because of backups. A backup of the main database holds sealed texts and no key; when a
mentorship is erased its key is destroyed here, and the texts are gone from every backup too. Back
this database up for a few days only, and never together with the other.

Open rounds have a key here as well. It is destroyed when the round closes, and then no copy of the
main database opens the round's ballots again: neither its backups, nor with the master key.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import (
    Column,
    Connection,
    Date,
    Engine,
    LargeBinary,
    MetaData,
    Select,
    String,
    Table,
    Uuid,
    delete,
    func,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from survey.confidentiality.master_key import MasterKey
from survey.confidentiality.sealed_text import TextKey
from survey.kept import Kept
from survey.storage.engines import WRITING, create_engine_for, is_sqlite, missing_file
from survey.storage.traces import erase_traces, withhold_statistics

# PostgreSQL's numbers of the locks under which the tables are created, and under which keys are
# made and destroyed: nobody makes one while another process notes that there shall be none.
_CREATING, _KEEPING = 360_360, 360_361
_METADATA = MetaData()
_KEYS = Table(
    "mentorship_keys",
    _METADATA,
    Column("mentorship_id", Uuid, primary_key=True),
    Column("wrapped_key", LargeBinary, nullable=False),
)
# What tells a key database from others.
KEY_TABLE = _KEYS.name
# Keys for purposes of the service itself, such as the audit trail's.
_SERVICE_KEYS = Table(
    "service_keys",
    _METADATA,
    Column("name", String(40), primary_key=True),
    Column("wrapped_key", LargeBinary, nullable=False),
)
# Whose data was erased: a restored backup of the main database is cleaned of them again.
_ERASED = Table(
    "erased",
    _METADATA,
    Column("id", Uuid, primary_key=True),
    Column("erased_on", Date, nullable=False),
)
# Without a round's opening key the private key in the main database is of no use.
_OPENING_KEYS = Table(
    "opening_keys",
    _METADATA,
    Column("round_id", Uuid, primary_key=True),
    Column("wrapped_key", LargeBinary, nullable=False),
)
# Rounds that were closed or erased: a restored backup in which one is open is put right.
_ENDED_ROUNDS = Table(
    "ended_rounds",
    _METADATA,
    Column("round_id", Uuid, primary_key=True),
    Column("ended_on", Date, nullable=False),
)
# Keys were deleted, and what the files still hold of them has to go.
_TRACES_DUE = Table("traces_due", _METADATA, Column("id", Uuid, primary_key=True))
# Where wrapped keys lie, by the column that tells whose they are.
_WRAPPED = (_KEYS.c.mentorship_id, _SERVICE_KEYS.c.name, _OPENING_KEYS.c.round_id)
# How long a yes to whether a round can be opened holds.
_OPENABLE_SECONDS = 10


class KeyDestroyedError(LookupError):
    """There is no key for this mentorship (any more): its texts are gone."""


@dataclass(frozen=True)
class Notes:
    """What is gone, and since when: people, mentorships and invitations; and rounds."""

    erased: dict[uuid.UUID, dt.date]
    ended_rounds: dict[uuid.UUID, dt.date]


class KeyStore:
    """The keys of all mentorships, wrapped by the master key.

    What somebody keeps that belongs to no mentorship (a mentor's reflective log) has a key of its
    own, under the person's id.
    """

    def __init__(self, url: str, master_key: MasterKey) -> None:
        """Prepare the engine; nothing is opened yet. Raises DatabaseUrlError."""
        self._engine = create_engine_for(url, setting="KEY_DATABASE_URL")
        self._writing_engine = self._engine.execution_options(**{WRITING: True})
        self._master_key = master_key
        self._prepared = False
        self._service_keys: dict[str, bytes] = {}
        self._openable = Kept[uuid.UUID, bool](most=1000, seconds=_OPENABLE_SECONDS)

    @property
    def engine(self) -> Engine:
        """Where the keys lie, for copying them as a whole."""
        return self._engine

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        self.prepare()
        with self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        self.prepare()
        with self._writing_engine.begin() as connection:
            yield connection

    def is_there(self) -> bool:
        """Whether keys were ever kept here; nothing is created by asking."""
        if missing_file(self._engine) is not None:
            return False
        return self._prepared or inspect(self._engine).has_table(KEY_TABLE)

    def prepare(self) -> None:
        """Create the tables where they are missing: at the first use by this process."""
        if self._prepared:
            return
        with self._writing_engine.begin() as connection:
            if not is_sqlite(self._engine):
                # Processes that start together must not create the same table twice. On SQLite
                # a writer is alone anyway.
                connection.execute(select(func.pg_advisory_xact_lock(_CREATING)))
            _METADATA.create_all(connection)
            if not is_sqlite(self._engine):
                withhold_statistics(connection)
        self._prepared = True

    @contextmanager
    def _keeping(self) -> Iterator[Connection]:
        """For making and destroying keys: one process after the other."""
        with self._writing() as connection:
            if not is_sqlite(self._engine):
                connection.execute(select(func.pg_advisory_xact_lock(_KEEPING)))
            yield connection

    def key(self, mentorship_id: uuid.UUID) -> TextKey:
        """The key of a mentorship. Raises KeyDestroyedError, MasterKeyError."""
        wrapped = self._wrapped(_KEYS.c.mentorship_id, mentorship_id)
        if wrapped is None:
            raise KeyDestroyedError(f"there is no key for the mentorship {mentorship_id}")
        return TextKey(self._master_key.unwrap(wrapped))

    def key_for_writing(self, mentorship_id: uuid.UUID) -> TextKey:
        """The key of a mentorship, made now if there is none yet.

        Raises KeyDestroyedError for one that was erased: nothing is written for it again.
        """
        try:
            return self.key(mentorship_id)
        except KeyDestroyedError:
            self._make(_KEYS.c.mentorship_id, mentorship_id, unless=_ERASED.c.id)
        return self.key(mentorship_id)

    def opening_key(self, round_id: uuid.UUID) -> bytes:
        """What opens the private key of an open round. Raises KeyDestroyedError, MasterKeyError."""
        wrapped = self._wrapped(_OPENING_KEYS.c.round_id, round_id)
        if wrapped is None:
            raise KeyDestroyedError(f"there is no key for the round {round_id}")
        return self._master_key.unwrap(wrapped)

    def opening_key_for_writing(self, round_id: uuid.UUID) -> bytes:
        """The same, made now if there is none yet: for a round that is about to be launched.

        Raises KeyDestroyedError for a round that has ended.
        """
        try:
            return self.opening_key(round_id)
        except KeyDestroyedError:
            self._make(_OPENING_KEYS.c.round_id, round_id, unless=_ENDED_ROUNDS.c.round_id)
        return self.opening_key(round_id)

    def has_opening_key(self, round_id: uuid.UUID) -> bool:
        """Whether the ballots of an open round can be opened one day."""
        return self._wrapped(_OPENING_KEYS.c.round_id, round_id) is not None

    def opens(self, round_id: uuid.UUID) -> bool:
        """The same, asked with every answer: a yes holds for some seconds, a no is never kept.

        For a round that is held open meanwhile. Its key goes only once its close is committed, or
        with all else when the mentorship is erased; and the key database is not exchanged beneath
        a running service. Should the commit of that erasure fail, a yes outlives the key for these
        seconds: an answer that is taken then goes with all earlier ones, since the note of the
        erasure is kept and has it done again.
        """
        try:
            return self._openable.get(round_id, lambda: self._require_opening_key(round_id))
        except KeyDestroyedError:
            return False

    def _require_opening_key(self, round_id: uuid.UUID) -> bool:
        if not self.has_opening_key(round_id):
            raise KeyDestroyedError(round_id)
        return True

    def _wrapped(self, whose: Column[uuid.UUID], owner: uuid.UUID) -> bytes | None:
        with self._reading() as connection:
            found: bytes | None = connection.scalar(
                select(whose.table.c.wrapped_key).where(whose == owner)
            )
            return found

    def _make(
        self, whose: Column[uuid.UUID], owner: uuid.UUID, *, unless: Column[uuid.UUID]
    ) -> None:
        """Make a key, unless there is one or a note that there shall be none."""
        wrapped = self._fresh()
        with self._keeping() as connection:
            for column in (whose, unless):
                if connection.scalar(select(column).where(column == owner)) is not None:
                    return
            connection.execute(
                insert(whose.table).values({whose.name: owner, "wrapped_key": wrapped})
            )

    def _fresh(self) -> bytes:
        """A new key, wrapped.

        Raises MasterKeyError when the keys that are here were wrapped by another: one made now
        would lie among them and open with none of the two alone.
        """
        with self._reading() as connection:
            for table in (_SERVICE_KEYS, _KEYS):
                known = connection.scalar(select(table.c.wrapped_key).limit(1))
                if known is not None:
                    self._master_key.unwrap(known)
        return self._master_key.wrap(TextKey.generate())

    def service_key(self, name: str) -> bytes:
        """32 bytes for a purpose of the service itself, made at the first use.

        Raises MasterKeyError.
        """
        if name not in self._service_keys:
            with self._reading() as connection:
                wrapped = connection.scalar(_wrapped_service_key(name))
            if wrapped is None:
                fresh = self._fresh()
                try:
                    with self._writing() as connection:
                        connection.execute(
                            insert(_SERVICE_KEYS).values(name=name, wrapped_key=fresh)
                        )
                except IntegrityError:
                    # Another process was quicker; its key is the one that counts.
                    pass
                with self._reading() as connection:
                    wrapped = connection.execute(_wrapped_service_key(name)).scalar_one()
            self._service_keys[name] = self._master_key.unwrap(wrapped)
        return self._service_keys[name]

    def destroy(self, mentorship_id: uuid.UUID, today: dt.date) -> None:
        """Destroy the key of a mentorship and note that it was erased, at once and for good.

        `erase_due_traces` has to follow once the caller's transaction is over.
        """
        with self._keeping() as connection:
            self._delete(connection, _KEYS.c.mentorship_id, [mentorship_id])
            _note(connection, _ERASED, {mentorship_id: today})

    def note_erased(self, object_id: uuid.UUID, today: dt.date) -> None:
        """Note that the data of a person, mentorship or invitation was erased."""
        if not self.is_erased(object_id):
            with self._keeping() as connection:
                _note(connection, _ERASED, {object_id: today})

    def end_rounds(self, ended: Mapping[uuid.UUID, dt.date]) -> None:
        """Destroy the opening keys of these rounds and note when they ended, for good.

        For rounds whose close is committed, and for those that are erased: with the key go all
        ballots that were not opened. `erase_due_traces` has to follow.
        """
        with self._keeping() as connection:
            self._delete(connection, _OPENING_KEYS.c.round_id, ended)
            _note(connection, _ENDED_ROUNDS, ended)

    def ended_rounds(self) -> Mapping[uuid.UUID, dt.date]:
        """Every round that has ended, and when."""
        with self._reading() as connection:
            return {row.round_id: row.ended_on for row in connection.execute(select(_ENDED_ROUNDS))}

    def is_ended(self, round_id: uuid.UUID) -> bool:
        """Whether the round has ended: then no ballot of it is ever opened again."""
        column = _ENDED_ROUNDS.c.round_id
        with self._reading() as connection:
            return connection.scalar(select(column).where(column == round_id)) is not None

    def notes(self) -> Notes:
        """All that is noted as gone. The tables may be those of an earlier version."""
        found = Notes({}, {})
        with self._engine.connect() as connection:
            for table, notes in ((_ERASED, found.erased), (_ENDED_ROUNDS, found.ended_rounds)):
                if inspect(connection).has_table(table.name):
                    for id_, day in connection.execute(select(*table.columns)):
                        notes[id_] = day
        return found

    def take_over(self, notes: Notes) -> int:
        """Note what another key database notes as gone, and destroy the keys of it.

        Tells how much of it was news: it is what a restored backup of the keys had forgotten.
        `erase_due_traces` has to follow.
        """
        with self._keeping() as connection:
            self._delete(connection, _KEYS.c.mentorship_id, notes.erased)
            self._delete(connection, _OPENING_KEYS.c.round_id, notes.ended_rounds)
            news = _note(connection, _ERASED, notes.erased)
            news += _note(connection, _ENDED_ROUNDS, notes.ended_rounds)
        return news

    def _delete(
        self, connection: Connection, whose: Column[uuid.UUID], owners: Iterable[uuid.UUID]
    ) -> None:
        for owner in owners:
            connection.execute(delete(whose.table).where(whose == owner))
        connection.execute(insert(_TRACES_DUE).values(id=uuid.uuid4()))

    def erase_due_traces(self) -> None:
        """Erase what the files still hold of destroyed keys, as far as nobody hinders it.

        The worker repeats it until it has succeeded.
        """
        with self._reading() as connection:
            due = connection.scalars(select(_TRACES_DUE.c.id)).all()
        tables = [column.table.name for column in _WRAPPED]
        if due and erase_traces(self._engine, tables, _TRACES_DUE.name):
            with self._writing() as connection:
                connection.execute(delete(_TRACES_DUE).where(_TRACES_DUE.c.id.in_(due)))

    def is_erased(self, object_id: uuid.UUID) -> bool:
        """Whether this was erased."""
        with self._reading() as connection:
            found = connection.scalar(select(_ERASED.c.id).where(_ERASED.c.id == object_id))
        return found is not None

    def erased(self) -> Sequence[uuid.UUID]:
        """Everything that was erased, by id."""
        with self._reading() as connection:
            return connection.scalars(select(_ERASED.c.id)).all()

    def rewrap(self) -> int:
        """Wrap every key with the newest master key; tells how many are mentorships'.

        Raises MasterKeyError.
        """
        with self._keeping() as connection:
            for whose in _WRAPPED:
                for owner, wrapped in connection.execute(select(whose, whose.table.c.wrapped_key)):
                    connection.execute(
                        update(whose.table)
                        .where(whose == owner)
                        .values(wrapped_key=self._master_key.rewrap(wrapped))
                    )
            connection.execute(insert(_TRACES_DUE).values(id=uuid.uuid4()))
            count = connection.scalar(select(func.count()).select_from(_KEYS)) or 0
        self.erase_due_traces()
        return count

    def check(self) -> None:
        """Raises MasterKeyError when the keys are wrapped with another master key than ours."""
        with self._reading() as connection:
            for whose in _WRAPPED:
                wrapped = connection.scalar(select(whose.table.c.wrapped_key).limit(1))
                if wrapped is not None:
                    self._master_key.unwrap(wrapped)

    def clear(self) -> None:
        """Take all keys and notes away: of a backup that turned out to be of no use."""
        with self._writing() as connection:
            _METADATA.drop_all(connection)
        self._prepared = False

    def dispose(self) -> None:
        """Close all pooled connections."""
        self._engine.dispose()


def _wrapped_service_key(name: str) -> Select[bytes]:
    return select(_SERVICE_KEYS.c.wrapped_key).where(_SERVICE_KEYS.c.name == name)


def _note(connection: Connection, notes: Table, ended: Mapping[uuid.UUID, dt.date]) -> int:
    """Add what is not noted yet; tells how much."""
    key, day = notes.columns
    known = set(connection.scalars(select(key)))
    fresh = [{key.name: id_, day.name: on} for id_, on in ended.items() if id_ not in known]
    if fresh:
        connection.execute(insert(notes), fresh)
    return len(fresh)
