"""The connection to the mail server: trusted, signed in, kept - and all the ways it fails."""

from __future__ import annotations

import datetime as dt
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import trustme
from aiosmtpd.smtp import AuthResult, LoginPassword
from flask import Flask

from survey.storage.models import Delivery, Round
from tests.conftest import fresh_database
from tests.mail.mailing import (
    MENTEE,
    PEER,
    deliver_all,
    invitation,
    letters,
    mailing_app,
    remind,
)
from tests.support.cases import NOW, Case, launched_case
from tests.support.mail_server import MailServer
from tests.support.web import postman_of, service_of

PASSWORD = "correct horse battery"
MINUTE = dt.timedelta(minutes=1)

Start = Callable[..., tuple[Flask, MailServer]]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> trustme.CA:
    made = trustme.CA()
    made.cert_pem.write_to_path(str(ca_file(tmp_path_factory.getbasetemp())))
    return made


def ca_file(folder: Path) -> Path:
    return folder / "mail-authority.pem"


@pytest.fixture
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Start]:
    """Starts a mail server with these options, and the application with these settings."""
    open_ends: list[Iterator[Flask]] = []
    servers: list[MailServer] = []

    def start_one(
        options: dict[str, object] | None = None, **settings: str
    ) -> tuple[Flask, MailServer]:
        server = MailServer(**(options or {}))  # type: ignore[arg-type]
        server.start()
        servers.append(server)
        apps = mailing_app(
            fresh_database("sqlite", request, tmp_path), tmp_path, server, **settings
        )
        open_ends.append(apps)
        return next(apps), server

    yield start_one
    for server in servers:
        server.stop()
    for apps in open_ends:
        next(apps, None)


def tls_context(authority: trustme.CA, name: str = "localhost") -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    return context


def knows(_server: object, _session: object, _envelope: object, _mech: str, data: object) -> object:
    assert isinstance(data, LoginPassword)
    # The library is to answer a refusal itself.
    return AuthResult(success=data == LoginPassword(b"survey", PASSWORD.encode()), handled=False)


def tls_server(authority: trustme.CA, mode: str, name: str = "localhost") -> dict[str, object]:
    signing_in = {"authenticator": knows, "auth_required": True}
    if mode == "STARTTLS":
        return signing_in | {"tls_context": tls_context(authority, name), "require_starttls": True}
    # aiosmtpd counts only STARTTLS as encryption.
    return signing_in | {"ssl_context": tls_context(authority, name), "auth_require_tls": False}


def tls_settings(folder: Path, mode: str) -> dict[str, str]:
    return {
        "MAIL_SERVER": "localhost",
        "MAIL_USE_TLS" if mode == "STARTTLS" else "MAIL_USE_SSL": "yes",
        "MAIL_CA_FILE": str(ca_file(folder)),
        "MAIL_USERNAME": "survey",
        "MAIL_PASSWORD": PASSWORD,
    }


def assert_all_wait(app: Flask, case: Case, problem: str) -> None:
    left = letters(app)
    assert len(left) == 4  # two peers, the mentee's own, the welcome
    assert {letter.attempts for letter in left} == {0}
    assert {letter.claimed_by for letter in left} == {None}
    assert any(problem in letter.last_problem for letter in left)
    assert invitation(app, case).delivery is Delivery.QUEUED


@pytest.mark.parametrize("mode", ["STARTTLS", "implicit TLS"])
def test_letters_go_encrypted_to_a_server_that_is_known_and_knows_us(
    authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory, start: Start, mode: str
) -> None:
    folder = tmp_path_factory.getbasetemp()
    app, server = start(tls_server(authority, mode), **tls_settings(folder, mode))
    case = launched_case(service_of(app), {"peers": 2})
    deliver_all(app)
    assert letters(app) == []
    assert len(server.messages) == 4
    assert server.connections == 1
    assert invitation(app, case).delivery is Delivery.SENT


