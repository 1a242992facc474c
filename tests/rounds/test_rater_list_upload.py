import io
import zipfile
from typing import Any

import pytest
from openpyxl import DEFUSEDXML, Workbook

from survey.frameworks.rater_groups import STANDARD_GROUPS
from survey.rounds.rater_list import RaterList, parse_upload

GERMAN = "Name;E-Mail-Adresse;Gruppe\r\nJörg Müller;joerg@example.org;Kollege\r\n"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(*rows: list[Any], title: str = "Raters", more_sheets: int = 0) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            if value is not None:
                sheet.cell(number, column, value)
    for _ in range(more_sheets):
        book.create_sheet()
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def with_parts(content: bytes, parts: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in sorted(set(old.namelist()) | set(parts)):
            new.writestr(name, parts[name] if name in parts else old.read(name))
    return buffer.getvalue()


def rows(result: RaterList) -> list[tuple[str, str, str]]:
    assert result.ok, [str(problem) for problem in result.problems]
    return [(entry.name, entry.email, entry.group_key) for entry in result.entries]


def where(result: RaterList) -> list[tuple[int, str]]:
    assert result.entries == ()
    return [(problem.row, problem.field) for problem in result.problems]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_csv_encodings_and_delimiters(encoding: str, delimiter: str) -> None:
    content = GERMAN.replace(";", delimiter).encode(encoding)
    result = parse_upload(content, "Liste.CSV", STANDARD_GROUPS)
    assert rows(result) == [("Jörg Müller", "joerg@example.org", "peers")]
    assert [note.field for note in result.notes] == (["file"] if encoding == "cp1252" else [])


def test_utf_16_big_endian() -> None:
    content = b"\xfe\xff" + GERMAN.encode("utf-16-be")
    assert rows(parse_upload(content, "a.txt", STANDARD_GROUPS))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_csv_empty_rows_keep_their_number(end: str) -> None:
    lines = [
        "sep=;",
        "",
        "Name;Mail;Gruppe",
        "A;a@b.org;peers",
        ";;",
        "",
        "B;b@;peers",
        "C;c@b.org",
    ]
    result = parse_upload(end.join(lines).encode(), "a.csv", STANDARD_GROUPS)
    assert where(result) == [(7, "e-mail"), (8, "group")]
    assert [entry.row for entry in result.readable] == [4]


def test_csv_without_header() -> None:
    content = b'"Berger, Anna",anna@example.org,peers\nBob,bob@example.org,boss\n'
    assert rows(parse_upload(content, "a.csv", STANDARD_GROUPS)) == [
        ("Berger, Anna", "anna@example.org", "peers"),
        ("Bob", "bob@example.org", "manager"),
    ]


def test_csv_of_addresses_side_by_side() -> None:
    content = b"a@b.org,Cy <c@b.org>\nd@b.org"
    assert rows(parse_upload(content, "a.csv", STANDARD_GROUPS, "peers")) == [
        ("", "a@b.org", "peers"),
        ("Cy", "c@b.org", "peers"),
        ("", "d@b.org", "peers"),
    ]


def test_csv_too_many_rows() -> None:
    line = b"a@b.org\n"
    assert parse_upload(line * 5_000, "a.csv", STANDARD_GROUPS, "peers").ok
    assert where(parse_upload(line * 5_001, "a.csv", STANDARD_GROUPS, "peers")) == [(0, "file")]


def test_xlsx() -> None:
    content = workbook(
        ["Feedback for Mia"],
        [],
        ["First name", "Last name", "Address", "E-mail", "Group", "Language"],
        ["Jörg", "Müller", "Ulm", "joerg@example.org", "Direct Report", "de"],
        [],
        ["李", None, None, "li@example.org", "CLIENT", None, None],
    )
    result = parse_upload(content, "raters.xlsx", STANDARD_GROUPS)
    assert rows(result) == [
        ("Jörg Müller", "joerg@example.org", "direct_reports"),
        ("李", "li@example.org", "customers"),
    ]
    assert [entry.row for entry in result.entries] == [4, 6]
    assert [entry.language for entry in result.entries] == ["de", None]
    assert [str(note) for note in result.notes] == [
        "Row 1, row: the rows above the column names were not read; "
        "the column names were found in row 3.",
        "Row 3, columns: not used: 'Address'; columns read are name, e-mail, group and language.",
    ]


def test_xlsx_wrong_rows() -> None:
    content = workbook(
        ["Name", "E-mail", "Group"],
        ["A", "a@b.org", "peers"],
        [],
        ["B", "b.org", "peers"],
        ['=HYPERLINK("http://x.org","C")', "c@b.org", "peers"],
        ["D\nBcc: x@y.org", "d@b.org", "peers"],
        ["E", "e@b.org", 7],
        ["F", "f@b.org", "#N/A"],
    )
    result = parse_upload(content, "a.xlsx", STANDARD_GROUPS)
    assert where(result) == [
        (4, "e-mail"),
        (5, "name"),
        (6, "name"),
        (7, "group"),
        (8, "row"),
        (8, "group"),
    ]


def test_xlsx_shared_strings_and_formula_results() -> None:
    sheet = (
        f'<worksheet xmlns="{MAIN}"><dimension ref="A1:A1"/><sheetData>'
        '<row r="2"><c r="A2" t="str"><f>B2&amp;C2</f><v>Anna B</v></c>'
        '<c r="B2" t="s"><v>0</v></c><c r="C2" t="s"><v>1</v></c></row>'
        '<row r="5"><c r="A5"><f>B5</f></c><c r="B5" t="s"><v>0</v></c></row>'
        '<row r="7"><c r="A7" t="e"><f>NA()</f><v>#N/A</v></c><c r="B7" t="s"><v>0</v></c></row>'
        "</sheetData></worksheet>"
    )
    shared = f'<sst xmlns="{MAIN}"><si><t>anna@b.org</t></si><si><t>peers</t></si></sst>'
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    plain = workbook(["x"])
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        types = archive.read("[Content_Types].xml").decode()
    parts = {
        "xl/worksheets/sheet1.xml": sheet,
        "xl/sharedStrings.xml": shared,
        "[Content_Types].xml": types.replace(
            "</Types>", f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
        ),
    }
    result = parse_upload(with_parts(plain, parts), "a.xlsx", STANDARD_GROUPS, "peers")
    assert [(entry.row, entry.name) for entry in result.readable] == [(2, "Anna B"), (7, "#N/A")]
    assert where(result) == [(5, "name"), (7, "row")]


def test_xlsx_first_sheet_only() -> None:
    result = parse_upload(
        workbook(["a@b.org"], title="Ours", more_sheets=1), "a.xlsx", STANDARD_GROUPS, "peers"
    )
    assert rows(result) == [("", "a@b.org", "peers")]
    assert "'Ours'" in str(result.notes[0])


def test_xlsx_too_many_rows() -> None:
    content = workbook(*[["a@b.org"]] * 5_001)
    assert where(parse_upload(content, "a.xlsx", STANDARD_GROUPS, "peers")) == [(0, "file")]


@pytest.mark.parametrize(
    "parts",
    [
        {"xl/media/image1.png": "\0" * 50_000_000},
        {"xl/styles.xml": f'<styleSheet xmlns="{MAIN}">' + "<xf/>" * 500_000 + "</styleSheet>"},
        {
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>'
            '<row r="999999999"><c r="A1"><v>1</v></c></row></sheetData></worksheet>'
        },
        {
            "xl/workbook.xml": '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
            f'<workbook xmlns="{MAIN}">&b;</workbook>'
        },
        {"xl/workbook.xml": "<workbook"},
        {"[Content_Types].xml": "<Types/>"},
    ],
)
def test_bombs_and_damage(parts: dict[str, str]) -> None:
    content = with_parts(workbook(["a@b.org"]), parts)
    assert len(content) < 2 * 1024 * 1024
    assert where(parse_upload(content, "a.xlsx", STANDARD_GROUPS, "peers")) == [(0, "file")]


def test_xml_entities_are_refused_by_the_parser() -> None:
    assert DEFUSEDXML


def test_understated_size_does_not_unpack_further() -> None:
    content = with_parts(workbook(["a@b.org"]), {"x": "<" * 60_000_000})
    honest = (60_000_000).to_bytes(4, "little")
    assert content.count(honest) >= 1
    lying = content.replace(honest, (100).to_bytes(4, "little"))
    assert where(parse_upload(lying, "a.xlsx", STANDARD_GROUPS, "peers")) == [(0, "file")]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"a@b.org\n" + b" " * 2 * 1024 * 1024, "a.csv"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xls"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "secret.xlsx"),
        (b"%PDF-1.7", "a.pdf"),
        (b"a@b.org", "csv.ods"),
        (b"a@b.org", ""),
        (b"a@b.org", "a.xlsx"),
        (b"", "a.xlsx"),
        (workbook(["a@b.org"]), "a.csv"),
        (b"a@b.org\0", "a.csv"),
        (b"\xff\xfea", "a.csv"),
        (b"J\x81rg;a@b.org", "a.csv"),
    ],
)
def test_files_refused(content: bytes, name: str) -> None:
    result = parse_upload(content, name, STANDARD_GROUPS, "peers")
    assert where(result)[0] == (0, "file")


def test_refusal_says_what_to_do() -> None:
    result = parse_upload(b"\xd0\xcf\x11\xe0", "a.xls", STANDARD_GROUPS)
    assert str(result.problems[0]) == (
        "File: this is an old Excel file (.xls) or a workbook with a password; "
        "save the list as CSV or as an Excel workbook (.xlsx) and upload that."
    )


def test_empty_file() -> None:
    assert where(parse_upload(b"", "a.csv", STANDARD_GROUPS)) == [(0, "list")]
