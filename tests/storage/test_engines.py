"""Connections: opened by many at once, as by the processes of a service that starts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from sqlalchemy import Engine

from survey.storage.engines import create_engine_for

OPENERS = 4
# One in ten new files was refused to somebody before.
FILES = 80


def test_many_may_open_a_new_file_at_the_same_moment(tmp_path: Path) -> None:
    modes = set()
    with ThreadPoolExecutor(OPENERS) as pool:
        for number in range(FILES):
            url = f"sqlite:///{tmp_path}/{number}.db"
            engines = [create_engine_for(url, setting="DATABASE_URL") for _ in range(OPENERS)]
            together = Barrier(OPENERS)

            def journal_mode(engine: Engine, together: Barrier = together) -> str:
                together.wait()
                with engine.connect() as connection:
                    return str(connection.exec_driver_sql("PRAGMA journal_mode").scalar())

            modes |= set(pool.map(journal_mode, engines))
            for engine in engines:
                engine.dispose()
    assert modes == {"wal"}
