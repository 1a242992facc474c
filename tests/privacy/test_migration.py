"""The migration to the chained audit trail can be taken back, and done again."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import inspect, text

import survey.storage.migrate
from survey.privacy.audit_verification import verify_trail
from survey.service import Service
from survey.storage.migrate import migrate
from tests.privacy.people import actions
from tests.support.cases import NOW, close, launched_case

MIGRATIONS = Path(survey.storage.migrate.__file__).with_name("migrations")


def test_the_trail_goes_back_to_single_entries_and_is_chained_again(service: Service) -> None:
    case = launched_case(service, {"manager": 1})
    close(service, case.round_id)
    before = actions(service)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with service.database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0007")
    tables = set(inspect(service.database.engine).get_table_names())
    assert not tables & {"audit_checkpoints", "privacy_requests", "rater_requests"}
    with service.database.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit_entries")).scalar_one() == 2
    migrate(service.database)
    assert sorted(actions(service)) == sorted(before)
    with service.database.reading() as session:
        found = verify_trail(session, [], NOW.date())
        assert (found.kept, found.first_break) == (2, None)
