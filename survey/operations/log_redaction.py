"""Keeping links out of whatever is logged."""

from __future__ import annotations

import logging
import re

# What `itsdangerous` signs: a payload, a dot, a signature; tokens for programs; and whatever
# follows a link's path.
_SECRET = re.compile(
    r"[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}|(?<=/r/)[^/\s'\"]+|(?<=/sign-in/)[^/\s'\"]+"
    r"|\bmfs_[A-Za-z0-9_-]+"
    r"|(?<=/rater-data/)[^/\s'\"]+"
    r"|(?<=[?&]code=)[^&\s'\"]+|(?<=[?&]state=)[^&\s'\"]+"
)
_ADDRESS = re.compile(r"\bip=\S+")


def redact(text: str) -> str:
    """The text without tokens, and without the addresses of those who sent them."""
    return _ADDRESS.sub("ip=[address]", _SECRET.sub("[link]", text))


class RedactLinks(logging.Filter):
    """Replaces tokens, and the addresses of those who sent them, in a record's text."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; let it pass."""
        text = record.getMessage()
        redacted = redact(text)
        if redacted != text:
            record.msg, record.args = redacted, None
        if record.exc_info:
            # What a formatter finds here it does not make anew.
            record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
        return True
