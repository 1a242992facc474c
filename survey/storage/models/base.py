"""What every table shares: constraint names, random keys, times in UTC."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import DateTime, Enum, MetaData, Uuid
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

# Named constraints, so that a migration can address each one on every database.
_NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Parent of all models."""

    metadata = MetaData(naming_convention=_NAMING)


class UtcDateTime(TypeDecorator[dt.datetime]):
    """An instant in UTC. SQLite keeps no zone, so the zone is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, _dialect: Dialect) -> Any:
        """Refuse an instant without zone; store the rest in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(dt.UTC)

    def process_result_value(
        self, value: dt.datetime | None, _dialect: Dialect
    ) -> dt.datetime | None:
        """Give the instant back in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class RandomKey:
    """A random 128-bit primary key: no sequence, so no order of arrival can be read from it."""

    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)

    @property
    def sealed_row(self) -> str:
        """What tells the row from all others of its table, in the place of its sealed texts."""
        return str(identified(self))


def identified(row: RandomKey) -> uuid.UUID:
    """The row's key, given to it now if it has none: what is sealed names the row it belongs to."""
    if row.id is None:
        row.id = uuid.uuid4()
    return row.id


def stored_by_value(kind: type[StrEnum]) -> Enum:
    """Store an enumeration by its value, as text, alike on every database."""
    return Enum(
        kind,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        length=20,
    )
