"""Small surveys in the shapes that LimeSurvey and Qualtrics export, written for these tests."""

from __future__ import annotations

import copy
import json
from typing import Any
from xml.sax.saxutils import escape

LIKERT = ("Never", "Now and then", "Often", "Always")
LIKERT_DE = ("Nie", "Hin und wieder", "Oft", "Immer")


def table(name: str, *rows: dict[str, object]) -> str:
    """A table of a LimeSurvey file."""
    written = "".join(
        "<row>"
        + "".join(f"<{key}>{_cdata(str(value))}</{key}>" for key, value in row.items())
        + "</row>\n"
        for row in rows
    )
    fields = "".join(f"<fieldname>{key}</fieldname>" for key in (rows[0] if rows else ()))
    return f"<{name}><fields>{fields}</fields><rows>\n{written}</rows></{name}>\n"


def _cdata(text: str) -> str:
    return f"<![CDATA[{text}]]>" if "]]>" not in text else escape(text)


def lss(*tables: str, kind: str = "Survey", languages: tuple[str, ...] = ("en",)) -> bytes:
    """A file of LimeSurvey with these tables."""
    listed = "".join(f"<language>{code}</language>" for code in languages)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<document>\n'
        f"<LimeSurveyDocType>{kind}</LimeSurveyDocType><DBVersion>600</DBVersion>\n"
        f"<languages>{listed}</languages>\n{''.join(tables)}</document>\n"
    ).encode()


def old_survey() -> bytes:
    """As LimeSurvey 3 exports it: the texts in the rows, one row per language."""
    answers = [
        {"qid": 11, "code": f"A{place}", "answer": text, "sortorder": place, "language": code}
        for code, labels in (("en", LIKERT), ("de", LIKERT_DE))
        for place, text in enumerate(labels, 1)
    ]
    questions = [
        {"qid": 11, "parent_qid": 0, "gid": 1, "type": "F", "title": "DIR", "question_order": 1,
         "question": "<p>How often does this happen?</p>", "language": "en", "relevance": "1"},
        {"qid": 11, "parent_qid": 0, "gid": 1, "type": "F", "title": "DIR", "question_order": 1,
         "question": "Wie oft kommt das vor?", "language": "de", "relevance": "1"},
        {"qid": 12, "parent_qid": 0, "gid": 2, "type": "T", "title": "MORE", "question_order": 2,
         "question": "What should {TOKEN:FIRSTNAME} do more?", "language": "en"},
        {"qid": 12, "parent_qid": 0, "gid": 2, "type": "T", "title": "MORE", "question_order": 2,
         "question": "Wovon mehr?", "language": "de"},
        {"qid": 13, "parent_qid": 0, "gid": 2, "type": "L", "title": "AGE", "question_order": 1,
         "question": "Your age?", "language": "en", "relevance": "DIR.NAOK > 2"},
    ]  # fmt: skip
    subquestions = [
        {"qid": 22, "parent_qid": 11, "gid": 1, "title": "SQ2", "question_order": 2,
         "question": "Sets priorities", "language": "en"},
        {"qid": 21, "parent_qid": 11, "gid": 1, "title": "SQ1", "question_order": 1,
         "question": "Explains <b>the reasons</b> &amp; asks", "language": "en"},
        {"qid": 21, "parent_qid": 11, "gid": 1, "title": "SQ1", "question_order": 1,
         "question": "Erklärt die Gründe", "language": "de"},
    ]  # fmt: skip
    return lss(
        table("answers", *answers),
        table(
            "groups",
            {"gid": 2, "group_name": "Words", "group_order": 2, "language": "en"},
            {"gid": 1, "group_name": "Giving direction", "group_order": 1, "language": "en",
             "description": "Makes clear where things go."},
            {"gid": 1, "group_name": "Richtung geben", "group_order": 1, "language": "de"},
        ),
        table("questions", *questions),
        table("subquestions", *subquestions),
        table("surveys", {"sid": 1, "language": "en", "additional_languages": "de"}),
        table(
            "surveys_languagesettings",
            {"surveyls_language": "en", "surveyls_title": "Leading", "surveyls_description": ""},
            {"surveyls_language": "de", "surveyls_title": "Führen", "surveyls_description": ""},
        ),
        languages=("en", "de"),
    )  # fmt: skip


