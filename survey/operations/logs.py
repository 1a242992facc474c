"""How web server, worker and command line write their logs: for people or for programs."""

from __future__ import annotations

import datetime as dt
import json
import logging
import sys
from typing import TextIO

from survey.operations.log_redaction import RedactLinks, redact


class JsonFormatter(logging.Formatter):
    """One JSON object in a line for each entry.

    A fixed set of fields: what a library hangs on a record beside its text may be anything.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Write an entry, with its traceback in one field."""
        at = dt.datetime.fromtimestamp(record.created, dt.UTC)
        fields = {
            "time": at.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": redact(record.getMessage()),
        }
        if record.exc_info:
            # Redacted before it is written as JSON: afterwards that could break its quoting.
            fields["traceback"] = redact(self.formatException(record.exc_info))
        return json.dumps(fields, ensure_ascii=False)


class TextFormatter(logging.Formatter):
    """Lines for people."""

    def __init__(self) -> None:
        super().__init__("[%(asctime)s] %(levelname)s in %(name)s: %(message)s")


class _ToStderr(logging.StreamHandler[TextIO]):
    """Writes to what is the standard error at that moment."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


def formatter_for(format_: str) -> logging.Formatter:
    """The formatter for the setting LOG_FORMAT."""
    return JsonFormatter() if format_ == "json" else TextFormatter()


def configure_logging(format_: str, level: str) -> None:
    """Write everything from this level on to the standard error, links taken out.

    May be called again: the newest call counts.
    """
    root = logging.getLogger()
    for earlier in [handler for handler in root.handlers if isinstance(handler, _ToStderr)]:
        root.removeHandler(earlier)
    handler = _ToStderr()
    handler.setLevel(level.upper())
    handler.setFormatter(formatter_for(format_))
    handler.addFilter(RedactLinks())
    root.addHandler(handler)
    # Whoever made it more talkative before meant it so, for outputs of their own.
    root.setLevel(min(root.level, handler.level))
