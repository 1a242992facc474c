"""Configuration from the environment. Every setting is listed here, with its default.

Secrets come from the environment, or from files in the instance folder that
`python -m survey setup` creates (readable by their owner alone).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ROOT = Path(__file__).resolve().parent


class ConfigError(Exception):
    """A setting is missing or makes no sense; the text names it and says what to do."""


def load_config(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Read the whole configuration. Raises ConfigError naming the setting."""
    instance = instance_folder(environ)
    base_url = environ.get("BASE_URL", "http://127.0.0.1:8000").rstrip("/")
    if not base_url.startswith(("http://", "https://")):
        raise ConfigError(f"BASE_URL: {base_url!r} must start with http:// or https://.")
    mail_server = environ.get("MAIL_SERVER", "")
    return {
        "INSTANCE_FOLDER": instance,
        "SECRET_KEY": _secret(environ, "SECRET_KEY", instance / "secret.key"),
        "MASTER_KEY": _secret(environ, "MASTER_KEY", instance / "master.key"),
        "DATABASE_URL": environ.get("DATABASE_URL", f"sqlite:///{instance / 'survey.db'}"),
        # Where the keys of mentorships lie, apart from the texts they seal. Several machines need
        # one that all of them reach.
        "KEY_DATABASE_URL": environ.get("KEY_DATABASE_URL", f"sqlite:///{instance / 'keys.db'}"),
        "FRAMEWORK_FOLDER": Path(
            environ.get("FRAMEWORK_FOLDER", ROOT / "competency_frameworks")
        ).resolve(),
        # What mentee and mentor are asked to reflect on; docs/reflections.md says how to change it.
        "QUESTION_SET_FOLDER": Path(
            environ.get("QUESTION_SET_FOLDER", ROOT / "question_sets")
        ).resolve(),
        "TEMPLATE_FOLDER": ROOT / "templates",
        # How long what is kept, and why; what a file of one's own leaves out is as in the default.
        "RETENTION_FILE": Path(environ.get("RETENTION_FILE", ROOT / "retention.yaml")).resolve(),
        "DEFAULT_RETENTION_FILE": ROOT / "retention.yaml",
        # Notes of how far the audit trail went, outside the database: they show a cut-off end.
        "AUDIT_ANCHOR_FILE": Path(
            environ.get("AUDIT_ANCHOR_FILE", instance / "audit-anchors.txt")
        ).resolve(),
        # Where pg_dump and pg_restore are, if not in the search path: for backups of PostgreSQL.
        "POSTGRES_CLIENT_FOLDER": environ.get("POSTGRES_CLIENT_FOLDER", ""),
        # Who is responsible for the data, for the privacy notice.
        "CONTROLLER_NAME": environ.get("CONTROLLER_NAME", ""),
        "CONTROLLER_CONTACT": environ.get("CONTROLLER_CONTACT", ""),
        "SERVICE_NAME": environ.get("SERVICE_NAME", "Mentoring Feedback"),
        # Links in e-mails start with this address; set it to what people reach from outside.
        "BASE_URL": base_url,
        # The zone of the times that people enter and read, by its IANA name: Europe/Berlin.
        "TIME_ZONE": _time_zone(environ),
        # How many proxies in front set X-Forwarded-For/-Proto/-Host. 0: none is trusted.
        "TRUSTED_PROXIES": _number(environ, "TRUSTED_PROXIES", 0),
        # Mail (Flask-Mail's names). Without MAIL_SERVER, letters go to a local mailbox that the
        # page /mailbox shows: for trying the service out on one's own machine only.
        "MAIL_SERVER": mail_server,
        "MAIL_PORT": _number(environ, "MAIL_PORT", 587 if mail_server else 25),
        "MAIL_USE_TLS": _flag(environ, "MAIL_USE_TLS", default=False),
        "MAIL_USE_SSL": _flag(environ, "MAIL_USE_SSL", default=False),
        "MAIL_USERNAME": environ.get("MAIL_USERNAME"),
        "MAIL_PASSWORD": environ.get("MAIL_PASSWORD"),
        "MAIL_DEFAULT_SENDER": environ.get("MAIL_DEFAULT_SENDER", "feedback@localhost.localdomain"),
        "MAIL_SUPPRESS_SEND": False,
        # Whatever FLASK_DEBUG says: in debug mode Flask-Mail prints letters, links and all, and
        # errors pass by our handler that keeps addresses out of the log.
        "DEBUG": False,
        "MAIL_DEBUG": False,
        "PROPAGATE_EXCEPTIONS": False,
        "MAILBOX_FOLDER": None if mail_server else instance / "mailbox",
        # The largest request: an Excel list of raters is at most 2 MiB, a framework 1 MiB.
        "MAX_CONTENT_LENGTH": 3 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 1024 * 1024,
        "MAX_FORM_PARTS": 2000,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": base_url.startswith("https://"),
        "PERMANENT_SESSION_LIFETIME": 12 * 3600,
        # After so many minutes without a page opened, one has to sign in again.
        "SESSION_IDLE_MINUTES": _idle_minutes(environ),
        # Where sign-in attempts are counted. In memory, each web process counts for itself;
        # a store for all of them is named as the `limits` package says (redis://…).
        "RATELIMIT_STORAGE_URI": environ.get("RATELIMIT_STORAGE_URI", "memory://"),
        **_openid(environ),
        # A rater may leave the form open for hours; the token is still bound to the browser.
        "WTF_CSRF_TIME_LIMIT": None,
        # Without https the browser sends no Referer to check, and with it our own policy is
        # no-referrer: the token and the cookie's SameSite do the work.
        "WTF_CSRF_SSL_STRICT": False,
    }


