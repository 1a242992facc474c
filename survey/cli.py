"""The service from a terminal: set-up, worker, and the same use cases that the pages call."""

from __future__ import annotations

import logging
import os
import secrets
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click
from sqlalchemy.orm import Session

from survey.accounts.errors import AccountError
from survey.accounts.people import add_mentor, add_programme_lead, find_person
from survey.accounts.roles import add_administrator, appoint_first_administrator
from survey.anonymity.ballot_box import SpoiltBallotError
from survey.commands.backups import (
    backup_command,
    backup_keys_command,
    restore_command,
    restore_keys_command,
)
from survey.commands.bounces import bounces_command
from survey.commands.doctor import doctor_command
from survey.commands.framework_drafts import import_command, template_command
from survey.commands.framework_lint import lint_command
from survey.commands.privacy import privacy_commands
from survey.commands.serve import serve_command
from survey.confidentiality.master_key import MasterKey, MasterKeyError
from survey.demo.fill import DemoError, fill_demo
from survey.frameworks.loader import parse_framework, read_file
from survey.frameworks.problems import FrameworkError
from survey.mail.bounce_mailbox import BounceMailbox, BounceMailboxError
from survey.mail.delivery import Postman
from survey.mail.dry_run import letters_that_would_go
from survey.mail.letters import LetterWriter
from survey.mail.pace import Pace
from survey.mail.transport import choose_transport
from survey.mail.webhook_run import WebhookRun
from survey.mail.worker import Worker
from survey.mentoring.errors import MentoringError
from survey.mentoring.question_sets import QuestionSetError, QuestionSets
from survey.operations.figures.of_worker import WorkerFigures
from survey.operations.figures.serving import serve_figures
from survey.operations.heartbeat import Heartbeat
from survey.operations.logs import configure_logging
from survey.operations.upgrade import upgrade
from survey.places import COMMAND
from survey.privacy.audit_trail import Action, record
from survey.privacy.errors import PrivacyError
from survey.programme.as_text import programme_as_text
from survey.programme.view import programme_view
from survey.report.files import FILE_FORMATS, FileFormat, report_file
from survey.report.of_round import report_of_round
from survey.report.rendering.client import RenderingError
from survey.rounds.close import close_round
from survey.rounds.errors import RoundError
from survey.rounds.launch import launch_warnings
from survey.rounds.release import release_round
from survey.rounds.remind import remind_all
from survey.rounds.rotate_keys import rewrap_round_keys
from survey.rounds.round_file import RoundFileError, launch_from_files
from survey.rounds.status import round_status
from survey.service import Service
from survey.settings import (
    ConfigError,
    instance_folder,
    load_config,
    log_format,
    log_level,
    user_name,
)
from survey.storage.backup import BackupError
from survey.storage.engines import DatabaseUrlError
from survey.storage.faults import DatabaseFaultError
from survey.storage.migrate import migrate, pending_migration
from survey.storage.models import Person, Round, RoundKind
from survey.storage.queries import people as people_queries
from survey.storage.queries import rounds as round_queries

_ERRORS = (
    AccountError,
    BackupError,
    BounceMailboxError,
    ConfigError,
    DatabaseUrlError,
    DemoError,
    FrameworkError,
    MasterKeyError,
    MentoringError,
    PrivacyError,
    QuestionSetError,
    RenderingError,
    RoundError,
    RoundFileError,
    SpoiltBallotError,
)


@click.group()
def cli() -> None:
    """360-degree feedback surveys for mentoring."""
    configure_logging(log_format(), log_level(default="warning"))


def main() -> None:
    """Run the command line; known errors are shown as one clear text, without a traceback."""
    try:
        cli(standalone_mode=False)
    except _ERRORS as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)
    except DatabaseFaultError as error:
        click.echo(f"Error: {error} Nothing was half done; try again.", err=True)
        # By convention: it may succeed later.
        sys.exit(os.EX_TEMPFAIL)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except Exception:
        # Through the log, which takes links out of it.
        logging.getLogger(__name__).exception("An unexpected error ended the command")
        sys.exit(1)


