"""Whether the service can do its work now."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from survey.service import Service
from survey.storage.migrate import pending_migration


class Lack(StrEnum):
    """What keeps the service from working; the class of the reason and nothing else."""

    DATABASE = "database"
    SCHEMA = "schema"
    KEY_DATABASE = "key database"


def lacks(service: Service) -> Sequence[Lack]:
    """What is lacking; nothing when the service is ready."""
    found = []
    try:
        if pending_migration(service.database) is not None:
            found.append(Lack.SCHEMA)
    except SQLAlchemyError:
        found.append(Lack.DATABASE)
    if not _is_reachable(service.keys.engine):
        found.append(Lack.KEY_DATABASE)
    return found


def _is_reachable(engine: Engine) -> bool:
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT count(*) FROM (SELECT 1) AS one"))
    except SQLAlchemyError:
        return False
    return True
