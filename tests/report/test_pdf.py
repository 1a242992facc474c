"""The PDF says what the report says, to eyes and to screen readers, and nothing else."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace

import pytest

from survey.branding import Brand, read_logo
from survey.report.feedback_report import Comparison, CompetencyReport, FeedbackReport
from survey.report.pdf import document, typesetting
from survey.report.pdf.competencies import competency_sections
from survey.report.pdf.document import report_as_pdf
from survey.report.pdf.fonts import packaged_fonts
from survey.report.pdf.typesetting import TEMPLATE
from survey.report.story import tell
from survey.report.wording import ENGLISH
from tests.report.full_reports import SHAPES, report_like
from tests.report.pdf_reader import Pdf, squeezed
from tests.web.test_branding import png

TODAY = dt.date(2026, 11, 25)
change, interval, p_value, rating = (
    ENGLISH.change,
    ENGLISH.interval,
    ENGLISH.p_value,
    ENGLISH.rating,
)
NUMBER = re.compile(r"[+−]?\d+\.\d+")
SECTIONS = ["Who answered", "All competencies", "Competency by competency", "In their own words"]


def pdf_of(report: FeedbackReport, mentee: str = "Mia Mentee", mentor: str = "Max Mentor") -> Pdf:
    file = report_as_pdf(report, ENGLISH, mentee_name=mentee, mentor_name=mentor, created_on=TODAY)
    return Pdf(file)


@lru_cache
def made(shape: str) -> tuple[FeedbackReport, Pdf]:
    report = report_like(shape)
    return report, pdf_of(report)


def with_comments(*texts: str) -> Pdf:
    report = report_like("after")
    return pdf_of(replace(report, comments=(replace(report.comments[0], texts=texts),)))


def sections(report: FeedbackReport, pdf: Pdf) -> list[tuple[CompetencyReport, str]]:
    """The text of each competency's section."""
    heads = [squeezed(f"{c.title} {c.kind.capitalize()}") for c in report.competencies]
    text = pdf.text[pdf.text.index("Competency by competency") :]
    starts = [text.index(head) for head in heads]
    ends = [*starts[1:], text.index("In their own words")]
    return [
        (c, text[start:end])
        for c, start, end in zip(report.competencies, starts, ends, strict=True)
    ]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_report_is_an_accessible_document(shape: str) -> None:
    _, pdf = made(shape)
    assert pdf.root["/Lang"] == "en"
    assert pdf.root["/MarkInfo"]["/Marked"]
    assert pdf.root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert pdf.reader.metadata is not None
    assert pdf.reader.metadata.title == "Feedback for Mia Mentee"
    assert "<pdfuaid:part>1</pdfuaid:part>" in pdf.metadata()
    elements = pdf.structure()
    roles = {element.role for element in elements}
    assert {"Document", "H1", "P"} <= roles
    figures = [element for element in elements if element.role == "Figure"]
    assert all(figure.alt for figure in figures)
    if shape != "nobody":
        assert {"Table", "THead", "TH", "TD", "TR", "L", "LI", "H2", "H3"} <= roles
        assert any(figure.alt.startswith("Means of all raters") for figure in figures)
        assert any(re.match(r"Ratings: \d+ times \d", figure.alt) for figure in figures)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_only_metadata_are_title_language_and_day(shape: str) -> None:
    _, pdf = made(shape)
    assert dict(pdf.reader.metadata or {}) == {
        "/Title": "Feedback for Mia Mentee",
        "/CreationDate": "D:20261125000000Z",
        "/ModDate": "D:20261125000000Z",
        "/Creator": (pdf.reader.metadata or {})["/Creator"],
    }
    assert re.fullmatch(r"Typst [\d.]+", (pdf.reader.metadata or {})["/Creator"])
    assert "Max Mentor" not in pdf.metadata()
    assert "/Names" not in pdf.root
    assert "/AcroForm" not in pdf.root
    assert b"/JavaScript" not in pdf.content


