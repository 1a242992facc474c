"""Sketches: read, changed and written back without losing anything, with faults at their fields."""

from __future__ import annotations

from pathlib import Path

import pytest

from survey.frameworks.loader import parse_framework
from survey.frameworks.problems import FrameworkError
from survey.frameworks.sketch import (
    SketchStatement,
    comments_in,
    faults_of,
    read_sketch,
    write_sketch,
)
from tests.frameworks.samples import GOOD, TWO_LANGUAGES, broken

SHIPPED = sorted((Path(__file__).parents[2] / "competency_frameworks").glob("*.yaml"))


@pytest.mark.parametrize(
    "source", [GOOD, TWO_LANGUAGES, *(path.read_text(encoding="utf-8") for path in SHIPPED)]
)
def test_what_is_read_and_written_is_the_same_framework(source: str) -> None:
    written = write_sketch(read_sketch(source))
    assert parse_framework(written.encode(), "a.yaml") == parse_framework(source.encode(), "b.yaml")
    assert faults_of(read_sketch(written)) == []
    assert comments_in(written) == 0


def test_ids_stay_when_words_change_and_are_made_for_new_parts() -> None:
    sketch = read_sketch(GOOD)
    competency = sketch.competencies[0]
    competency.statements[0].text["en"] = "Says why"
    competency.statements.append(
        SketchStatement(text={"en": "Asks first"}, wording={"self": {"en": "I ask first"}})
    )
    sketch.name_parts()
    assert [one.id for one in competency.statements] == [
        "explains-why",
        "asks-first",
        "asks-first-2",
    ]
    parse_framework(write_sketch(sketch).encode(), "a.yaml")


def test_a_part_with_a_bad_or_repeated_id_gets_a_good_one() -> None:
    sketch = read_sketch(broken("id: asks-first", "id: explains-why", GOOD))
    sketch.competencies[0].id = "Strategic Thinking"
    sketch.name_parts()
    assert sketch.competencies[0].id == "strategic-thinking"
    assert [one.id for one in sketch.competencies[0].statements] == [
        "explains-why",
        "explains-why-2",
    ]
    assert faults_of(sketch) == []


def test_a_missing_translation_is_a_fault_of_its_field_in_its_language_alone() -> None:
    sketch = read_sketch(TWO_LANGUAGES)
    statement = sketch.competencies[0].statements[0]
    del statement.text["de"]
    statement.wording["self"]["de"] = ""
    found = [(one.path[-1], one.language, one.what) for one in faults_of(sketch)]
    assert found == [
        ("text", "de", "This is not translated yet."),
        ("self", "de", "This is not translated yet."),
    ]


def test_a_language_that_is_added_lacks_every_text_and_goes_without_a_trace() -> None:
    sketch = read_sketch(TWO_LANGUAGES)
    sketch.languages.append("fr")
    assert {one.language for one in faults_of(sketch)} == {"fr"}
    assert len(faults_of(sketch)) == sum(1 for _, words, _ in sketch.texts() if words)
    sketch.title["fr"] = "Écouter"
    sketch.drop_language("fr")
    assert write_sketch(sketch) == write_sketch(read_sketch(TWO_LANGUAGES))


def test_a_large_framework_with_a_new_language_lists_each_text_and_nothing_else() -> None:
    sketch = read_sketch(SHIPPED[0].read_text(encoding="utf-8"))
    sketch.languages.append("fr")
    found = faults_of(sketch)
    assert len(found) > 100
    assert {one.what for one in found} == {"This is not translated yet."}


def test_faults_lead_to_their_fields() -> None:
    sketch = read_sketch(GOOD)
    competency = sketch.competencies[0]
    competency.title["en"] = "x" * 121
    competency.statements[0].text["en"] = "Explains {name} why"
    competency.statements[1].wording = {}
    sketch.points = sketch.points[:2]
    found = {one.path: one.what for one in faults_of(sketch)}
    assert set(found) == {
        ("competencies", 0, "title"),
        ("competencies", 0, "indicators", 0, "text"),
        ("competencies", 0, "indicators", 1, "wording", "self"),
        ("scale", "points"),
    }
    assert "121 characters" in found["competencies", 0, "title"]
    assert "unknown placeholder" in found["competencies", 0, "indicators", 0, "text"].lower()
    assert "at least 3" in found["scale", "points"].lower()


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("text: Asks before deciding", "txet: Asks before deciding", "unknown key 'txet'"),
        ("title: Leadership", "title: [Leadership]", "'title' must be text, not a list"),
        ("points:", "points: 5\n  marks:", "'points' must be a list, not a number"),
        ("title: Leadership", "title: &a Leadership", "anchors"),
    ],
)
def test_what_a_form_could_not_show_is_refused_and_not_dropped(
    old: str, new: str, complaint: str
) -> None:
    with pytest.raises(FrameworkError) as caught:
        read_sketch(broken(old, new, GOOD))
    assert complaint in str(caught.value)


def test_comments_are_counted_but_for_the_line_that_names_the_schema() -> None:
    first = "# yaml-language-server: $schema=framework.schema.json\n"
    assert comments_in(first + GOOD) == 0
    assert (
        comments_in(first + "# Mine\n" + GOOD.replace("format: 1", "format: 1  # the format")) == 2
    )


@pytest.mark.parametrize("words", ["yes", "1", "# no", "a: b", "{mentee}", "- x", "", '"', "null"])
def test_any_words_come_back_as_they_were_typed(words: str) -> None:
    sketch = read_sketch(GOOD)
    sketch.description["en"] = words
    assert read_sketch(write_sketch(sketch)).description.get("en", "") == words