@cli.command()
@click.option("--mentor-name", default="First Mentor", help="Name of the first mentor.")
@click.option("--mentor-email", default="mentor@example.org", help="Address of the first mentor.")
def setup(mentor_name: str, mentor_email: str) -> None:
    """Create keys, bring the database up to date, and greet the first mentor with a link."""
    _create_keys()
    service = _service()
    migrate(service.database)
    with service.database.writing() as session:
        mentors = people_queries.mentors(session)
        person = mentors[0] if mentors else add_mentor(session, mentor_name, mentor_email)
        appoint_first_administrator(session, person)
        link = service.sign_in_links.create(session, person, service.now())
    click.echo(f"Service:  {service.base_url}")
    click.echo(f"Mentor:   {person.name} <{person.email}>")
    click.echo(f"Sign in:  {service.sign_in_url(service.sign_in_links.token(link))}")
    click.echo("          (once, within 30 minutes; afterwards ask for a new link on the page)")


@cli.command()
def demo() -> None:
    """Fill an empty database with a finished before/after case, and print where to look."""
    _create_keys()
    config = load_config()
    if config["MAILBOX_FOLDER"] is None:
        raise DemoError(
            "MAIL_SERVER is set, and the demo has letters to people who do not exist. Unset it: "
            "the demo's letters go to the local mailbox."
        )
    service = Service(config)
    migrate(service.database)
    summary = fill_demo(service, service.now())
    with service.database.writing() as session:
        mentee = session.get_one(Person, summary.mentee_id)
        mentor = session.get_one(Person, summary.mentor_id)
        as_mentee = service.sign_in_links.create(session, mentee, service.now())
        as_mentor = service.sign_in_links.create(session, mentor, service.now())
    links = service.sign_in_links
    base = service.base_url
    click.echo(f"Service:        {base}")
    click.echo(f"Change report:  {base}/reports/{summary.change_report_id}  (sign in first)")
    click.echo(f"Mailbox:        {base}/mailbox/  (invitations to try)")
    click.echo("Sign in (each link once, within 30 minutes; afterwards ask on the page, the new")
    click.echo("link comes to the mailbox):")
    click.echo(f"  as mentee {mentee.name} <{mentee.email}>:")
    click.echo(f"    {service.sign_in_url(links.token(as_mentee))}")
    click.echo(f"  as mentor {mentor.name} <{mentor.email}>:")
    click.echo(f"    {service.sign_in_url(links.token(as_mentor))}")


@cli.command()
def worker() -> None:
    """Deliver mail and close rounds at their deadline, until stopped."""
    config = load_config()
    configure_logging(config["LOG_FORMAT"], config["LOG_LEVEL"])
    heartbeat = Heartbeat(config["INSTANCE_FOLDER"])
    if config["WORKER_METRICS_BIND"] is not None:
        serve_figures(config["WORKER_METRICS_BIND"], WorkerFigures(Service(config), heartbeat))
    _worker(heartbeat.beat).run()


@cli.command("deliver")
@click.option("--dry-run", is_flag=True, help="Only say how many letters would go.")
def deliver(dry_run: bool) -> None:
    """Deliver what is due now and stop."""
    config = load_config()
    if dry_run or config["MAIL_DRY_RUN"]:
        service = Service(config)
        lines = letters_that_would_go(service, LetterWriter(service, config["TEMPLATE_FOLDER"]))
        click.echo("Nothing is sent (dry run). Due now:")
        click.echo("\n".join(f"  {line}" for line in lines) or "  nothing")
        return
    deliverer = _worker()
    while deliverer.run_once():
        pass
    deliverer.deliver_webhooks()
    deliverer.close()


@cli.group("db")
def database_commands() -> None:
    """The database's schema."""


@database_commands.command("migrate")
@click.option(
    "--backup",
    "folder",
    type=click.Path(path_type=Path),
    help="Before anything is changed, back the database up into this new folder.",
)
def migrate_command(folder: Path | None) -> None:
    """Bring the schema up to date. Stop web server and worker before."""
    config = load_config()
    service = Service(config)
    done = upgrade(service.database, folder, service.now(), config["POSTGRES_CLIENT_FOLDER"])
    if done.backup is not None:
        click.echo(f"Backed up to {folder} (schema {done.backup.revision}).")
    click.echo("The database is up to date.")


@database_commands.command("check")
def check_command() -> None:
    """Tell whether the schema is up to date."""
    pending = pending_migration(_service().database)
    if pending:
        raise click.ClickException(
            f"The database needs migration {pending}: run `{COMMAND} db migrate`."
        )
    click.echo("The database is up to date.")


@cli.group("keys")
def key_commands() -> None:
    """The master key that protects the answers of open rounds."""