@pytest.mark.parametrize("shape", SHAPES)
def test_pages_are_numbered_and_named(shape: str) -> None:
    _, pdf = made(shape)
    assert pdf.reader.page_labels == [str(n) for n in range(1, len(pdf.pages) + 1)]
    for number, page in enumerate(pdf.pages, 1):
        assert f"Page {number} of {len(pdf.pages)}" in page
        assert "Confidential" in page
        assert ("Feedback for Mia Mentee Confidential" in page) == (number > 1)


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape != "nobody"])
def test_headings_are_bookmarks(shape: str) -> None:
    report, pdf = made(shape)
    bookmarks = pdf.bookmarks()
    for section in SECTIONS:
        assert sum(bookmark.startswith(section) for bookmark in bookmarks) == 1
    for c in report.competencies:
        assert c.title in bookmarks
    assert ("The goal" in bookmarks) == (report.goal is not None)
    assert ("Over the rounds" in bookmarks) == (report.trend is not None)
    tested = report.change_figures is not None
    assert ("For those who want the numbers" in bookmarks) == tested


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape != "nobody"])
def test_the_first_page_tells_the_story(shape: str) -> None:
    report, pdf = made(shape)
    story = tell(report, ENGLISH)
    first = squeezed(pdf.pages[0])
    for said in (story.headline, *story.sentences, "Max Mentor", "25 November 2026"):
        assert squeezed(said) in first
    if report.goal is not None:
        assert report.goal.statement in first
        assert "T score: 30.0 at the start, 50.0 now" in first
        assert "It counts 1 of 2 measures" in first
    moved = report.goal_movement
    if report.goal is not None and moved is not None and moved.contrast is not None:
        contrast = moved.contrast
        assert contrast.low is not None
        assert contrast.high is not None
        assert (
            squeezed(
                f"Difference {change(contrast.difference, contrast.bound)} "
                f"{interval((contrast.low, contrast.high))}"
            )
            in first
        )
    assert "All competencies" in squeezed(pdf.pages[1])


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape != "nobody"])
def test_every_figure_of_a_competency_is_the_report_s_and_no_other_is_there(shape: str) -> None:
    report, pdf = made(shape)
    for c, text in sections(report, pdf):
        expected = expected_numbers(report, c)
        found = NUMBER.findall(text)
        assert sorted(set(found)) == sorted(set(expected)), c.title
        for row in c.rows if report.basis != "looking_back" else c.looking_back:
            assert squeezed(line_of(report, row)) in text
        for statement in c.statements:
            if any(row.after.shown or row.before.shown for row in statement.rows):
                assert statement.text in text
        assert (str(c.verdict or "").lower() in text.lower()) or c.verdict is None
        if c.interval:
            assert f"interval {interval(c.interval)}" in text


def line_of(report: FeedbackReport, row: Comparison) -> str:
    """A group's row as the table has it: label, n, means, change."""
    after = rating(row.after.mean, row.after.bound)
    if not report.shows_movement:
        return f"{row.label} {'–' if row.after.n is None else row.after.n} {after}"
    numbers = ["–" if n is None else str(n) for n in (row.before.n, row.after.n)]
    n = numbers[0] if numbers[0] == numbers[1] else " → ".join(numbers)
    before = rating(row.before.mean, row.before.bound)
    return f"{row.label} {n} {before} {after} {change(row.change, row.change_bound)}"


def expected_numbers(report: FeedbackReport, c: CompetencyReport) -> list[str]:
    """Every number with a decimal point that may stand in a competency's section."""
    shown: list[str] = []
    statements = [row for statement in c.statements for row in statement.rows]
    rows = c.rows if report.basis != "looking_back" else ()
    for row in (*rows, *c.looking_back):
        shown.append(change(row.change, row.change_bound))
    for row in c.response_shift:
        shown.append(change(row.change, row.change_bound))
    for row in (*rows, *c.looking_back, *c.response_shift, *statements):
        shown += [rating(f.mean, f.bound) for f in (row.before, row.after)]
    for mean in (c.start, c.end):
        shown += [rating(mean.value, mean.bound)] if mean else []
    shown += [change(c.movement.value, c.movement.bound), interval(c.interval)]
    if not report.shows_movement or "With every shown group" in " ".join(notes_of(report, c)):
        shown += [rating(c.all_before, c.all_before_bound)]
        shown += [rating(c.all_after, c.all_after_bound)]
    shown += [rating(c.all_after, c.all_after_bound), rating(c.self_after)] if c.self_other else []
    backs = [c.finding_looking_back.tested if c.finding_looking_back else None]
    for tested in (*backs, c.shift_of_yardstick) if report.has_change else ():
        if tested is not None:
            shown.append(change(tested.difference, tested.bound))
            if tested.low is not None and tested.high is not None:
                shown.append(interval((tested.low, tested.high)))
    return [number for text in shown for number in NUMBER.findall(text)]


def notes_of(report: FeedbackReport, c: CompetencyReport) -> Sequence[str]:
    from survey.report.pdf.competencies import competency_sections

    place = report.competencies.index(c)
    notes: list[str] = competency_sections(report, ENGLISH)[place]["notes"]
    return notes


