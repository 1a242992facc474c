"""The service put together from its configuration: what web, worker and command line share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from survey.accounts.sign_in import SignInLinks
from survey.confidentiality.master_key import MasterKey
from survey.rounds.framework_catalogue import FrameworkCatalogue
from survey.rounds.rater_links import RaterLinks
from survey.storage.database import Database
from survey.storage.key_store import KeyStore


class Service:
    """Database, keys, links and frameworks, ready for use cases."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Build everything from `config.load_config()`.

        Raises FrameworkError, MasterKeyError or DatabaseUrlError when something cannot be used.
        """
        self.name: str = config["SERVICE_NAME"]
        self.base_url: str = config["BASE_URL"]
        self.master_key = MasterKey(config["MASTER_KEY"])
        self.keys = KeyStore(config["KEY_DATABASE_URL"], self.master_key)
        self.database = Database(config["DATABASE_URL"], self.keys)
        self.rater_links = RaterLinks(config["SECRET_KEY"])
        self.sign_in_links = SignInLinks(config["SECRET_KEY"])
        self.catalogue = FrameworkCatalogue(config["FRAMEWORK_FOLDER"])

    def now(self) -> dt.datetime:
        """The current instant, in UTC."""
        return dt.datetime.now(dt.UTC)

    def today(self) -> dt.date:
        """The current day, in UTC."""
        return self.now().date()

    def rater_url(self, token: str) -> str:
        """The address of a rater's link."""
        return f"{self.base_url}/r/{token}"

    def sign_in_url(self, token: str) -> str:
        """The address of a sign-in link."""
        return f"{self.base_url}/sign-in/{token}"
