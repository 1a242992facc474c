"""The configuration, under the name that a checkout has for it at its top.

Every setting is listed in `survey/settings.py`: within the package, an installed one has it, too.
"""

from survey.settings import (
    ConfigError,
    instance_folder,
    known_settings,
    load_config,
    log_format,
    log_level,
    metrics_bind,
    user_name,
    web_bind,
    web_processes,
    web_threads,
)

__all__ = [
    "ConfigError",
    "instance_folder",
    "known_settings",
    "load_config",
    "log_format",
    "log_level",
    "metrics_bind",
    "user_name",
    "web_bind",
    "web_processes",
    "web_threads",
]
