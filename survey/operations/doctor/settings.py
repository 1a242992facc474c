"""Whether the settings make sense, and whether a name is mistyped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from survey.branding import dark_shades, light_shades
from survey.operations.doctor.finding import Finding, fine, warning
from survey.settings import known_settings

# Nobody else's settings begin like this.
_OUR_PREFIXES = (
    "AUDIT_ANCHOR_",
    "BOUNCE_",
    "CONTROLLER_",
    "KEY_DATABASE_",
    "MAIL_",
    "METRICS_",
    "OIDC_",
    "ORGANISATION_",
    "QUESTION_SET_",
    "RATELIMIT_",
    "RETENTION_",
    "TRUSTED_",
    "WEB_",
    "WORKER_METRICS_",
)
_ALIKE = 0.87
_DEFAULT_SENDER = "feedback@localhost.localdomain"


def check_names(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Look for settings in the environment that the service does not know."""
    known = known_settings()
    unknown = 0
    for name in sorted(set(environ) - known):
        alike = get_close_matches(name, known, n=1, cutoff=_ALIKE)
        if alike:
            yield warning(f"{name} is no setting.", f"Is {alike[0]} meant?")
        elif name.startswith(_OUR_PREFIXES):
            yield warning(f"{name} is no setting.", "survey/settings.py lists all of them.")
        else:
            continue
        unknown += 1
    if not unknown:
        yield fine("No setting is mistyped, as far as that can be told.")


def check_sense(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Look at settings that are right each for itself, and wrong together."""
    yield fine("Every setting can be read.")
    if not config["CONTROLLER_NAME"] or not config["CONTROLLER_CONTACT"]:
        yield warning(
            "The privacy notice does not say who is responsible.",
            "Set CONTROLLER_NAME and CONTROLLER_CONTACT.",
        )
    yield from _of_organisation(config)
    if config["MAIL_SERVER"] and config["MAIL_DEFAULT_SENDER"] == _DEFAULT_SENDER:
        yield warning(
            "Letters have no sender that anybody could answer.",
            "Set MAIL_DEFAULT_SENDER to an address of yours.",
        )
    if config["BASE_URL"].startswith("https://") and not config["TRUSTED_PROXIES"]:
        yield warning(
            "BASE_URL is https, but no proxy is trusted: all people count as one when sign-in "
            "attempts are counted, and browsers are not told to stay with https.",
            "Set TRUSTED_PROXIES to how many proxies stand in front (mostly 1).",
        )


def _of_organisation(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Look at name, logo and colour; what cannot be used at all is refused before."""
    colour = config["ORGANISATION_COLOUR"]
    if config["ORGANISATION_LOGO"] is not None and not config["ORGANISATION_NAME"]:
        yield warning(
            "There is a logo and no name of the organisation: who cannot see it, and readers of "
            "letters, are not told.",
            "Set ORGANISATION_NAME.",
        )
    if not colour:
        return
    light, dark = light_shades(colour).accent, dark_shades(colour).accent
    shaded = [f"{shade} on {where} pages" for shade, where in ((light, "light"), (dark, "dark"))]
    yield fine(
        f"The organisation's colour is {colour}; so that it can be read, it is "
        f"{' and '.join(shaded)}."
    )
