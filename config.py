"""Configuration from the environment. Every setting is listed here, with its default.

Secrets come from the environment, or from files in the instance folder that
`python -m survey setup` creates (readable by their owner alone).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

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
        "TEMPLATE_FOLDER": ROOT / "templates",
        "SERVICE_NAME": environ.get("SERVICE_NAME", "Mentoring Feedback"),
        # Links in e-mails start with this address; set it to what people reach from outside.
        "BASE_URL": base_url,
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
        # A rater may leave the form open for hours; the token is still bound to the browser.
        "WTF_CSRF_TIME_LIMIT": None,
        # Without https the browser sends no Referer to check, and with it our own policy is
        # no-referrer: the token and the cookie's SameSite do the work.
        "WTF_CSRF_SSL_STRICT": False,
    }


def instance_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where keys, the SQLite file and the local mailbox are."""
    return Path(environ.get("INSTANCE_FOLDER", ROOT / "instance")).resolve()


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
