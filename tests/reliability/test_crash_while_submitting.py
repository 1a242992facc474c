"""The web server is killed again and again while raters send: no answer is lost or doubled.

`SURVEY_KILLS` says how often; docs/reliability.md has the result of a long run.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import load_config
from survey.service import Service
from tests.conftest import service_environment
from tests.reliability.ledger import check_every_answer_is_kept_once, raters_of
from tests.reliability.stubborn_raters import Raters
from tests.reliability.web_server import WebServer
from tests.support.cases import launched_case

KILLS = int(os.environ.get("SURVEY_KILLS", "10"))
# More than get through between two kills, so that somebody is always sending.
_RATERS_PER_KILL = 15
# Counted from the moment at which somebody begins to send; most are answered sooner.
_LONGEST_WAIT = 0.1


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    return service_environment(database_url, tmp_path)


@pytest.fixture
def server(environment: dict[str, str], tmp_path: Path) -> Iterator[WebServer]:
    made = WebServer(environment, tmp_path)
    yield made
    made.stop()


def test_no_accepted_answer_is_lost_when_the_server_is_killed(
    server: WebServer, environment: dict[str, str]
) -> None:
    service = Service(load_config(environment))
    each = KILLS * _RATERS_PER_KILL // 3
    case = launched_case(
        service,
        {"peers": each, "direct_reports": each, "customers": each},
        now=dt.datetime.now(dt.UTC),
    )
    line = raters_of(service, case.round_id)
    random.shuffle(line)
    raters = Raters(server.base_url, line)
    server.start()
    raters.start()
    for _ in range(KILLS):
        raters.sending.clear()
        assert raters.sending.wait(60), "nobody was sending any more"
        time.sleep(random.uniform(0, _LONGEST_WAIT))
        server.kill()
        server.start()
    served = raters.finish()
    broken = [rater for rater in served if len(rater.attempts) > 1]
    counted_before = sum(rater.told_that_it_counted for rater in served)
    print(
        f"{KILLS} kills, {len(served)} raters served, {len(broken)} of them cut off while sending, "
        f"{counted_before} of these told that it had counted"
    )
    assert broken, "no kill came while somebody was sending"
    check_every_answer_is_kept_once(service, case.round_id, served)
    service.database.dispose()
    service.keys.dispose()
