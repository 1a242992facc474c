"""Question sets: the shipped ones, and every kind of wrong file with its place."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from survey.mentoring.answers import (
    Answer,
    as_stored,
    checked_answers,
    from_stored,
    some_answers,
)
from survey.mentoring.errors import MentoringError
from survey.mentoring.question_set_model import TextQuestion
from survey.mentoring.question_sets import QuestionSetError, QuestionSets, load_question_set
from survey.storage.models import ReflectionMoment, ReviewKind, Side

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "question_sets"

GOOD = """\
format: 1
id: sample
title: {en: Sample, de: Beispiel}
languages: [en, de]
questions:
  - id: want
    kind: text
    asked: [mentee]
    text: {en: What do you want?, de: Was wollen Sie?}
  - id: sure
    kind: scale
    text: {en: How sure?, de: Wie sicher?}
    lowest: 0
    highest: 10
    lowest_label: {en: Not, de: Nicht}
    highest_label: {en: Very, de: Sehr}
  - id: share
    kind: choice
    text: {en: How much?, de: Wie viel?}
    short: {en: Much, de: Viel}
    options:
      - {id: little, label: {en: Little, de: Wenig}}
      - {id: right, label: {en: Right, de: Richtig}}
"""


def write(folder: Path, content: str) -> Path:
    path = folder / "sample.yaml"
    path.write_text(content, encoding="utf-8")
    return path


def complaints(folder: Path, content: str) -> list[str]:
    with pytest.raises(QuestionSetError) as caught:
        load_question_set(write(folder, content))
    return [str(problem) for problem in caught.value.problems]


def test_the_shipped_sets_ask_everybody_something_in_both_languages() -> None:
    sets = QuestionSets(SHIPPED)
    assert len(list(sets)) == 9
    for moment in ReflectionMoment:
        assert sets.reflection(moment).asked_of(Side.MENTEE)
    for kind in ReviewKind:
        for side in Side:
            assert sets.review(kind).asked_of(side)
    assert {q.id for q in sets.mentee_feedback.questions} >= {"knowledge-shared", "more-of"}
    assert all(isinstance(q, TextQuestion) for q in sets.reflective_log.questions)
    start = sets.review(ReviewKind.START)
    assert start.asked_of(Side.MENTOR) != start.asked_of(Side.MENTEE)
    for found in sets:
        for question in found.questions:
            assert found.words(question.text, "de-AT") != found.words(question.text, "en")
            assert found.words(question.text, "fi") == found.words(question.text, "en")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("kind: text", "kind: txt", "7:11: the question has no known kind; write “kind: …”; "),
        ("    kind: text\n", "", "6:5: the question has no known kind"),
        ("    lowest: 0\n", "", "10:5: this part has no 'lowest'; add the key 'lowest'"),
        ("asked:", "askd:", "8:5: unknown key 'askd'; did you mean 'asked'?"),
        ("asked:", "colour:", "8:5: unknown key 'colour'; known here: id, text, asked, kind"),
        ("[mentee]", "[mentees]", "8:13: this part: it should be 'mentor' or 'mentee'"),
        ("id: want", "id: Want It", "6:9: 'Want It' is no id; write lower-case words"),
        ("id: sure", "id: want", "10:9: the id 'want' is used twice; the first is on line 6"),
        ("{id: right,", "{id: little,", "23:14: the id 'little' is used twice"),
        (", de: Was wollen Sie?", "", "9:5: missing language de; write {en: …, de: …}"),
        (", de: Wenig", "", "22:22: missing language de"),
        ("de: Nicht", "fr: Non", "15:5: missing language de"),
        ("de: Nicht", "de: Nicht, fr: Non", "15:40: the language 'fr' is not declared"),
        ("highest: 10", "highest: 0", "14:14: 0 is not above 0; write a higher number"),
        ("highest: 10", "highest: 11", "14:14: 'highest': it should be less than or equal to 10"),
        ("id: sample", "id: other", "2:5: the id 'other' is not the file's name"),
        ("format: 1", "format: 2", "1:9: 'format': it should be 1"),
        ("{en: How sure?, de: Wie sicher?}", "yes", "12:11: "),
        ("languages: [en, de]", "languages: [en, de", "4:12: "),
    ],
)
def test_a_wrong_file_is_named_with_line_and_column(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    assert GOOD.count(old) == 1
    found = complaints(tmp_path, GOOD.replace(old, new))
    assert any(line.startswith(f"sample.yaml:{expected}") for line in found), found


def test_a_file_of_another_shape_is_refused(tmp_path: Path) -> None:
    for content in ("just words", "- a list", "", "format: 1\nquestions: words\nid: sample\n"):
        found = complaints(tmp_path, content)
        assert all(re.match(r"sample\.yaml:\d+:\d+: ", line) for line in found)


def test_every_problem_of_a_folder_is_told_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "sets"
    shutil.copytree(SHIPPED, folder)
    for name in ("session-start", "end-review"):
        path = folder / f"{name}.yaml"
        path.write_text(path.read_text("utf-8").replace("kind: text", "kind: txt", 1), "utf-8")
    with pytest.raises(QuestionSetError) as caught:
        QuestionSets(folder)
    assert [problem.file for problem in caught.value.problems] == [
        "end-review.yaml",
        "session-start.yaml",
    ]


def test_a_set_that_is_needed_can_not_be_missing_or_ask_nobody(tmp_path: Path) -> None:
    folder = tmp_path / "sets"
    shutil.copytree(SHIPPED, folder)
    path = folder / "reflective-log.yaml"
    content = path.read_text("utf-8")
    path.write_text(content.replace("kind: text", "kind: text\n    asked: [mentee]"), "utf-8")
    with pytest.raises(
        QuestionSetError, match=r"reflective-log.yaml:7:3: no question is for the m"
    ):
        QuestionSets(folder)
    path.unlink()
    with pytest.raises(QuestionSetError, match=r"reflective-log.yaml:1:1: there is no such file"):
        QuestionSets(folder)
    with pytest.raises(QuestionSetError, match="set QUESTION_SET_FOLDER"):
        QuestionSets(tmp_path / "nowhere")


def test_the_set_in_the_guide_is_a_good_one(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "reflections.md").read_text("utf-8")
    path = tmp_path / "session-start.yaml"
    path.write_text(guide.split("```yaml\n")[1].split("```")[0], "utf-8")
    kinds = [question.kind for question in load_question_set(path).questions]
    assert kinds == ["text", "scale", "choice"]


def test_answers_are_checked_and_kept_as_they_were_asked(tmp_path: Path) -> None:
    questions = load_question_set(write(tmp_path, GOOD))
    given = {"want": " A\x00 lot\r\nnow ", "sure": "7", "share": "right", "other": "x"}
    answers = checked_answers(questions, Side.MENTEE, given, "de")
    assert from_stored(as_stored(answers)) == answers
    assert [(answer.question, answer.said) for answer in answers] == [
        ("Was wollen Sie?", "A lot\nnow"),
        ("Wie sicher?", "7 (0: Nicht, 10: Sehr)"),
        ("Wie viel?", "Richtig"),
    ]
    assert [answer.step for answer in answers] == [None, 7, 1]
    # The mentor is not asked the first question.
    asked = checked_answers(questions, Side.MENTOR, given, "en")
    assert [answer.id for answer in asked] == ["sure", "share"]
    assert from_stored("") == []
    assert Answer(id="a", question="b").said == ""


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"want": "x" * 2001}, "^want: 2001 characters; at most 2000"),
        ({"sure": "11"}, "^sure: choose one of the answers"),
        ({"sure": "7.0"}, "^sure: choose one"),
        ({"share": "much"}, "^share: choose one"),
        ({"want": " \x00 "}, "^Answer at least one"),
        ({}, "^Answer at least one"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(
    tmp_path: Path, given: dict[str, str], expected: str
) -> None:
    questions = load_question_set(write(tmp_path, GOOD))
    with pytest.raises(MentoringError, match=expected):
        some_answers(questions, Side.MENTEE, given, "en")


def test_the_terminal_checks_them(tmp_path: Path) -> None:
    folder = tmp_path / "sets"
    shutil.copytree(SHIPPED, folder)
    environment = {
        "QUESTION_SET_FOLDER": str(folder),
        "INSTANCE_FOLDER": str(tmp_path),
        "SECRET_KEY": "s",
        "MASTER_KEY": "m",
    }

    def check() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "survey", "question-sets", "check"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    fine = check()
    assert fine.returncode == 0
    assert "session-start: fine (3 questions)" in fine.stdout
    path = folder / "session-start.yaml"
    path.write_text(path.read_text("utf-8").replace("kind: text", "kind: txt", 1), "utf-8")
    wrong = check()
    assert wrong.returncode == 1
    assert "session-start.yaml:8:11: the question has no known kind" in wrong.stderr
