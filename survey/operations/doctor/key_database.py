"""Whether the key database is there, lies apart, and its keys open with the master key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from survey.anonymity.ballot_box import RoundKeys
from survey.confidentiality.master_key import MasterKey, MasterKeyError
from survey.operations.doctor.databases import check_engine, engine_of
from survey.operations.doctor.finding import Finding, fine, problem
from survey.storage.engines import DatabaseUrlError, missing_file

# Where keys lie that the master key wraps: the setting of the database, table and column.
_WRAPPED = (
    ("KEY_DATABASE_URL", "mentorship_keys", "wrapped_key"),
    ("KEY_DATABASE_URL", "service_keys", "wrapped_key"),
    ("KEY_DATABASE_URL", "opening_keys", "wrapped_key"),
    ("DATABASE_URL", "rounds", "wrapped_private_key"),
)
_SETTING = "KEY_DATABASE_URL"
# Where sealed texts of mentorships lie, beside many other places.
_SEALED = (("goals", "statement_sealed"), ("rounds", "purpose_sealed"))


def check_key_database(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Look at the key database itself."""
    if config[_SETTING] == config["DATABASE_URL"]:
        yield problem(
            "The keys lie in the same database as the texts that they seal: every backup holds "
            "both, and what is erased can be read in it.",
            f"Set {_SETTING} to a database of its own.",
        )
    try:
        with engine_of(config, _SETTING) as engine:
            if missing_file(engine) is None:
                yield from check_engine(engine, _SETTING)
    except DatabaseUrlError as error:
        yield problem(str(error), f"Set {_SETTING} right.")


def check_no_key_is_missing(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Every mentorship with sealed texts has its key."""

    def sealed(main: Engine) -> Iterator[object]:
        for table, column in _SEALED:
            yield from _read(main, table, "mentorship_id", f"{column} IS NOT NULL")

    yield from _missing_keys(
        config,
        sealed,
        ("mentorship_keys", "mentorship_id"),
        "{} of {} mentorships with sealed texts have no key: their texts cannot be read.",
        "restore its backup.",
        "Every mentorship with sealed texts has its key.",
    )


def check_no_opening_key_is_missing(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Every open round has the key that its close needs."""

    def opened(main: Engine) -> Iterator[object]:
        columns, condition = "id, wrapped_private_key", "wrapped_private_key IS NOT NULL"
        for round_id, wrapped in _rows(main, "rounds", columns, condition):
            if RoundKeys(b"", bytes(wrapped)).needs_opening_key:
                yield round_id

    yield from _missing_keys(
        config,
        opened,
        ("opening_keys", "round_id"),
        "{} of {} open rounds have no key: they take no answers, and cannot be closed.",
        "restore its newest backup with `restore-keys`.",
        "Every open round has its key.",
    )


def _missing_keys(
    config: Mapping[str, Any],
    owners: Callable[[Engine], Iterable[object]],
    kept: tuple[str, str],
    missing_text: str,
    restore: str,
    well: str,
) -> Iterator[Finding]:
    """Compare those who need a key with the table and column that say who has one."""
    try:
        with engine_of(config, "DATABASE_URL") as main, engine_of(config, _SETTING) as keys:
            needed = {_plain(owner) for owner in owners(main)}
            known = {_plain(owner) for owner in _read(keys, *kept)}
    except (DatabaseUrlError, SQLAlchemyError):
        return  # said by the checks of the databases
    if missing := len(needed - known):
        yield problem(
            missing_text.format(missing, len(needed)),
            f"Is {_SETTING} the right one? If the key database was lost, {restore}",
        )
    elif needed:
        yield fine(well)


def check_wrapped_keys(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Open every key with the master key: those of mentorships, of the service, of open rounds."""
    try:
        master_key = MasterKey(config["MASTER_KEY"])
    except MasterKeyError:
        return  # said by the check of the keys
    opened = 0
    for setting, table, column in _WRAPPED:
        try:
            with engine_of(config, setting) as engine:
                wrapped = _read(engine, table, column, f"{column} IS NOT NULL")
        except (DatabaseUrlError, SQLAlchemyError):
            continue  # said by the check of the database
        closed = 0
        for one in wrapped:
            try:
                master_key.unwrap(bytes(one))
            except MasterKeyError:
                closed += 1
        if closed:
            yield problem(
                f"The master key does not open {closed} of {len(wrapped)} keys in {table}.",
                "Put the master key back that they were made with (two keys may stand beside "
                "each other in MASTER_KEY, separated by a space).",
            )
        opened += len(wrapped) - closed
    if opened:
        yield fine(f"The master key opens {opened} keys.")


def _read(engine: Engine, table: str, column: str, condition: str = "1 = 1") -> list[Any]:
    """A column of a table; nothing where there is no such table yet."""
    return [value for (value,) in _rows(engine, table, column, condition)]


def _rows(engine: Engine, table: str, columns: str, condition: str) -> Sequence[tuple[Any, ...]]:
    if missing_file(engine) is not None or not inspect(engine).has_table(table):
        return []
    with engine.connect() as connection:
        found = connection.execute(text(f"SELECT {columns} FROM {table} WHERE {condition}"))  # noqa: S608
        return [tuple(row) for row in found]


def _plain(id_: object) -> str:
    """An id, whichever way a database gives it."""
    return str(id_).replace("-", "")
