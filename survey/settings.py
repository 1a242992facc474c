"""Configuration from the environment. Every setting is listed here, with its default.

Secrets come from the environment, or from files in the instance folder that
`python -m survey setup` creates (readable by their owner alone).
"""

from __future__ import annotations

import os
import pwd
import re
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from survey.branding import BrandError, Logo, checked_colour, checked_name, read_logo
from survey.places import COMMAND, TOP, default_instance_folder

_THIS_MACHINE = {"127.0.0.1", "::1", "localhost"}


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
            environ.get("FRAMEWORK_FOLDER", TOP / "competency_frameworks")
        ).resolve(),
        # What mentee and mentor are asked to reflect on; docs/reflections.md says how to change it.
        "QUESTION_SET_FOLDER": Path(
            environ.get("QUESTION_SET_FOLDER", TOP / "question_sets")
        ).resolve(),
        "TEMPLATE_FOLDER": TOP / "templates",
        # How long what is kept, and why; what a file of one's own leaves out is as in the default.
        "RETENTION_FILE": Path(environ.get("RETENTION_FILE", TOP / "retention.yaml")).resolve(),
        "DEFAULT_RETENTION_FILE": TOP / "retention.yaml",
        # Notes of how far the audit trail went, outside the database: they show a cut-off end.
        "AUDIT_ANCHOR_FILE": Path(
            environ.get("AUDIT_ANCHOR_FILE", instance / "audit-anchors.txt")
        ).resolve(),
        # Where pg_dump and pg_restore are, if not in the search path: for backups of PostgreSQL.
        "POSTGRES_CLIENT_FOLDER": environ.get("POSTGRES_CLIENT_FOLDER", ""),
        # Whether something else than `backup` and `backup-keys` backs both databases up: then the
        # doctor, who cannot see that, does not ask for their backups.
        "BACKUPS_ELSEWHERE": _flag(environ, "BACKUPS_ELSEWHERE", default=False),
        # Who is responsible for the data, for the privacy notice.
        "CONTROLLER_NAME": environ.get("CONTROLLER_NAME", ""),
        "CONTROLLER_CONTACT": environ.get("CONTROLLER_CONTACT", ""),
        "SERVICE_NAME": environ.get("SERVICE_NAME", "Mentoring Feedback"),
        # The organisation on pages, letters and reports: its name, a PNG or JPEG file, and a
        # colour such as #0e5c5c.
        **_organisation(environ),
        # Links in e-mails start with this address; set it to what people reach from outside.
        "BASE_URL": base_url,
        # The zone of the times that people enter and read, by its IANA name: Europe/Berlin.
        "TIME_ZONE": _time_zone(environ),
        # How many proxies in front set X-Forwarded-For/-Proto/-Host. 0: none is trusted.
        "TRUSTED_PROXIES": _number(environ, "TRUSTED_PROXIES", 0),
        # Further names that the service may be asked under, parted by commas, such as what a proxy
        # or a health check writes into Host. That of BASE_URL and this machine's own always are.
        "ALLOWED_HOSTS": _names(environ, "ALLOWED_HOSTS"),
        # Mail (Flask-Mail's names where it has them; docs/mail.md). Without MAIL_SERVER, letters
        # go to a local mailbox that the page /mailbox shows: for trying the service out on one's
        # own machine only.
        "MAIL_SERVER": mail_server,
        **_mail(environ, mail_server),
        **_bounces(environ),
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
        # With the prefix, browsers take the cookie from this very host alone, and over https.
        "SESSION_COOKIE_NAME": "__Host-session" if base_url.startswith("https://") else "session",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": base_url.startswith("https://"),
        "PERMANENT_SESSION_LIFETIME": 12 * 3600,
        # After so many minutes without a page opened, one has to sign in again.
        "SESSION_IDLE_MINUTES": _idle_minutes(environ),
        # Where sign-in attempts are counted. In memory, each web process counts for itself;
        # a store for all of them is named as the `limits` package says (redis://…).
        "RATELIMIT_STORAGE_URI": environ.get("RATELIMIT_STORAGE_URI", "") or "memory://",
        # Nobody waits for a store that does not answer: then each web process counts for itself.
        "RATELIMIT_STORAGE_OPTIONS": _patience(environ),
        **_openid(environ),
        # Webhooks go to https addresses out in the world alone, unless this is set: then also to
        # http and to addresses of closed networks, which any mentor can then make the service ask.
        "WEBHOOKS_ALLOW_PRIVATE": _flag(environ, "WEBHOOKS_ALLOW_PRIVATE", default=False),
        # Who may vouch for receivers of webhooks, instead of the system's own list: a PEM file.
        "WEBHOOKS_CA_FILE": _certificates(environ, "WEBHOOKS_CA_FILE"),
        # How the log is written: "text" for people, "json" for programs, a line for each entry.
        "LOG_FORMAT": log_format(environ),
        "LOG_LEVEL": log_level(environ),
        # Where figures for Prometheus are served, as HOST:PORT; unset: nowhere. Not where people
        # come in: docs/operations.md. The web server and the worker each have their own.
        "METRICS_BIND": metrics_bind(environ),
        "WORKER_METRICS_BIND": _bind(environ, "WORKER_METRICS_BIND"),
        # Where the web server listens, and with how many processes of how many threads each.
        "BIND": web_bind(environ),
        "WEB_PROCESSES": web_processes(environ),
        "WEB_THREADS": web_threads(environ),
        # A rater may leave the form open for hours; the token is still bound to the browser.
        "WTF_CSRF_TIME_LIMIT": None,
        # Without https the browser sends no Referer to check, and with it our own policy is
        # no-referrer: the token and the cookie's SameSite do the work.
        "WTF_CSRF_SSL_STRICT": False,
    }


