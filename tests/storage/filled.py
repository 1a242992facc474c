"""Rows for every table of any version of the schema, made from what the database says of itself."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from typing import Any

from sqlalchemy import JSON, Column, Enum, MetaData, Table, insert, select, types

from survey.storage.database import Database
from survey.storage.models import Base

ROWS = 2
Rows = dict[str, Counter[tuple[tuple[str, str], ...]]]


def schema(database: Database) -> MetaData:
    """The tables as they are now."""
    found = MetaData()
    found.reflect(database.engine)
    return found


def fill(database: Database) -> None:
    """Two rows in every table; the second leads to the second ones of other tables."""
    found = schema(database)
    keys: dict[tuple[str, str, int], Any] = {}
    with database.engine.begin() as connection:
        for table in found.sorted_tables:
            if table.name == "alembic_version":
                continue
            for number in range(ROWS):
                row = {
                    column.name: _value(database, table, column, number, keys)
                    for column in table.columns
                }
                connection.execute(insert(table).values(row))
                keys |= {(table.name, name, number): value for name, value in row.items()}


def rows(database: Database) -> Rows:
    """What is in every table, in no order."""
    found = schema(database)
    with database.engine.connect() as connection:
        return {
            table.name: Counter(
                tuple((name, _plain(value)) for name, value in row._mapping.items())
                for row in connection.execute(select(table))
            )
            for table in found.sorted_tables
            if table.name != "alembic_version"
        }


def shape(database: Database) -> dict[str, set[tuple[str, str, bool]]]:
    """Tables and columns, with their types."""
    return {
        table.name: {(c.name, str(c.type), bool(c.nullable)) for c in table.columns}
        for table in schema(database).sorted_tables
    }


def only(known: Rows, columns: dict[str, set[str]]) -> Rows:
    """The same rows with these columns alone."""
    return {
        name: Counter(
            tuple(
                (column, value) for column, value in sorted(row) if column in columns.get(name, ())
            )
            for row in content.elements()
        )
        for name, content in known.items()
        if name in columns
    }


def _plain(value: object) -> str:
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        value = value.astimezone(dt.UTC).replace(tzinfo=None)
    return str(bytes(value)) if isinstance(value, bytes | memoryview) else str(value)


def _value(
    database: Database,
    table: Table,
    column: Column[Any],
    number: int,
    keys: dict[tuple[str, str, int], Any],
) -> Any:
    for key in column.foreign_keys:
        target = key.column
        if target.table is table:
            return None
        return keys[(target.table.name, target.name, number)]
    if table.name == "audit_checkpoints" and column.name == "through":
        # Entries are added behind the last checkpoint only.
        return number - ROWS
    model = Base.metadata.tables.get(table.name)
    as_modelled = (
        model.columns[column.name].type
        if model is not None and column.name in model.columns
        else None
    )
    if isinstance(as_modelled, Enum):
        return as_modelled.enums[number % len(as_modelled.enums)]
    if isinstance(as_modelled, JSON):
        return {}
    return _of_type(database, column, number, is_uuid=isinstance(as_modelled, types.Uuid))


def _of_type(database: Database, column: Column[Any], number: int, *, is_uuid: bool) -> Any:
    kind = column.type
    if (
        is_uuid
        or isinstance(kind, types.Uuid)
        or (getattr(kind, "length", None) == 32 and str(kind).startswith("CHAR"))
    ):
        made = uuid.uuid4()
        return made.hex if database.is_sqlite else made
    if isinstance(kind, types.DateTime):
        moment = dt.datetime(2026, 5, 4, 10, number, tzinfo=dt.UTC)
        return moment.replace(tzinfo=None) if database.is_sqlite else moment
    if isinstance(kind, types.Date):
        return dt.date(2026, 5, 4 + number)
    if isinstance(kind, types.Boolean):
        return bool(number)
    if isinstance(kind, types.Integer):
        return 2 + number if "position" in column.name or column.primary_key else 2
    if isinstance(kind, types.Float | types.Numeric):
        return 1.5
    if isinstance(kind, types.LargeBinary):
        return bytes([number + 1]) * (kind.length or 32)
    return f"{column.name}{number}"[: getattr(kind, "length", None) or 200]
