"""Questionnaires out of Qualtrics: its survey files (.qsf), which are JSON.

A file holds elements: blocks (BL) that name questions, the questions (SQ), and the flow (FL) that
names the blocks in the order in which they are shown. What PHP wrote may be a list or a map, so
both are taken everywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from survey.frameworks.importing.outline import Item, LeftOut, Outline, Section, Words
from survey.frameworks.importing.plain_words import plain_words
from survey.frameworks.importing.refusals import refused
from survey.frameworks.importing.scales import AnswerSet, choose_scale
from survey.frameworks.model import LANGUAGE_CODE

_EXPORT = "export the survey (.qsf) from Qualtrics again"
_MOST_PARTS = 50_000
_LANGUAGES = {"ZH-S": "zh-Hans", "ZH-T": "zh-Hant"}
_ONE_ANSWER = {"SingleAnswer", "DL", "DropDownList", None, ""}
_OPEN = {"SL", "ML", "ESTB"}
_LOGIC = ("DisplayLogic", "InPageDisplayLogic", "SkipLogic")
_CONDITIONS = "conditions; what they hide is always asked here"
_OTHER_TYPES = {
    "MC": "multiple choice", "DB": "text to read", "Slider": "slider", "RO": "ranking",
    "CS": "constant sum", "SBS": "side by side", "PGR": "pick, group and rank",
    "HotSpot": "picture", "HeatMap": "picture", "Timing": "timing", "Meta": "browser",
    "Captcha": "captcha",
    "FileUpload": "file upload", "DD": "drill down", "Draw": "signature", "TE": "text fields",
    "Matrix": "matrix without one answer a row",
}  # fmt: skip


def read_qualtrics(content: bytes, file_name: str) -> Outline:
    """The outline of a survey. Raises FrameworkError when the file is none or has no ratings."""
    data = _data(content, file_name)
    if not isinstance(data, dict) or "SurveyElements" not in data:
        raise refused(file_name, "this is JSON, but no survey of Qualtrics", _EXPORT)
    return _Survey(data, file_name).outline()


def _data(content: bytes, file_name: str) -> Any:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refused(file_name, "the file is not UTF-8", _EXPORT) from error
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        what = f"this is not JSON that can be read ({error.msg.lower()})"
        raise refused(file_name, what, _EXPORT, line=error.lineno, column=error.colno) from error
    except RecursionError as error:
        raise refused(file_name, "JSON of too many levels", _EXPORT) from error
    except ValueError as error:  # a number of thousands of digits
        raise refused(file_name, "the file holds a number that is too long", _EXPORT) from error


class _Survey:
    def __init__(self, data: dict[str, Any], file_name: str) -> None:
        self._file_name = file_name
        self._left_out = LeftOut()
        self._entry = _map(data.get("SurveyEntry"))
        self._elements = [_map(one) for one in _values(data["SurveyElements"])]
        self._questions = {
            key: payload
            for element in self._elements
            if element.get("Element") == "SQ"
            and (payload := _map(element.get("Payload")))
            and (key := _text(payload.get("QuestionID")) or _text(element.get("PrimaryAttribute")))
        }
        self._base = _language(_text(self._entry.get("SurveyLanguage"))) or "en"
        # By our code, the one of Qualtrics.
        self._codes = {self._base: _text(self._entry.get("SurveyLanguage"))}
        for question in self._questions.values():
            for code in _map(question.get("Language")):
                if (ours := _language(code)) is not None:
                    self._codes.setdefault(ours, code)

    def outline(self) -> Outline:
        """The whole survey. Raises FrameworkError when nothing in it is rated."""
        sections: list[Section] = []
        open_questions: list[Item] = []
        sets: list[AnswerSet] = []
        for block in self._blocks():
            name = plain_words(block.get("Description"), self._left_out, "block")
            section = Section({self._base: name} if name else {})
            for question in self._questions_of(block):
                self._take(question, section, open_questions, sets)
            if section.items:
                sections.append(section)
        if not sections:
            what = "no question of the survey is a matrix (Likert) with one answer a row"
            raise refused(self._file_name, what, "matrix questions become competencies; add one")
        title = plain_words(self._entry.get("SurveyName"), self._left_out, "title")
        about = plain_words(self._entry.get("SurveyDescription"), self._left_out, "description")
        return Outline(
            languages=list(self._codes),
            title={self._base: title} if title else {},
            description={self._base: about} if about else {},
            scale=choose_scale(sets, self._base, self._left_out),
            sections=sections,
            open_questions=open_questions,
            left_out=self._left_out,
        )

    def _blocks(self) -> list[dict[str, Any]]:
        """The blocks in the order of the flow; without one, in their own."""
        blocks: dict[str, dict[str, Any]] = {}
        for element in self._elements:
            if element.get("Element") == "BL":
                for block in map(_map, _values(element.get("Payload"))):
                    if block.get("Type") != "Trash":
                        blocks.setdefault(_text(block.get("ID")) or f"#{len(blocks)}", block)
        shown = list(dict.fromkeys(name for name in self._flow() if name in blocks))
        if not shown:
            return list(blocks.values())
        for name, block in blocks.items():
            if name not in shown:
                where = plain_words(block.get("Description"), self._left_out, "block")
                self._left_out.note("blocks that the survey flow does not show", where or name)
        return [blocks[name] for name in shown]

    def _flow(self) -> Iterator[str]:
        waiting: list[Any] = [
            _map(element.get("Payload")).get("Flow")
            for element in reversed(self._elements)
            if element.get("Element") == "FL"
        ]
        seen = 0
        while waiting and seen < _MOST_PARTS:
            seen += 1
            part = waiting.pop()
            if isinstance(part, list):
                waiting += reversed(part)
                continue
            part = _map(part)
            kind = _text(part.get("Type"))
            if kind in ("Branch", "BlockRandomizer", "Quota", "EndSurvey"):
                self._left_out.note(f"the survey flow's {kind}")
            if name := _text(part.get("ID")):
                yield name
            if part.get("Flow"):
                waiting.append(part["Flow"])

    def _questions_of(self, block: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for part in map(_map, _values(block.get("BlockElements"))):
            question = self._questions.get(_text(part.get("QuestionID")))
            if part.get("Type") == "Question" and question is not None:
                yield question
            if any(part.get(name) for name in _LOGIC):
                self._left_out.note(_CONDITIONS, _text(part.get("QuestionID")))

    def _take(
        self,
        question: dict[str, Any],
        section: Section,
        open_questions: list[Item],
        sets: list[AnswerSet],
    ) -> None:
        where = (_text(question.get("DataExportTag")) or _text(question.get("QuestionID")))[:60]
        kind, selector = _text(question.get("QuestionType")), _text(question.get("Selector"))
        if any(question.get(name) for name in _LOGIC):
            self._left_out.note(_CONDITIONS, where)
        words = self._words(question, "QuestionText", where)
        if kind == "TE" and selector in _OPEN:
            if words:
                open_questions.append(Item(words))
            return
        rated = kind == "Matrix" and selector == "Likert"
        sub_selector = question.get("SubSelector")
        if not rated or not (sub_selector is None or _text(sub_selector) in _ONE_ANSWER):
            name = _OTHER_TYPES.get(kind, "kind unknown here")
            self._left_out.note(f"questions of another kind ({name})", where)
            return
        items = [Item(text) for _, text in self._choices(question, "Choices", where) if text]
        answers = list(self._choices(question, "Answers", where))
        if not items or not answers:
            self._left_out.note("matrix questions without statements or answers", where)
            return
        recoded = _map(question.get("RecodeValues"))
        section.description = section.description or words
        section.items += items
        sets.append(
            AnswerSet(
                where,
                [text or {self._base: key} for key, text in answers],
                words,
                [_whole(recoded.get(key)) for key, _ in answers],
                len(items),
            )
        )

    def _choices(
        self, question: dict[str, Any], name: str, where: str
    ) -> Iterator[tuple[str, Words]]:
        """The statements or the answers of a matrix by their key, in the order of the form."""
        choices = _map(question.get(name))
        order = question.get(f"{name[:-1]}Order")
        keys = [_text(key) for key in order] if isinstance(order, list) else []
        for key in dict.fromkeys([key for key in keys if key in choices] or choices):
            if _map(choices[key]).get("TextEntry"):
                self._left_out.note("fields for words beside statements or answers", where)
            yield key, self._words(question, (name, key), where)

    def _words(self, question: dict[str, Any], field: str | tuple[str, str], where: str) -> Words:
        words: Words = {}
        translations = _map(question.get("Language"))
        for ours, theirs in self._codes.items():
            part = _map(translations.get(theirs))
            if ours == self._base:
                part = question
            if isinstance(field, str):
                text = part.get(field)
            else:
                text = _map(_map(part.get(field[0])).get(field[1])).get("Display")
            if plain := plain_words(text, self._left_out, where):
                words[ours] = plain
        return words


def _language(code: str) -> str | None:
    """Our code for a language of Qualtrics; None when it cannot be one."""
    parts = code.split("-", 1)
    ours = _LANGUAGES.get(code) or "-".join([parts[0].lower(), *parts[1:]])
    return ours if re.fullmatch(LANGUAGE_CODE, ours) else None


def _map(value: Any) -> dict[str, Any]:
    """A map; of a list one by its places from 1 on, which is what PHP's keys were."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        return {str(place): entry for place, entry in enumerate(value, 1)}
    return {}


def _values(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return ""
    return str(value) if isinstance(value, str | int) else ""


def _whole(value: Any) -> int | None:
    text = _text(value)
    return int(text) if re.fullmatch(r"-?[0-9]{1,6}", text, re.ASCII) else None