def instance_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where keys, the SQLite file and the local mailbox are. Raises ConfigError."""
    given = environ.get("INSTANCE_FOLDER")
    try:
        return Path(given if given is not None else default_instance_folder()).resolve()
    except RuntimeError:
        raise ConfigError(
            f"INSTANCE_FOLDER is not set, and the user {user_name(os.geteuid())} has no home "
            "folder to keep keys and databases in. Name a folder."
        ) from None


def log_format(environ: Mapping[str, str] = os.environ) -> str:
    """How the log is written: "text" or "json". Raises ConfigError."""
    return _one_of(environ, "LOG_FORMAT", ("text", "json"))


def log_level(environ: Mapping[str, str] = os.environ, default: str = "info") -> str:
    """From which level on something is logged. Raises ConfigError."""
    levels = ("debug", "info", "warning", "error", "critical")
    return _one_of(environ, "LOG_LEVEL", levels, default)


def metrics_bind(environ: Mapping[str, str] = os.environ) -> tuple[str, int] | None:
    """Where the web server's figures are served, if anywhere. Raises ConfigError."""
    return _bind(environ, "METRICS_BIND")


def web_bind(environ: Mapping[str, str] = os.environ) -> str:
    """Where the web server listens, as gunicorn writes it. Raises ConfigError."""
    text = environ.get("BIND", "").strip() or "127.0.0.1:8000"
    for address in text.split(","):
        if not address.strip().startswith(("unix:", "fd://")):
            _host_and_port("BIND", address.strip().removeprefix("tcp://"))
    return text


def web_processes(environ: Mapping[str, str] = os.environ) -> int:
    """How many processes the web server has. Raises ConfigError."""
    return _number(environ, "WEB_PROCESSES", 2, at_least=1)


def web_threads(environ: Mapping[str, str] = os.environ) -> int:
    """How many threads each of these processes has. Raises ConfigError."""
    return _number(environ, "WEB_THREADS", 4, at_least=1)


def known_settings() -> frozenset[str]:
    """The names of all settings: those that are asked for here."""
    asked = _AskedFor()
    # Given only so that the reading goes on to its end.
    asked.given = {"INSTANCE_FOLDER": "x", "SECRET_KEY": "x", "MASTER_KEY": "x"}
    load_config(asked)
    return frozenset(asked.names)


