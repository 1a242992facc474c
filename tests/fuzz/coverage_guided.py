"""Looking for trouble where the code branches, by hand: needs `pip install atheris`.

`python -m tests.fuzz.coverage_guided framework -max_total_time=600 corpus/` with one of the kinds
below; what comes after it are libFuzzer's own options.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["survey", "yaml", "openpyxl"]):
    from survey.frameworks.importing import import_draft
    from survey.frameworks.loader import parse_framework
    from survey.frameworks.problems import FrameworkError
    from survey.frameworks.rater_groups import STANDARD_GROUPS
    from survey.mentoring.question_sets import QuestionSetError, load_question_set
    from survey.privacy.errors import RetentionError
    from survey.privacy.schedule import load_schedule
    from survey.rounds.rater_list import parse_text, parse_upload
    from survey.rounds.round_file import RoundFileError, read_round_file

_FOLDER = Path(tempfile.mkdtemp(prefix="survey-fuzz-"))
_SCHEDULE = Path(__file__).resolve().parents[2] / "retention.yaml"


def framework(content: bytes) -> None:
    """A competency framework."""
    try:
        parse_framework(content, "f.yaml")
    except FrameworkError:
        return


def imported(ending: str, content: bytes) -> None:
    """A questionnaire of another program."""
    try:
        import_draft(content, f"a.{ending}")
    except FrameworkError:
        return


def limesurvey(content: bytes) -> None:
    """A survey of LimeSurvey."""
    imported("lss", content)


def qualtrics(content: bytes) -> None:
    """A survey of Qualtrics."""
    imported("qsf", content)


def question_set(content: bytes) -> None:
    """A question set."""
    try:
        load_question_set(_written(content))
    except QuestionSetError:
        return


def round_file(content: bytes) -> None:
    """A round's description."""
    try:
        read_round_file(_written(content))
    except RoundFileError:
        return


def schedule(content: bytes) -> None:
    """A retention schedule."""
    try:
        load_schedule(_written(content), _SCHEDULE)
    except RetentionError:
        return


def raters_csv(content: bytes) -> None:
    """A list of raters as a CSV file."""
    parse_upload(content, "a.csv", STANDARD_GROUPS)


def raters_xlsx(content: bytes) -> None:
    """A list of raters as a workbook."""
    parse_upload(content, "a.xlsx", STANDARD_GROUPS)


def raters_vcard(content: bytes) -> None:
    """Raters out of an address book."""
    parse_upload(content, "a.vcf", STANDARD_GROUPS)


def raters_ldif(content: bytes) -> None:
    """Raters out of a directory."""
    parse_upload(content, "a.ldif", STANDARD_GROUPS)


def raters_text(content: bytes) -> None:
    """Raters that are typed."""
    parse_text(content.decode("utf-8", "replace"), STANDARD_GROUPS)


KINDS: dict[str, Callable[[bytes], None]] = {
    kind.__name__: kind
    for kind in (
        framework, limesurvey, qualtrics, question_set, round_file, schedule, raters_csv,
        raters_xlsx, raters_vcard, raters_ldif, raters_text,
    )
}  # fmt: skip


def _written(content: bytes) -> Path:
    path = _FOLDER / "sample.yaml"
    path.write_bytes(content)
    return path


if __name__ == "__main__":
    chosen = KINDS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, chosen)
    atheris.Fuzz()
