"""A service with everything in it, and ways to ask it that a browser would not take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import fresh_database
from tests.fuzz.world import Target, target_at
from tests.support.web import service_of


@contextmanager
def full_service(request: pytest.FixtureRequest, folder: Path, kind: str) -> Iterator[Target]:
    """On a database of this kind; for the tests of one module, which change nothing."""
    made = target_at(fresh_database(kind, request, folder), folder)
    try:
        yield made
    finally:
        service_of(made.app).database.dispose()