@key_commands.command("start-anew")
def keys_start_anew() -> None:
    """Begin an empty key database where the old one is lost for good.

    What was sealed with the old one's keys cannot be read any more; the rest goes on.
    """
    _service().keys.prepare()
    click.echo("There is a key database. What was sealed with the lost keys cannot be read.")


@key_commands.command("rotate")
def keys_rotate() -> None:
    """Replace the master key. Open rounds are wrapped anew; no answer is lost or shown.

    With a key file this is one step. With MASTER_KEY in the environment, set it to the new key
    and the old one, separated by a space, run this, and then take the old one out.
    """
    config = load_config()
    file = config["INSTANCE_FOLDER"] / "master.key"
    in_environment = bool(os.environ.get("MASTER_KEY"))
    keys = config["MASTER_KEY"].split()
    if not in_environment:
        keys.insert(0, MasterKey.generate())
        # Both keys are in the file before any round is wrapped with the new one: a crash in
        # between leaves rounds that one of the two opens.
        _replace_secret(file, "\n".join(keys))
    service = _service()
    with service.database.writing() as session:
        count = rewrap_round_keys(session, service.master_key)
        record(session, None, Action.MASTER_KEY_ROTATED, None, service.now())
    mentorships = service.keys.rewrap()
    if in_environment:
        click.echo(
            f"{count} open rounds and {mentorships} mentorships use the first key in MASTER_KEY "
            "now; drop the others."
        )
        return
    _replace_secret(file, keys[0])
    click.echo(
        f"{count} open rounds and {mentorships} mentorships use the new master key. "
        "Restart web server and worker."
    )


@cli.group()
def mentor() -> None:
    """Mentors."""


@mentor.command("add")
@click.argument("name")
@click.argument("email")
def mentor_add(name: str, email: str) -> None:
    """Add a mentor and print a sign-in link for them."""
    _add_person(add_mentor, name, email, "is a mentor")


@mentor.command("list")
def mentor_list() -> None:
    """List the mentors."""
    with _service().database.reading() as session:
        for person in people_queries.mentors(session):
            click.echo(f"{person.name} <{person.email}>")


@cli.group()
def administrator() -> None:
    """People who look after accounts, frameworks and retention, and read no content."""


@administrator.command("add")
@click.argument("name")
@click.argument("email")
def administrator_add(name: str, email: str) -> None:
    """Make somebody an administrator and print a sign-in link for them."""
    _add_person(add_administrator, name, email, "is an administrator")


@cli.group("programme-lead")
def programme_lead() -> None:
    """People who may read the programme view."""


@programme_lead.command("add")
@click.argument("name")
@click.argument("email")
def programme_lead_add(name: str, email: str) -> None:
    """Let somebody read the programme view and print a sign-in link for them."""
    _add_person(add_programme_lead, name, email, "may read the programme view")


@cli.group("programme")
def programme_commands() -> None:
    """Figures over many mentees."""


@programme_commands.command("show")
@click.option("--language", default="en", help="Language of the frameworks' texts.")
def programme_show(language: str) -> None:
    """Print the programme view."""
    with _service().database.reading() as session:
        click.echo(programme_as_text(programme_view(session, language)))


@cli.group("frameworks")
def framework_commands() -> None:
    """Competency frameworks."""


@framework_commands.command("list")
def framework_list() -> None:
    """List the frameworks that ship with the service."""
    for framework in _service().catalogue.shipped.values():
        items = sum(len(competency.indicators) for competency in framework.competencies)
        click.echo(
            f"{framework.id:28} {framework.version:8} {len(framework.competencies)} competencies, "
            f"{items} indicators, {', '.join(framework.languages)}"
        )


@framework_commands.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def framework_check(files: tuple[Path, ...]) -> None:
    """Check framework files; every problem is named with file, line and column."""
    wrong = 0
    for file in files:
        try:
            framework = parse_framework(read_file(file), str(file))
        except FrameworkError as error:
            wrong += 1
            click.echo(str(error), err=True)
        else:
            click.echo(f"{file}: fine ({framework.id} {framework.version})")
    if wrong:
        sys.exit(1)


framework_commands.add_command(import_command)
framework_commands.add_command(template_command)
framework_commands.add_command(lint_command)
cli.add_command(framework_commands, "framework")


@cli.group("question-sets")
def question_set_commands() -> None:
    """What mentee and mentor are asked to reflect on."""


