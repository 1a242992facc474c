"""Workbook, CSV and Parquet file hold the released figures, all of them and nothing else."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from arro3.core import Table
from arro3.io import read_parquet
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from survey.anonymity.released_aggregate import TOGETHER_KEY, Cell, CompetencyFigures
from survey.report.cells import change_rows, comment_rows, report_cells
from survey.report.csv_file import report_as_csv
from survey.report.feedback_report import ALL_RATERS, FeedbackReport
from survey.report.parquet_file import report_as_parquet
from survey.report.plain_text import guarded, may_be_formula, unguarded
from survey.report.round_facts import RoundFacts
from survey.report.spreadsheet import report_as_xlsx
from survey.report.wording import ENGLISH
from tests.report.full_reports import (
    EVERYBODY,
    SHAPES,
    facts_of,
    leadership,
    linked,
    report_like,
    report_of,
)

TODAY = dt.date(2026, 11, 25)
GROUPS = ("Self", "Manager", "Peers", "Direct reports", "Customers")
FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "\u00a0=1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    '=HYPERLINK("https://example.org","x")',
    "=cmd|' /C calc'!A0",
    "#N/A",
    "'=1+1",
    'x";=1+1;"',
    "x;=1+1",
    "one\n=1+1",
    "one\t-1",
)


def figures_of(cell: Cell) -> tuple[object, ...]:
    return (cell.n, cell.mean, cell.bound, cell.sd, cell.counts)


def released(
    facts: RoundFacts, figures: Sequence[CompetencyFigures], *, looking_back: bool
) -> Iterator[tuple[object, ...]]:
    """The released cells of one round, as rows; withheld ones have none."""
    labels = {group.key: group.label for group in facts.aggregate.groups}
    labels[TOGETHER_KEY] = "Anonymous raters together"
    asked = {c.id: c for c in facts.questionnaire.competencies}
    for competency in figures:
        where = (facts.kind, facts.closed_on, looking_back, competency.id)
        for cell in competency.cells:
            if cell.n is not None:
                yield (*where, "", labels[cell.group], *figures_of(cell))
        if looking_back:
            continue
        if competency.all_raters is not None:
            mean, bound = competency.all_raters, competency.all_raters_bound
            yield (*where, "", ALL_RATERS, None, mean, bound, None, None)
        texts = {i.id: i.text for i in asked[competency.id].indicators}
        for statement in competency.statements:
            text = facts.questionnaire.text(texts[statement.id], "en", "Mia")
            for cell in statement.cells:
                if cell.n is not None:
                    yield (*where, text, labels[cell.group], *figures_of(cell))


def rows_of(report: FeedbackReport) -> list[tuple[object, ...]]:
    return [
        (
            c.round_kind,
            c.round_closed_on,
            c.looking_back,
            c.competency_id,
            c.statement,
            c.group,
            *(c.n, c.mean, c.bound, c.sd, c.counts),
        )
        for c in report_cells(report)
    ]


@pytest.mark.parametrize("looking_back", [False, True])
@pytest.mark.parametrize("customers", [6, 2, 0])
def test_the_cells_are_the_aggregates_cells_and_no_others(
    customers: int, looking_back: bool
) -> None:
    raters = [EVERYBODY, EVERYBODY | {"customers": customers}]
    facts = facts_of(raters, looking_back=looking_back, goal=linked(leadership()))
    expected = Counter(
        row
        for one in facts
        for row in released(one, one.aggregate.competencies, looking_back=False)
    )
    expected += Counter(
        released(facts[-1], facts[-1].aggregate.competencies_then or (), looking_back=True)
    )
    assert Counter(rows_of(report_of(facts))) == expected


def test_whether_a_group_is_anonymous_is_said() -> None:
    named = {c.group for c in report_cells(report_like("after")) if not c.anonymous}
    assert named == {"Self", "Manager", ALL_RATERS}


@pytest.mark.parametrize("shape", SHAPES)
def test_change_rows_are_the_released_statistics(shape: str) -> None:
    report = report_like(shape)
    figures = report.change_figures
    rows = list(change_rows(report))
    if figures is None:
        assert rows == []
        return
    main = "between rounds" if report.has_change else "looking back"
    tested = [row for row in rows if row.level == "competency" and row.basis == main]
    expected = [found for found in figures.competencies if found.tested is not None]
    assert [row.competency_id for row in tested] == [found.id for found in expected]
    for row, found in zip(tested, expected, strict=True):
        assert found.tested is not None
        assert (row.difference, row.bound) == (found.tested.difference, found.tested.bound)
        assert (row.low, row.high) == (found.tested.low, found.tested.high)
        assert (row.p, row.p_error) == (found.tested.p, found.tested.p_error)
        assert (row.holm_p, row.bh_p) == (found.holm_p, found.bh_p)
        assert (row.g, row.superiority, row.shift) == (found.g, found.superiority, found.shift)
        assert row.verdict == str(found.verdict)
        assert set(row.groups) <= {group.label for group in report.groups}
        assert row.goal_linked == (found.id in figures.goal_competencies)
    goal = [row.difference for row in rows if row.level == "goal"]
    known = (figures.linked, figures.others, figures.contrast)
    assert goal == [found.difference for found in known if found]


def workbook(report: FeedbackReport) -> dict[str, Worksheet]:
    content = report_as_xlsx(report, ENGLISH, title="Feedback for Mia Mentee", created_on=TODAY)
    book = load_workbook(io.BytesIO(content))
    return {name: book[name] for name in book.sheetnames}


def table(sheet: Worksheet) -> list[dict[str, object]]:
    heads, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, heads), row, strict=True)) for row in rows]


def near(number: object) -> object:
    """Without the last of seventeen digits, which a workbook does not keep."""
    return round(number, 12) if isinstance(number, float) else number


@pytest.mark.parametrize("shape", SHAPES)
def test_the_workbook_has_every_cell_as_a_number(shape: str) -> None:
    report = report_like(shape)
    sheets = workbook(report)
    assert list(sheets) == ["Read me", "Figures", "Change", "Statements", "Comments"]
    shown = []
    for row in table(sheets["Figures"]) + table(sheets["Statements"]):
        counts = tuple(row[f"Rated {point}"] for point, _ in report.scale)
        closed_on = row["Closed on"]
        assert isinstance(closed_on, dt.datetime)
        shown.append(
            (
                row["Round"],
                closed_on.date(),
                row.get("Looking back", "no") == "yes",
                row["Competency id"],
                row.get("Statement") or "",
                row["Group"],
                row["n"],
                near(row["Mean"]),
                str(row["Mean is"]).replace(" ", "_"),
                row["SD"],
                None if None in counts else counts,
            )
        )
    expected = [(*row[:7], near(row[7]), *row[8:]) for row in rows_of(report)]
    assert Counter(shown) == Counter(expected)
    changes = [(row["Change"], row["p"], row["Verdict"] or "") for row in table(sheets["Change"])]
    assert changes == [(row.difference, row.p, row.verdict) for row in change_rows(report)]
    comments = [
        (row["Question"], row["Group"], row["Comment"]) for row in table(sheets["Comments"])
    ]
    assert comments == [(row.question, row.group, row.text) for row in comment_rows(report)]


def test_the_workbook_is_fit_to_work_with() -> None:
    for name, sheet in workbook(report_like("after")).items():
        if name != "Read me":
            assert sheet.freeze_panes == "A2"
            assert sheet.auto_filter.ref == sheet.dimensions
            assert sheet.column_dimensions["A"].width >= 10
    figures = workbook(report_like("after"))["Figures"]
    mean = next(cell for cell in figures[1] if cell.value == "Mean").column
    assert figures.cell(2, mean).number_format == "0.00"


def test_the_workbook_tells_of_no_more_than_its_day() -> None:
    report = report_like("after")
    content = report_as_xlsx(report, ENGLISH, title="Feedback for Mia", created_on=TODAY)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2026, 11, 25, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
        everything = "".join(archive.read(name).decode() for name in archive.namelist())
    assert core.count("2026-11-25T00:00:00Z") == 2
    assert "<dc:title>Feedback for Mia</dc:title>" in core
    assert "creator" not in core.lower()
    assert "lastModifiedBy" not in core
    assert "<f>" not in everything
    assert "externalLink" not in everything
    assert content == report_as_xlsx(report, ENGLISH, title="Feedback for Mia", created_on=TODAY)


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_becomes_a_formula_in_the_workbook(text: str) -> None:
    report = report_like("after")
    hostile = replace(report, comments=(replace(report.comments[0], texts=(text,)),))
    cell = workbook(hostile)["Comments"].cell(2, 3)
    assert cell.data_type in ("s", "inlineStr")
    # A carriage return is a line end to XML.
    assert cell.value == text.replace("\r", "\n")
    if may_be_formula(text):
        assert cell.quotePrefix


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_becomes_a_formula_in_the_csv_file(text: str) -> None:
    report = report_like("after")
    named = tuple(replace(c, title=text) for c in report.competencies)
    file = report_as_csv(replace(report, competencies=named)).decode("utf-8-sig")
    for row in csv.DictReader(io.StringIO(file, newline="")):
        assert_harmless(row["competency"])
        assert unguarded(row["competency"]) == text
    # Programs that split lines at semicolons, as in many countries, see other cells.
    for row in csv.reader(io.StringIO(file, newline=""), delimiter=";"):
        for cell in row[1:]:
            assert_harmless(cell)


def assert_harmless(cell: str) -> None:
    """The rule of OWASP: no cell begins with one of these, also after what cannot be seen."""
    assert cell[:1] not in ("=", "+", "-", "@", "\t", "\r", "\n")
    assert cell.lstrip(" \u00a0\u200b\ufeff")[:1] not in tuple("=+-@＝＋－＠")


@given(st.text())
def test_a_guarded_text_is_harmless_and_comes_back(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert not may_be_formula(guarded(text))


@given(st.text(alphabet="'=+-@;\t\r\n x＝"))
def test_the_guard_can_be_taken_off_again(text: str) -> None:
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("shape", SHAPES)
def test_the_csv_file_has_every_cell(shape: str) -> None:
    report = report_like(shape)
    content = report_as_csv(report)
    assert content.startswith(b"\xef\xbb\xbf")
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    shown = []
    for row in rows:
        counts = tuple(row[f"rated {point}"] for point, _ in report.scale)
        shown.append(
            (
                row["round"],
                dt.date.fromisoformat(row["closed on"]),
                row["looking back"] == "yes",
                row["competency id"],
                unguarded(row["statement"]),
                row["group"],
                int(row["n"]) if row["n"] else None,
                float(row["mean"]) if row["mean"] else None,
                row["mean is"].replace(" ", "_"),
                float(row["sd"]) if row["sd"] else None,
                None if "" in counts else tuple(int(count) for count in counts),
            )
        )
    assert Counter(shown) == Counter(rows_of(report))


def parquet_table(report: FeedbackReport) -> Table:
    return read_parquet(io.BytesIO(report_as_parquet(report))).read_all()


def parquet_rows(report: FeedbackReport) -> list[dict[str, object]]:
    table = parquet_table(report)
    columns = [table.column(place).to_pylist() for place in range(table.num_columns)]
    return [dict(zip(table.column_names, row, strict=True)) for row in zip(*columns, strict=True)]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_parquet_file_has_every_cell_with_its_type(shape: str) -> None:
    report = report_like(shape)
    shown = []
    for row in parquet_rows(report):
        counts = tuple(row[f"rated {point}"] for point, _ in report.scale)
        shown.append(
            (
                row["round"],
                row["closed on"],
                row["looking back"],
                row["competency id"],
                row["statement"],
                row["group"],
                row["n"],
                row["mean"],
                str(row["mean is"]).replace(" ", "_"),
                row["sd"],
                None if None in counts else counts,
            )
        )
    assert shown == rows_of(report)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_parquet_file_has_the_rows_and_columns_of_the_csv_file(shape: str) -> None:
    report = report_like(shape)
    heads, *rows = csv.reader(io.StringIO(report_as_csv(report).decode("utf-8-sig"), newline=""))
    written = parquet_rows(report)
    assert parquet_table(report).column_names == heads
    assert [[as_in_csv(row[head]) for head in heads] for row in written] == rows


def as_in_csv(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return guarded(value) if isinstance(value, str) else "" if value is None else str(value)


def test_the_columns_of_the_parquet_file_are_typed() -> None:
    schema = parquet_table(report_like("after")).schema
    types = {name: str(schema.field(name).type).lower() for name in schema.names}
    assert {name for name, kind in types.items() if "utf8" in kind} == {
        *("round", "level", "competency id", "competency", "statement", "group", "mean is")
    }
    assert "date32" in types["closed on"]
    assert "bool" in types["anonymous"]
    assert all("int32" in kind for name, kind in types.items() if name[:6] == "rated ")
    assert all("float64" in types[name] for name in ("mean", "sd"))


@pytest.mark.parametrize("text", [*FORMULAS, "a\x00b", "half \ud800 pair"])
def test_texts_of_the_parquet_file_are_what_was_written(text: str) -> None:
    report = report_like("after")
    named = tuple(replace(c, title=text) for c in report.competencies)
    titles = {row["competency"] for row in parquet_rows(replace(report, competencies=named))}
    assert titles == {text.replace("\x00", "").replace("\ud800", "")}


def test_the_parquet_file_tells_of_no_time_and_no_program() -> None:
    content = report_as_parquet(report_like("after"))
    assert content == report_as_parquet(report_like("after"))
    assert b"mentoring feedback" in content
    assert b"parquet-rs" not in content


def test_hidden_groups_are_in_no_file() -> None:
    report = report_like("hidden_groups")
    assert report.hidden_groups == ("Customers", "Peers")
    now = [c for c in report_cells(report) if c.round_kind == "after"]
    assert now
    assert not {c.group for c in now} & set(report.hidden_groups)
    assert {c.group for c in report_cells(report) if c.round_kind == "before"} >= set(GROUPS)
    in_parquet = {row["group"] for row in parquet_rows(report) if row["round"] == "after"}
    assert in_parquet == {c.group for c in now}


def test_what_no_workbook_can_hold_is_left_out() -> None:
    report = report_like("after")
    texts = ("a\x00b\x07c", "half \ud800 pair")
    hostile = replace(report, comments=(replace(report.comments[0], texts=texts),))
    sheet = workbook(hostile)["Comments"]
    assert [sheet.cell(row, 3).value for row in (2, 3)] == ["abc", "half  pair"]
    report_as_csv(replace(report, competencies=(replace(report.competencies[0], title="\ud800"),)))
