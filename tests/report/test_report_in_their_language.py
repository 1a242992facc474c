"""A report says the same in every language: other words, and the same figures."""

from __future__ import annotations

import datetime as dt
import html
import io
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask import Flask
from openpyxl import load_workbook

from survey.change.verdict import Verdict
from survey.languages.catalogues import LANGUAGES
from survey.report.feedback_report import FeedbackReport
from survey.report.files import FileFormat, report_file
from survey.report.next_steps import proposed_next_steps
from survey.report.pdf.content import content_of
from survey.report.pictures import overview_picture, radar_picture, trend_picture
from survey.report.story import tell
from survey.report.wording import ENGLISH, wording_in
from survey.storage.models import Person, Round
from survey.web import reports
from tests.conftest import fresh_database, service_environment
from tests.report.full_reports import SHAPES, report_like
from tests.report.pdf_reader import Pdf
from tests.report.report_texts import english_texts, foreign_texts, without
from tests.support.cases import close, launched_case
from tests.support.web import make_app, service_of, signed_in

TODAY = dt.date(2026, 11, 25)
OTHERS = [language for language in LANGUAGES if language != "en"]
DECIMAL_SIGNS = {"en": ".", "de": ",", "fr": ",", "es": ",", "ar": "."}
MARKS = re.compile("[\u200f\u2066-\u2069]")
FIGURE = re.compile(r"[+−]?\d+[.,]\d+")
LEFT_OVER = re.compile(r"%\(\w+\)|\{\w+\}|%[sd]\b")


@lru_cache
def read(shape: str, language: str) -> FeedbackReport:
    # Comments come in random order; the figures do not.
    report = report_like(shape, language)
    steady = tuple(replace(c, texts=tuple(sorted(c.texts))) for c in report.comments)
    return replace(report, comments=steady)


