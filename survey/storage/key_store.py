"""Where the keys of mentorships lie: a small database of its own, apart from the texts.

Apart, because of backups. A backup of the main database holds sealed texts and no key; when a
mentorship is erased its key is destroyed here, and the texts are gone from every backup too. Back
this database up for a few days only, and never together with the other.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

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
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError

from survey.confidentiality.master_key import MasterKey
from survey.confidentiality.sealed_text import TextKey
from survey.storage.engines import WRITING, create_engine_for, is_sqlite

# PostgreSQL's number of the lock under which the tables are created.
_CREATING = 360_360
_METADATA = MetaData()
_KEYS = Table(
    "mentorship_keys",
    _METADATA,
    Column("mentorship_id", Uuid, primary_key=True),
    Column("wrapped_key", LargeBinary, nullable=False),
)
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


class KeyDestroyedError(LookupError):
    """There is no key for this mentorship (any more): its texts are gone."""


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
        self._prepared = True

    def key(self, mentorship_id: uuid.UUID) -> TextKey:
        """The key of a mentorship. Raises KeyDestroyedError, MasterKeyError."""
        with self._reading() as connection:
            wrapped = connection.scalar(
                select(_KEYS.c.wrapped_key).where(_KEYS.c.mentorship_id == mentorship_id)
            )
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
            if self.is_erased(mentorship_id):
                raise
        wrapped = self._master_key.wrap(TextKey.generate())
        try:
            with self._writing() as connection:
                connection.execute(
                    insert(_KEYS).values(mentorship_id=mentorship_id, wrapped_key=wrapped)
                )
        except IntegrityError:
            # Another process was quicker; its key is the one that counts.
            pass
        return self.key(mentorship_id)

    def service_key(self, name: str) -> bytes:
        """32 bytes for a purpose of the service itself, made at the first use.

        Raises MasterKeyError.
        """
        if name not in self._service_keys:
            with self._reading() as connection:
                wrapped = connection.scalar(_wrapped_service_key(name))
            if wrapped is None:
                fresh = self._master_key.wrap(TextKey.generate())
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
        """Destroy the key of a mentorship and note that it was erased, at once and for good."""
        with self._writing() as connection:
            connection.execute(delete(_KEYS).where(_KEYS.c.mentorship_id == mentorship_id))
        self.note_erased(mentorship_id, today)
        if is_sqlite(self._engine):
            autocommit = self._engine.execution_options(isolation_level="AUTOCOMMIT")
            with autocommit.connect() as connection:
                connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))

    def note_erased(self, object_id: uuid.UUID, today: dt.date) -> None:
        """Note that the data of a person, mentorship or invitation was erased."""
        if not self.is_erased(object_id):
            with self._writing() as connection:
                connection.execute(insert(_ERASED).values(id=object_id, erased_on=today))

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
        with self._writing() as connection:
            rows = connection.execute(select(_KEYS)).all()
            for mentorship_id, wrapped in rows:
                connection.execute(
                    update(_KEYS)
                    .where(_KEYS.c.mentorship_id == mentorship_id)
                    .values(wrapped_key=self._master_key.rewrap(wrapped))
                )
            for name, wrapped in connection.execute(select(_SERVICE_KEYS)).all():
                connection.execute(
                    update(_SERVICE_KEYS)
                    .where(_SERVICE_KEYS.c.name == name)
                    .values(wrapped_key=self._master_key.rewrap(wrapped))
                )
        return len(rows)

    def dispose(self) -> None:
        """Close all pooled connections."""
        self._engine.dispose()


def _wrapped_service_key(name: str) -> Select[bytes]:
    return select(_SERVICE_KEYS.c.wrapped_key).where(_SERVICE_KEYS.c.name == name)