@question_set_commands.command("check")
def question_sets_check() -> None:
    """Check the folder of question sets; every problem is named with file, line and column."""
    for found in QuestionSets(load_config()["QUESTION_SET_FOLDER"]):
        click.echo(f"{found.id}: fine ({len(found.questions)} questions)")


for command in (
    backup_command,
    backup_keys_command,
    restore_command,
    restore_keys_command,
    privacy_commands,
    doctor_command,
    bounces_command,
    serve_command,
):
    cli.add_command(command)


@cli.group("round")
def round_commands() -> None:
    """Feedback rounds."""


@round_commands.command("launch")
@click.argument("description", type=click.Path(path_type=Path))
@click.argument("raters", type=click.Path(path_type=Path))
@click.option("--group", help="The rater group of those in the list who name none.")
def round_launch(description: Path, raters: Path, group: str | None) -> None:
    """Launch a round from a YAML description and a list of raters (CSV, XLSX, vCard or LDIF)."""
    service = _service()
    with service.database.writing() as session:
        launched = launch_from_files(
            session,
            description,
            raters,
            catalogue=service.catalogue,
            links=service.rater_links,
            master_key=service.master_key,
            now=service.now(),
            group=group,
        )
        warnings = launch_warnings(launched)
        if launched.kind is not RoundKind.BEFORE and launched.compared_with is None:
            warnings.append("No closed earlier round of this framework: nothing to compare with.")
        count = len(launched.invitations)
    for warning in warnings:
        click.echo(f"Note: {warning}")
    click.echo(f"Launched round {launched.id} with {count} invitations.")


@round_commands.command("list")
def round_list() -> None:
    """List all rounds."""
    with _service().database.reading() as session:
        for round_ in round_queries.all_rounds(session):
            click.echo(
                f"{round_.id}  {round_.kind.value:8} {round_.state.value:9} "
                f"{round_.mentorship.mentee.name} (mentor {round_.mentorship.mentor.name})"
            )


@round_commands.command("status")
@click.argument("round_id", type=click.UUID)
def status_command(round_id: uuid.UUID) -> None:
    """Show how many have answered or declined, per group."""
    with _service().database.reading() as session:
        round_ = _round(session, round_id)
        click.echo(
            f"{round_.kind.value} round for {round_.mentorship.mentee.name}: {round_.state.value}, "
            f"open until {round_.deadline}"
        )
        for group in round_status(session, round_):
            shown = "shown" if group.reaches_threshold else f"needs {group.threshold}"
            came = (
                f"{group.done} of {group.invited} answered or declined"
                if group.answered is None
                else f"{group.answered} of {group.invited} answered, {group.declined} declined"
            )
            click.echo(f"  {group.label:20} {came}, {group.failed} undeliverable ({shown})")


@round_commands.command("remind")
@click.argument("round_id", type=click.UUID)
def remind_command(round_id: uuid.UUID) -> None:
    """Remind everybody who has not answered."""
    service = _service()
    with service.database.writing() as session:
        remind_all(session, _round(session, round_id), service.now())
    click.echo("A reminder is on its way to everybody who has not answered yet.")


@round_commands.command("close")
@click.argument("round_id", type=click.UUID)
def close_command(round_id: uuid.UUID) -> None:
    """Close a round and make its report."""
    service = _service()
    with service.database.writing() as session:
        close_round(
            session,
            _round(session, round_id),
            master_key=service.master_key,
            now=service.now(),
        )
    click.echo("The round is closed.")


@round_commands.command("release")
@click.argument("round_id", type=click.UUID)
def release_command(round_id: uuid.UUID) -> None:
    """Release a closed round's report to the mentee."""
    service = _service()
    with service.database.writing() as session:
        release_round(session, _round(session, round_id), service.now())
    click.echo("The report is released.")


