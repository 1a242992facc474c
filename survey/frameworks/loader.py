"""Load competency frameworks from files, or say everything that is wrong with them."""

import os
import stat
from pathlib import Path

from pydantic import ValidationError

from survey.frameworks.checks import find_faults
from survey.frameworks.findings import Finding
from survey.frameworks.model import Framework
from survey.frameworks.problems import FrameworkError, Problem
from survey.frameworks.shape_faults import explain_shape_faults
from survey.frameworks.source_document import SourceDocument
from survey.frameworks.yaml_scalars import kind_of
from survey.frameworks.yaml_source import MAX_PROBLEMS, read_yaml
from survey.frameworks.yaml_text import MAX_BYTES, too_large
from survey.languages.message import Message

SUFFIXES = frozenset({".yaml", ".yml"})

# Not every system has all flags. NOFOLLOW: the file may have become a link since it was checked.
# NONBLOCK: opening a named pipe must not wait for a writer.
_READ_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)


def load_framework(path: Path) -> Framework:
    """Load one framework file.

    Raises FrameworkError with all problems, also when the path is a directory, a symbolic link or
    cannot be read.
    """
    return parse_framework(read_file(path), _display_name(path))


def parse_framework(content: bytes, file_name: str) -> Framework:
    """Make a framework from the content of a file; the name is only for messages.

    Raises FrameworkError with all problems, in the order of the file.
    """
    return framework_of(read_yaml(content, file_name))


def framework_of(document: SourceDocument) -> Framework:
    """Make a framework from a file that was read already.

    Raises FrameworkError with all problems, in the order of the file.
    """
    findings: list[Finding] = []
    framework: Framework | None = None
    if not isinstance(document.data, dict):
        findings.append(
            Finding(
                (),
                Message(
                    "the file holds %(found)s, not the keys of a framework",
                    found=kind_of(document.data),
                ),
                Message("start with “format: 1”"),
            )
        )
    else:
        try:
            framework = Framework.model_validate(document.data)
        except ValidationError as error:
            findings += explain_shape_faults(error, document)
        findings += find_faults(document)
    problems = document.problems + _placed(findings, document)
    if problems or framework is None:
        raise FrameworkError(_shortened(problems))
    return framework


def load_folder(folder: Path) -> dict[str, Framework]:
    """Load every .yaml and .yml file of a folder, keyed by framework id.

    Hidden files are left out. Raises FrameworkError with the problems of all files; an id that two
    files use is one.
    """
    frameworks: dict[str, Framework] = {}
    origin: dict[str, str] = {}
    problems: list[Problem] = []
    for path in framework_files(folder):
        name = _display_name(path)
        try:
            content = read_file(path)
            framework = parse_framework(content, name)
        except FrameworkError as error:
            problems += error.problems
            continue
        if framework.id in origin:
            line, column = read_yaml(content, name).position(("id",))
            problems.append(
                Problem(
                    name,
                    line,
                    column,
                    f"the framework id '{framework.id}' is also used by {origin[framework.id]}",
                    "give one of the two another id",
                )
            )
            continue
        origin[framework.id] = name
        frameworks[framework.id] = framework
    if problems:
        raise FrameworkError(problems)
    return frameworks


def framework_files(folder: Path) -> list[Path]:
    """The .yaml and .yml files of a folder, without hidden ones. Raises FrameworkError."""
    try:
        return sorted(
            path
            for path in folder.iterdir()
            if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
        )
    except (OSError, ValueError) as error:
        problem = _unreadable(folder, "the folder cannot be read", error)
        raise FrameworkError([problem]) from error


def read_file(path: Path) -> bytes:
    """The content of a framework file.

    Raises FrameworkError for a directory, a symbolic link, and what is too large or unreadable.
    """
    name = _display_name(path)
    try:
        if path.is_symlink():
            raise FrameworkError(
                [Problem(name, 1, 1, "this is a symbolic link", "put the file itself here")]
            )
        descriptor = os.open(path, _READ_FLAGS)
        try:
            return _read_open_file(descriptor, name)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        raise FrameworkError([_unreadable(path, "the file cannot be read", error)]) from error


def _read_open_file(descriptor: int, name: str) -> bytes:
    status = os.fstat(descriptor)
    if stat.S_ISDIR(status.st_mode):
        problem = Problem(name, 1, 1, "this is a directory, not a file", "name a YAML file")
        raise FrameworkError([problem])
    if not stat.S_ISREG(status.st_mode):
        problem = Problem(name, 1, 1, "this is not a regular file", "name a YAML file")
        raise FrameworkError([problem])
    if status.st_size > MAX_BYTES:
        raise FrameworkError([too_large(name, status.st_size)])
    with os.fdopen(descriptor, "rb", closefd=False) as file:
        # One byte more than allowed, in case the file is growing.
        return file.read(MAX_BYTES + 1)


def _unreadable(path: Path, what: str, error: OSError | ValueError) -> Problem:
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return Problem(
        _display_name(path), 1, 1, f"{what} ({reason})", "check that it exists and its permissions"
    )


def _display_name(path: Path) -> str:
    # A file name may hold bytes that are not UTF-8, which no page or terminal could show.
    return os.fsencode(path.name or str(path)).decode("utf-8", "replace")


def _placed(findings: list[Finding], document: SourceDocument) -> list[Problem]:
    problems: dict[Problem, None] = {}
    for finding in findings:
        if not document.is_spoiled(finding.path):
            line, column = document.position(finding.path, at_key=finding.at_key)
            problem = Problem(
                document.file_name, line, column, finding.what, finding.hint, finding.path
            )
            problems[problem] = None
    return list(problems)


def _shortened(problems: list[Problem]) -> list[Problem]:
    """Keep the first hundred: nobody reads more, and a hostile file can have very many."""
    if len(problems) <= MAX_PROBLEMS:
        return problems
    kept = FrameworkError(problems).problems[:MAX_PROBLEMS]
    rest = len(problems) - MAX_PROBLEMS
    last = kept[-1]
    return [
        *kept,
        Problem(
            last.file, last.line, last.column, Message("and %(rest)s more problems", rest=rest), ""
        ),
    ]
