"""Keeping links out of the web server's own messages."""

from __future__ import annotations

import logging
import re

from gunicorn.glogging import Logger

# What `itsdangerous` signs: a payload, a dot, a signature; and whatever follows a link's path.
_SECRET = re.compile(
    r"[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}|(?<=/r/)[^/\s'\"]+|(?<=/sign-in/)[^/\s'\"]+"
    r"|(?<=/rater-data/)[^/\s'\"]+"
    r"|(?<=[?&]code=)[^&\s'\"]+|(?<=[?&]state=)[^&\s'\"]+"
)
_ADDRESS = re.compile(r"\bip=\S+")


class RedactLinks(logging.Filter):
    """Replaces tokens, and the addresses of those who sent them, in a record's text."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; let it pass."""
        text = record.getMessage()
        redacted = _ADDRESS.sub("ip=[address]", _SECRET.sub("[link]", text))
        if redacted != text:
            record.msg, record.args = redacted, None
        if record.exc_info:
            # What a formatter finds here it does not make anew.
            trace = logging.Formatter().formatException(record.exc_info)
            record.exc_text = _SECRET.sub("[link]", trace)
        return True


class RedactingLogger(Logger):
    """gunicorn's logger, which otherwise quotes request lines when it is talkative or puzzled."""

    def setup(self, cfg: object) -> None:
        """Set gunicorn's logs up and put the filter before each of its outputs."""
        super().setup(cfg)
        self.error_log.addFilter(RedactLinks())
        self.access_log.addFilter(RedactLinks())
