"""The web server's own messages: without links, and in the form that the service's logs have."""

from __future__ import annotations

import os

from gunicorn.glogging import Logger

from survey.operations.log_redaction import RedactLinks
from survey.operations.logs import JsonFormatter
from survey.settings import log_format


class RedactingLogger(Logger):
    """gunicorn's logger, which otherwise quotes request lines when it is talkative or puzzled."""

    def setup(self, cfg: object) -> None:
        """Set gunicorn's logs up and put the filter before each of its outputs."""
        super().setup(cfg)
        self.error_log.addFilter(RedactLinks())
        self.access_log.addFilter(RedactLinks())
        if log_format(os.environ) == "json":
            for handler in self.error_log.handlers:
                handler.setFormatter(JsonFormatter())
