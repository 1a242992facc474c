"""A service with everybody and everything in it, once for each file of tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.accessibility.inhabitants import Inhabitants, fill
from tests.accessibility.served import served


@pytest.fixture(scope="module")
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Inhabitants]:
    """Pages change what no other visit needs, so all tests of a file may share it."""
    with served(request, tmp_path_factory.mktemp("served")) as made:
        yield fill(made)