class _AskedFor(Mapping[str, str]):
    """An environment that notes which names it is asked for."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.given: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        return self.given[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.given)

    def __len__(self) -> int:
        return len(self.given)


def _one_of(
    environ: Mapping[str, str], name: str, choices: tuple[str, ...], default: str = ""
) -> str:
    value = (environ.get(name, "") or default or choices[0]).lower()
    if value not in choices:
        raise ConfigError(f"{name}: {value!r} is none of {', '.join(choices)}.")
    return value


def _bind(environ: Mapping[str, str], name: str) -> tuple[str, int] | None:
    """An address to listen on; None where none is set."""
    text = environ.get(name, "")
    return _host_and_port(name, text) if text else None


def _host_and_port(name: str, text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ConfigError(f"{name}: {text!r} is not HOST:PORT, such as 127.0.0.1:9101.")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _patience(environ: Mapping[str, str]) -> dict[str, int]:
    if not environ.get("RATELIMIT_STORAGE_URI", "").startswith(("redis", "valkey")):
        return {}
    return {"socket_connect_timeout": 2, "socket_timeout": 2}


def _idle_minutes(environ: Mapping[str, str]) -> int:
    minutes = _number(environ, "SESSION_IDLE_MINUTES", 60)
    # Last use is noted in steps of five minutes.
    if not 10 <= minutes <= 720:
        raise ConfigError(f"SESSION_IDLE_MINUTES: {minutes} is not between 10 and 720.")
    return minutes


def _mail(environ: Mapping[str, str], server: str) -> dict[str, Any]:
    """How letters leave. What would send a password in clear, or trust anybody, is refused."""
    starttls = _flag(environ, "MAIL_USE_TLS", default=False)
    implicit_tls = _flag(environ, "MAIL_USE_SSL", default=False)
    if starttls and implicit_tls:
        raise ConfigError(
            "MAIL_USE_TLS, MAIL_USE_SSL: set one of them. MAIL_USE_TLS encrypts after connecting "
            "(STARTTLS, mostly port 587), MAIL_USE_SSL from the start (mostly port 465)."
        )
    username, password = environ.get("MAIL_USERNAME"), environ.get("MAIL_PASSWORD")
    if bool(username) != bool(password):
        missing = "MAIL_PASSWORD" if username else "MAIL_USERNAME"
        raise ConfigError(f"{missing} is not set: signing in to the mail server needs both.")
    if username and not (starttls or implicit_tls) and server not in _THIS_MACHINE:
        raise ConfigError(
            "MAIL_USERNAME: the password would go to the mail server in clear. "
            "Set MAIL_USE_TLS=1 (STARTTLS) or MAIL_USE_SSL=1."
        )
    return {
        "MAIL_PORT": _number(
            environ, "MAIL_PORT", 465 if implicit_tls else 587 if server else 25, at_most=65535
        ),
        "MAIL_USE_TLS": starttls,
        "MAIL_USE_SSL": implicit_tls,
        # Who may vouch for the mail server and the bounce mailbox, instead of the system's own
        # list of authorities: a PEM file.
        "MAIL_CA_FILE": _certificates(environ, "MAIL_CA_FILE"),
        "MAIL_USERNAME": username,
        "MAIL_PASSWORD": password,
        "MAIL_DEFAULT_SENDER": environ.get("MAIL_DEFAULT_SENDER", "feedback@localhost.localdomain"),
        # How long a mail server may take for one step.
        "MAIL_TIMEOUT_SECONDS": _number(environ, "MAIL_TIMEOUT_SECONDS", 30, at_least=1),
        # Letters over one connection, before a new one is opened.
        "MAIL_LETTERS_PER_CONNECTION": _number(
            environ, "MAIL_LETTERS_PER_CONNECTION", 100, at_least=1
        ),
        # The most letters in any minute, of all workers together; 0: no limit.
        "MAIL_PER_MINUTE": _number(environ, "MAIL_PER_MINUTE", 0),
        "MAIL_PER_MINUTE_PER_DOMAIN": _number(environ, "MAIL_PER_MINUTE_PER_DOMAIN", 0),
        # Only say how many letters would go.
        "MAIL_DRY_RUN": _flag(environ, "MAIL_DRY_RUN", default=False),
    }


def _bounces(environ: Mapping[str, str]) -> dict[str, Any]:
    """Where letters come back to that could not be delivered, and where to read them."""
    address = environ.get("BOUNCE_ADDRESS", "").strip()
    # A token of 43 characters is added to the local part, which may have 64.
    if address and not re.fullmatch(r"[A-Za-z0-9._-]{1,20}@[A-Za-z0-9.-]+", address):
        raise ConfigError(
            f"BOUNCE_ADDRESS: {address!r} is not an address such as bounces@example.org, with at "
            "most 20 plain letters, digits, dots and hyphens before the @."
        )
    host = environ.get("BOUNCE_IMAP_HOST", "").strip()
    username = environ.get("BOUNCE_IMAP_USERNAME", "")
    password = environ.get("BOUNCE_IMAP_PASSWORD", "")
    if host and not address:
        raise ConfigError(
            "BOUNCE_ADDRESS is not set: BOUNCE_IMAP_HOST names the mailbox that it leads to."
        )
    if host and not (username and password):
        missing = "BOUNCE_IMAP_PASSWORD" if username else "BOUNCE_IMAP_USERNAME"
        raise ConfigError(f"{missing} is not set: the mailbox at BOUNCE_IMAP_HOST needs both.")
    starttls = _flag(environ, "BOUNCE_IMAP_STARTTLS", default=False)
    return {
        "BOUNCE_ADDRESS": address,
        "BOUNCE_IMAP_HOST": host,
        "BOUNCE_IMAP_STARTTLS": starttls,
        "BOUNCE_IMAP_PORT": _number(
            environ, "BOUNCE_IMAP_PORT", 143 if starttls else 993, at_most=65535
        ),
        "BOUNCE_IMAP_USERNAME": username,
        "BOUNCE_IMAP_PASSWORD": password,
        "BOUNCE_IMAP_FOLDER": environ.get("BOUNCE_IMAP_FOLDER", "") or "INBOX",
        "BOUNCE_IMAP_MINUTES": _number(environ, "BOUNCE_IMAP_MINUTES", 5, at_least=1),
    }


def _organisation(environ: Mapping[str, str]) -> dict[str, Any]:
    """The organisation's name, logo and colour, each looked at."""
    read = {"ORGANISATION_NAME": checked_name, "ORGANISATION_COLOUR": checked_colour}
    found: dict[str, Any] = {}
    for name, check in read.items():
        text = environ.get(name, "").strip()
        try:
            found[name] = check(text) if text else ""
        except BrandError as error:
            raise ConfigError(f"{name}: {error}") from None
    return found | {"ORGANISATION_LOGO": _logo(environ.get("ORGANISATION_LOGO", "").strip())}


