"""Frameworks out of other programs' questionnaires and out of tables, from a terminal."""

from __future__ import annotations

from pathlib import Path

import click

from survey.frameworks.importing import MAX_BYTES, import_draft
from survey.frameworks.importing.template import template_as_csv, template_as_xlsx
from survey.frameworks.loader import parse_framework
from survey.frameworks.problems import FrameworkError


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the draft to this new file instead of the terminal.",
)
def import_command(file: Path, out: Path | None) -> None:
    """Draft a framework from LimeSurvey (.lss), Qualtrics (.qsf) or a table (.xlsx, .csv).

    What could not be carried over is said, and stands as comments at the top of the draft.
    """
    draft = import_draft(_read(file), file.name)
    for note in draft.left_out:
        click.echo(f"Note: {note}", err=True)
    if out is None:
        click.echo(draft.yaml, nl=False)
    else:
        _write_new(out, draft.yaml.encode())
        click.echo(f"Wrote {out}.")
    try:
        parse_framework(draft.yaml.encode(), str(out or file.with_suffix(".yaml").name))
    except FrameworkError as error:
        click.echo(f"To be put right in the draft:\n{error}", err=True)


@click.command("template")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def template_command(file: Path) -> None:
    """Write the table to start a framework from, to a new file (.xlsx or .csv)."""
    made = {".xlsx": template_as_xlsx, ".csv": template_as_csv}.get(file.suffix.lower())
    if made is None:
        raise click.UsageError("The name of the file ends in .xlsx or .csv.")
    _write_new(file, made())
    click.echo(f"Wrote {file}.")


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            # One byte more than allowed is enough to refuse it.
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise click.FileError(str(file), error.strerror or "cannot be read") from error


def _write_new(file: Path, content: bytes) -> None:
    """Write a file that must not be there yet: somebody may have worked on it."""
    try:
        with file.open("xb") as stream:
            stream.write(content)
    except FileExistsError as error:
        raise click.FileError(str(file), "is there already; choose another name") from error
    except OSError as error:
        raise click.FileError(str(file), error.strerror or "cannot be written") from error
