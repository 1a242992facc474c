"""Which competencies of two versions may be compared: as a whole, or not at all."""

import pytest

from survey.frameworks import build_questionnaire, parse_framework
from survey.frameworks.comparable import (
    ComparisonPlan,
    ComparisonRefusedError,
    Standing,
    asks_otherwise,
    plan_comparison,
    same_measure,
    versions,
)
from survey.frameworks.questionnaire import Questionnaire
from tests.frameworks.samples import TWO_LANGUAGES, broken

GROUPS = ["self", "manager", "peers", "direct_reports", "customers"]
SECOND = """\
  - id: listening
    kind: skill
    title: Listening
    description: Takes in what is said.
    indicators:
      - id: lets-finish
        text: Lets others finish
        wording: {self: I let others finish}
"""
BOTH = broken("open_questions:\n", SECOND + "open_questions:\n")
MORE = """\
      - id: says-so
        text: Says what is decided
        wording: {self: I say what is decided}
"""
ASKS_FIRST = """\
      - id: asks-first
        text: Asks before deciding
        wording: {self: I ask before I decide}
"""


def asked(source: str) -> Questionnaire:
    return build_questionnaire(parse_framework(source.encode(), "x.yaml"), GROUPS)


def standings(after: str, before: str = BOTH) -> dict[str, str]:
    found = versions(asked(before), asked(after))
    return {one.competency.id: one.standing.value for one in found.competencies}


SAME = {"strategic-thinking": "same", "listening": "same"}


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("Lets others finish", "Lets everybody finish", {"listening": "reworded"}),
        # One rater group alone reads other words.
        ("Explains to us why", "Tells us why", {"strategic-thinking": "reworded"}),
        ("          customers: Explains to us why things change\n", "",
         {"strategic-thinking": "reworded"}),
        (ASKS_FIRST, "", {"strategic-thinking": "recomposed"}),
        (ASKS_FIRST, ASKS_FIRST + MORE, {"strategic-thinking": "recomposed"}),
        # Moved to another competency: neither is what it was.
        ("        wording: {self: I let others finish}\n",
         "        wording: {self: I let others finish}\n" + MORE,
         {"listening": "recomposed"}),
        # The same words under another id: nobody says that they are the same statement.
        ("- id: lets-finish", "- id: lets-them-finish", {"listening": "recomposed"}),
        # What is no measure: title, description, order, open questions, the number of the version.
        ("title: Listening", "title: Hearing", {}),
        ("description: Takes in what is said.", "description: Hears.", {}),
        ("version: 1.0.0", "version: 1.0.1", {}),
        ("What should {mentee} start doing?", "What should {mentee} begin?", {}),
        (SECOND, "", None),
    ],
)  # fmt: skip
def test_how_a_competency_stands(old: str, new: str, changed: dict[str, str] | None) -> None:
    after = broken(old, new, BOTH)
    if changed is None:
        assert standings(after) == {"strategic-thinking": "same"}
        assert [one.id for one in versions(asked(BOTH), asked(after)).gone] == ["listening"]
    else:
        assert standings(after) == SAME | changed
    assert asks_otherwise(asked(BOTH), asked(after)) is (old != "version: 1.0.0")


def test_a_statement_that_moves_makes_both_competencies_others() -> None:
    moved = broken(SECOND, SECOND + ASKS_FIRST, broken(ASKS_FIRST, "", BOTH))
    assert standings(moved) == {"strategic-thinking": "recomposed", "listening": "recomposed"}
    (thinking, listening) = versions(asked(BOTH), asked(moved)).competencies
    assert [one.id for one in thinking.removed] == ["asks-first"]
    assert [one.id for one in listening.added] == ["asks-first"]
    assert not versions(asked(BOTH), asked(moved)).may_be_compared
    with pytest.raises(ComparisonRefusedError, match="No competency would be compared"):
        plan_comparison(asked(BOTH), asked(moved), [])


