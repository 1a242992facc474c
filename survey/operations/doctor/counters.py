"""Whether the store answers in which all web processes count tries to sign in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from survey.operations.counters import SETTING, counters
from survey.operations.doctor.finding import Finding, fine, problem, warning
from survey.settings import ConfigError


def check_counters(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Ask it for a sign of life. Nothing is counted."""
    try:
        store = counters(config)
    except ConfigError as error:
        yield problem(str(error), "Until then the service does not start.")
        return
    if config[SETTING].startswith("memory:"):
        yield fine("Each web process counts tries to sign in for itself.")
    elif store.check():
        yield fine(f"The store that {SETTING} names answers.")
    else:
        yield warning(
            f"The store that {SETTING} names does not answer: each web process counts tries to "
            "sign in for itself meanwhile.",
            "Is it running, and is its address right? It is used again within a minute.",
        )