@pytest.mark.parametrize("mode", ["STARTTLS", "implicit TLS"])
@pytest.mark.parametrize(
    ("name", "by_stranger", "words"),
    [
        ("localhost", True, "unable to get local issuer"),
        ("mail.example.org", False, "Hostname mismatch"),
    ],
)
def test_no_letter_and_no_password_go_to_a_server_that_cannot_show_who_it_is(
    authority: trustme.CA,
    tmp_path_factory: pytest.TempPathFactory,
    start: Start,
    caplog: pytest.LogCaptureFixture,
    mode: str,
    name: str,
    by_stranger: bool,
    words: str,
) -> None:
    signer = trustme.CA() if by_stranger else authority
    folder = tmp_path_factory.getbasetemp()
    app, server = start(tls_server(signer, mode, name), **tls_settings(folder, mode))
    case = launched_case(service_of(app), {"peers": 2})
    deliver_all(app)
    assert server.messages == []
    assert_all_wait(app, case, "its certificate cannot be trusted")
    said = [r.getMessage() for r in caplog.records if r.levelname == "ERROR"]
    assert any(words in text and "MAIL_CA_FILE" in text for text in said)


def test_a_server_without_encryption_gets_nothing_where_it_was_asked_for(
    authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory, start: Start
) -> None:
    app, server = start(**tls_settings(tmp_path_factory.getbasetemp(), "STARTTLS"))
    case = launched_case(service_of(app), {"peers": 2})
    deliver_all(app)
    assert server.messages == []
    assert_all_wait(app, case, "STARTTLS extension not supported")


def test_a_password_that_is_not_accepted_is_our_trouble_and_no_letter_s(
    authority: trustme.CA,
    tmp_path_factory: pytest.TempPathFactory,
    start: Start,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings = tls_settings(tmp_path_factory.getbasetemp(), "STARTTLS")
    app, server = start(
        tls_server(authority, "STARTTLS"), **(settings | {"MAIL_PASSWORD": "mistyped"})
    )
    case = launched_case(service_of(app), {"peers": 2})
    deliver_all(app)
    assert server.messages == []
    assert_all_wait(app, case, "MAIL_PASSWORD")
    (said,) = (r.getMessage() for r in caplog.records if r.levelname == "ERROR")
    assert "MAIL_USERNAME and MAIL_PASSWORD: 535" in said
    assert "mistyped" not in caplog.text


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("MAIL", "550 5.7.1 <feedback@localhost.localdomain> may not send"),
        ("MAIL", "451 4.3.0 Busy"),
        ("RCPT", "530 5.7.0 Authentication required"),
        ("DATA", "421 4.3.2 Closing for maintenance"),
    ],
)
def test_what_the_server_has_against_us_fails_no_letter(
    start: Start, caplog: pytest.LogCaptureFixture, command: str, answer: str
) -> None:
    app, server = start()
    case = launched_case(service_of(app), {"peers": 2})
    server.answers[command] = answer
    deliver_all(app)
    assert server.messages == []
    assert_all_wait(app, case, answer.split(" ")[0])
    (said,) = (r.getMessage() for r in caplog.records if r.levelname == "ERROR")
    assert answer.split(" ")[0] in said
    # Such answers quote addresses, and the sender's is one that names an invitation.
    assert "@" not in said
    server.answers.clear()
    service_of(app).clock = NOW + MINUTE
    deliver_all(app)
    assert letters(app) == []
    assert len(server.messages) == 4


def test_a_letter_that_is_refused_as_such_fails_alone(start: Start) -> None:
    app, server = start()
    service = service_of(app)
    case = launched_case(service, {"peers": 2})
    server.answers["DATA"] = "554 5.7.1 Looks like spam"
    deliver_all(app)
    assert letters(app) == []
    failed = invitation(app, case)
    assert (failed.delivery, failed.delivery_problem) == (
        Delivery.FAILED,
        "554 5.7.1 Looks like spam",
    )


def test_one_connection_serves_many_letters(start: Start) -> None:
    app, server = start()
    case = launched_case(service_of(app), {"peers": 30})
    with closing(postman_of(app)) as postman:
        while postman.deliver_due():
            pass
        remind(app, case)
        while postman.deliver_due():
            pass
    assert len(server.messages) == 32 + 31  # the welcome is not repeated
    assert server.connections == 1


def test_a_connection_is_renewed_after_some_letters(start: Start) -> None:
    app, server = start(MAIL_LETTERS_PER_CONNECTION="3")
    launched_case(service_of(app), {"peers": 6})
    deliver_all(app)
    assert len(server.messages) == 8
    assert server.connections == 3


