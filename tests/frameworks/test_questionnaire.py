"""What each rater group reads, and the snapshot that a round keeps."""

import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.frameworks import (
    FormItem,
    FormQuestion,
    Questionnaire,
    ScalePoint,
    build_questionnaire,
    parse_framework,
)

from .samples import GOOD, TWO_LANGUAGES, broken

GROUPS = ("self", "manager", "peers", "customers", "board")


def questionnaire(source: str = GOOD, groups: tuple[str, ...] = GROUPS) -> Questionnaire:
    return build_questionnaire(parse_framework(source.encode(), "f.yaml"), groups)


@pytest.mark.parametrize(
    ("group", "first_item"),
    [
        ("self", "I explain the reasons behind my decisions"),
        ("customers", "Explains to us why things change"),
        ("peers", "Explains the reasons behind decisions"),
        ("board", "Explains the reasons behind decisions"),
    ],
)
def test_each_group_reads_its_own_wording(group: str, first_item: str) -> None:
    form = questionnaire().form_for(group, "en", "Ada", "before")
    (competency,) = form.competencies
    assert competency.items[0] == FormItem("explains-why", first_item)
    assert competency.kind == "behaviour"
    assert competency.title == "Strategic thinking"
    assert competency.description == "Sees the whole."
    assert form.scale == (
        ScalePoint(1, "Not yet"),
        ScalePoint(2, "Sometimes"),
        ScalePoint(3, "Always"),
    )
    assert form.not_observed == "Not able to say"


@pytest.mark.parametrize(
    ("group", "round_kind", "expected"),
    [
        ("self", "before", [FormQuestion("start", "What should I start doing?")]),
        ("customers", "after", [FormQuestion("start", "What should Ada start doing?")]),
        ("peers", "before", [FormQuestion("start", "What should Ada start doing?")]),
        (
            "peers",
            "after",
            [
                FormQuestion("start", "What should Ada start doing?"),
                FormQuestion("change", "What change in Ada have you noticed?"),
            ],
        ),
    ],
)
def test_questions_by_group_and_round(
    group: str, round_kind: str, expected: list[FormQuestion]
) -> None:
    form = questionnaire().form_for(group, "en", "Ada", round_kind)
    assert list(form.questions) == expected


@pytest.mark.parametrize(
    ("language", "served", "item", "question"),
    [
        ("en", "en", "Lets me finish", "What should Ada do more?"),
        ("de", "de", "Lässt mich ausreden", "Was sollte Ada öfter tun?"),
        ("de-CH", "de", "Lässt mich ausreden", "Was sollte Ada öfter tun?"),
        ("fr", "en", "Lets me finish", "What should Ada do more?"),
    ],
)
def test_languages(language: str, served: str, item: str, question: str) -> None:
    asked = questionnaire(TWO_LANGUAGES, ("direct_reports",))
    form = asked.form_for("direct_reports", language, "Ada", "interim")
    assert form.language == served
    assert form.competencies[0].items[0].text == item
    assert form.questions[0].text == question
    assert form.scale[2].label == {"en": "Always", "de": "Immer"}[served]


def test_braces_in_a_name_stay_as_they_are() -> None:
    form = questionnaire().form_for("customers", "en", "{mentee} {x}", "before")
    assert form.questions[0].text == "What should {mentee} {x} start doing?"


def test_a_group_or_round_it_was_not_built_for() -> None:
    asked = questionnaire()
    with pytest.raises(ValueError, match="not built for the group 'direct_reports'"):
        asked.form_for("direct_reports", "en", "Ada", "before")
    with pytest.raises(ValueError, match="unknown kind of round 'later'"):
        asked.form_for("peers", "en", "Ada", "later")


@pytest.mark.parametrize(
    ("groups", "message"),
    [((), "at least one"), (("peers", "peers"), "twice"), (("Peers",), "not the key")],
)
def test_wrong_group_keys(groups: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        questionnaire(groups=groups)


def test_what_the_aggregate_needs() -> None:
    asked = questionnaire(TWO_LANGUAGES)
    (competency,) = asked.competencies
    assert competency.id == "listening"
    assert competency.indicator_ids == ("lets-finish",)
    assert asked.text(competency.title, "de") == "Zuhören"
    assert asked.text("Ask {mentee}", "en") == "Ask {mentee}"
    assert asked.text("Ask {mentee}", "en", "Ada") == "Ask Ada"
    assert (asked.framework_id, asked.framework_version) == ("zuhoeren", "1.0.0")


@pytest.mark.parametrize("source", [GOOD, TWO_LANGUAGES])
def test_the_snapshot_survives_json(source: str) -> None:
    asked = questionnaire(source)
    text = asked.to_json()
    again = Questionnaire.from_json(text)
    assert again == asked
    assert again.to_json() == text
    assert again.fingerprint() == asked.fingerprint() == hashlib.sha256(text.encode()).hexdigest()
    assert text == json.dumps(
        json.loads(text), sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )


WORDS = st.text(
    st.characters(categories=["L", "N", "P", "Zs"], exclude_characters="{}"), min_size=1
)


@given(WORDS.filter(str.strip), WORDS)
@settings(deadline=None)
def test_any_words_survive_json(words: str, name: str) -> None:
    source = broken("Asks before deciding", json.dumps(words.strip()[:400], ensure_ascii=False))
    asked = questionnaire(source)
    again = Questionnaire.from_json(asked.to_json())
    form = again.form_for("peers", "en", name, "after")
    assert form == asked.form_for("peers", "en", name, "after")
    assert form.competencies[0].items[1].text == words.strip()[:400].strip()


def test_the_order_of_groups_does_not_matter_but_the_content_does() -> None:
    asked = questionnaire()
    assert questionnaire(groups=tuple(reversed(GROUPS))).fingerprint() == asked.fingerprint()
    assert asked.group_keys == ("self", "manager", "peers", "customers", "board")
    changed = questionnaire(broken("Sees the whole.", "Sees it all."))
    assert changed.fingerprint() != asked.fingerprint()
    assert questionnaire(groups=("self",)).fingerprint() != asked.fingerprint()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"snapshot_format": 2}'])
def test_what_is_no_snapshot_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="validation error"):
        Questionnaire.from_json(text)
