"""Whether the work gets done: letters, rounds that are due, erasure, the worker, backups.

Only of the whole: nothing here tells anything about a round or a rater.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from survey.operations.doctor.finding import Finding, fine, problem, warning
from survey.operations.heartbeat import newest_beat
from survey.places import COMMAND
from survey.privacy.audit_trail import Action
from survey.storage.database import Database
from survey.storage.engines import DatabaseUrlError, missing_file
from survey.storage.migrate import pending_migration
from survey.storage.queries import monitoring

_HOUR = dt.timedelta(hours=1)
# A batch of letters to a server that hangs takes some minutes.
_SILENCE = dt.timedelta(minutes=20)
# One a day, and a day's grace.
_BACKUP_AGE = dt.timedelta(days=2)
# So long what was given up is worth a word; its owner sees it for longer.
_GIVEN_UP_SHOWS = dt.timedelta(days=2)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@contextmanager
def _reading(config: Mapping[str, Any]) -> Iterator[Session | None]:
    """A session to look with; None where other checks have said why there can be none."""
    try:
        database = Database(config["DATABASE_URL"], pool_size=1)
    except DatabaseUrlError:
        yield None
        return
    try:
        usable = missing_file(database.engine) is None and pending_migration(database) is None
    except SQLAlchemyError:
        usable = False
    try:
        if usable:
            with database.reading() as session:
                yield session
        else:
            yield None
    finally:
        database.dispose()


def check_outbox(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Look for letters that do not get away."""
    with _reading(config) as session:
        if session is None:
            return
        stuck = monitoring.letters_stuck(session, _now() - _HOUR)
    if stuck:
        yield warning(
            f"Letters have been waiting for more than an hour: {stuck}.",
            "Is the worker running, and does the mail server take letters? See the worker's log "
            f"and `{COMMAND} doctor --only mail`.",
        )
    else:
        yield fine("No letter is stuck.")


def check_webhooks(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Look for messages to webhooks that do not arrive."""
    with _reading(config) as session:
        if session is None:
            return
        stuck = monitoring.webhooks_stuck(session, _now() - _HOUR)
        given_up = monitoring.webhooks_given_up(session, (_now() - _GIVEN_UP_SHOWS).date())
    if stuck:
        yield warning(
            f"Messages to webhooks have lain for more than an hour, or were tried in vain for "
            f"hours: {stuck}.",
            "Is the worker running, and may this machine connect to the receivers? The page of the "
            "webhook tells its owner what the receiver answered; it is tried for two days.",
        )
    if given_up:
        yield warning(
            f"Messages to webhooks were given up in the last days: {given_up}.",
            "The owner of the webhook sees why on its page, and can have them sent again.",
        )
    if not stuck and not given_up:
        yield fine("No message to a webhook is stuck.")


def check_rounds(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Look for rounds that should be closed, and for traces that should be erased."""
    with _reading(config) as session:
        if session is None:
            return
        overdue = monitoring.rounds_overdue(session, _now().date())
        traces = monitoring.erasures_due(session)
    if overdue:
        yield problem(
            f"Rounds are open after their last day: {overdue}.",
            "The worker closes them. Is it running? If it is, its log says what hinders it.",
        )
    else:
        yield fine("Every round whose last day is over is closed.")
    if traces:
        yield warning(
            "The database's files still hold traces of deleted rows.",
            "The worker erases them within a second, unless a long-running reader (a backup, a "
            "forgotten session) hinders it. End that.",
        )


def check_worker(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Look for the worker's signs of life, on this machine and in the database."""
    beat = newest_beat(config["INSTANCE_FOLDER"])
    now = _now()
    if beat is not None:
        silent = now - dt.datetime.fromtimestamp(beat, dt.UTC)
        if silent > _SILENCE:
            minutes = int(silent.total_seconds() // 60)
            yield problem(
                f"The worker of this machine was last seen {minutes} minutes ago.",
                f"Start it: `{COMMAND} worker`. Without one no letter is sent and no round closes.",
            )
        else:
            yield fine("A worker runs on this machine.")
        return
    with _reading(config) as session:
        if session is None:
            return
        day = monitoring.last_daily_work(session)
    if day is not None and now.date() - day <= dt.timedelta(days=1):
        yield fine(f"No worker runs on this machine; one elsewhere did the daily work of {day}.")
    else:
        yield problem(
            "No worker has been seen.",
            f"Start one: `{COMMAND} worker`. Without one no letter is sent and no round closes.",
        )


def check_backups(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Look when the last backup was made, as the audit trail has it."""
    yield from _age_of_backup(
        config,
        Action.BACKUP_MADE,
        what="backup",
        never=warning(
            f"No backup has been made by `{COMMAND} backup`.",
            "Make one every day (docs/operations.md). If something else does, set "
            "BACKUPS_ELSEWHERE=1.",
        ),
        advice="Look why the daily backup does not run. If something else makes backups, set "
        "BACKUPS_ELSEWHERE=1.",
    )


def check_key_backups(config: Mapping[str, Any]) -> Iterator[Finding]:
    """The same for the keys, without which a backup of the rest is half of one."""
    yield from _age_of_backup(
        config,
        Action.KEYS_BACKED_UP,
        what="backup of the keys",
        never=warning(
            f"No backup of the keys has been made by `{COMMAND} backup-keys`.",
            "Make one every day, to another place than the other backups (docs/operations.md): "
            "without the keys, what is sealed in a backup is lost. If something else does, set "
            "BACKUPS_ELSEWHERE=1.",
        ),
        advice="Look why the daily `backup-keys` does not run. If something else makes backups, "
        "set BACKUPS_ELSEWHERE=1.",
    )


def _age_of_backup(
    config: Mapping[str, Any], deed: Action, *, what: str, never: Finding, advice: str
) -> Iterator[Finding]:
    with _reading(config) as session:
        if session is None:
            return
        day = monitoring.last_deed(session, deed)
    is_recent = day is not None and _now().date() - day <= _BACKUP_AGE
    if config["BACKUPS_ELSEWHERE"] and not is_recent:
        # One of ours may have been made now and then, such as before an upgrade.
        yield fine(f"Something else makes the {what}, says BACKUPS_ELSEWHERE; it is not looked at.")
        return
    if day is None:
        yield never
        return
    made = f"The last {what} was made on {day}."
    yield fine(made) if is_recent else problem(made, advice)
