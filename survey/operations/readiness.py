"""Whether the service can do its work now."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from survey.confidentiality.master_key import MasterKeyError
from survey.service import Service
from survey.storage.engines import missing_file
from survey.storage.migrate import pending_migration


class Lack(StrEnum):
    """What keeps the service from working; the class of the reason and nothing else."""

    DATABASE = "database"
    SCHEMA = "schema"
    KEY_DATABASE = "key database"
    MASTER_KEY = "master key"


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
    elif Lack.DATABASE not in found and (lack := _lack_of_keys(service)) is not None:
        found.append(lack)
    return found


def _lack_of_keys(service: Service) -> Lack | None:
    """What is wrong with the keys themselves, where there have to be some."""
    try:
        if service.database.lacks_its_keys():
            return Lack.KEY_DATABASE
        if service.keys.is_there():
            service.keys.check()
    except MasterKeyError:
        return Lack.MASTER_KEY
    except SQLAlchemyError:
        return Lack.KEY_DATABASE
    return None


def _is_reachable(engine: Engine) -> bool:
    if (file := missing_file(engine)) is not None:
        # Connecting would create the file, which the first use does and a probe does not.
        return file.parent.is_dir()
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT count(*) FROM (SELECT 1) AS one"))
    except SQLAlchemyError:
        return False
    return True
