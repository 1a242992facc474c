"""The table of the bare stack."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, MetaData, Table, Uuid

from survey.storage.engines import create_engine_for

ROWS = Table(
    "bare_rows",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("content", LargeBinary),
)


def create(url: str) -> None:
    """Create it, once, before the servers start."""
    engine = create_engine_for(url, setting="DATABASE_URL")
    ROWS.create(engine, checkfirst=True)
    engine.dispose()
