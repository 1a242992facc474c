"""Advice about the wording of frameworks, on the terminal."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from survey.frameworks.lint import lint_source
from survey.frameworks.loader import read_file
from survey.frameworks.problems import FrameworkError


@click.command("lint")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def lint_command(files: tuple[Path, ...]) -> None:
    """Give advice about the wording of framework files, by line and rule.

    Advice is no fault: the command fails only where a file is no framework.
    """
    wrong = False
    for file in files:
        try:
            found = lint_source(read_file(file), str(file))
        except FrameworkError as error:
            wrong = True
            click.echo(str(error), err=True)
            continue
        for one in found:
            click.echo(f"{file}:{one.line}:{one.column}: {one.rule.id}: {one.what}")
            source = f" ({one.rule.source})" if one.rule.source else ""
            click.echo(f"    {one.rule.why}{source} {one.rule.mend}")
        if not found:
            click.echo(f"{file}: nothing to advise")
    if wrong:
        sys.exit(1)
