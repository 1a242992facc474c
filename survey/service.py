"""The service put together from its configuration: what web, worker and command line share."""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import Mapping
from dataclasses import replace
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from survey.accounts.passkeys import RelyingParty
from survey.accounts.sign_in import SignInLinks
from survey.branding import Brand
from survey.confidentiality.master_key import MasterKey
from survey.languages.catalogues import spoken
from survey.mentoring.next_session import (
    CancelledSession,
    Publisher,
    as_calendar,
    as_cancellation,
)
from survey.mentoring.question_sets import QuestionSets
from survey.privacy.notice import Controller
from survey.privacy.rater_data import RaterDataLinks
from survey.privacy.schedule import load_schedule
from survey.rounds.framework_catalogue import FrameworkCatalogue
from survey.rounds.rater_links import RaterLinks
from survey.rounds.return_path import ReturnPath
from survey.storage.database import Database
from survey.storage.key_store import KeyStore
from survey.storage.models import Mentorship, Person, PlannedSession
from survey.webhooks.courier import Courier


class Service:
    """Database, keys, links and frameworks, ready for use cases."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Build everything from `config.load_config()`.

        Raises FrameworkError, QuestionSetError, MasterKeyError or DatabaseUrlError when something
        cannot be used.
        """
        self.name: str = config["SERVICE_NAME"]
        self.brand = Brand(
            config["ORGANISATION_NAME"], config["ORGANISATION_LOGO"], config["ORGANISATION_COLOUR"]
        )
        self.base_url: str = config["BASE_URL"]
        # Part of Message-IDs and of the ids of appointments; any fixed name of ours will do.
        self.host = self.base_url.partition("://")[2].partition("/")[0].partition(":")[0]
        self.publisher = Publisher(self.host, parseaddr(config["MAIL_DEFAULT_SENDER"])[1])
        self.zone = ZoneInfo(config["TIME_ZONE"])
        self.master_key = MasterKey(config["MASTER_KEY"])
        self.keys = KeyStore(config["KEY_DATABASE_URL"], self.master_key)
        self.database = Database(config["DATABASE_URL"], self.keys)
        self.rater_links = RaterLinks(config["SECRET_KEY"])
        self.sign_in_links = SignInLinks(config["SECRET_KEY"])
        self.return_path = ReturnPath(config["BOUNCE_ADDRESS"], config["SECRET_KEY"])
        self.relying_party = RelyingParty.at(self.base_url, self.name)
        self.catalogue = FrameworkCatalogue(config["FRAMEWORK_FOLDER"])
        self.rater_data_links = RaterDataLinks(config["SECRET_KEY"])
        self.retention = load_schedule(config["RETENTION_FILE"], config["DEFAULT_RETENTION_FILE"])
        self.anchor_file: Path = config["AUDIT_ANCHOR_FILE"]
        self.controller = Controller(config["CONTROLLER_NAME"], config["CONTROLLER_CONTACT"])
        self.webhooks_allow_private: bool = config["WEBHOOKS_ALLOW_PRIVATE"]
        self._webhooks_ca_file: Path | None = config["WEBHOOKS_CA_FILE"]
        self.question_sets = QuestionSets(config["QUESTION_SET_FOLDER"])

    @property
    def signature(self) -> str:
        """Who letters come from: the service, and the organisation where it has a name."""
        return f"{self.name} · {self.brand.name}" if self.brand.name else self.name

    def now(self) -> dt.datetime:
        """The current instant, in UTC."""
        return dt.datetime.now(dt.UTC)

    def today(self) -> dt.date:
        """The current day, in UTC."""
        return self.now().date()

    def courier(self) -> Courier:
        """What delivers to webhooks."""
        return Courier(
            self.database,
            self.now,
            self.base_url,
            allow_private=self.webhooks_allow_private,
            trust=ssl.create_default_context(cafile=self._webhooks_ca_file),
        )

    def rater_url(self, token: str) -> str:
        """The address of a rater's link."""
        return f"{self.base_url}/r/{token}"

    def sign_in_url(self, token: str) -> str:
        """The address of a sign-in link."""
        return f"{self.base_url}/sign-in/{token}"

    def mentorship_url(self, mentorship: Mentorship, person: Person) -> str:
        """The address of the page that one of the two has about their mentoring."""
        page = "mentees" if person.id == mentorship.mentor_id else "mentoring"
        return f"{self.base_url}/{page}/{mentorship.id}"

    def appointment(self, planned: PlannedSession, person: Person) -> bytes:
        """The next session for the calendar of one of the two, as an iCalendar file."""
        url = self.mentorship_url(planned.mentorship, person)
        return as_calendar(planned, self.zone, self.now(), self._publisher_for(person), url)

    def cancellation(self, cancelled: CancelledSession, person: Person) -> bytes:
        """What takes a session out of the calendar of one of the two, as an iCalendar file."""
        return as_cancellation(cancelled, self.zone, self.now(), self._publisher_for(person))

    def _publisher_for(self, person: Person) -> Publisher:
        return replace(self.publisher, language=spoken(person.language))

    def rater_data_url(self, token: str) -> str:
        """The address of a link to what is held about a rater."""
        return f"{self.base_url}/rater-data/{token}"
