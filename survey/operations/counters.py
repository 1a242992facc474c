"""Where it is counted how often somebody tries to sign in: RATELIMIT_STORAGE_URI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from limits.errors import ConfigurationError
from limits.storage import Storage, storage_from_string

from survey.settings import ConfigError

SETTING = "RATELIMIT_STORAGE_URI"
_NO_STORE = SETTING + ": {!r} is no kind of store; use memory:// or redis://HOST:PORT."


def counters(config: Mapping[str, Any]) -> Storage:
    """The store of the counters; nothing is connected yet. Raises ConfigError.

    The address itself is never quoted: it may hold a password.
    """
    address: str = config[SETTING]
    scheme = address.partition("://")[0]
    try:
        made = storage_from_string(address, **config["RATELIMIT_STORAGE_OPTIONS"])
    except ConfigurationError as error:
        # Of an unknown scheme the package quotes the whole address.
        if address in str(error):
            raise ConfigError(_NO_STORE.format(scheme)) from None
        install = "`pip install redis`" if scheme.startswith("redis") else "Install it"
        raise ConfigError(
            f"{SETTING}: the package that {scheme}:// needs is missing or too old. {install}, or "
            f"unset {SETTING}."
        ) from None
    except ValueError:
        raise ConfigError(
            f"{SETTING} is not an address of the form {scheme}://HOST:PORT."
        ) from None
    if not isinstance(made, Storage):
        raise ConfigError(_NO_STORE.format(scheme))
    return made