@round_commands.command("report")
@click.argument("round_id", type=click.UUID)
@click.option(
    "--language",
    default="en",
    help="Language of the framework's texts; of pdf and xlsx, of all words.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(FILE_FORMATS),
    default="text",
    help="What to write; pdf, xlsx and parquet need --output.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file instead of the terminal.",
)
def report_command(
    round_id: uuid.UUID, language: str, format_: FileFormat, output: Path | None
) -> None:
    """Print the report of a closed round, or write it to a file."""
    if output is None and format_ in ("pdf", "xlsx", "parquet"):
        raise click.UsageError(f"--format {format_}: say where to write it, with --output FILE.")
    service = _service()
    with service.database.reading() as session:
        round_ = _round(session, round_id)
        file = report_file(
            report_of_round(session, round_, language),
            format_,
            language=language,
            mentee_name=round_.mentorship.mentee.name,
            mentor_name=round_.mentorship.mentor.name,
            created_on=service.today(),
            brand=service.brand,
        )
    with service.database.writing() as session:
        record(session, None, Action.REPORT_EXPORTED, round_id, service.now())
    if output is None:
        click.echo(file.content, nl=False)
        return
    try:
        output.write_bytes(file.content)
    except OSError as error:
        raise click.FileError(str(output), error.strerror or "cannot be written") from error
    click.echo(f"Wrote {output}.")


def _add_person(
    add: Callable[[Session, str, str], Person], name: str, email: str, role: str
) -> None:
    """Give somebody a role, and print a link to sign in with."""
    service = _service()
    with service.database.writing() as session:
        known = find_person(session, email)
        person = add(session, name, email)
        deed = Action.PERSON_ADDED if known is None else Action.ROLES_CHANGED
        record(session, None, deed, person.id, service.now())
        link = service.sign_in_links.create(session, person, service.now())
    click.echo(f"{person.name} <{person.email}> {role}.")
    click.echo(f"Sign in once: {service.sign_in_url(service.sign_in_links.token(link))}")


def _service() -> Service:
    return Service(load_config())


def _worker(beat: Callable[[], None] = lambda: None) -> Worker:
    # The worker needs Flask-Mail, and that an application; the web's own does.
    from survey.web.app import create_app
    from survey.web.current import SERVICE_EXTENSION

    config = load_config()
    app = create_app(config)
    service = app.extensions[SERVICE_EXTENSION]
    writer = LetterWriter(service, config["TEMPLATE_FOLDER"])
    pace = Pace(
        config["SECRET_KEY"], config["MAIL_PER_MINUTE"], config["MAIL_PER_MINUTE_PER_DOMAIN"]
    )
    result = Worker(
        service,
        Postman(service, writer, choose_transport(app), pace),
        beat=beat,
        bounces=BounceMailbox(service, pace, config),
        webhooks=WebhookRun(service.courier()),
        dry_run=partial(letters_that_would_go, service, writer) if config["MAIL_DRY_RUN"] else None,
    )
    result.stop_on_signals()
    return result


def _round(session: Session, round_id: uuid.UUID) -> Round:
    found = round_queries.by_id(session, round_id)
    if found is None:
        raise RoundError(f"There is no round {round_id}. `{COMMAND} round list` shows all.")
    return found


def _create_keys() -> None:
    """Make the keys that are missing. What the environment gives is used, so it gets no file."""
    instance = instance_folder()
    with _writing_to(instance):
        instance.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not os.environ.get("SECRET_KEY"):
        _create_secret(instance / "secret.key", secrets.token_urlsafe(48))
    if not os.environ.get("MASTER_KEY"):
        _create_secret(instance / "master.key", MasterKey.generate())


def _create_secret(file: Path, value: str) -> None:
    """Write a secret once, readable by its owner alone; an existing one is never replaced.

    Raises ConfigError when the folder does not allow it.
    """
    with _writing_to(file.parent):
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if file.exists():
            return
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
        try:
            with os.fdopen(descriptor, "w") as stream:
                stream.write(value + "\n")
                stream.flush()
                os.fsync(stream.fileno())
            # Whole under its name, or not there: a full disk or a crash must not leave half a key.
            os.link(name, file)
        except FileExistsError:
            # Another process was quicker; its secret is the one that counts.
            pass
        finally:
            Path(name).unlink()


@contextmanager
def _writing_to(folder: Path) -> Iterator[None]:
    """Say in one line that the folder of the keys cannot be written to, and what to do."""
    try:
        yield
    except OSError as error:
        user = user_name(os.geteuid())
        raise ConfigError(
            f"INSTANCE_FOLDER: nothing can be written in {folder} ({error.strerror or error}). "
            f"Name a folder there that the user {user} may write to, or let them write to this one."
        ) from error


def _replace_secret(file: Path, value: str) -> None:
    """Put a new secret in the place of an old one: whoever reads sees one or the other, whole."""
    fresh = file.with_suffix(".new")
    with _writing_to(file.parent):
        fresh.unlink(missing_ok=True)
        _create_secret(fresh, value)
        fresh.replace(file)