def instance_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where keys, the SQLite file and the local mailbox are."""
    return Path(environ.get("INSTANCE_FOLDER", ROOT / "instance")).resolve()


def _idle_minutes(environ: Mapping[str, str]) -> int:
    minutes = _number(environ, "SESSION_IDLE_MINUTES", 60)
    # Last use is noted in steps of five minutes.
    if not 10 <= minutes <= 720:
        raise ConfigError(f"SESSION_IDLE_MINUTES: {minutes} is not between 10 and 720.")
    return minutes


def _openid(environ: Mapping[str, str]) -> dict[str, str]:
    """Signing in through the organisation's own OpenID Connect service: all set, or nothing."""
    needed = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
    values = {name: environ.get(name, "").strip() for name in needed}
    missing = [name for name, value in values.items() if not value]
    if missing and len(missing) < len(needed):
        raise ConfigError(
            f"{missing[0]} is not set: signing in through OIDC needs all of {needed}."
        )
    issuer = values["OIDC_ISSUER"]
    if issuer and not issuer.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise ConfigError(f"OIDC_ISSUER: {issuer!r} must start with https://.")
    # What the button on the sign-in page calls the other service.
    return values | {"OIDC_LABEL": environ.get("OIDC_LABEL", "").strip() or "your organisation"}


def _time_zone(environ: Mapping[str, str]) -> str:
    name = environ.get("TIME_ZONE", "") or "UTC"
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(
            f"TIME_ZONE: {name!r} is not the name of a time zone, such as Europe/Berlin."
        ) from None
    return name


def _secret(environ: Mapping[str, str], name: str, file: Path) -> str:
    if environ.get(name):
        return environ[name]
    if file.is_file():
        return file.read_text().strip()
    raise ConfigError(
        f"{name} is not set and {file} does not exist. Run `python -m survey setup` to create it, "
        f"or set {name} in the environment. Keep it safe: without it, rounds cannot be opened."
    )


def _number(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit():
        raise ConfigError(f"{name}: {text!r} is not a whole number.")
    return int(text)


def _flag(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = environ.get(name, "").lower()
    if not text:
        return default
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off"}:
        return False
    raise ConfigError(f"{name}: {text!r} is neither yes nor no.")
