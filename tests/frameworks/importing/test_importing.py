"""Surveys of LimeSurvey and Qualtrics become drafts that the loader reads."""

from __future__ import annotations

import json

import pytest

from survey.frameworks.importing import Draft, import_draft
from survey.frameworks.importing.limesurvey import MAX_MARKUP
from survey.frameworks.importing.outline import MOST_NOTES, LeftOut
from survey.frameworks.importing.refusals import MAX_BYTES
from survey.frameworks.importing.scales import AnswerSet, choose_scale
from survey.frameworks.loader import parse_framework
from survey.frameworks.model import Framework
from survey.frameworks.problems import FrameworkError
from tests.frameworks.importing.samples import (
    LIKERT,
    LIKERT_DE,
    encoded,
    in_two_languages,
    lss,
    matrix,
    new_survey,
    old_survey,
    qsf,
    table,
    text_entry,
)


def framework(draft: Draft) -> Framework:
    return parse_framework(draft.yaml.encode(), "draft.yaml")


def noted(draft: Draft, words: str) -> str:
    found = [note for note in draft.left_out if words in note]
    assert len(found) == 1, draft.left_out
    # Every note stands in the file as well, wrapped.
    comments = " ".join(
        line.lstrip("#- ") for line in draft.yaml.splitlines() if line.startswith("#")
    )
    assert " ".join(found[0].split()) in comments
    return found[0]


def refusal(content: bytes, name: str) -> str:
    with pytest.raises(FrameworkError) as raised:
        import_draft(content, name)
    assert raised.value.problems
    assert all(problem.what and problem.hint for problem in raised.value.problems)
    return str(raised.value)


def test_an_old_limesurvey_file_becomes_a_framework_in_both_languages() -> None:
    draft = import_draft(old_survey(), "survey.lss")
    made = framework(draft)
    assert (made.id, made.title) == ("leading", {"en": "Leading", "de": "Führen"})
    assert made.languages == ("en", "de")
    assert [point.label for point in made.scale.points] == [
        {"en": en, "de": de} for en, de in zip(LIKERT, LIKERT_DE, strict=True)
    ]
    assert made.scale.question == {
        "en": "How often does this happen?",
        "de": "Wie oft kommt das vor?",
    }
    (competency,) = made.competencies
    assert competency.title == {"en": "Giving direction", "de": "Richtung geben"}
    assert [item.text for item in competency.indicators] == [
        {"en": "Explains the reasons & asks", "de": "Erklärt die Gründe"},
        {"en": "Sets priorities", "de": "Sets priorities"},
    ]
    assert competency.indicators[0].wording["self"] == competency.indicators[0].text
    (question,) = made.open_questions
    assert question.text == {"en": "What should … do more?", "de": "Wovon mehr?"}


def test_what_an_old_file_cannot_bring_is_said() -> None:
    draft = import_draft(old_survey(), "survey.lss")
    assert "AGE" in noted(draft, "another kind (list)")
    assert "AGE" in noted(draft, "conditions")
    assert "MORE" in noted(draft, "placeholders")
    assert "sets-priorities" in noted(draft, "missing in de are copies")
    assert "DIR SQ1" in noted(draft, "formatting")
    noted(draft, "write them in the first person")
    noted(draft, "none that gives no rating")


def test_a_new_limesurvey_file_becomes_a_framework() -> None:
    draft = import_draft(new_survey(), "Survey.LSS")
    made = framework(draft)
    assert made.title == "Listening well"
    assert made.description == "For everybody."
    assert [point.label for point in made.scale.points] == ["1 never", "2", "3", "4", "5 always"]
    assert made.scale.not_observed == "No answer"
    assert made.scale.question == "How often?"
    (competency,) = made.competencies
    assert (competency.title, competency.description) == ("Listening", "How often?")
    assert [item.text for item in competency.indicators] == [
        "Lets others finish",
        "Takes notes",
        "Asks back",
    ]
    noted(draft, "turned round")
    assert "FIVE" in noted(draft, "had another one")
    assert "LIS" in noted(draft, "help texts")


@pytest.mark.parametrize(
    ("kind", "labels"),
    [("A", list("12345")), ("B", [str(n) for n in range(1, 11)]), ("C", ["No", "Uncertain", "Yes"]),
     ("E", ["Decrease", "Same", "Increase"])],
)  # fmt: skip
def test_ready_made_arrays_bring_their_answers(kind: str, labels: list[str]) -> None:
    content = new_survey().replace(b"<type><![CDATA[F]]>", f"<type><![CDATA[{kind}]]>".encode())
    content = content.replace(b"<type><![CDATA[A]]>", f"<type><![CDATA[{kind}]]>".encode())
    made = framework(import_draft(content, "a.lss"))
    assert [point.label for point in made.scale.points] == labels