def test_the_columns_of_statements_stand_alike_in_every_competency() -> None:
    report = report_like("before")
    first, second = report.competencies[:2]
    unseen = replace(
        first.statements[0],
        rows=tuple(row for row in first.statements[0].rows if row.group != "manager"),
    )
    changed = replace(first, statements=(unseen, *first.statements[1:]))
    report = replace(report, competencies=(changed, second))
    tables = [section["statements"] for section in competency_sections(report, ENGLISH)]
    assert tables[0]["groups"] == tables[1]["groups"]
    assert tables[0]["groups"][:2] == ["Self", "Manager"]
    assert [cell is None for cell in tables[0]["rows"][0]["cells"]] == [False, True, False]


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape != "nobody"])
def test_the_bars_count_what_the_report_counts(shape: str) -> None:
    report, pdf = made(shape)
    alts = [e.alt for e in pdf.structure() if e.alt.startswith("Ratings: ")]
    expected: list[str] = []
    for c in report.competencies:
        rows = c.looking_back if report.basis == "looking_back" else c.rows
        for row in rows:
            sides = (row.before, row.after) if report.shows_movement else (row.after,)
            expected += [alt for side in sides if (alt := alt_of(report, side.counts))]
        for statement in c.statements:
            for row in statement.rows:
                if row.group == "anonymous_raters_together":
                    alt = alt_of(report, row.after.counts)
                    expected += [alt] if alt else []
    assert alts == expected


def alt_of(report: FeedbackReport, counts: tuple[int, ...] | None) -> str:
    named = zip(report.scale, counts or (), strict=False)
    said = [f"{count} times {point}" for (point, _), count in named if count]
    return f"Ratings: {', '.join(said)}" if said else ""


@pytest.mark.parametrize("shape", [s for s in SHAPES if report_like(s).change_figures])
def test_the_last_page_has_the_statistics(shape: str) -> None:
    report, pdf = made(shape)
    text = pdf.section("For those who want the numbers", None)
    for c in report.competencies:
        if c.finding is None or c.finding.tested is None:
            continue
        found = c.finding
        assert (
            squeezed(
                f"{c.title} {change(c.finding.tested.difference, c.finding.tested.bound)} "
                f"{interval(c.interval)} {p_value(c.finding.tested.p)} {p_value(found.holm_p)} "
                f"{p_value(found.bh_p)}"
            )
            in text
        )


@pytest.mark.parametrize("shape", SHAPES)
def test_comments_are_there_word_for_word(shape: str) -> None:
    report, pdf = made(shape)
    if report.comments:
        text = pdf.section("In their own words", None)
        for comment in report.comments:
            assert squeezed(comment.question) in text
        said = sum(len(comment.texts) for comment in report.comments)
        kinds = {t for comment in report.comments for t in comment.texts}
        assert sum(text.count(kind) for kind in kinds) == said


def test_hidden_groups_have_no_line() -> None:
    report, pdf = made("hidden_groups")
    assert report.hidden_groups == ("Customers", "Peers")
    assert "Without figures of their own: Customers and Peers." in pdf.text
    for c, text in sections(report, pdf):
        line = next(row for row in c.rows if row.group == "customers")
        assert f"Customers {line.before.n} → – {rating(line.before.mean)} – –" in text


def test_pooled_groups_are_named() -> None:
    report, pdf = made("pooled")
    assert any(group.key == "other_raters" for group in report.groups)
    assert "Other raters Peers and Customers together" in pdf.text


def test_a_round_without_answers_is_one_page_that_says_so() -> None:
    _, pdf = made("nobody")
    assert len(pdf.pages) == 1
    assert "There are no figures to show" in pdf.text
    assert "how to read" not in pdf.text


def test_a_comment_that_was_redacted_stays_so() -> None:
    pdf = with_comments("[removed by the mentor] helped a lot")
    assert "[removed by the mentor] helped a lot" in pdf.text


@pytest.mark.parametrize(
    "text",
    [
        '#import "x": *',
        '#read("/etc/passwd")',
        "#sys.inputs.content",
        "$x^2$ and *bold* _it_ `raw` ~ -- --- ...",
        "<label> @reference \\ \\u{41} // comment /* one */",
        "= heading",
        "- item",
        "+ item",
        "/ term: item",
        "[content] {code} ]} #let x = 1",
        "\"quoted\" 'quoted' &amp; <b>html</b> {{ 7 * 7 }} ${x} %s",
        "word " * 2000,
        "x" * 400,
        "https://example.org/" + "a" * 300,
        "first\n\nsecond\r\nthird",
    ],
)
def test_hostile_comments_come_out_as_they_are(text: str) -> None:
    pdf = with_comments(text)
    assert squeezed(text).replace(" ", "") in pdf.text.replace(" ", "")
    assert "<pdfuaid:part>1</pdfuaid:part>" in pdf.metadata()


