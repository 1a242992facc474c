"""What differs between two versions of a framework, and what stays the same measure."""

import pytest

from survey.frameworks import build_questionnaire, parse_framework
from survey.frameworks.comparison import (
    Change,
    Part,
    Step,
    comparability,
    differences,
    is_newer,
    marked_words,
    next_version,
    step_between,
)
from survey.frameworks.questionnaire import Questionnaire
from tests.frameworks.samples import GOOD, TWO_LANGUAGES, broken

GROUPS = ["self", "manager", "peers", "direct_reports", "customers"]
ASKS_FIRST = """\
      - id: asks-first
        text: Asks before deciding
        wording: {self: I ask before I decide}
"""
MORE = """\
      - id: says-so
        text: Says what is decided
        wording: {self: I say what is decided}
"""
WHY = GOOD[GOOD.index("      - id: explains-why") : GOOD.index("      - id: asks-first")]


def asked(source: str) -> Questionnaire:
    return build_questionnaire(parse_framework(source.encode(), "x.yaml"), GROUPS)


def changes(before: str, after: str) -> set[tuple[Part, str, Change]]:
    return {(one.part, one.id, one.change) for one in differences(asked(before), asked(after))}


def test_the_same_is_the_same() -> None:
    assert differences(asked(GOOD), asked(GOOD)) == []
    assert step_between(asked(GOOD), asked(GOOD)) is Step.NONE
    assert comparability(asked(GOOD), asked(GOOD)).complete


@pytest.mark.parametrize(
    ("after", "change", "step"),
    [
        (broken(ASKS_FIRST, ASKS_FIRST + MORE), (Part.STATEMENT, "says-so", "added"), "minor"),
        (broken(ASKS_FIRST, ""), (Part.STATEMENT, "asks-first", "removed"), "major"),
        (
            broken("Asks before deciding", "Asks others before deciding"),
            (Part.STATEMENT, "asks-first", "reworded"),
            "major",
        ),
        (
            broken("Explains to us why things change", "Tells us why things change"),
            (Part.STATEMENT, "explains-why", "reworded"),
            "major",
        ),
        (
            broken("Sees the whole.", "Sees all."),
            (Part.COMPETENCY, "strategic-thinking", "reworded"),
            "patch",
        ),
        (broken("label: Sometimes", "label: At times"), (Part.SCALE, "scale", "reworded"), "major"),
        (
            broken("rounds: [after]", "rounds: [before]"),
            (Part.QUESTION, "change", "reworded"),
            "minor",
        ),
        (
            broken("title: Leadership", "title: Leading"),
            (Part.FRAMEWORK, "leadership", "reworded"),
            "patch",
        ),
    ],
)
def test_each_change_is_named_with_the_step_it_takes(
    after: str, change: tuple[Part, str, str], step: str
) -> None:
    assert changes(GOOD, after) == {(change[0], change[1], Change(change[2]))}
    assert step_between(asked(GOOD), asked(after)) == step


def test_a_statement_that_changes_its_place() -> None:
    swapped = GOOD.replace(WHY + ASKS_FIRST, ASKS_FIRST + WHY)
    assert swapped != GOOD
    ((part, _, change),) = changes(GOOD, swapped)
    assert (part, change) == (Part.STATEMENT, Change.MOVED)
    assert comparability(asked(GOOD), asked(swapped)).complete


def test_a_statement_that_moves_to_another_competency_is_another_measure() -> None:
    other = """\
  - id: deciding
    kind: skill
    title: Deciding
    description: Decides.
    indicators:
"""
    moved = broken(ASKS_FIRST, other + ASKS_FIRST)
    compared = comparability(asked(GOOD), asked(moved))
    assert compared.same == ("explains-why",)
    assert compared.reworded == ("asks-first",)


def test_what_is_comparable() -> None:
    after = broken(ASKS_FIRST, MORE).replace("behind decisions", "for decisions")
    compared = comparability(asked(GOOD), asked(after))
    assert compared.reworded == ("explains-why",)
    assert (compared.same, compared.new, compared.gone) == ((), ("says-so",), ("asks-first",))
    assert not compared.complete


def test_another_scale_makes_nothing_comparable() -> None:
    for after in (
        broken("label: Always}", "label: Each time}"),
        broken("    - {value: 1, label: Not yet}\n", "    - {value: 0, label: Not yet}\n")
        .replace("{value: 2", "{value: 1")
        .replace("{value: 3", "{value: 2"),
    ):
        compared = comparability(asked(GOOD), asked(after))
        assert not compared.scale_is_the_same
        assert compared.same == ()


def test_rewording_is_told_by_language() -> None:
    after = broken("de: Lässt andere ausreden", "de: Lässt alle ausreden", TWO_LANGUAGES)
    (found,) = differences(asked(TWO_LANGUAGES), asked(after))
    assert {(one.language, one.group) for one in found.rewordings} == {("de", "")}
    assert comparability(asked(TWO_LANGUAGES), asked(after)).reworded == ("lets-finish",)


def test_words_are_marked() -> None:
    assert marked_words("Asks before deciding", "Asks others before acting") == [
        ("same", "Asks"), ("new", "others"), ("same", "before"), ("gone", "deciding"),
        ("new", "acting"),
    ]  # fmt: skip


def test_versions() -> None:
    assert next_version("1.4.2", Step.MAJOR) == "2.0.0"
    assert next_version("1.4.2", Step.MINOR) == "1.5.0"
    assert next_version("1.4.2-beta.1", Step.PATCH) == "1.4.3"
    assert is_newer("1.10.0", "1.9.9")
    assert not is_newer("1.9.9", "1.9.9")