def new_survey() -> bytes:
    """As LimeSurvey 4 and later export it: the texts in tables of their own."""
    labels = ("5 always", "4", "3", "2", "1 never", "No answer")
    return lss(
        table("answers", *({"aid": 90 + n, "qid": 11, "code": f"A{n}", "sortorder": n,
                            "scale_id": 0} for n in range(6))),
        table("answer_l10ns", *({"id": n, "aid": 90 + n, "answer": text, "language": "en"}
                                for n, text in enumerate(labels))),
        table("groups", {"gid": 1, "sid": 1, "group_order": 1, "grelevance": "1"}),
        table("group_l10ns", {"gid": 1, "group_name": "Listening", "description": "",
                              "language": "en"}),
        table("questions",
              {"qid": 11, "parent_qid": 0, "gid": 1, "type": "F", "title": "LIS",
               "question_order": 1, "relevance": "1"},
              {"qid": 12, "parent_qid": 0, "gid": 1, "type": "A", "title": "FIVE",
               "question_order": 2, "relevance": "1"}),
        table("subquestions",
              {"qid": 21, "parent_qid": 11, "gid": 1, "title": "SQ1", "question_order": 1,
               "scale_id": 0},
              {"qid": 23, "parent_qid": 11, "gid": 1, "title": "SQ3", "question_order": 2,
               "scale_id": 0},
              {"qid": 22, "parent_qid": 12, "gid": 1, "title": "SQ1", "question_order": 1,
               "scale_id": 0}),
        table("question_l10ns",
              {"qid": 11, "question": "How often?", "help": "<i>help</i>", "language": "en"},
              {"qid": 12, "question": "How well?", "help": "", "language": "en"},
              {"qid": 21, "question": "Lets others finish", "help": "", "language": "en"},
              {"qid": 22, "question": "Asks back", "help": "", "language": "en"},
              {"qid": 23, "question": "Takes notes", "help": "", "language": "en"}),
        table("surveys", {"sid": 1, "language": "en"}),
        table("surveys_languagesettings",
              {"surveyls_language": "en", "surveyls_title": "Listening well",
               "surveyls_description": "For everybody."}),
    )  # fmt: skip


def matrix(qid: str, text: str, *rows: str, labels: tuple[str, ...] = LIKERT) -> dict[str, Any]:
    """A matrix question of Qualtrics."""
    return {
        "QuestionID": qid,
        "DataExportTag": qid.replace("QID", "Q"),
        "QuestionText": text,
        "QuestionType": "Matrix",
        "Selector": "Likert",
        "SubSelector": "SingleAnswer",
        "Choices": {str(n): {"Display": row} for n, row in enumerate(rows, 1)},
        "ChoiceOrder": [str(n) for n in range(1, len(rows) + 1)],
        "Answers": {str(n): {"Display": label} for n, label in enumerate(labels, 1)},
        "AnswerOrder": list(range(1, len(labels) + 1)),
        "Language": [],
    }


def text_entry(qid: str, text: str, selector: str = "ESTB") -> dict[str, Any]:
    """A text question of Qualtrics."""
    return {
        "QuestionID": qid,
        "DataExportTag": qid,
        "QuestionText": text,
        "QuestionType": "TE",
        "Selector": selector,
        "Language": [],
    }


def qsf(
    blocks: dict[str, list[str]], *questions: dict[str, Any], flow: list[Any] | None = None
) -> dict[str, Any]:
    """A survey of Qualtrics, still as data."""
    written = [
        {
            "Type": "Trash" if name == "Trash" else "Standard",
            "Description": name,
            "ID": f"BL_{name}",
            "BlockElements": [{"Type": "Question", "QuestionID": qid} for qid in qids],
        }
        for name, qids in blocks.items()
    ]
    elements: list[dict[str, Any]] = [
        {"Element": "BL", "PrimaryAttribute": "Survey Blocks", "Payload": written},
        *(
            {"Element": "SQ", "PrimaryAttribute": one["QuestionID"], "Payload": one}
            for one in questions
        ),
        {"Element": "QC", "PrimaryAttribute": "Survey Question Count", "Payload": None},
    ]
    if flow is not None:
        elements.append({"Element": "FL", "Payload": {"Type": "Root", "Flow": flow}})
    entry = {"SurveyName": "Team view", "SurveyDescription": None, "SurveyLanguage": "EN"}
    return {"SurveyEntry": entry, "SurveyElements": elements}


def in_two_languages() -> dict[str, Any]:
    """A survey of Qualtrics in English and German, with much that cannot be carried over."""
    rated = matrix("QID1", "How <em>often</em>?", "Explains reasons", "Sets ${e://Field/x}")
    rated["Language"] = {
        "DE": {
            "QuestionText": "Wie oft?",
            "Choices": {"1": {"Display": "Erklärt Gründe"}, "2": {"Display": "Setzt Ziele"}},
            "Answers": {str(n): {"Display": label} for n, label in enumerate(LIKERT_DE, 1)},
        }
    }
    rated["ChoiceOrder"] = ["2", "1"]
    choice = {"QuestionID": "QID3", "QuestionType": "MC", "Selector": "SAVR", "QuestionText": "?"}
    asked = text_entry("QID2", "What next?")
    asked["DisplayLogic"] = {"Type": "BooleanExpression"}
    unused = matrix("QID4", "?", "Unused")
    return qsf(
        {"Extra": ["QID2"], "Direction": ["QID1", "QID3"], "Trash": ["QID4"], "Apart": ["QID4"]},
        rated, asked, choice, unused,
        flow=[{"Type": "Block", "ID": "BL_Direction"},
              {"Type": "Branch", "Flow": [{"Type": "Standard", "ID": "BL_Extra"}]}],
    )  # fmt: skip


def encoded(data: object) -> bytes:
    """The data as a file."""
    return json.dumps(copy.deepcopy(data)).encode()
