"""What the worker tells: its sign of life, its errors, and whether letters pile up."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from survey.operations.figures.steps import step
from survey.operations.heartbeat import Heartbeat
from survey.service import Service
from survey.storage.queries import monitoring

STUCK_AFTER = dt.timedelta(hours=1)
# What was given up yesterday shows today, whenever somebody looks.
_GIVEN_UP_SHOWS = dt.timedelta(days=1)


class _Troubles(logging.Handler):
    """Counts what the worker logs as a warning or an error."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.warnings = self.errors = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count one."""
        if record.levelno >= logging.ERROR:
            self.errors += 1
        else:
            self.warnings += 1


class WorkerFigures(Collector):
    """The figures of one worker."""

    def __init__(self, service: Service, heartbeat: Heartbeat) -> None:
        self._service = service
        self._heartbeat = heartbeat
        self._troubles = _Troubles()
        logging.getLogger("survey").addHandler(self._troubles)

    def collect(self) -> Iterable[Metric]:
        """What may be seen now."""
        yield GaugeMetricFamily(
            "survey_worker_heartbeat_timestamp_seconds",
            "The minute in which the worker last went round, in seconds since 1970",
            self._heartbeat.minute,
        )
        logged = CounterMetricFamily(
            "survey_worker_troubles", "Warnings and errors that the worker logged", labels=["level"]
        )
        logged.add_metric(["warning"], self._troubles.warnings)
        logged.add_metric(["error"], self._troubles.errors)
        yield logged
        yield from self._of_database()

    def _of_database(self) -> Iterable[Metric]:
        database, now = self._service.database, self._service.now()
        try:
            with database.reading() as session:
                waiting = monitoring.letters_waiting(session, now)
                stuck = monitoring.letters_stuck(session, now - STUCK_AFTER)
                untold = monitoring.webhooks_stuck(session, now - STUCK_AFTER)
                given_up = monitoring.webhooks_given_up(session, now.date() - _GIVEN_UP_SHOWS)
                overdue = monitoring.rounds_overdue(session, now.date() - dt.timedelta(days=1))
        except SQLAlchemyError:
            yield GaugeMetricFamily("survey_database_reachable", "1: it answers", 0)
            return
        yield GaugeMetricFamily("survey_database_reachable", "1: it answers", 1)
        yield GaugeMetricFamily(
            "survey_letters_waiting",
            "Letters in the outbox, without reminders: 0 below ten, else the power of ten reached",
            step(waiting),
        )
        yield GaugeMetricFamily(
            "survey_letters_stuck",
            "Those of them that have waited for an hour or more, in the same steps",
            step(stuck),
        )
        yield GaugeMetricFamily(
            "survey_webhooks_stuck",
            "1: some message to a webhook has lain for an hour, or was tried in vain for hours",
            int(untold > 0),
        )
        yield GaugeMetricFamily(
            "survey_webhooks_given_up",
            "1: some message to a webhook was given up today or yesterday",
            int(given_up > 0),
        )
        yield GaugeMetricFamily(
            "survey_rounds_overdue",
            "1: some round has been open for more than a day after its last day",
            int(overdue > 0),
        )
