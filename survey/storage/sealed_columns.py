"""Columns whose texts are sealed with the key of the mentorship they belong to.

A model keeps the sealed bytes in a column and declares the text beside it:

    statement_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    statement = SealedText("statement_sealed")

Reading opens the text, writing seals it; who uses the model sees a string. The keys come from the
session (`Database` puts them there), so a text can be read only within one.
"""

from __future__ import annotations

import uuid
from typing import Any, Protocol, overload

from sqlalchemy import event
from sqlalchemy.orm import Session, object_session

from survey.confidentiality.sealed_text import TextKey
from survey.storage.key_store import KeyStore

_KEYS = "survey_keys"
_UNSEALED = "_unsealed_texts"


class BelongsToMentorship(Protocol):
    """A row with sealed texts."""

    @property
    def sealed_for(self) -> uuid.UUID:
        """The mentorship whose key seals the row's texts."""

    @property
    def sealed_row(self) -> str:
        """What tells the row from all others of its table, from its first flush on."""


class KeyRing:
    """The keys that one session uses, each fetched once."""

    def __init__(self, store: KeyStore) -> None:
        self._store = store
        self._keys: dict[uuid.UUID, TextKey] = {}

    def key(self, mentorship_id: uuid.UUID, *, for_writing: bool = False) -> TextKey:
        """The key of a mentorship. Raises KeyDestroyedError."""
        if mentorship_id not in self._keys:
            find = self._store.key_for_writing if for_writing else self._store.key
            self._keys[mentorship_id] = find(mentorship_id)
        return self._keys[mentorship_id]

    @property
    def store(self) -> KeyStore:
        """Where the keys lie."""
        return self._store


def give_keys(session: Session, store: KeyStore) -> None:
    """Let the session open and seal texts."""
    session.info[_KEYS] = KeyRing(store)


def has_keys(session: Session) -> bool:
    """Whether the database was opened with its key database."""
    return _KEYS in session.info


def key_store(session: Session) -> KeyStore:
    """Where the keys of the session lie. Raises LookupError."""
    if _KEYS not in session.info:
        raise LookupError("the database was opened without its key database")
    keys: KeyRing = session.info[_KEYS]
    return keys.store


def service_key(session: Session, name: str) -> bytes:
    """The key for a purpose of the service itself. Raises LookupError, MasterKeyError."""
    return key_store(session).service_key(name)


class SealedText:
    """A text whose sealed form is in the column of this name; empty where that is NULL."""

    def __init__(self, column: str) -> None:
        self._column = column
        self._name = ""

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self._name = name

    @overload
    def __get__(self, row: None, owner: type[Any]) -> SealedText: ...
    @overload
    def __get__(self, row: BelongsToMentorship, owner: type[Any]) -> str: ...
    def __get__(self, row: BelongsToMentorship | None, owner: type[Any]) -> SealedText | str:
        if row is None:
            return self
        unsealed: dict[str, str] = row.__dict__.get(_UNSEALED, {})
        if self._name in unsealed:
            return unsealed[self._name]
        sealed: bytes | None = getattr(row, self._column)
        if sealed is None:
            return ""
        return _keys_of(row).key(row.sealed_for).open(sealed, self._place(row))

    def __set__(self, row: BelongsToMentorship, text: str) -> None:
        """Keep the text until the session writes; then it is sealed."""
        row.__dict__.setdefault(_UNSEALED, {})[self._name] = text
        # Another value than before, so that the session knows there is something to write.
        setattr(row, self._column, b"")

    def seal(self, row: BelongsToMentorship) -> None:
        """Seal what was set since the last time."""
        unsealed: dict[str, str] = row.__dict__.get(_UNSEALED, {})
        if self._name in unsealed:
            key = _keys_of(row).key(row.sealed_for, for_writing=True)
            setattr(row, self._column, key.seal(unsealed.pop(self._name), self._place(row)))

    def _place(self, row: BelongsToMentorship) -> str:
        table: str = type(row).__tablename__  # type: ignore[attr-defined]
        return f"{table}.{self._column}/{row.sealed_row}"


def _keys_of(row: object) -> KeyRing:
    session = object_session(row)
    if session is None or _KEYS not in session.info:
        raise LookupError("a sealed text can be read and written within a session only")
    keys: KeyRing = session.info[_KEYS]
    return keys


@event.listens_for(Session, "before_flush")
def _seal_texts(session: Session, _context: object, _instances: object) -> None:
    """Seal every text that was set, before anything of it reaches the database."""
    for row in [*session.new, *session.dirty]:
        if _UNSEALED in row.__dict__:
            for name in list(row.__dict__[_UNSEALED]):
                vars(type(row))[name].seal(row)