def test_only_languages_that_both_have_are_looked_at() -> None:
    english = TWO_LANGUAGES.replace("languages: [en, de]", "languages: [en]").replace(
        "de: Lässt mich ausreden", ""
    )
    for german in (
        ", de: Zuhören", ", de: Für alle.", ", de: Nie", ", de: Manchmal", ", de: Immer",
        ", de: Kann ich nicht sagen", ", de: Nimmt auf.", ", de: Lässt andere ausreden",
        ", de: Ich lasse andere ausreden", ', de: "Was sollte {mentee} öfter tun?"',
    ):  # fmt: skip
        english = english.replace(german, "")
    assert standings(english, TWO_LANGUAGES) == {"listening": "same"}
    other = broken("Lässt andere ausreden", "Hört andere an", TWO_LANGUAGES)
    assert standings(other, TWO_LANGUAGES) == {"listening": "reworded"}


def test_a_reworded_competency_is_compared_only_where_somebody_says_that_it_means_the_same() -> (
    None
):
    after = asked(broken("Lets others finish", "Lets everybody finish", BOTH))
    by_default = plan_comparison(asked(BOTH), after, [])
    assert by_default.left_out == {"listening"}
    assert by_default.judged_the_same == frozenset()
    judged = plan_comparison(asked(BOTH), after, ["listening"])
    assert judged.left_out == frozenset()
    assert judged.judged_the_same == {"listening"}
    # The texts count, not the number of their version.
    renumbered = after.model_copy(update={"framework_version": "9.9.9"})
    assert judged.asked == plan_comparison(asked(BOTH), renumbered, ["listening"]).asked
    reworded = asked(broken("Lets others finish", "Lets nobody finish", BOTH))
    assert judged.asked != plan_comparison(asked(BOTH), reworded, ["listening"]).asked
    assert ComparisonPlan.model_validate_json(judged.model_dump_json()) == judged


def test_judgements_about_anything_else_are_refused_all_at_once() -> None:
    after = asked(
        broken(ASKS_FIRST, ASKS_FIRST + MORE, BOTH)
        .replace("open_questions:\n", SECOND.replace("listening", "hearing")
                 .replace("lets-finish", "lets-speak") + "open_questions:\n")
    )  # fmt: skip
    with pytest.raises(ComparisonRefusedError) as refused:
        plan_comparison(
            asked(BOTH), after, ["strategic-thinking", "hearing", "listening", "nothing"]
        )
    said = "\n".join(refused.value.reasons)
    assert len(refused.value.reasons) == 4
    for words in ("other statements", "not asked before", "none of its statements", "no such"):
        assert words in said
    plan = plan_comparison(asked(BOTH), after, [])
    assert {one.id: one.standing for one in plan.competencies} == {
        "strategic-thinking": Standing.RECOMPOSED,
        "listening": Standing.SAME,
        "hearing": Standing.NEW,
    }
    assert plan.left_out == {"strategic-thinking", "hearing"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("label: Sometimes", "label: At times"),
        ("    - {value: 3, label: Always}\n", "    - {value: 3, label: Often}\n"
         "    - {value: 4, label: Always}\n"),
        ("not_observed: Not able to say", "not_observed: Not seen"),
        ("    - {value: 1, label: Not yet}\n    - {value: 2, label: Sometimes}\n"
         "    - {value: 3, label: Always}\n",
         "    - {value: 0, label: Not yet}\n    - {value: 1, label: Sometimes}\n"
         "    - {value: 2, label: Always}\n"),
    ],
)  # fmt: skip
def test_another_scale_refuses_the_whole_comparison(old: str, new: str) -> None:
    after = asked(broken(old, new, BOTH))
    assert not versions(asked(BOTH), after).may_be_compared
    assert same_measure(asked(BOTH), after) == frozenset()
    with pytest.raises(ComparisonRefusedError, match="rating scale"):
        plan_comparison(asked(BOTH), after, [])


def test_the_same_measure_are_the_competencies_with_the_same_words() -> None:
    after = broken("Lets others finish", "Lets everybody finish", BOTH)
    assert same_measure(asked(BOTH), asked(after)) == {"strategic-thinking"}
    assert same_measure(asked(BOTH), asked(BOTH)) == set(SAME)
