"""Questionnaires out of LimeSurvey: its survey structure files (.lss), which are XML.

A file holds tables of rows. Up to version 3 the texts stand in the rows of questions, answers and
groups, once per language; from version 4 on in tables of their own, named …_l10ns.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from survey.frameworks.importing.outline import Item, LeftOut, Outline, Section, Words
from survey.frameworks.importing.plain_words import plain_words
from survey.frameworks.importing.refusals import refused
from survey.frameworks.importing.scales import AnswerSet, choose_scale
from survey.frameworks.model import LANGUAGE_CODE

MAX_MARKUP = 300_000
MAX_DEPTH = 20

Row = dict[str, str]

_EXPORT = "export the survey's structure (.lss) from LimeSurvey again"
# Arrays whose statements share one row of answers; the second is an array shown by columns.
_ARRAYS = {"F", "H"}
_POINTS = {"A": 5, "B": 10}
_FIXED = {
    "C": ("No", "Uncertain", "Yes"),
    "E": ("Decrease", "Same", "Increase"),
}
_TWO_SCALES = "1"
_OPEN = {"T", "U"}
_OTHER_TYPES = {
    "5": "5-point choice", "D": "date", "G": "gender", "I": "language switch",
    "K": "several numbers", "L": "list", "!": "list", "M": "multiple choice",
    "N": "number", "O": "list with comment",
    "P": "multiple choice with comments", "Q": "several short texts", "R": "ranking",
    "S": "short text", "X": "text to read", "Y": "yes or no", "*": "equation",
    ":": "array of numbers", ";": "array of texts", "|": "file upload",
}  # fmt: skip


def read_limesurvey(content: bytes, file_name: str) -> Outline:
    """The outline of a survey. Raises FrameworkError when the file is none or has no ratings."""
    document = _document(content, file_name)
    if document.tag != "document" or document.find("LimeSurveyDocType") is None:
        raise refused(file_name, "this is XML, but no file of LimeSurvey", _EXPORT)
    kind = (document.findtext("LimeSurveyDocType") or "").strip()
    if kind != "Survey":
        what = f"this file holds a LimeSurvey {kind.lower() or 'part'}, not a whole survey"
        raise refused(file_name, what, _EXPORT)
    return _Survey(document, file_name).outline()


def _document(content: bytes, file_name: str) -> Element:
    if content.count(b"<") > MAX_MARKUP:
        raise refused(file_name, f"the file has more than {MAX_MARKUP:,} marks of XML", _EXPORT)
    depth = 0
    root: Element | None = None
    try:
        for event, element in iterparse(
            io.BytesIO(content), events=("start", "end"), forbid_dtd=True
        ):
            depth += 1 if event == "start" else -1
            root = element if root is None else root
            if depth > MAX_DEPTH:
                raise refused(file_name, f"XML of more than {MAX_DEPTH} levels", _EXPORT)
    except ParseError as error:
        line, column = error.position
        what = f"this is not XML that can be read ({str(error).partition(':')[0]})"
        raise refused(file_name, what, _EXPORT, line=line, column=column + 1) from error
    except DefusedXmlException as error:
        what = "the file declares a document type or entities, which no file of LimeSurvey does"
        raise refused(file_name, what, _EXPORT) from error
    except (LookupError, ValueError) as error:  # an encoding that does not exist, or does not fit
        raise refused(file_name, "the file's encoding cannot be read", _EXPORT) from error
    if root is None:
        raise refused(file_name, "the file is empty", _EXPORT)
    return root


class _Survey:
    def __init__(self, document: Element, file_name: str) -> None:
        self._file_name = file_name
        self._left_out = LeftOut()
        self._tables = {table.tag: list(_rows(table)) for table in document}
        self._languages = self._find_languages(document)
        self._texts_of_questions = self._by("qid", "question_l10ns")
        self._texts_of_groups = self._by("gid", "group_l10ns")
        self._texts_of_answers = self._by("aid", "answer_l10ns")
        self._groups_by_id = self._by("gid", "groups")
        self._questions_by_group = self._by("gid", "questions")
        self._answers_by_question = self._by("qid", "answers")
        # Old files keep statements among the questions.
        self._statements_by_question = self._by("parent_qid", "subquestions", "questions")
        self._texts_of_codes: dict[tuple[str, str], list[Row]] = {}
        for row in self._tables.get("answer_l10ns", ()):
            self._texts_of_codes.setdefault((_id(row, "qid"), _id(row, "code")), []).append(row)

    def outline(self) -> Outline:
        """The whole survey. Raises FrameworkError when nothing in it is rated."""
        sections: list[Section] = []
        open_questions: list[Item] = []
        sets: list[AnswerSet] = []
        for gid in self._groups():
            section = Section(
                self._words(self._group_rows(gid), "group_name"),
                self._words(self._group_rows(gid), "description"),
            )
            for rows in self._questions(gid):
                self._take(rows, section, open_questions, sets)
            if section.items:
                sections.append(section)
        if not sections:
            what = "no question of the survey is an array whose statements are rated"
            raise refused(self._file_name, what, "arrays become competencies; add one")
        self._note_conditions()
        title, description = self._settings()
        return Outline(
            languages=self._languages,
            title=title,
            description=description,
            scale=choose_scale(sets, self._languages[0], self._left_out),
            sections=sections,
            open_questions=open_questions,
            left_out=self._left_out,
        )

    def _find_languages(self, document: Element) -> list[str]:
        settings = next(iter(self._tables.get("surveys", ())), {})
        listed = [(one.text or "").strip() for one in document.iterfind("languages/language")]
        written = [settings.get("language", ""), *settings.get("additional_languages", "").split()]
        codes = list(dict.fromkeys(code for code in [*written, *listed] if code))
        fit = [code for code in codes if re.fullmatch(LANGUAGE_CODE, code)]
        for code in codes:
            if code not in fit:
                self._left_out.note("languages whose code is not known here", code)
        return fit or ["en"]

    def _by(self, key: str, *tables: str) -> dict[str, list[Row]]:
        """The rows of these tables by one of their fields."""
        found: dict[str, list[Row]] = {}
        for table in tables:
            for row in self._tables.get(table, ()):
                found.setdefault(_id(row, key), []).append(row)
        return found

    def _groups(self) -> list[str]:
        rows = sorted(self._tables.get("groups", ()), key=lambda row: _number(row, "group_order"))
        return list(dict.fromkeys(_id(row, "gid") for row in rows))

    def _group_rows(self, gid: str) -> list[Row]:
        return [*self._texts_of_groups.get(gid, ()), *self._groups_by_id.get(gid, ())]

    def _questions(self, gid: str) -> Iterator[list[Row]]:
        """The rows of each question of a group: one for all, or one per language."""
        by_id: dict[str, list[Row]] = {}
        for row in self._questions_by_group.get(gid, ()):
            if _id(row, "parent_qid") in ("", "0"):
                by_id.setdefault(_id(row, "qid"), []).append(row)
        return iter(sorted(by_id.values(), key=lambda rows: _number(rows[0], "question_order")))

    def _take(
        self,
        rows: list[Row],
        section: Section,
        open_questions: list[Item],
        sets: list[AnswerSet],
    ) -> None:
        first = rows[0]
        qid, kind, code = _id(first, "qid"), first.get("type", "").strip(), _code(first)
        words = self._words([*self._texts_of_questions.get(qid, ()), *rows], "question", code)
        self._note_settings(rows, code)
        if kind in _OPEN:
            if words:
                open_questions.append(Item(words))
            return
        labels = self._labels(qid, kind)
        if labels is None:
            name = _OTHER_TYPES.get(kind, "kind unknown here")
            self._left_out.note(f"questions of another kind ({name})", code)
            return
        items = [Item(one) for one in self._statements(qid, code)]
        if not items:
            self._left_out.note("arrays without statements", code)
            return
        if kind == _TWO_SCALES:
            self._left_out.note("of arrays with two scales the second is not carried over", code)
        if not section.description:
            section.description = words
        section.items += items
        sets.append(AnswerSet(code, labels, words, statements=len(items)))

    def _labels(self, qid: str, kind: str) -> list[Words] | None:
        """The answers to an array's statements; None when the question is no such array."""
        if kind in _POINTS:
            return [dict.fromkeys(self._languages, str(n + 1)) for n in range(_POINTS[kind])]
        if kind in _FIXED:
            for code in self._languages:
                if code != "en":
                    self._left_out.note("labels of ready-made answers are English", code)
            return [dict.fromkeys(self._languages, label) for label in _FIXED[kind]]
        if kind not in _ARRAYS and kind != _TWO_SCALES:
            return None
        by_code: dict[str, list[Row]] = {}
        for row in self._answers_by_question.get(qid, ()):
            if _id(row, "scale_id") in ("", "0"):
                by_code.setdefault(_code(row), []).append(row)
        ordered = sorted(by_code.items(), key=lambda pair: _number(pair[1][0], "sortorder"))
        labels = []
        for code, rows in ordered:
            texts = [
                *self._texts_of_answers.get(_id(rows[0], "aid") or "-", ()),
                *self._texts_of_codes.get((qid, code), ()),
                *rows,
            ]
            labels.append(self._words(texts, "answer", code) or {self._languages[0]: code})
        return labels

    def _statements(self, qid: str, code: str) -> Iterator[Words]:
        by_id: dict[str, list[Row]] = {}
        for row in self._statements_by_question.get(qid, ()) if qid not in ("", "0") else ():
            if _id(row, "scale_id") in ("", "0"):
                by_id.setdefault(_id(row, "qid"), []).append(row)
        for rows in sorted(by_id.values(), key=lambda rows: _number(rows[0], "question_order")):
            own = self._texts_of_questions.get(_id(rows[0], "qid"), ())
            where = f"{code} {_code(rows[0])}"
            if words := self._words([*own, *rows], "question", where):
                yield words
            else:
                self._left_out.note("statements without words", where)

    def _settings(self) -> tuple[Words, Words]:
        rows = self._tables.get("surveys_languagesettings", ())
        as_texts = [{**row, "language": row.get("surveyls_language", "")} for row in rows]
        return (
            self._words(as_texts, "surveyls_title"),
            self._words(as_texts, "surveyls_description"),
        )

    def _words(self, rows: list[Row], field: str, where: str = "") -> Words:
        """The texts of a field by language, of rows that are of one language each."""
        words: Words = {}
        for row in rows:
            code = row.get("language", "").strip()
            if code in self._languages and not words.get(code):
                text = plain_words(row.get(field, ""), self._left_out, where or field)
                if text:
                    words[code] = text
        return words

    def _note_settings(self, rows: list[Row], code: str) -> None:
        if rows[0].get("relevance", "").strip() not in ("", "1"):
            self._left_out.note("conditions; what they hide is always asked here", code)
        qid = _id(rows[0], "qid")
        if any(r.get("help", "").strip() for r in [*self._texts_of_questions.get(qid, ()), *rows]):
            self._left_out.note("help texts", code)

    def _note_conditions(self) -> None:
        for row in self._tables.get("conditions", ()):
            self._left_out.note(
                "conditions; what they hide is always asked here", f"question {_id(row, 'qid')}"
            )
        for row in self._tables.get("groups", ()):
            if row.get("grelevance", "").strip() not in ("", "1"):
                self._left_out.note(
                    "conditions; what they hide is always asked here", f"group {_id(row, 'gid')}"
                )
        for table, name in (("quota", "quotas"), ("assessments", "assessments")):
            if self._tables.get(table):
                self._left_out.note(name)


def _rows(table: Element) -> Iterator[Row]:
    for row in table.iterfind("rows/row"):
        yield {field.tag: field.text or "" for field in row}


def _id(row: Row, key: str) -> str:
    return row.get(key, "").strip()


def _code(row: Row) -> str:
    return (_id(row, "title") or _id(row, "code") or _id(row, "qid"))[:60]


def _number(row: Row, key: str) -> int:
    text = _id(row, key)
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) else 0