def test_an_array_with_two_scales_brings_the_first() -> None:
    content = new_survey().replace(b"<type><![CDATA[F]]>", b"<type><![CDATA[1]]>")
    draft = import_draft(content, "a.lss")
    assert len(framework(draft).scale.points) == 5
    noted(draft, "two scales")


@pytest.mark.parametrize("kind", ["L", "M", "X", "N", "?", ""])
def test_a_survey_without_arrays_is_refused(kind: str) -> None:
    content = new_survey()
    for array in (b"F", b"A"):
        content = content.replace(
            b"<type><![CDATA[" + array + b"]]>", f"<type><![CDATA[{kind}]]>".encode()
        )
    assert "no question of the survey is an array" in refusal(content, "a.lss")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not XML"),
        (b"{}", "not XML"),
        (b"<document><a></document>", "a.lss:1:16: this is not XML"),
        (b"<other/>", "no file of LimeSurvey"),
        (b"<document/>", "no file of LimeSurvey"),
        (lss(kind="Group"), "holds a LimeSurvey group, not a whole survey"),
        (lss(), "no question of the survey"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><document>&a;</document>", "declares a document type"),
        (b"<!DOCTYPE x SYSTEM 'file:///etc/passwd'><document/>", "declares a document type"),
        (b"<a>" * 100, "more than 20 levels"),
        (b"<a/>" * (MAX_MARKUP + 1), "more than 300,000 marks"),
        (b"<?xml version='1.0' encoding='no-such'?><document/>", "a.lss:1:"),
        (b"x" * (MAX_BYTES + 1), "larger than 2 MiB"),
    ],
    ids=range(13),
)
def test_what_is_no_survey_of_limesurvey_is_refused(content: bytes, words: str) -> None:
    assert words in refusal(content, "a.lss")


def test_a_qualtrics_file_becomes_a_framework_in_both_languages() -> None:
    draft = import_draft(encoded(in_two_languages()), "team.qsf")
    made = framework(draft)
    assert (made.id, made.languages) == ("team-view", ("en", "de"))
    assert made.scale.question == {"en": "How often?", "de": "Wie oft?"}
    assert [point.label for point in made.scale.points] == [
        {"en": en, "de": de} for en, de in zip(LIKERT, LIKERT_DE, strict=True)
    ]
    (competency,) = made.competencies
    assert competency.title == {"en": "Direction", "de": "Direction"}
    assert [item.text for item in competency.indicators] == [
        {"en": "Sets …", "de": "Setzt Ziele"},
        {"en": "Explains reasons", "de": "Erklärt Gründe"},
    ]
    assert [one.text for one in made.open_questions] == [{"en": "What next?", "de": "What next?"}]


def test_what_a_qualtrics_file_cannot_bring_is_said() -> None:
    draft = import_draft(encoded(in_two_languages()), "team.qsf")
    assert "QID3" in noted(draft, "another kind (multiple choice)")
    assert "QID2" in noted(draft, "conditions")
    assert "Apart" in noted(draft, "does not show")
    noted(draft, "flow's Branch")
    assert "Q1" in noted(draft, "placeholders")


def test_the_answers_stored_from_high_to_low_are_turned_round() -> None:
    rated = matrix("QID1", "?", "One", labels=("Always", "Often", "Never", "N/A"))
    rated["RecodeValues"] = {"1": "3", "2": "2", "3": "1", "4": "-99"}
    made = framework(import_draft(encoded(qsf({"B": ["QID1"]}, rated)), "a.qsf"))
    assert [point.label for point in made.scale.points] == ["Never", "Often", "Always"]
    assert made.scale.not_observed == "N/A"


def test_maps_that_php_wrote_as_lists_are_read() -> None:
    data = qsf({"B": ["QID1"]}, matrix("QID1", "?", "One", "Two"))
    question = data["SurveyElements"][1]["Payload"]
    question["Choices"] = list(question["Choices"].values())
    question["Answers"] = list(question["Answers"].values())
    del question["ChoiceOrder"]
    blocks = data["SurveyElements"][0]
    blocks["Payload"] = dict(enumerate(blocks["Payload"]))
    (competency,) = framework(import_draft(encoded(data), "a.qsf")).competencies
    assert [item.text for item in competency.indicators] == ["One", "Two"]


