"""All checks, in the order in which one thing depends on another."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from survey.operations.doctor.address import check_address
from survey.operations.doctor.backup_programs import check_backup_programs
from survey.operations.doctor.bounces import check_bounces
from survey.operations.doctor.clock import check_clock
from survey.operations.doctor.counters import check_counters
from survey.operations.doctor.databases import check_database, check_schema
from survey.operations.doctor.disk import check_disk
from survey.operations.doctor.files import check_files
from survey.operations.doctor.finding import Check, Finding, problem
from survey.operations.doctor.key_database import (
    check_key_database,
    check_no_key_is_missing,
    check_no_opening_key_is_missing,
    check_wrapped_keys,
)
from survey.operations.doctor.keys import check_keys
from survey.operations.doctor.mail import check_mail
from survey.operations.doctor.settings import check_names, check_sense
from survey.operations.doctor.work import (
    check_backups,
    check_key_backups,
    check_outbox,
    check_rounds,
    check_webhooks,
    check_worker,
)
from survey.settings import ConfigError, load_config

SETTINGS = "settings"
_CHECKS: Mapping[str, Sequence[Check]] = {
    SETTINGS: (check_sense,),
    "keys": (check_keys,),
    "disk": (check_disk,),
    "database": (check_database,),
    "schema": (check_schema,),
    "key database": (
        check_key_database,
        check_no_key_is_missing,
        check_no_opening_key_is_missing,
        check_wrapped_keys,
    ),
    "files": (check_files,),
    "clock": (check_clock,),
    "address": (check_address,),
    "counters": (check_counters,),
    "mail": (check_mail,),
    "bounces": (check_bounces,),
    "outbox": (check_outbox,),
    "webhooks": (check_webhooks,),
    "rounds": (check_rounds,),
    "worker": (check_worker,),
    "backups": (check_backups, check_key_backups, check_backup_programs),
}
TOPICS = tuple(_CHECKS)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Result:
    """A finding and what it is about."""

    topic: str
    finding: Finding


def examine(environ: Mapping[str, str], only: Sequence[str] = ()) -> Iterator[Result]:
    """Look at everything, or only at some topics. Changes nothing."""
    topics = [topic for topic in TOPICS if not only or topic in only]
    if SETTINGS in topics:
        for finding in check_names(environ):
            yield Result(SETTINGS, finding)
    try:
        config = load_config(environ)
    except ConfigError as error:
        yield Result(
            SETTINGS, problem(str(error), "Nothing else can be looked at before that is mended.")
        )
        return
    for topic in topics:
        for check in _CHECKS[topic]:
            for finding in _careful(check, config):
                yield Result(topic, finding)


def _careful(check: Check, config: Mapping[str, Any]) -> Iterator[Finding]:
    """A check that fails itself must not keep the others from being made."""
    try:
        yield from check(config)
    except Exception as error:
        _log.exception("A check of the doctor failed")
        yield problem(f"This could not be looked at ({type(error).__name__}).", "The log says why.")
