"""Frameworks out of tables: the template, the rows, and every mistake by row and column."""

from __future__ import annotations

import csv
import io

import pytest
from openpyxl import load_workbook

from survey.frameworks.importing import Draft, import_draft
from survey.frameworks.importing.tables import MAX_ROWS
from survey.frameworks.importing.template import HEADS, template_as_csv, template_as_xlsx
from survey.frameworks.loader import parse_framework
from survey.frameworks.model import Framework
from survey.frameworks.problems import FrameworkError
from tests.rounds.test_rater_list_upload import with_parts, workbook

HEAD = ["competency", "id", "text", "self"]


def framework(draft: Draft) -> Framework:
    return parse_framework(draft.yaml.encode(), "draft.yaml")


def of_rows(*rows: list[str]) -> Draft:
    file = io.StringIO(newline="")
    csv.writer(file).writerows(rows)
    return import_draft(file.getvalue().encode(), "table.csv")


def problems(*rows: list[str]) -> list[tuple[int, int, str]]:
    with pytest.raises(FrameworkError) as raised:
        of_rows(*rows)
    assert all(problem.hint for problem in raised.value.problems)
    return [(problem.line, problem.column, problem.what) for problem in raised.value.problems]


@pytest.mark.parametrize(
    ("content", "name"), [(template_as_csv(), "t.csv"), (template_as_xlsx(), "T.XLSX")]
)
def test_the_template_is_a_framework_without_a_remark(content: bytes, name: str) -> None:
    draft = import_draft(content, name)
    made = framework(draft)
    assert draft.left_out == ()
    assert (made.id, made.title) == ("my-framework", "My framework")
    assert made.description == "What it is for, and for whom."
    assert [point.value for point in made.scale.points] == [1, 2, 3, 4, 5]
    assert made.scale.not_observed == "No chance to see this"
    (competency,) = made.competencies
    assert (competency.id, competency.kind) == ("giving-direction", "behaviour")
    first, second = competency.indicators
    assert first.wording == {
        "self": "I explain the reasons behind my decisions",
        "customers": "Explains to us why something is done",
    }
    assert second.id == "sets-priorities"
    (question,) = made.open_questions
    assert question.text == "What should {mentee} start doing?"
    assert question.wording == {"self": "What should you start doing?"}


def test_the_template_opens_in_a_spreadsheet_program() -> None:
    sheet = load_workbook(io.BytesIO(template_as_xlsx())).active
    assert sheet is not None
    assert tuple(cell.value for cell in sheet[1]) == HEADS
    assert sheet.freeze_panes == "A2"


def test_several_languages_are_columns() -> None:
    draft = of_rows(
        ["Competency [de]", "competency (en)", "text [de]", "text [en]", "direct reports [de]",
         "group: Board [de]", "text [fr]"],
        ["Richtung", "Direction", "Erklärt Gründe", "Explains", "Erklärt uns", "Uns", ""],
    )  # fmt: skip
    made = framework(draft)
    assert made.languages == ("de", "en")
    (item,) = made.competencies[0].indicators
    assert item.text == {"de": "Erklärt Gründe", "en": "Explains"}
    assert set(item.wording) == {"self", "direct_reports", "board"}
    assert any("missing in en" in note for note in draft.left_out)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_delimiters_and_encodings(delimiter: str, encoding: str) -> None:
    text = "competency;text;self\r\nFührung;Erklärt's;Ich\r\n".replace(";", delimiter)
    made = framework(import_draft(text.encode(encoding), "a.csv"))
    assert made.competencies[0].title == "Führung"


def test_rows_go_on_with_the_competency_above() -> None:
    made = framework(
        of_rows(
            HEAD,
            ["A", "", "a1", ""], ["", "", "a2", ""], ["B", "", "b1", ""], ["A", "", "a3", ""],
        )
    )  # fmt: skip
    found = [(c.title, [i.text for i in c.indicators]) for c in made.competencies]
    assert found == [("A", ["a1", "a2", "a3"]), ("B", ["b1"])]


def test_a_table_without_a_scale_gets_a_usual_one() -> None:
    draft = of_rows(HEAD, ["A", "", "a1", ""])
    assert len(framework(draft).scale.points) == 5
    assert any("usual scale" in note for note in draft.left_out)


def test_unknown_columns_are_named() -> None:
    draft = of_rows([*HEAD, "Remarks", "text [xx_1]"], ["A", "", "a1", "", "x", "y"])
    assert any("'Remarks', 'text [xx_1]'" in note for note in draft.left_out)


def test_every_mistake_is_named_by_row_and_column() -> None:
    found = problems(
        ["row", "competency", "kind", "id", "text"],
        ["", "", "", "", "first"],
        ["", "A", "behavior", "", "second"],
        ["", "A", "", "", ""],
        ["indicators", "A", "", "", "x"],
        ["scale point", "", "", "one", "x"],
        ["scale point", "", "", "1", "x"],
        ["scale point", "", "", "3", "y"],
        ["open question", "", "", "q", ""],
    )
    assert [(line, column) for line, column, _ in found] == [
        *((2, 1), (3, 3), (4, 1), (5, 1), (6, 4), (8, 4), (9, 1))
    ]
    assert "no kind of competency" in found[1][2]


@pytest.mark.parametrize(
    ("rows", "line", "words"),
    [
        ([["a", "b"], ["c", "d"]], 1, "no column is named “competency”"),
        ([["competency", "test"], ["c", "d"]], 1, "no column is named “text”"),
        ([HEAD, [], ["row"]], 3, "has no text"),
        ([HEAD], 1, "no indicator"),
        ([["competency", "text", "TEXT"], ["A", "b", "c"]], 1, "two columns are named"),
        ([[], [""]], 1, "the table is empty"),
        ([HEAD, *([["A", "", "b", ""]] * MAX_ROWS)], 1, "more than 2,000 rows"),
    ],
    ids=range(7),
)
def test_what_is_no_such_table_is_refused(rows: list[list[str]], line: int, words: str) -> None:
    found = problems(*rows)
    assert found[0][0] == line
    assert words in found[0][2]


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"PK\x03\x04", "a.xlsx", "not a workbook"),
        (b"x", "a.xlsx", "not a workbook"),
        (workbook(), "a.xlsx", "the table is empty"),
        (with_parts(workbook(["a"]), {"x.xml": "<" * 600_000}), "a.xlsx", "far more than"),
        (b"a\x00b", "a.csv", "not a text file"),
        (b'competency,text\nA,"b\n', "a.csv", "cannot be parted into cells"),
    ],
    ids=range(6),
)
def test_files_that_cannot_be_read_are_refused(content: bytes, name: str, words: str) -> None:
    with pytest.raises(FrameworkError) as raised:
        import_draft(content, name)
    assert words in str(raised.value)


def test_a_workbook_gives_the_results_of_its_formulas() -> None:
    content = workbook(["competency", "text", "id"], ["A", "b", "=1+1"])
    made = framework(import_draft(content, "a.xlsx"))
    # It has no stored result; the id is made from the text then.
    assert made.competencies[0].indicators[0].id == "b"