def _logo(text: str) -> Logo | None:
    if not text:
        return None
    file = Path(text).resolve()
    try:
        return read_logo(file.read_bytes())
    except OSError as error:
        raise ConfigError(f"ORGANISATION_LOGO: {file} cannot be read ({error.strerror}).") from None
    except BrandError as error:
        raise ConfigError(f"ORGANISATION_LOGO: {file}: {error}") from None


def _certificates(environ: Mapping[str, str], name: str) -> Path | None:
    text = environ.get(name, "").strip()
    if not text:
        return None
    file = Path(text).resolve()
    try:
        ssl.create_default_context(cafile=file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"{name}: {file} cannot be read as certificates in PEM form ({error})."
        ) from None
    return file


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
    try:
        if file.is_file():
            if secret := file.read_text().strip():
                return secret
            raise ConfigError(
                f"{name} is not set and {file} is empty. Restore it from a safe copy."
            )
    except PermissionError:
        user = user_name(os.geteuid())
        raise ConfigError(
            f"{name} is not set and the user {user} may not read {file}. Run this as the user that "
            f"the service runs as. If that is {user}, give it the file: chown {user} {file}, and "
            "likewise the folder that it lies in."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise ConfigError(
            f"{name} is not set and {file} cannot be read: {reason}. Restore it from a safe copy."
        ) from None
    raise ConfigError(
        f"{name} is not set and {file} does not exist. Run `{COMMAND} setup` to create it, "
        f"or set {name} in the environment. Keep it safe: without it, rounds cannot be opened."
    )


def user_name(number: int) -> str:
    """What the user with this number is called; the number where they have no name."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _number(
    environ: Mapping[str, str],
    name: str,
    default: int,
    *,
    at_least: int = 0,
    at_most: int | None = None,
) -> int:
    text = environ.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit():
        raise ConfigError(f"{name}: {text!r} is not a whole number.")
    number = int(text)
    if number < at_least:
        raise ConfigError(f"{name}: {number} is less than {at_least}.")
    if at_most is not None and number > at_most:
        raise ConfigError(f"{name}: {number} is more than {at_most}.")
    return number


def _names(environ: Mapping[str, str], name: str) -> frozenset[str]:
    """Host names without port, in lower case."""
    given = (part.strip().lower() for part in environ.get(name, "").split(","))
    names = frozenset(part for part in given if part)
    for host in sorted(names):
        if not re.fullmatch(r"[a-z0-9_.-]+|\[[0-9a-f:.]+\]", host):
            raise ConfigError(f"{name}: {host!r} is no host name; leave scheme, port and path out.")
    return names


def _flag(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = environ.get(name, "").lower()
    if not text:
        return default
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off"}:
        return False
    raise ConfigError(f"{name}: {text!r} is neither yes nor no.")