@pytest.mark.parametrize("selector", ["SL", "ML", "ESTB"])
def test_text_questions_are_open_questions(selector: str) -> None:
    data = qsf(
        {"B": ["QID1", "QID2"]}, matrix("QID1", "?", "One"), text_entry("QID2", "Why?", selector)
    )
    made = framework(import_draft(encoded(data), "a.qsf"))
    assert [one.text for one in made.open_questions] == ["Why?"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not JSON"),
        (b"[1,\n 2,,", "a.qsf:2:4: this is not JSON"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"[]", "no survey of Qualtrics"),
        (b"{}", "no survey of Qualtrics"),
        (b'{"SurveyElements": 3}', "no question of the survey is a matrix"),
        (b"[" * 200_000, "too many levels"),
        (b'{"a": ' * 100_000, "too many levels"),
        (b"9" * 10_000, "a number that is too long"),
        (b"x" * (MAX_BYTES + 1), "larger than 2 MiB"),
    ],
    ids=range(10),
)
def test_what_is_no_survey_of_qualtrics_is_refused(content: bytes, words: str) -> None:
    assert words in refusal(content, "a.qsf")


@pytest.mark.parametrize("name", ["a.pdf", "a.lss.exe", "", "a.xls"])
def test_other_kinds_of_file_are_refused(name: str) -> None:
    assert "this kind of file cannot be taken over" in refusal(b"x", name)


def test_a_draft_that_breaks_a_limit_is_written_and_the_loader_names_it() -> None:
    data = qsf({"B": ["QID1"]}, matrix("QID1", "?", *(f"Statement {n}" for n in range(13))))
    draft = import_draft(encoded(data), "a.qsf")
    with pytest.raises(FrameworkError) as raised:
        framework(draft)
    assert "indicators" in str(raised.value)


def test_words_that_yaml_takes_for_something_else_stay_words() -> None:
    statements = (
        "yes",
        "12",
        "1e5",
        "2026-01-01",
        "null",
        "~",
        "# no",
        "- a: b",
        "'",
        '"',
        "@x",
        "=",
    )
    data = qsf({"on": ["QID1"]}, matrix("QID1", "no", *statements, labels=("1", "2", "3.0")))
    (competency,) = framework(import_draft(encoded(data), "a.qsf")).competencies
    assert [item.text for item in competency.indicators] == list(statements)
    assert competency.title == "on"


def test_equal_statements_get_ids_of_their_own() -> None:
    data = qsf({"B": ["QID1"]}, matrix("QID1", "?", "Same", "Same", "日本", "語"))
    (competency,) = framework(import_draft(encoded(data), "a.qsf")).competencies
    assert [item.id for item in competency.indicators] == ["same", "same-2", "item", "item-2"]


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("<p>One<br/>two</p>", "One two"),
        ("a &lt;b&gt; &amp;nbsp;", "a <b> &nbsp;"),
        ("<script>alert(1)</script>x<style>p{}</style>", "x"),
        ("x<img src=a>", "x"),
        ("{mentee} does", "{mentee} does"),
        ("{if(a,{b},'c')} x }", "(if(a,…,'c')) x )"),
        ("a\x00b\u2028c\ud800", "a b c"),
        ("<!-- a --><![CDATA[b]]>c", "c"),
        ("<![broken", "<![broken"),
        ("a < b > c", "a < b > c"),
        ("x<SCRIPT>y</Script>z", "xz"),
        ("İ<!-- a -->b", "İb"),
    ],
)
def test_texts_lose_their_markup(written: str, plain: str) -> None:
    data = qsf({"B": ["QID1"]}, matrix("QID1", "?", written, "other"))
    (competency,) = framework(import_draft(encoded(data), "a.qsf")).competencies
    assert competency.indicators[0].text == plain


def test_very_many_notes_are_counted() -> None:
    left_out = LeftOut()
    for number in range(MOST_NOTES + 20):
        left_out.note(f"note {number}", "here")
    assert len(left_out.listed()) == MOST_NOTES + 1
    assert left_out.listed()[-1] == "and 20 more"


def test_the_scale_of_most_statements_is_taken() -> None:
    few = AnswerSet("few", [{"en": "a"}, {"en": "b"}], statements=2)
    many = AnswerSet("many", [{"en": "c"}, {"en": "d"}], statements=5)
    left_out = LeftOut()
    assert choose_scale([few, many], "en", left_out).labels == [{"en": "c"}, {"en": "d"}]
    assert "few" in left_out.listed()[0]


def test_a_draft_does_not_change_when_it_is_made_again() -> None:
    content = encoded(in_two_languages())
    assert import_draft(content, "a.qsf") == import_draft(content, "b.qsf")
    assert json.loads(content)["SurveyEntry"]["SurveyName"] == "Team view"


def test_a_table_of_limesurvey_with_odd_rows_is_read() -> None:
    content = lss(
        table("groups", {"gid": 1, "group_name": "G", "language": "en"}),
        table("questions", {"qid": 1, "gid": 1, "type": "A", "language": "xx"}),
        table("subquestions", {"qid": 2, "parent_qid": 1, "question": "Does it", "language": "en"}),
    )
    made = framework(import_draft(content, "a.lss"))
    assert made.id == "imported"
    assert made.competencies[0].indicators[0].text == "Does it"
