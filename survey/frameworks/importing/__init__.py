"""Questionnaires of other programs, and tables, as drafts of competency frameworks."""

from __future__ import annotations

from survey.frameworks.importing.draft import Draft, write_draft
from survey.frameworks.importing.limesurvey import read_limesurvey
from survey.frameworks.importing.outline import Outline
from survey.frameworks.importing.qualtrics import read_qualtrics
from survey.frameworks.importing.refusals import MAX_BYTES, refused
from survey.frameworks.importing.spreadsheet import read_table_of_framework

__all__ = ["ENDINGS", "MAX_BYTES", "Draft", "import_draft"]

ENDINGS = ("lss", "qsf", "xlsx", "csv")


def import_draft(content: bytes, file_name: str) -> Draft:
    """The draft of a framework out of a file of another program, told by the end of its name.

    Raises FrameworkError when the file cannot be read or nothing in it is rated. The draft is not
    checked: the loader names what its author has to finish.
    """
    shown = file_name.encode("utf-8", "replace").decode()
    if len(content) > MAX_BYTES:
        what = f"the file is larger than {MAX_BYTES >> 20} MiB"
        raise refused(shown, what, "a questionnaire needs a small part of that; leave pictures out")
    return write_draft(_outline(content, shown))


def _outline(content: bytes, file_name: str) -> Outline:
    ending = file_name.strip().rpartition(".")[2].lower()
    if ending == "lss":
        return read_limesurvey(content, file_name)
    if ending == "qsf":
        return read_qualtrics(content, file_name)
    if ending in ("xlsx", "csv"):
        return read_table_of_framework(content, file_name, is_workbook=ending == "xlsx")
    raise refused(
        file_name,
        "this kind of file cannot be taken over",
        "LimeSurvey (.lss), Qualtrics (.qsf) and tables (.xlsx, .csv) can",
    )