def test_a_server_that_closes_idle_connections_costs_no_letter(start: Start) -> None:
    app, server = start({"timeout": 1.5})
    case = launched_case(service_of(app), {"peers": 2})
    with closing(postman_of(app)) as postman:
        assert postman.deliver_due() == 4
        time.sleep(3)
        remind(app, case)
        assert postman.deliver_due() == 3
    assert server.connections == 2
    assert letters(app) == []
    assert len(server.messages) == 7


def test_a_grey_listing_server_gets_the_same_letter_again(start: Start) -> None:
    app, server = start()
    service = service_of(app)
    # Two addresses: three letters put off in a row would make the whole domain wait.
    case = launched_case(service, {"peers": 1})
    seen: set[str] = set()

    def for_the_first_time(address: str) -> bool:
        return address not in seen and not seen.add(address)  # type: ignore[func-returns-value]

    server.postpone = for_the_first_time
    deliver_all(app)
    ids = {f"<{letter.id.hex}@127.0.0.1>" for letter in letters(app)}
    # The mentee's second letter was not the first to that address.
    assert (len(ids), len(server.messages)) == (2, 1)
    service.clock = NOW + MINUTE
    deliver_all(app)
    assert letters(app) == []
    assert {str(m["Message-ID"]) for m in server.messages} >= ids
    assert len(server.messages) == 3
    assert invitation(app, case).delivery is Delivery.SENT


def test_a_server_that_dies_within_a_letter_holds_up_that_letter_alone(start: Start) -> None:
    app, server = start()
    service = service_of(app)
    launched_case(service, {"peers": 5})
    server.dies_after = 2
    deliver_all(app)
    (left,) = letters(app)
    assert left.attempts == 1
    assert "connection lost" in left.last_problem
    assert server.connections == 2
    assert len(server.messages) == 6
    service.clock = NOW + MINUTE
    deliver_all(app)
    assert letters(app) == []
    assert len({m["Message-ID"] for m in server.messages}) == 7


def test_a_server_that_takes_too_long_is_not_waited_for(start: Start) -> None:
    app, server = start(MAIL_TIMEOUT_SECONDS="1")
    service = service_of(app)
    case = launched_case(service, {"peers": 1})
    server.seconds_for_data = 4
    began = time.monotonic()
    deliver_all(app)
    assert time.monotonic() - began < 30
    assert {letter.attempts for letter in letters(app)} == {1}
    assert invitation(app, case).delivery is Delivery.QUEUED
    server.seconds_for_data = 0
    service.clock = NOW + MINUTE
    deliver_all(app)
    assert letters(app) == []
    assert server.to(PEER)
    assert server.to(MENTEE)


def test_a_slow_server_is_waited_for(start: Start) -> None:
    app, server = start(MAIL_TIMEOUT_SECONDS="20")
    launched_case(service_of(app), {"peers": 1})
    server.seconds_for_data = 1.5
    deliver_all(app)
    assert letters(app) == []
    assert len(server.messages) == len({m["Message-ID"] for m in server.messages}) == 3


def test_only_invitations_have_a_return_path_of_their_own(start: Start) -> None:
    """What comes back from a reminder must not tell whose it was."""
    app, server = start(BOUNCE_ADDRESS="bounces@feedback.example")
    service = service_of(app)
    case = launched_case(service, {"peers": 2})
    deliver_all(app)
    remind(app, case)
    deliver_all(app)
    paths = zip(server.messages, server.senders, strict=True)
    own = {sender for message, sender in paths if "asks for your" in str(message["Subject"])}
    assert len(own) == 2  # the two peers'
    for sender in own:
        assert sender is not None
        assert len(sender.partition("@")[0]) <= 64
    named = [sender for sender in server.senders if sender != "bounces@feedback.example"]
    assert len(named) == 3  # the mentee's own invitation, too
    with service.database.reading() as session:
        raters = session.get_one(Round, case.round_id).invitations
        assert {service.return_path.of(rater) for rater in raters} == set(named)
    for message in server.messages:
        assert message["From"] == "feedback@localhost.localdomain"


def test_without_a_bounce_address_letters_come_back_to_their_sender(start: Start) -> None:
    app, server = start()
    launched_case(service_of(app), {"peers": 2})
    deliver_all(app)
    assert set(server.senders) == {"feedback@localhost.localdomain"}
