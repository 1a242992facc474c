"""Privacy from a terminal: the audit trail, retention, erasure, and what people ask for."""

from __future__ import annotations

import json
import sys
import uuid
from pathlib import Path

import click
from sqlalchemy.orm import Session

from survey.accounts.people import find_person
from survey.privacy.access_export import Access, access_zip
from survey.privacy.audit_anchors import anchors_in, note_anchor, read_anchor
from survey.privacy.audit_trail import Action, record
from survey.privacy.audit_verification import verify_trail
from survey.privacy.disposable_kinds import KINDS
from survey.privacy.erasure import (
    ErasurePlan,
    erase_mentorship,
    erase_person,
    plan_for_mentorship,
    plan_for_person,
    rectify_person,
)
from survey.privacy.errors import PrivacyError
from survey.privacy.notice import record_of_processing
from survey.privacy.rater_data import as_json, erase_rater, held_about_rater
from survey.privacy.restriction import lift_restriction, note_objection, restrict
from survey.privacy.retention import dispose, due_now
from survey.report.copies import report_copies
from survey.service import Service
from survey.settings import load_config
from survey.storage.models import Mentorship, Person

_MOST_IDS = 20


@click.group("privacy")
def privacy_commands() -> None:
    """The audit trail, retention, erasure, and what people ask for."""


@privacy_commands.command("verify")
@click.option(
    "--anchor",
    "given",
    multiple=True,
    help="An anchor that this command printed before, such as 12:9f86d0…; may be repeated.",
)
def verify_command(given: tuple[str, ...]) -> None:
    """Check the audit trail; finds a changed, removed or added entry, and a cut-off end.

    Prints an anchor to keep elsewhere: whoever holds it can tell later that nothing up to there
    was changed. Ends with 1 when the trail is broken.
    """
    service = _service()
    today = service.today()
    anchors = [*anchors_in(service.anchor_file), *(read_anchor(text, today) for text in given)]
    with service.database.reading() as session:
        found = verify_trail(session, anchors, today)
    if found.first_break is not None:
        click.echo(
            f"The audit trail is broken at entry {found.first_break.sequence}: "
            f"{found.first_break.problem}.",
            err=True,
        )
        sys.exit(1)
    click.echo(f"The audit trail is whole: {found.kept} entries.")
    if found.disposed_through:
        click.echo(
            f"Disposed of before, behind a checkpoint: entries up to {found.disposed_through}."
        )
    if found.end is not None:
        note_anchor(service.anchor_file, found.end)
        click.echo(f"Anchor: {found.end}")


@privacy_commands.command("schedule")
def schedule_command() -> None:
    """Show how long what is kept, and why."""
    schedule = _service().retention
    for kind in KINDS:
        rule = schedule[kind.key]
        click.echo(f"{kind.title} ({kind.key}): {kind.holds}")
        click.echo(f"  {rule.keep.words}, from {kind.event}")
        click.echo(f"  {rule.reason}")
        click.echo(f"  {rule.basis}")


@privacy_commands.command("dispose")
@click.option("--dry-run", is_flag=True, help="Only list what is due.")
def dispose_command(dry_run: bool) -> None:
    """Delete what has been kept long enough, as the worker does once a day."""
    service = _service()
    with service.database.reading() as session:
        found = due_now(session, service.retention, service.today())
    for due in found:
        click.echo(
            f"{due.kind.key:18} {len(due.ids):6}  "
            f"({due.rule.keep.words} from {due.kind.event}; by {due.kind.of})"
        )
        if dry_run and (due.kind.in_trail or due.kind.key == "mentorships"):
            for object_id in due.ids[:_MOST_IDS]:
                click.echo(f"    {object_id}")
            if len(due.ids) > _MOST_IDS:
                click.echo(f"    … and {len(due.ids) - _MOST_IDS} more")
    if dry_run:
        click.echo("Nothing was deleted.")
        return
    count = dispose(service.database, service.keys, service.retention, service.now())
    service.database.erase_due_traces()
    click.echo(f"Disposed of {count}.")


@privacy_commands.command("erase-mentorship")
@click.argument("mentorship_id", type=click.UUID)
@click.option("--yes", is_flag=True, help="Do it; without, it is only shown what would go.")
def erase_mentorship_command(mentorship_id: uuid.UUID, yes: bool) -> None:
    """Erase a mentorship with all that belongs to it, for good."""
    service = _service()
    with service.database.writing() if yes else service.database.reading() as session:
        mentorship = session.get(Mentorship, mentorship_id)
        if mentorship is None:
            raise PrivacyError(f"There is no mentorship {mentorship_id}.")
        _show(plan_for_mentorship(session, mentorship), done=yes)
        if yes:
            erase_mentorship(session, service.keys, mentorship, None, service.now())
    _tell(done=yes)


