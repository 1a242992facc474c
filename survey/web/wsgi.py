"""The application for a WSGI server, made from the settings when it is loaded."""

from __future__ import annotations

import sys

from survey.confidentiality.master_key import MasterKeyError
from survey.frameworks.problems import FrameworkError
from survey.mentoring.question_sets import QuestionSetError
from survey.operations.logs import configure_logging
from survey.privacy.errors import RetentionError
from survey.settings import ConfigError, load_config
from survey.storage.engines import DatabaseUrlError
from survey.web.app import create_app

try:
    config = load_config()
    configure_logging(config["LOG_FORMAT"], config["LOG_LEVEL"])
    app = create_app(config)
except (
    ConfigError,
    MasterKeyError,
    DatabaseUrlError,
    FrameworkError,
    QuestionSetError,
    RetentionError,
) as error:
    # One clear line instead of a traceback. 4 is what gunicorn takes for "the application cannot
    # be loaded": it stops then, where it would restart its workers for ever after another code.
    sys.stderr.write(f"The service cannot start: {error}\n")
    sys.exit(4)
