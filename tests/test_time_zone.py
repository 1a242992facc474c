"""The setting that says by which clock people enter and read times."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config import ConfigError, load_config
from survey.service import Service
from tests.conftest import service_environment


def test_times_are_those_of_the_zone_that_is_set(tmp_path: Path) -> None:
    environment = service_environment(f"sqlite:///{tmp_path / 'survey.db'}", tmp_path)
    assert Service(load_config(environment)).zone == ZoneInfo("UTC")
    set_ = environment | {"TIME_ZONE": "Europe/Berlin"}
    assert Service(load_config(set_)).zone == ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize("name", ["Middle/Earth", "../etc/passwd", "/etc/localtime", "Europe"])
def test_what_is_no_time_zone_is_named(tmp_path: Path, name: str) -> None:
    environment = service_environment(f"sqlite:///{tmp_path / 'survey.db'}", tmp_path)
    with pytest.raises(ConfigError, match=r"TIME_ZONE: .* is not the name of a time zone"):
        load_config(environment | {"TIME_ZONE": name})