def strings_of(value: object) -> Iterator[str]:
    """Every string in nested content, but not pictures as SVG."""
    if isinstance(value, str):
        if not value.startswith("<svg"):
            yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in ("key", "language", "texts"):
                yield from strings_of(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from strings_of(inner)


@lru_cache
def pdf_strings(shape: str, language: str) -> tuple[str, ...]:
    """All texts that go into the PDF."""
    content = content_of(
        read(shape, language),
        wording_in(language),
        mentee_name="Mia Mentee",
        mentor_name="Max Mentor",
        created_on=TODAY,
    )
    content["words"] = {key: text for key, text in content["words"].items() if key != "page"}
    return tuple(MARKS.sub("", text) for text in strings_of(content))


def english_in(text: str, language: str, report: FeedbackReport) -> list[str]:
    said = without(text, foreign_texts(report))
    return [known for known, pattern in english_texts(language) if pattern.search(said)]


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_english_and_no_empty_place_goes_into_the_pdf(shape: str, language: str) -> None:
    said = "\n".join(pdf_strings(shape, language))
    assert english_in(said, language, read(shape, language)) == []
    assert LEFT_OVER.findall(said) == []


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("shape", SHAPES)
def test_the_figures_are_the_same_in_every_language(shape: str, language: str) -> None:
    sign = DECIMAL_SIGNS[language]

    def figures(language: str) -> Counter[str]:
        told = "\n".join(pdf_strings(shape, language))
        told = told.replace(wording_in(language).whole(19_999), "")
        return Counter(figure.replace(",", ".") for figure in FIGURE.findall(told))

    assert figures(language) == figures("en")
    told = "\n".join(pdf_strings(shape, language))
    other = "." if sign == "," else ","
    assert re.findall(rf"(?<![\d.])\d{re.escape(other)}\d(?!\d\d)", told) == []


@pytest.mark.parametrize("language", OTHERS)
def test_the_pdf_is_accessible_and_in_its_language(language: str) -> None:
    report = read("retrospective_after_a_before", language)
    file = report_file(
        report,
        "pdf",
        language=language,
        mentee_name="Mia Mentee",
        mentor_name="Max Mentor",
        created_on=TODAY,
    )
    pdf = Pdf(file.content)
    assert pdf.root["/Lang"] == language
    assert "<pdfuaid:part>1</pdfuaid:part>" in pdf.metadata()
    words = wording_in(language)
    assert words.gettext("In their own words") in pdf.bookmarks()
    alts = [element.alt for element in pdf.structure() if element.role == "Figure"]
    assert alts
    assert not any(alt.startswith(("Ratings:", "Means")) for alt in alts)
    if language != "ar":  # Letters that join come out of a PDF in an order of their own.
        assert words.gettext("Who answered and how to read this") in pdf.text
        assert english_in(pdf.text, language, report) == []
        assert LEFT_OVER.findall(pdf.text) == []


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("shape", SHAPES)
def test_pictures_and_proposals_are_in_the_language(shape: str, language: str) -> None:
    report, words = read(shape, language), wording_in(language)
    said = [str(proposal) for proposal in proposed_next_steps(report, words)]
    said += [tell(report, words).headline, *tell(report, words).sentences]
    for draw in (overview_picture, radar_picture, trend_picture):
        for narrow in (False, True):
            svg = draw(report, words, narrow=narrow)
            if svg:
                said += [" ".join(text.itertext()) for text in ElementTree.fromstring(svg)]
    text = MARKS.sub("", "\n".join(said))
    assert english_in(text, language, report) == []
    assert LEFT_OVER.findall(text) == []


def test_an_arabic_picture_begins_at_the_right() -> None:
    def ticks(language: str) -> list[float]:
        svg = overview_picture(read("after", language), wording_in(language))
        root = ElementTree.fromstring(svg or "")
        mark = root.find(".//{*}g[@data-mark='tick']")
        assert mark is not None
        places = [re.findall(r"[\d.]+", text.get("transform", "")) for text in mark]
        return [float(place[0]) for place in places]

    english, arabic = ticks("en"), ticks("ar")
    assert english == sorted(english)
    assert arabic == sorted(arabic, reverse=True)


@pytest.mark.parametrize("language", OTHERS)
def test_the_workbook_is_in_the_language_with_the_same_numbers(language: str) -> None:
    def book(language: str):
        return load_workbook(io.BytesIO(file_of("pooled", "xlsx", language)))

    english, here = book("en"), book(language)
    assert all(len(name) <= 31 for name in here.sheetnames)
    assert len(set(here.sheetnames)) == len(english.sheetnames)
    assert set(here.sheetnames).isdisjoint({"Read me", "Figures", "Change", "Comments"})
    report = read("pooled", language)
    for ours, theirs in zip(here.worksheets, english.worksheets, strict=True):
        assert bool(ours.sheet_view.rightToLeft) == (language == "ar")
        assert numbers_in(ours) == numbers_in(theirs)
        texts = [
            MARKS.sub("", str(cell.value))
            for row in ours.iter_rows()
            for cell in row
            if cell.data_type == "s"
        ]
        assert english_in("\n".join(texts), language, report) == []
        assert LEFT_OVER.findall("\n".join(texts)) == []


def numbers_in(sheet) -> list[object]:
    return [cell.value for row in sheet.iter_rows() for cell in row if cell.data_type in ("n", "d")]


def file_of(shape: str, format_: FileFormat, language: str) -> bytes:
    return report_file(
        read(shape, language),
        format_,
        language=language,
        mentee_name="Mia Mentee",
        mentor_name="Max Mentor",
        created_on=TODAY,
    ).content


@pytest.mark.parametrize("format_", ["csv", "parquet", "text"])
def test_files_for_programs_are_the_same_in_every_language(format_: FileFormat) -> None:
    # The framework is not there in French: all that could differ are the service's own words.
    assert file_of("after", format_, "fr") == file_of("after", format_, "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_verdicts_read_alike(language: str) -> None:
    """“No clear change” must not become “no change”: it would claim what nobody knows."""
    words = wording_in(language)
    said = {verdict: words.verdict(verdict) for verdict in Verdict}
    assert len(set(said.values())) == len(Verdict)
    clear = {
        "en": "clear",
        "de": "klar",
        "fr": "nette",
        "es": "clar",
        "ar": "واضح",
    }[language]
    assert {verdict for verdict, text in said.items() if clear in text} == {
        Verdict.CLEAR_RISE,
        Verdict.NO_CLEAR_CHANGE,
        Verdict.CLEAR_FALL,
    }


@pytest.mark.parametrize(
    ("language", "figures"),
    [
        ("en", ("3.5", "≥\u00a03.5", "−0.4", "0.0", "−0.4 to +1.2", "< 0.001", "50\u00a0%")),
        ("de", ("3,5", "≥\u00a03,5", "−0,4", "0,0", "−0,4 bis +1,2", "< 0,001", "50\u00a0%")),
        ("fr", ("3,5", "≥\u00a03,5", "−0,4", "0,0", "de −0,4 à +1,2", "< 0,001", "50\u00a0%")),
        ("es", ("3,5", "≥\u00a03,5", "−0,4", "0,0", "de −0,4 a +1,2", "< 0,001", "50\u00a0%")),
        (
            "ar",
            (
                "3.5",
                "\u2066≥\u00a03.5\u2069",
                "\u2066−0.4\u2069",
                "0.0",
                "من \u2066−0.4\u2069 إلى \u2066+1.2\u2069",
                "\u2066< 0.001\u2069",
                "50%",
            ),
        ),
    ],
)
def test_figures_read_as_each_language_writes_them(language: str, figures: tuple[str]) -> None:
    words = wording_in(language)
    assert (
        words.rating(3.5),
        words.rating(3.5, "at_least"),
        words.change(-0.4),
        words.change(0.01),
        words.interval((-0.4, 1.2)),
        words.p_value(0.0001),
        words.percent(0.5),
    ) == figures


def test_lists_read_as_each_language_writes_them() -> None:
    parts = ["A", "B", "C"]
    assert {language: wording_in(language).listed(parts) for language in LANGUAGES} == {
        "en": "A, B and C",
        "de": "A, B und C",
        "fr": "A, B et C",
        "es": "A, B y C",
        "ar": "A وB وC",
    }
    spanish = wording_in("es")
    assert spanish.listed(["Ver", "Influir"]) == "Ver e Influir"
    assert spanish.listed(["Ver", "Hielo"]) == "Ver y Hielo"
    assert ENGLISH.listed([]) == ""


@pytest.fixture
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(service_environment(fresh_database("sqlite", request, tmp_path), tmp_path))
    yield made
    service_of(made).database.dispose()


@pytest.fixture
def closed(app: Flask) -> uuid.UUID:
    case = launched_case(service_of(app), {"manager": 1, "peers": 3})
    close(service_of(app), case.round_id)
    return case.round_id


def speak(app: Flask, round_id: uuid.UUID, language: str) -> None:
    with service_of(app).database.writing() as session:
        mentor = session.get_one(Round, round_id).mentorship.mentor
        session.get_one(Person, mentor.id).language = language


def visible(page: str) -> str:
    """What a reader sees and hears of the page's own part."""
    main = page[page.index("<main") : page.index("</main>")]
    heard = " ".join(re.findall(r'(?:aria-label|data-label|alt)="([^"]*)"', main))
    return MARKS.sub("", html.unescape(re.sub(r"<[^>]+>", "\n", main) + heard))


@pytest.mark.parametrize("language", OTHERS)
def test_the_page_is_in_the_reader_s_language(
    app: Flask, closed: uuid.UUID, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mentor = signed_in(app, "max.mentor@example.org")
    speak(app, closed, language)
    for shape in SHAPES:
        # Goals have words of other pages.
        report = replace(read(shape, language), goal=None)
        monkeypatch.setattr(reports, "report_of_round", lambda *_, report=report: report)
        page = mentor.get(f"/reports/{closed}").text
        way = "rtl" if language == "ar" else "ltr"
        assert f'<html lang="{language}" dir="{way}">' in page
        said = visible(page)
        assert english_in(said, language, report) == []
        assert LEFT_OVER.findall(said) == []
        if DECIMAL_SIGNS[language] == ",":
            assert re.findall(r"(?<!\d)\d\.\d(?!\d)", said) == []
        marked = f'<span lang="{report.texts_language}" dir="ltr">'
        assert (marked in page) == (report.texts_language != language)


def test_readers_of_one_report_each_get_their_own_language(app: Flask, closed: uuid.UUID) -> None:
    mentor = signed_in(app, "max.mentor@example.org")
    seen = []
    for language in ("de", "ar", "fi", "en"):
        speak(app, closed, language)
        seen += re.findall(r'<html lang="(\w+)"', mentor.get(f"/reports/{closed}").text)
    assert seen == ["de", "ar", "en", "en"]