def test_hostile_names_come_out_as_they_are() -> None:
    name = '#Mia *x* $a$ \\ <b> "q" [y]'
    pdf = pdf_of(report_like("before"), mentee=name, mentor="#let x = 1")
    assert pdf.reader.metadata is not None
    assert pdf.reader.metadata.title == f"Feedback for {name}"
    assert f"Feedback for {name}" in pdf.text
    assert "#let x = 1" in pdf.text


@pytest.mark.parametrize("text", ["مرحبا بالعالم", "שלום עולם", "😀👍❤", "Привет, κόσμε", "ไทย"])
def test_many_scripts_are_shown_by_the_packaged_fonts(text: str) -> None:
    pdf = with_comments(text)
    assert "<pdfuaid:part>1</pdfuaid:part>" in pdf.metadata()
    assert "A box in the text" not in pdf.text
    assert set(text) - set(" ") <= set(pdf.text)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_machine_without_fonts_sets_every_report(
    shape: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typesetting, "all_fonts", packaged_fonts)
    # In this process, where that holds.
    here = SimpleNamespace(pdf=typesetting.set_document)
    monkeypatch.setattr(document, "RENDERER", here)
    report = report_like(shape)
    signs = tuple(
        replace(
            c,
            all_after_bound="at_least",
            movement=replace(c.movement, bound="about"),
            rows=tuple(replace(row, change_bound="at_most") for row in c.rows),
        )
        for c in report.competencies
    )
    pdf = pdf_of(replace(report, competencies=signs))
    assert "<pdfuaid:part>1</pdfuaid:part>" in pdf.metadata()
    if report.has_change:
        assert all(sign in pdf.text for sign in "≤≈−’“”·")


def test_a_character_without_a_font_spoils_nothing() -> None:
    # No font has it: it does not exist.
    pdf = with_comments("before \u0378 after")
    assert "A box in the text stands for a character" in pdf.text
    assert "pdfuaid" not in pdf.metadata()
    assert pdf.root["/MarkInfo"]["/Marked"]


@pytest.mark.parametrize("text", ["nul \x00 bell \x07", "\ud800 half", "tab\tbed", "\u202eturned"])
def test_what_no_document_can_carry_is_left_out(text: str) -> None:
    pdf = with_comments(text)
    assert re.sub(r"[^a-z]", "", text) in pdf.text.replace(" ", "")


def test_the_template_reads_nothing_but_what_it_is_given() -> None:
    template = TEMPLATE.read_text(encoding="utf-8")
    assert not re.search(r"#(import|include)|\b(read|eval|csv|yaml|toml|xml|plugin)\(", template)
    assert set(re.findall(r"(?<![\w-])image\(([^,]*),", template)) == {
        "bytes(drawn.svg)",
        "bytes(d.brand.logo.bytes)",
    }
    assert set(re.findall(r"\bjson\(([^)]*\))", template)) == {
        "bytes(sys.inputs.content)",
        "bytes(sys.inputs.fonts)",
    }


def test_the_same_report_gives_the_same_file() -> None:
    report = report_like("after")
    assert pdf_of(report).content == pdf_of(report).content


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from Linux")
def test_a_server_that_has_made_many_reports_has_forgotten_them() -> None:
    """Otherwise confidential pages stay in memory, and it takes a gigabyte before long."""
    report = report_like("before")

    def resident() -> float:
        pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    for number in range(3):
        pdf_of(report, mentee=f"Warm-up {number}")
    before = resident()
    for number in range(12):
        pdf_of(replace(report, framework_title=f"Leadership {number}"), mentee=f"Mia {number}")
    assert resident() - before < 120


def test_the_organisation_stands_at_the_head_of_an_accessible_document() -> None:
    brand = Brand("Müller & Co.", read_logo(png()), "#ffcc00")
    pdf = Pdf(
        report_as_pdf(
            report_like("after"),
            ENGLISH,
            mentee_name="Mia Mentee",
            mentor_name="Max Mentor",
            created_on=TODAY,
            brand=brand,
        )
    )
    assert "<pdfuaid:part>1</pdfuaid:part>" in pdf.metadata()
    assert "MÜLLER & CO. · CHANGE REPORT" in pdf.text.upper()
    assert len(pdf.reader.pages[0].images) == 1
    _, plain = made("after")
    assert len(pdf.reader.pages) == len(plain.reader.pages)
    assert "Müller" not in plain.text
