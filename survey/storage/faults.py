"""What can befall a database while the service runs, told apart from mistakes in the program.

A fault passes: the transaction in hand is rolled back, and the same request succeeds once the
database is well again. Everything else that a database refuses is a mistake of ours.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from enum import StrEnum

import psycopg
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, OperationalError


class Fault(StrEnum):
    """What is wrong with the database; each is a sentence for whoever runs the service."""

    AWAY = "the database cannot be reached, or the connection to it was lost"
    FULL = "the disk is full, so nothing can be written; make room"
    READ_ONLY = "the database can be read but not written"
    BUSY = "the database is held by others for too long, or takes no more connections"
    EMPTY = (
        "it holds no keys, but texts in the main database were sealed with some. Put it back, or "
        "restore it with `restore-keys`; if it is lost for good, `keys start-anew` begins another"
    )
    BROKEN = "the storage cannot be read or written (input/output error); check disk and file"


class DatabaseFaultError(OperationalError):
    """A database cannot do its work now. What was being done is rolled back.

    Its text is one line without statement or values: it may go to a log or a terminal.
    """

    def __init__(self, fault: Fault, setting: str, cause: DBAPIError) -> None:
        """`setting` names the database as the configuration does."""
        super().__init__(
            None,
            None,
            cause.orig or cause,
            hide_parameters=True,
            connection_invalidated=cause.connection_invalidated,
        )
        self.fault = fault
        self.setting = setting

    def __str__(self) -> str:
        first = str(self.orig).strip().partition("\n")[0]
        return f"{self.setting}: {self.fault.value} ({first})."


_SQLITE = {
    sqlite3.SQLITE_BUSY: Fault.BUSY,
    sqlite3.SQLITE_LOCKED: Fault.BUSY,
    sqlite3.SQLITE_PROTOCOL: Fault.BUSY,
    sqlite3.SQLITE_FULL: Fault.FULL,
    sqlite3.SQLITE_READONLY: Fault.READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: Fault.AWAY,
    sqlite3.SQLITE_IOERR: Fault.BROKEN,
    sqlite3.SQLITE_CORRUPT: Fault.BROKEN,
    sqlite3.SQLITE_NOTADB: Fault.BROKEN,
}
# By SQLSTATE, or by its class, the first two characters.
_POSTGRESQL = {
    "08": Fault.AWAY,
    "25006": Fault.READ_ONLY,
    "25P03": Fault.AWAY,
    "40001": Fault.BUSY,
    "40P01": Fault.BUSY,
    "53100": Fault.FULL,
    "53200": Fault.BUSY,
    "53300": Fault.BUSY,
    "55P03": Fault.BUSY,
    "57014": Fault.BUSY,
    "57P01": Fault.AWAY,
    "57P02": Fault.AWAY,
    "57P03": Fault.AWAY,
    "57P05": Fault.AWAY,
    "58030": Fault.BROKEN,
}
# A refused connection carries no SQLSTATE, only the server's words.
_NO_MORE_CONNECTIONS = ("too many clients", "too many connections", "remaining connection slots")


def fault_in(error: BaseException | None) -> Fault | None:
    """The fault that a driver's error tells of; None for a mistake of the program."""
    if isinstance(error, sqlite3.Error):
        # The low byte is the kind, the others its variety.
        return _SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    if not isinstance(error, psycopg.Error):
        return None
    state = error.sqlstate or ""
    if known := _POSTGRESQL.get(state) or _POSTGRESQL.get(state[:2]):
        return known
    if state or not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return None
    if any(words in str(error) for words in _NO_MORE_CONNECTIONS):
        return Fault.BUSY
    return Fault.AWAY


def telling_faults(setting: str) -> Callable[[ExceptionContext], DatabaseFaultError | None]:
    """What an engine calls for every error of its driver: faults become DatabaseFaultError."""

    def tell(context: ExceptionContext) -> DatabaseFaultError | None:
        cause = context.sqlalchemy_exception
        # A pooled connection that has died is replaced by a new one; that is no fault yet.
        if context.is_pre_ping or not isinstance(cause, DBAPIError):
            return None
        fault = fault_in(context.original_exception)
        if fault is None and context.is_disconnect:
            fault = Fault.AWAY
        return None if fault is None else DatabaseFaultError(fault, setting, cause)

    return tell