@privacy_commands.command("erase-person")
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do it; without, it is only shown what would go.")
def erase_person_command(email: str, yes: bool) -> None:
    """Erase a person: their mentorships as a mentee, and all that says who they are."""
    service = _service()
    with service.database.writing() if yes else service.database.reading() as session:
        person = _person(session, email)
        _show(plan_for_person(session, person), done=yes)
        if yes:
            erase_person(session, service.keys, person, None, service.now())
    _tell(done=yes)


@privacy_commands.command("access-export")
@click.argument("email")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def access_export_command(email: str, file: Path) -> None:
    """Write everything about a person with an account to a ZIP FILE."""
    config = load_config()
    service = Service(config)
    today = service.today()
    with service.database.writing() as session:
        person = _person(session, email)
        content = access_zip(
            Access(session, person, today),
            config["TEMPLATE_FOLDER"],
            lambda session, round_: report_copies(
                session, round_, person.language, today, service.brand
            ),
        )
        record(session, None, Action.PERSON_EXPORTED, person.id, service.now())
    _write(file, content)
    click.echo(f"Wrote {file}. Make sure that it reaches {person.name} and nobody else.")


@privacy_commands.command("rater-export")
@click.argument("email")
def rater_export_command(email: str) -> None:
    """Print what is held about somebody as a rater, as JSON; never answers."""
    with _service().database.reading() as session:
        records = as_json(held_about_rater(session, email))
    click.echo(json.dumps(records, ensure_ascii=False, indent=2))


@privacy_commands.command("rater-erase")
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do it; without, it is only shown how much would go.")
def rater_erase_command(email: str, yes: bool) -> None:
    """Erase name and address of a rater in all rounds; an answer stays, tied to nobody."""
    service = _service()
    with service.database.writing() if yes else service.database.reading() as session:
        count = len(held_about_rater(session, email))
        if yes and count:
            erase_rater(session, service.keys, email, service.today())
    click.echo(f"Invitations of {email}: {count}.")
    _tell(done=yes)


@privacy_commands.command("record-of-processing")
def record_of_processing_command() -> None:
    """Print the record of processing activities as Markdown."""
    service = _service()
    click.echo(record_of_processing(service.retention, service.controller, service.name))


@privacy_commands.command("rectify")
@click.argument("email")
@click.option("--name", help="The right name.")
@click.option("--new-email", help="The right address.")
def rectify_command(email: str, name: str | None, new_email: str | None) -> None:
    """Put a person's name or address right."""
    service = _service()
    with service.database.writing() as session:
        person = _person(session, email)
        rectify_person(
            session,
            person,
            name or person.name,
            new_email or person.email,
            actor=None,
            now=service.now(),
        )
        click.echo(f"It is {person.name} <{person.email}> now.")


@privacy_commands.command("restrict")
@click.argument("email")
@click.option("--lift", is_flag=True, help="Take the restriction back.")
def restrict_command(email: str, lift: bool) -> None:
    """Restrict the processing of what is held about a person: it is stored, and not used."""
    service = _service()
    with service.database.writing() as session:
        person = _person(session, email)
        (lift_restriction if lift else restrict)(session, person, None, service.now())
        state = "not restricted any more" if lift else "restricted"
        click.echo(f"The processing of what is held about {person.name} is {state}.")


@privacy_commands.command("note-objection")
@click.argument("email")
def note_objection_command(email: str) -> None:
    """Note that a person objects to the processing; administrators find it among the requests."""
    service = _service()
    with service.database.writing() as session:
        person = _person(session, email)
        note_objection(session, person, None, service.now())
        click.echo(f"The objection of {person.name} is noted. Decide on it within a month.")


def _show(plan: ErasurePlan, *, done: bool) -> None:
    click.echo("Erased:" if done else "Would be erased:")
    for line in plan.goes:
        click.echo(f"  - {line.what}")
    click.echo("Kept:")
    for line in plan.stays:
        click.echo(f"  - {line.what} ({line.why})")


def _tell(*, done: bool) -> None:
    click.echo("It is done." if done else "Nothing was changed; add --yes to do it.")


def _person(session: Session, email: str) -> Person:
    person = find_person(session, email)
    if person is None:
        raise PrivacyError(f"Nobody has an account with the address {email}.")
    return person


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise click.FileError(str(file), error.strerror or "cannot be written") from error


def _service() -> Service:
    return Service(load_config())
